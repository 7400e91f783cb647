"""Found against known: what a crawl would change in the catalog. Nothing is written here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gluepot.catalog.diff import describe, diff_tables
from gluepot.catalog.errors import EntityNotFoundError
from gluepot.catalog.types import parse_type
from gluepot.crawlers.definitions import (
    CRAWLER,
    DEPRECATED,
    VOLATILE,
    keep_what_others_set,
    keep_what_people_set,
    partition_definition,
    same_partition,
    same_table,
    table_definition,
)
from gluepot.crawlers.model import ChangeKind, ColumnReport, TableReport
from gluepot.crawlers.names import table_name, with_hash
from gluepot.crawlers.partition_keys import can_hold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gluepot.catalog.model import Partition, Table
    from gluepot.catalog.store import CatalogStore
    from gluepot.crawlers.findings import Found, Survey
    from gluepot.crawlers.found import FoundTable
    from gluepot.crawlers.model import Crawler


@dataclass(frozen=True, kw_only=True)
class PartitionChanges:
    """What would be done to the partitions of one table.

    Attributes:
        added: New ones.
        changed: Ones with other files or another definition.
        deprecated: Ones whose objects are gone, marked so.
        deleted: Values of ones to delete: their objects are gone, or the table has other keys.
    """

    added: tuple[Partition, ...] = ()
    changed: tuple[Partition, ...] = ()
    deprecated: tuple[Partition, ...] = ()
    deleted: tuple[tuple[str, ...], ...] = ()

    def __bool__(self) -> bool:
        """Return whether there is anything to do."""
        return bool(self.added or self.changed or self.deprecated or self.deleted)


@dataclass(frozen=True, kw_only=True)
class TableChange:
    """What would be done to one table.

    Attributes:
        kind: NONE leaves the definition as it is; its partitions may change all the same.
        table: The definition to write, or as it is.
        found: What the definition rests on; None for a table that is gone.
        expected_version: The version that was compared; None for a new table.
        partitions: What would be done to its partitions.
        diff: A line for each difference.
        warnings: What a person should look at.
    """

    kind: ChangeKind
    table: Table
    found: FoundTable | None
    expected_version: str | None = None
    partitions: PartitionChanges = PartitionChanges()
    diff: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def pending(self) -> bool:
        """Whether the catalog would change."""
        return self.kind is not ChangeKind.NONE or bool(self.partitions)


def plan_changes(
    crawler: Crawler, survey: Survey, catalog: CatalogStore
) -> tuple[TableChange, ...]:
    """Compare what was found with the catalog.

    Returns:
        A change for each table that was found or is gone, by name; many are of kind NONE.
    """
    known = _known_tables(crawler.database, catalog)
    named = assign_names(crawler, survey.tables, known)
    planner = _Planner(crawler=crawler, survey=survey, catalog=catalog)
    changes = [planner.plan_found(name, item, known.get(name)) for name, item in named.items()]
    changes += [
        change
        for name, table in known.items()
        if name not in named and _is_gone(crawler, table, survey)
        if (change := _plan_gone(crawler, table)) is not None
    ]
    return tuple(sorted(changes, key=lambda change: change.table.name))


def assign_names(
    crawler: Crawler, found: Sequence[Found], known: Mapping[str, Table]
) -> dict[str, Found]:
    """Return the found tables by name.

    A table keeps the name under which it is known; a new one is called like its folder. Where that
    name belongs to another place, the location's hash is added.
    """
    mine = {
        _identity(table): name
        for name, table in known.items()
        if CRAWLER in (table.parameters or {})
    }
    kept = {id(item): mine.get(_found_identity(item.table)) for item in found}
    taken = {name for name in kept.values() if name is not None}
    named: dict[str, Found] = {}
    for item in found:
        name = kept[id(item)]
        if name is None:
            name = table_name(crawler.table_prefix, item.table.folder)
            owner = known.get(name)
            elsewhere = owner is not None and _location(owner) != item.table.location
            if elsewhere or name in taken:
                name = with_hash(name, f"{item.table.location}{item.table.compatibility}")
            taken.add(name)
        named[name] = item
    return named


def report_change(change: TableChange) -> TableReport:
    """Return the record of one table: what was decided, and why."""
    found, partitions = change.found, change.partitions
    storage = change.table.storage_descriptor
    report = TableReport(
        database=change.table.database_name,
        name=change.table.name,
        change=change.kind,
        location=(storage.location if storage is not None else None) or "",
        format=(change.table.parameters or {}).get("classification", ""),
        partitions_added=len(partitions.added),
        partitions_changed=len(partitions.changed),
        partitions_removed=len(partitions.deprecated) + len(partitions.deleted),
        diff=change.diff,
        warnings=change.warnings,
    )
    if found is None:
        return report
    return replace(
        report,
        columns=_column_reports(change.table, found),
        partitions=len(found.partitions),
        objects=found.volume.objects,
        objects_read=found.volume.objects_read,
        size_bytes=found.volume.size_bytes,
        records=found.volume.records,
        reasons=found.reasons,
        warnings=(*found.warnings, *change.warnings),
    )


def _column_reports(table: Table, found: FoundTable) -> tuple[ColumnReport, ...]:
    types = {item.name: item.type or "" for item in table.partition_keys or ()}
    columns = [
        ColumnReport(name=item.name, type=text, reason=item.reason)
        for item, text in zip(found.columns, _column_types(table), strict=False)
    ]
    keys = [
        ColumnReport(
            name=key.name, type=types.get(key.name, ""), reason=key.reason, is_partition_key=True
        )
        for key in found.keys
    ]
    return (*columns, *keys)


def _column_types(table: Table) -> list[str]:
    storage = table.storage_descriptor
    return [item.type or "" for item in (storage.columns if storage else None) or ()]


def _known_tables(database: str, catalog: CatalogStore) -> dict[str, Table]:
    try:
        return {table.name: table for table in catalog.list_tables(database)}
    except EntityNotFoundError:
        return {}


@dataclass(frozen=True, kw_only=True)
class _Planner:
    """What every table is planned with."""

    crawler: Crawler
    survey: Survey
    catalog: CatalogStore

    def plan_found(self, name: str, item: Found, old: Table | None) -> TableChange:
        """Return the change that makes the catalog say what was found."""
        found = item.table
        new = table_definition(
            found,
            database=self.crawler.database,
            name=name,
            crawler=self.crawler.name,
            exclusions=item.exclusions,
            key_types={} if old is None else _kept_key_types(found, old),
        )
        definitions = [partition_definition(found, partition) for partition in found.partitions]
        if old is None:
            added = PartitionChanges(added=tuple(definitions))
            return TableChange(kind=ChangeKind.ADD, table=new, found=found, partitions=added)
        return self._plan_known(found, keep_what_people_set(new, old), old, definitions)

    def _plan_known(
        self, found: FoundTable, new: Table, old: Table, definitions: Sequence[Partition]
    ) -> TableChange:
        diff = tuple(describe(diff_tables(_bare(old), _bare(new))).splitlines())
        changed = not same_table(old, new)
        partitions, warnings = self._plan_partitions(old, new, definitions)
        if changed and self.crawler.update_behavior == "LOG":
            told = "; ".join(diff)
            warnings.append(f"{new.name} has changed; the crawler only logs that: {told}")
            changed = False
        return TableChange(
            kind=ChangeKind.UPDATE if changed else ChangeKind.NONE,
            table=new if changed else old,
            found=found,
            expected_version=old.version_id,
            partitions=partitions,
            diff=diff if changed else (),
            warnings=tuple(warnings),
        )

    def _plan_partitions(
        self, old: Table, new: Table, definitions: Sequence[Partition]
    ) -> tuple[PartitionChanges, list[str]]:
        listed = self.catalog.partitions.list(old.database_name, old.name)
        known = {partition.values: partition for partition in listed}
        if _key_names(old) != _key_names(new):
            if self.crawler.update_behavior == "LOG":
                return PartitionChanges(), []
            return PartitionChanges(added=tuple(definitions), deleted=tuple(known)), []
        found = {partition.values for partition in definitions}
        gone = [
            partition
            for values, partition in known.items()
            if values not in found and _is_vacant(partition, self.survey)
        ]
        removed, warnings = _remove_partitions(self.crawler, gone)
        kept = [
            keep_what_others_set(item, known[item.values])
            for item in definitions
            if item.values in known
        ]
        changes = replace(
            removed,
            added=tuple(item for item in definitions if item.values not in known),
            changed=tuple(item for item in kept if not same_partition(item, known[item.values])),
        )
        return changes, warnings


def _bare(table: Table) -> Table:
    """Return a table without counters, which would hide what matters in a diff."""
    left = {key: value for key, value in (table.parameters or {}).items() if key not in VOLATILE}
    storage = table.storage_descriptor
    return replace(
        table,
        parameters=left,
        storage_descriptor=None if storage is None else replace(storage, parameters=None),
    )


def _kept_key_types(found: FoundTable, old: Table) -> dict[str, str]:
    """Return the types of known keys that still hold every value: a type does not go narrower."""
    known = {key.name: key.type for key in old.partition_keys or ()}
    kept: dict[str, str] = {}
    for position, key in enumerate(found.keys):
        text = known.get(key.name)
        values = (partition.values[position] for partition in found.partitions)
        if text is not None and can_hold(parse_type(text), values):
            kept[key.name] = text
    return kept


def _remove_partitions(
    crawler: Crawler, gone: Sequence[Partition]
) -> tuple[PartitionChanges, list[str]]:
    if crawler.delete_behavior == "DELETE_FROM_DATABASE":
        return PartitionChanges(deleted=tuple(item.values for item in gone)), []
    fresh = [item for item in gone if DEPRECATED not in (item.parameters or {})]
    if crawler.delete_behavior == "LOG":
        shown = [f"partition {'/'.join(item.values)} has no objects any more" for item in fresh]
        return PartitionChanges(), shown
    marked = tuple(
        replace(item, parameters={**(item.parameters or {}), DEPRECATED: crawler.name})
        for item in fresh
    )
    return PartitionChanges(deprecated=marked), []


def _plan_gone(crawler: Crawler, table: Table) -> TableChange | None:
    """Return what becomes of a table that was not found again, or None where that is done."""
    if crawler.delete_behavior == "DELETE_FROM_DATABASE":
        return TableChange(
            kind=ChangeKind.DELETE, table=table, found=None, expected_version=table.version_id
        )
    if DEPRECATED in (table.parameters or {}):
        return None
    if crawler.delete_behavior == "LOG":
        text = f"{table.name} was not found any more; the crawler only logs that"
        return TableChange(
            kind=ChangeKind.NONE,
            table=table,
            found=None,
            expected_version=table.version_id,
            warnings=(text,),
        )
    marked = replace(table, parameters={**(table.parameters or {}), DEPRECATED: crawler.name})
    return TableChange(
        kind=ChangeKind.DEPRECATE,
        table=marked,
        found=None,
        expected_version=table.version_id,
        diff=(f"parameter {DEPRECATED} is set: nothing was found at its location",),
    )


def _is_gone(crawler: Crawler, table: Table, survey: Survey) -> bool:
    """Return whether this crawler's table lies below a target and has no unreadable file."""
    if (table.parameters or {}).get(CRAWLER) != crawler.name:
        return False
    place = _location(table)
    if not place.startswith(survey.roots):
        return False
    return not any(problem.uri.startswith(place) for problem in survey.problems)


def _is_vacant(partition: Partition, survey: Survey) -> bool:
    storage = partition.storage_descriptor
    place = (storage.location if storage is not None else None) or ""
    return place.startswith(survey.roots) and place not in survey.locations


def _key_names(table: Table) -> list[str]:
    return [key.name for key in table.partition_keys or ()]


def _location(table: Table) -> str:
    storage = table.storage_descriptor
    return (storage.location if storage is not None else None) or ""


def _identity(table: Table) -> tuple[str, str, str]:
    parameters = table.parameters or {}
    return (
        _location(table),
        parameters.get("classification", ""),
        parameters.get("compressionType", ""),
    )


def _found_identity(found: FoundTable) -> tuple[str, str, str]:
    return found.location, found.compatibility.format, found.compatibility.codec
