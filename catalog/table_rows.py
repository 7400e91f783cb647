"""The rows of tables and their versions: each function is one step inside a transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gluepot.catalog.diff import TableDiff, diff_from_json, diff_tables
from gluepot.catalog.errors import EntityNotFoundError, InvalidInputError
from gluepot.catalog.model import Cause, Table
from gluepot.catalog.names import fold
from gluepot.catalog.tables import databases, table_versions, tables
from gluepot.catalog.wire import from_wire, to_wire

if TYPE_CHECKING:
    from datetime import datetime

PAGE_ROWS = 500
_VERSION_DIGITS = 18
"""Longer numbers do not fit the column, so no version has them."""


@dataclass(frozen=True, kw_only=True)
class TableVersion:
    """A table as it once was; ``diff`` says what changed since the version before, if one is."""

    table: Table
    version_id: str
    cause: Cause
    created_at: datetime
    diff: TableDiff | None


@dataclass(frozen=True, kw_only=True)
class TableRow:
    """A table with the number of its row."""

    id: int
    table: Table
    version: int


_CURRENT = (
    sa.select(
        tables.c.id,
        tables.c.name,
        tables.c.version,
        tables.c.create_time,
        tables.c.update_time,
        tables.c.created_by,
        table_versions.c.definition,
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


def database_id(connection: sa.Connection, name: str) -> int:
    """Return the row of a database.

    Raises:
        EntityNotFoundError: There is none of that name.
    """
    query = sa.select(databases.c.id).where(databases.c.name == fold(name))
    found: int | None = connection.scalar(query)
    if found is None:
        raise EntityNotFoundError("Database", fold(name))
    return found


def find_row(
    connection: sa.Connection, database: str, name: str, *, lock: bool = False
) -> TableRow | None:
    """Return a table, or None; ``lock`` keeps other writers of it out until the end."""
    if lock:
        _lock(connection, database, name)
    query = _CURRENT.where(databases.c.name == fold(database), tables.c.name == fold(name))
    row = connection.execute(query).first()
    return None if row is None else _table_row(fold(database), row)


def get_row(connection: sa.Connection, database: str, name: str, *, lock: bool = False) -> TableRow:
    """Return a table.

    Raises:
        EntityNotFoundError: The database or the table is not there.
    """
    found = find_row(connection, database, name, lock=lock)
    if found is None:
        database_id(connection, database)
        raise EntityNotFoundError("Table", fold(name))
    return found


def list_rows(connection: sa.Connection, database: str, after: str) -> list[TableRow]:
    """Return the next page of a database's tables, by name."""
    query = (
        _CURRENT.where(databases.c.name == fold(database), tables.c.name > after)
        .order_by(tables.c.name)
        .limit(PAGE_ROWS)
    )
    return [_table_row(fold(database), row) for row in connection.execute(query)]


def insert_version(  # noqa: PLR0913
    connection: sa.Connection,
    row_id: int,
    version: int,
    table: Table,
    *,
    before: Table | None,
    cause: Cause,
    now: datetime,
) -> None:
    """Write a version, with what changed since ``before``."""
    diff = diff_tables(before, table).to_json() if before is not None else None
    connection.execute(
        sa.insert(table_versions).values(
            table_id=row_id,
            version=version,
            definition=definition(table),
            diff=diff,
            cause_kind=cause.kind,
            cause_id=cause.id,
            created_at=now,
        )
    )


def definition(table: Table) -> dict[str, Any]:
    """Return what a version stores: the definition without what the store itself sets."""
    return to_wire(
        replace(table, create_time=None, update_time=None, created_by=None, version_id=None)
    )


def archived_before(connection: sa.Connection, row: TableRow) -> Table | None:
    """Return the newest kept version older than the current one."""
    query = (
        sa.select(table_versions.c.definition)
        .where(table_versions.c.table_id == row.id, table_versions.c.version < row.version)
        .order_by(table_versions.c.version.desc())
        .limit(1)
    )
    found = connection.scalar(query)
    return None if found is None else from_wire(Table, found)


def list_version_rows(connection: sa.Connection, row: TableRow, before: int) -> list[TableVersion]:
    """Return the next page of versions older than ``before``, newest first."""
    query = (
        sa.select(table_versions)
        .where(table_versions.c.table_id == row.id, table_versions.c.version < before)
        .order_by(table_versions.c.version.desc())
        .limit(PAGE_ROWS)
    )
    return [_version(row, found) for found in connection.execute(query)]


def get_version_row(connection: sa.Connection, row: TableRow, version_id: str) -> TableVersion:
    """Return one version.

    Raises:
        InvalidInputError: ``version_id`` is not a number.
        EntityNotFoundError: The table has, or keeps, no such version.
    """
    if not (version_id.isascii() and version_id.isdigit()):
        raise InvalidInputError(f"Version {version_id!r} is not a number; versions count from 0")
    found = None
    if len(version_id) <= _VERSION_DIGITS:
        query = sa.select(table_versions).where(
            table_versions.c.table_id == row.id, table_versions.c.version == int(version_id)
        )
        found = connection.execute(query).first()
    if found is None:
        name = f"{row.table.database_name}.{row.table.name}"
        raise EntityNotFoundError("Version", f"{version_id} of {name}")
    return _version(row, found)


def _lock(connection: sa.Connection, database: str, name: str) -> None:
    # SQLite's transaction holds the one write lock already, and leaves FOR UPDATE out.
    query = (
        sa.select(tables.c.id)
        .join(databases, databases.c.id == tables.c.database_id)
        .where(databases.c.name == fold(database), tables.c.name == fold(name))
        .with_for_update(of=tables)
    )
    connection.execute(query)


def _table_row(database: str, row: Any) -> TableRow:  # noqa: ANN401
    table = replace(
        from_wire(Table, row.definition),
        database_name=database,
        name=row.name,
        create_time=row.create_time,
        update_time=row.update_time,
        created_by=row.created_by,
        version_id=str(row.version),
    )
    return TableRow(id=row.id, table=table, version=row.version)


def _version(current: TableRow, row: Any) -> TableVersion:  # noqa: ANN401
    table = replace(
        from_wire(Table, row.definition),
        create_time=current.table.create_time,
        update_time=row.created_at,
        created_by=current.table.created_by,
        version_id=str(row.version),
    )
    return TableVersion(
        table=table,
        version_id=str(row.version),
        cause=Cause(kind=row.cause_kind, id=row.cause_id),
        created_at=row.created_at,
        diff=None if row.diff is None else diff_from_json(row.diff),
    )
