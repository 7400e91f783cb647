"""The catalog's column statistics, filled from a profile: of a table, and of its partitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.catalog.column_statistics import ColumnStatisticsStore
from gluepot.catalog.model import NULL_PARTITION
from gluepot.transforms.quality.profiling.statistics import column_statistics

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from gluepot.catalog.model import Partition, Table
    from gluepot.catalog.store import CatalogStore
    from gluepot.transforms.quality.profiling.model import Part, Profile

_WHOLE = ("tinyint", "smallint", "int", "integer", "bigint")


def fill_statistics(
    catalog: CatalogStore, table: Table, whole: Profile, *, now: dt.datetime
) -> int:
    """Replace a table's column statistics; return of how many columns.

    Raises:
        EntityNotFoundError: The table is not there any more.
    """
    return _filled(catalog, table, None, whole, now)


def fill_partitions(
    catalog: CatalogStore, table: Table, parts: Mapping[Part, Profile], *, now: dt.datetime
) -> int:
    """Replace the column statistics of partitions; return of how many partitions.

    Rows may be in partitions that the catalog does not know; those have none.

    Raises:
        EntityNotFoundError: The table or a partition is not there any more.
    """
    count = 0
    for partition in catalog.partitions.list(table.database_name, table.name):
        found = parts.get(part_of_partition(table, partition))
        if found is not None:
            _filled(catalog, table, partition.values, found, now)
            count += 1
    return count


def part_of_partition(table: Table, partition: Partition) -> Part:
    """Return a partition as the rows in it tell it apart."""
    keys = [key.type or "string" for key in table.partition_keys or ()]
    return tuple(map(_typed, partition.values or (), keys))


def _filled(
    catalog: CatalogStore,
    table: Table,
    values: Sequence[str] | None,
    profile: Profile,
    now: dt.datetime,
) -> int:
    storage = table.storage_descriptor
    columns = () if storage is None else storage.columns or ()
    types = {column.name: column.type or "string" for column in columns}
    found = column_statistics(profile, types, now=now)
    store = ColumnStatisticsStore(catalog.scope, table.database_name, table.name, values)
    return len(found) - len(store.update(found))


def _typed(value: str, kind: str) -> str | None:
    """Return a partition's value as rows have it: ``01`` of a number is 1."""
    if value == NULL_PARTITION:
        return None
    if kind.lower() in _WHOLE:
        try:
            return str(int(value))
        except ValueError:
            return value
    return value
