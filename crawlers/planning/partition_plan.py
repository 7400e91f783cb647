"""Found partitions against those of the catalog: what would be added, changed and removed.

Tables may have hundreds of thousands of partitions. So the catalog's side is streamed, what all
partitions of a table share is made and compared once, and documents are made as they are written.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from gluepot.catalog.model import Column
from gluepot.catalog.wire import to_wire
from gluepot.crawlers.planning.definitions import (
    DEPRECATED,
    ESTIMATES,
    RUN_ID,
    columns_of,
    counted_parameters,
    foreign,
    format_parameters,
    is_owned,
    volume_parameters,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from gluepot.catalog.calls import Document
    from gluepot.catalog.model import Table
    from gluepot.catalog.partitions import StoredPartition
    from gluepot.crawlers.grouping.found import FoundPartition, FoundTable
    from gluepot.crawlers.model import Crawler

SHOWN_PARTITIONS = 20
"""How many partitions whose objects are gone are named; the rest is counted."""

_IGNORED = frozenset({*ESTIMATES, RUN_ID})
"""Parameters that move with the sample, or name a crawl: no reason to write a partition again."""

_INHERITED = (
    *("InputFormat", "OutputFormat", "Compressed", "NumberOfBuckets", "SerdeInfo"),
    *("BucketColumns", "SortColumns", "StoredAsSubDirectories", "AdditionalLocations"),
)


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What others than crawlers have set of a partition, in Glue's members."""

    members: Document
    storage_members: Document
    parameters: Mapping[str, str]
    storage_parameters: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class PartitionTemplate:
    """What all partitions of a table have in common: columns, format and serde of the table.

    A partition with columns of its own fails in Athena as soon as the table's widen
    (HIVE_PARTITION_SCHEMA_MISMATCH), so each has the table's, whether ``InheritFromTable`` is asked
    for or not. Comments stay with the table: editing one must not rewrite each partition.
    """

    storage: Document
    parameters: Mapping[str, str]

    def document(self, partition: FoundPartition, kept: Kept | None = None) -> Document:
        """Return the ``PartitionInput`` of a found partition."""
        parameters = {**self.parameters, **volume_parameters(partition.volume)}
        storage = {**self.storage, "Location": partition.location}
        if kept is None:
            storage["Parameters"] = parameters
            return {
                "Values": list(partition.values),
                "StorageDescriptor": storage,
                "Parameters": parameters,
            }
        storage["Parameters"] = {**kept.storage_parameters, **parameters}
        return {
            **kept.members,
            "Values": list(partition.values),
            "StorageDescriptor": {**kept.storage_members, **storage},
            "Parameters": {**kept.parameters, **parameters},
        }


@dataclass(frozen=True, kw_only=True)
class PartitionInputs:
    """Partitions to write; their documents are made one by one as they are asked for."""

    template: PartitionTemplate | None = None
    partitions: Sequence[FoundPartition] = ()
    kept: Mapping[tuple[str, ...], Kept] = field(default_factory=dict)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.partitions)

    def __iter__(self) -> Iterator[Document]:
        """Yield each as Glue's ``PartitionInput``."""
        if self.template is not None:
            for partition in self.partitions:
                yield self.template.document(partition, self.kept.get(partition.values))


@dataclass(frozen=True, kw_only=True)
class PartitionChanges:
    """What would be done to the partitions of one table.

    Attributes:
        added: New ones.
        changed: Ones with other files or another definition.
        deprecated: Ones whose objects are gone, marked so, as Glue's ``PartitionInput``.
        deleted: Values of ones to delete: their objects are gone, or the table has other keys.
    """

    added: PartitionInputs = PartitionInputs()
    changed: PartitionInputs = PartitionInputs()
    deprecated: tuple[Document, ...] = ()
    deleted: tuple[tuple[str, ...], ...] = ()

    def __bool__(self) -> bool:
        """Return whether there is anything to do."""
        return bool(self.added or self.changed or self.deprecated or self.deleted)


def template_of(found: FoundTable, table: Table) -> PartitionTemplate:
    """Return what the partitions of a found table have, as the catalog is to have the table."""
    storage = table.storage_descriptor
    columns = tuple(Column(name=item.name, type=item.type) for item in columns_of(table))
    shared = {} if storage is None else to_wire(replace(storage, columns=columns, others=None))
    return PartitionTemplate(
        storage={name: shared[name] for name in ("Columns", *_INHERITED) if name in shared},
        parameters=format_parameters(found),
    )


def add_partitions(found: FoundTable, table: Table) -> PartitionChanges:
    """Return what makes the partitions of a table that has none."""
    template = template_of(found, table)
    return PartitionChanges(added=PartitionInputs(template=template, partitions=found.partitions))


def replace_partitions(
    found: FoundTable, table: Table, stored: Iterable[StoredPartition]
) -> PartitionChanges:
    """Return what makes the partitions of a table whose keys are others now."""
    old = tuple(item.values for item in stored)
    return replace(add_partitions(found, table), deleted=old)


