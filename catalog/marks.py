"""Marks of tables: short texts that change with a table or any of its partitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from gluepot.catalog.names import fold
from gluepot.catalog.partition_tables import partitions
from gluepot.catalog.tables import databases, tables

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gluepot.catalog.scope import CatalogScope

_ADDED = sa.select(sa.func.max(partitions.c.id)).where(partitions.c.table_id == tables.c.id)
_COUNT = sa.select(sa.func.count()).where(partitions.c.table_id == tables.c.id)

NAMES_AT_ONCE = 500


def newest_partition(scope: CatalogScope) -> int:
    """Return the number of the partition that was added last; later ones have higher numbers."""
    with scope.reading() as connection:
        return connection.scalar(sa.select(sa.func.max(partitions.c.id))) or 0


def read_marks(scope: CatalogScope, database: str, names: Iterable[str]) -> dict[str, str]:
    """Return the mark of each of these tables that is there.

    A mark changes with the table's version, with every partition that comes or goes, and with every
    change of one. It costs a look at an index, however many partitions there are to count.
    """
    query = (
        sa.select(
            tables.c.name,
            tables.c.id,
            tables.c.version,
            tables.c.partition_changes,
            _COUNT.correlate(tables).scalar_subquery(),
            _ADDED.correlate(tables).scalar_subquery(),
        )
        .join(databases, databases.c.id == tables.c.database_id)
        .where(databases.c.catalog == scope.catalog, databases.c.name == fold(database))
    )
    wanted = sorted({fold(name) for name in names})
    found = {}
    with scope.reading() as connection:
        for start in range(0, len(wanted), NAMES_AT_ONCE):
            some = tables.c.name.in_(wanted[start : start + NAMES_AT_ONCE])
            for name, *parts in connection.execute(query.where(some)):
                found[name] = ".".join(map(str, parts))
    return found
