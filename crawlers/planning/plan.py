"""Found against known: what a crawl would change in the catalog. Nothing is written here."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from gluepot.catalog.errors import EntityNotFoundError
from gluepot.crawlers.errors import TableThresholdError
from gluepot.crawlers.model import ChangeKind, ColumnReport, TableReport
from gluepot.crawlers.planning.definitions import CRAWLER, DEPRECATED, location_of, with_parameters
from gluepot.crawlers.planning.identities import assign_names
from gluepot.crawlers.planning.partition_plan import (
    PartitionChanges,
    add_partitions,
    compare_partitions,
    replace_partitions,
)
from gluepot.crawlers.planning.table_plan import decide_table, found_definition, key_names
from gluepot.crawlers.targets import CatalogTarget

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gluepot.catalog.model import Table
    from gluepot.catalog.partitions import StoredPartition
    from gluepot.catalog.store import CatalogStore
    from gluepot.crawlers.findings import Found, Survey
    from gluepot.crawlers.grouping.found import FoundTable
    from gluepot.crawlers.model import Crawler
    from gluepot.crawlers.planning.table_plan import TableDecision


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
        lineage: Where its data comes from, where the crawler is to tell.
    """

    kind: ChangeKind
    table: Table
    found: FoundTable | None
    expected_version: str | None = None
    partitions: PartitionChanges = field(default_factory=PartitionChanges)
    diff: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    lineage: tuple[str, ...] = ()

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

    Raises:
        TableThresholdError: There are more tables than the crawler may find.
    """
    _check_threshold(crawler, survey)
    planner = _Planner(crawler=crawler, survey=survey, catalog=catalog)
    known = _known_tables(crawler.database, catalog)
    free = [item for item in survey.tables if item.bound_to is None]
    named = assign_names(crawler, free, known, partial=survey.partial)
    changes = [planner.plan_found(name, item, known.get(name)) for name, item in named.items()]
    changes += planner.plan_bound(item for item in survey.tables if item.bound_to is not None)
    changes += [
        change
        for name, table in known.items()
        if name not in named and _is_gone(crawler, table, survey)
        if (change := _plan_gone(crawler, table)) is not None
    ]
    return tuple(sorted(changes, key=lambda change: change.table.name))


def report_change(change: TableChange) -> TableReport:
    """Return the record of one table: what was decided, and why."""
    found, partitions = change.found, change.partitions
    report = TableReport(
        database=change.table.database_name,
        name=change.table.name,
        change=change.kind,
        location=location_of(change.table),
        format=(change.table.parameters or {}).get("classification", ""),
        partitions_added=len(partitions.added),
        partitions_changed=len(partitions.changed),
        partitions_removed=len(partitions.deprecated) + len(partitions.deleted),
        partitions_deprecated=len(partitions.deprecated),
        diff=change.diff,
        warnings=change.warnings,
        lineage=change.lineage,
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
    """Return the columns of a table, each with what decided it, if this crawl did."""
    reasons = {column.name: column.reason for column in found.columns}
    reasons |= {key.name: key.reason for key in found.keys}
    storage = table.storage_descriptor
    columns = (storage.columns if storage is not None else None) or ()
    keys = table.partition_keys or ()
    return tuple(
        ColumnReport(
            name=item.name,
            type=item.type or "",
            reason=reasons.get(item.name, "the table had it, and this crawl did not find it"),
            is_partition_key=number >= len(columns),
        )
        for number, item in enumerate((*columns, *keys))
    )


def _check_threshold(crawler: Crawler, survey: Survey) -> None:
    most = crawler.table_threshold
    if most is not None and len(survey.tables) > most:
        raise TableThresholdError(len(survey.tables), most)


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
        change = self._plan(name, item, old)
        if not self.crawler.lineage:
            return change
        return replace(change, lineage=_sources(item.table))

    def plan_bound(self, items: Iterable[Found]) -> list[TableChange]:
        """Return the changes of tables that catalog targets name; deleted ones are passed over."""
        changes = []
        for item in items:
            database, name = item.bound_to or ("", "")
            try:
                old = self.catalog.get_table(database, name)
            except EntityNotFoundError:
                continue
            changes.append(self.plan_found(name, item, old))
        return changes

    def _plan(self, name: str, item: Found, old: Table | None) -> TableChange:
        if old is None:
            new = found_definition(self.crawler, item, self.crawler.database, name, None)
            return TableChange(
                kind=ChangeKind.ADD,
                table=new,
                found=item.table,
                partitions=add_partitions(item.table, new),
            )
        decision = decide_table(self.crawler, item, old, partial=self.survey.partial)
        partitions, warnings = self._plan_partitions(item.table, decision, old)
        return TableChange(
            kind=decision.kind,
            table=decision.table,
            found=item.table,
            expected_version=old.version_id,
            partitions=partitions,
            diff=decision.diff,
            warnings=(*decision.warnings, *warnings),
        )

    def _plan_partitions(
        self, found: FoundTable, decision: TableDecision, old: Table
    ) -> tuple[PartitionChanges, list[str]]:
        if not decision.takes_partitions:
            return PartitionChanges(), []
        stored = self.catalog.partitions.scan(old.database_name, old.name)
        if key_names(old) != key_names(decision.table):
            return replace_partitions(found, decision.table, stored), []
        return compare_partitions(self.crawler, found, decision.table, stored, self._is_vacant)

    def _is_vacant(self, stored: StoredPartition) -> bool:
        survey, location = self.survey, stored.location
        if survey.partial or location is None or not location.startswith(survey.roots):
            return False
        if survey.newest_partition is not None and stored.number > survey.newest_partition:
            return False  # Another crawl has listed later than this one.
        return location not in survey.locations and f"{location}/" not in survey.locations


def _sources(found: FoundTable) -> tuple[str, ...]:
    connection = found.parameters.get("connectionName")
    return (found.location if connection is None else f"{connection}: {found.location}",)


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
    return TableChange(
        kind=ChangeKind.DEPRECATE,
        table=with_parameters(table, {DEPRECATED: crawler.name}),
        found=None,
        expected_version=table.version_id,
        diff=(f"parameter {DEPRECATED} is set: nothing was found at its location",),
    )


def _is_gone(crawler: Crawler, table: Table, survey: Survey) -> bool:
    """Return whether this crawler's table lies below a target and has no unreadable file."""
    if survey.partial or (table.parameters or {}).get(CRAWLER) != crawler.name:
        return False
    if any(isinstance(target, CatalogTarget) for target in crawler.targets):
        return False
    place = location_of(table)
    # Somebody may have written the folder without its last slash.
    if not f"{place.rstrip('/')}/".startswith(survey.roots):
        return False
    return not any(problem.uri.startswith(place) for problem in survey.problems)