def compare_partitions(
    crawler: Crawler,
    found: FoundTable,
    table: Table,
    stored: Iterable[StoredPartition],
    is_vacant: Callable[[StoredPartition], bool],
) -> tuple[PartitionChanges, list[str]]:
    """Return what is to be done to a table's partitions, and what a person should know.

    Args:
        crawler: Whose policies count.
        found: The table with the partitions that were found.
        table: The definition that the catalog is to have.
        stored: The partitions that the catalog has.
        is_vacant: Whether a partition's location was looked at and has no objects.
    """
    template = template_of(found, table)
    differ = _Comparison(crawler, template)
    pending = {partition.values: partition for partition in found.partitions}
    changed: list[FoundPartition] = []
    kept: dict[tuple[str, ...], Kept] = {}
    gone: list[StoredPartition] = []
    for item in stored:
        partition = pending.pop(item.values, None)
        if partition is None:
            if is_vacant(item):
                gone.append(item)
        elif differ.calls_for_a_write(item, partition):
            changed.append(partition)
            if (others := differ.kept(item)) is not None:
                kept[item.values] = others
    removed, warnings = _remove(crawler, gone)
    if differ.left:
        warnings.append(f"{differ.left} partitions have changed; the crawler only logs that")
    return (
        replace(
            removed,
            added=PartitionInputs(template=template, partitions=list(pending.values())),
            changed=PartitionInputs(template=template, partitions=changed, kept=kept),
        ),
        warnings,
    )


class _Comparison:
    """Whether stored partitions are as they were found; storages they share are compared once."""

    def __init__(self, crawler: Crawler, template: PartitionTemplate) -> None:
        self.left = 0
        self._crawler = crawler
        self._template = template
        self._wanted = _core(template.storage)
        # The storage itself is kept beside the answer: its number must not be another's.
        self._seen: dict[int, tuple[Document | None, bool]] = {}

    def calls_for_a_write(self, stored: StoredPartition, partition: FoundPartition) -> bool:
        """Return whether a partition differs, and is to be written by the crawler's policy."""
        inherits = self._inherits(stored.storage)
        if inherits and stored.location == partition.location and self._agrees(stored, partition):
            return False
        if self._crawler.update_behavior != "LOG":
            return True
        # The mark is the crawler's own and tells of objects, so it goes where they are back.
        if DEPRECATED in stored.details.get("Parameters", {}):
            return True
        if self._crawler.inherit_from_table and not inherits:
            return True
        self.left += 1
        return False

    def kept(self, stored: StoredPartition) -> Kept | None:
        """Return what others have set of a partition, None where that is nothing."""
        details = stored.details
        own = details.get("StorageDescriptor", {}).get("Parameters")
        found = Kept(
            members={
                name: value
                for name, value in details.items()
                if name not in {"Parameters", "StorageDescriptor"}
            },
            storage_members={
                name: value
                for name, value in (stored.storage or {}).items()
                if name not in _INHERITED and name != "Columns"
            },
            parameters=foreign(details.get("Parameters")),
            storage_parameters=foreign(own),
        )
        return found if any(vars(found).values()) else None

    def _inherits(self, storage: Document | None) -> bool:
        known = self._seen.get(id(storage))
        if known is None:
            known = storage, storage is not None and _core(storage) == self._wanted
            self._seen[id(storage)] = known
        return known[1]

    def _agrees(self, stored: StoredPartition, partition: FoundPartition) -> bool:
        wanted = {**self._template.parameters, **counted_parameters(partition.volume)}
        parameters = stored.details.get("Parameters", {})
        own = stored.details.get("StorageDescriptor", {}).get("Parameters", {})
        return self._has(parameters, wanted) and (own == parameters or self._has(own, wanted))

    def _has(self, parameters: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
        if not wanted.items() <= parameters.items():
            return False
        others = parameters.keys() - wanted.keys() - _IGNORED
        return not any(map(is_owned, others))


def _core(storage: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what a partition takes over from its table, comparable."""
    columns = [(item["Name"], item.get("Type")) for item in storage.get("Columns") or ()]
    return columns, [storage.get(name) for name in _INHERITED]


def _remove(
    crawler: Crawler, gone: Sequence[StoredPartition]
) -> tuple[PartitionChanges, list[str]]:
    if crawler.delete_behavior == "DELETE_FROM_DATABASE":
        return PartitionChanges(deleted=tuple(item.values for item in gone)), []
    fresh = [item for item in gone if DEPRECATED not in item.details.get("Parameters", {})]
    if crawler.delete_behavior == "LOG":
        named = fresh[:SHOWN_PARTITIONS]
        shown = [f"partition {'/'.join(item.values)} has no objects any more" for item in named]
        if len(fresh) > len(named):
            shown.append(f"{len(fresh) - len(named)} more partitions have no objects any more")
        return PartitionChanges(), shown
    return PartitionChanges(deprecated=tuple(_marked(item, crawler.name) for item in fresh)), []


def _marked(stored: StoredPartition, crawler: str) -> Document:
    details = stored.details
    document = {
        **details,
        "Values": list(stored.values),
        "Parameters": {**details.get("Parameters", {}), DEPRECATED: crawler},
    }
    if stored.storage is not None:
        own = details.get("StorageDescriptor", {})
        document["StorageDescriptor"] = {**stored.storage, **own, "Location": stored.location}
    return document
