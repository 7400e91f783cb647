"""The rows of tables at their current version: each function is one step inside a transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gluepot.catalog import database_rows
from gluepot.catalog.errors import EntityNotFoundError, InvalidInputError
from gluepot.catalog.limits import refuse_beyond
from gluepot.catalog.model import Table
from gluepot.catalog.names import fold
from gluepot.catalog.scope import ROOT
from gluepot.catalog.tables import databases, table_versions, tables
from gluepot.catalog.wire import from_wire

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gluepot.catalog.calls import Document
    from gluepot.catalog.database_rows import DatabaseRow
    from gluepot.catalog.name_pattern import NamePattern

PAGE_ROWS = 500
NAME_ROWS = 5000


@dataclass(frozen=True, kw_only=True)
class TableRow:
    """A table as it is stored; ``definition`` is Glue's TableInput as it came.

    Times, creator and version are the store's own; what a definition says of them does not count.
    """

    id: int
    catalog: str
    database_name: str
    name: str
    version: int
    definition: Document
    create_time: datetime
    update_time: datetime
    created_by: str | None

    @cached_property
    def table(self) -> Table:
        """Return the table as one of the model."""
        named = self.definition | {"DatabaseName": self.database_name, "Name": self.name}
        return replace(
            from_wire(Table, named),
            create_time=self.create_time,
            update_time=self.update_time,
            created_by=self.created_by,
            version_id=str(self.version),
        )

    @property
    def target(self) -> Document | None:
        """Return what a resource link points at; None when this is no link."""
        found: Document | None = self.definition.get("TargetTable")
        return found


CURRENT = (
    sa.select(
        tables.c.id,
        tables.c.name,
        tables.c.version,
        tables.c.create_time,
        tables.c.update_time,
        tables.c.created_by,
        table_versions.c.definition,
        databases.c.catalog,
        databases.c.name.label("database_name"),
    )
    .join(databases, databases.c.id == tables.c.database_id)
    .join(
        table_versions,
        sa.and_(
            table_versions.c.table_id == tables.c.id,
            table_versions.c.version == tables.c.version,
        ),
    )
)
"""Tables with their current definitions; ``table_row`` reads its rows."""

_OF_NAMES = (
    databases.c.catalog == sa.bindparam("of_catalog"),
    databases.c.name == sa.bindparam("of_database"),
    tables.c.name == sa.bindparam("of_name"),
)
_FIND = CURRENT.where(*_OF_NAMES)
# Only the row's own lock: the version is read after it is held, and is then the newest.
_LOCK = (
    sa.select(tables.c.id)
    .join(databases, databases.c.id == tables.c.database_id)
    .where(*_OF_NAMES)
    .with_for_update(of=tables)
)


def find_row(
    connection: sa.Connection, database: str, name: str, *, catalog: str = ROOT, lock: bool = False
) -> TableRow | None:
    """Return a table, or None; ``lock`` keeps other writers of it out until the end."""
    names = {"of_catalog": catalog, "of_database": fold(database), "of_name": fold(name)}
    # SQLite's transaction holds the one write lock already.
    if lock and connection.dialect.name != "sqlite":
        connection.execute(_LOCK, names)
    row = connection.execute(_FIND, names).first()
    return None if row is None else table_row(row)


def get_row(
    connection: sa.Connection, database: str, name: str, *, catalog: str = ROOT, lock: bool = False
) -> TableRow:
    """Return a table of this very database, where no link is followed.

    Raises:
        EntityNotFoundError: The database or the table is not there.
        InvalidInputError: The database is a resource link: its tables are changed where they are.
    """
    found = find_row(connection, database, name, catalog=catalog, lock=lock)
    if found is None:
        refuse_link(database_rows.get_row(connection, catalog, database))
        raise EntityNotFoundError("Table", fold(name))
    return found


def refuse_link(database: DatabaseRow) -> None:
    """Refuse to write into a database that only points at another.

    Raises:
        InvalidInputError: It is a resource link.
    """
    target = database.target
    if target is not None:
        raise InvalidInputError(
            f"Database {database.name} is a resource link to {target.get('DatabaseName')};"
            " change tables and partitions in that database"
        )


def list_names(
    connection: sa.Connection, database_id: int, after: str, limit: int, *, prefix: str = ""
) -> list[str]:
    """Return the next names of a database's tables that begin with ``prefix``."""
    query = (
        sa.select(tables.c.name)
        .where(tables.c.database_id == database_id, tables.c.name > after)
        .order_by(tables.c.name)
        .limit(limit)
    )
    if prefix:
        # Whatever begins with the prefix lies between it and its successor, on the index.
        successor = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        query = query.where(tables.c.name >= prefix, tables.c.name < successor)
    return list(connection.scalars(query))


def list_rows(
    connection: sa.Connection, database_id: int, after: str, limit: int
) -> list[TableRow]:
    """Return the next page of a database's tables, by name."""
    query = (
        CURRENT.where(tables.c.database_id == database_id, tables.c.name > after)
        .order_by(tables.c.name)
        .limit(limit)
    )
    return [table_row(row) for row in connection.execute(query)]


def rows_of_names(
    connection: sa.Connection, database_id: int, names: Sequence[str]
) -> list[TableRow]:
    """Return the tables of these names, in the order of names."""
    query = CURRENT.where(tables.c.database_id == database_id, tables.c.name.in_(names))
    return [table_row(row) for row in connection.execute(query.order_by(tables.c.name))]


def list_matching(
    connection: sa.Connection, database_id: int, after: str, limit: int, pattern: NamePattern
) -> list[TableRow]:
    """Return the next tables of a database whose names match, by name."""
    names: list[str] = []
    while len(names) < limit:
        batch = list_names(connection, database_id, after, NAME_ROWS, prefix=pattern.prefix)
        names += pattern.matching(batch)
        if len(batch) < NAME_ROWS:
            break
        after = batch[-1]
    return rows_of_names(connection, database_id, names[:limit])


def refuse_full(connection: sa.Connection, database_id: int, limit: int) -> None:
    """Refuse one more table in a database that has ``limit``.

    Raises:
        ResourceNumberLimitExceededError: It has.
    """
    # There are never more rows than the highest number says, and that is known at once.
    if (connection.scalar(sa.select(sa.func.max(tables.c.id))) or 0) < limit:
        return
    query = sa.select(sa.func.count()).where(tables.c.database_id == database_id)
    count = connection.scalar(query.select_from(tables)) or 0
    refuse_beyond(limit, count, resource="TABLE", container="DATABASE")


def table_row(row: Any) -> TableRow:  # noqa: ANN401
    """Return a row of ``CURRENT``."""
    return TableRow(
        id=row.id,
        catalog=row.catalog,
        database_name=row.database_name,
        name=row.name,
        version=row.version,
        definition=row.definition,
        create_time=row.create_time,
        update_time=row.update_time,
        created_by=row.created_by,
    )
