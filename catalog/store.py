"""The catalog's store: databases, tables, their versions; every change is one transaction."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

import sqlalchemy as sa

from gluepot.catalog import table_rows
from gluepot.catalog.errors import (
    AlreadyExistsError,
    ConcurrentModificationError,
    EntityNotFoundError,
)
from gluepot.catalog.insert import insert_new
from gluepot.catalog.model import Cause, Database, Table
from gluepot.catalog.names import checked_name, fold
from gluepot.catalog.partitions import PartitionStore, encode_again
from gluepot.catalog.scope import Scope
from gluepot.catalog.table_rows import TableRow, TableVersion
from gluepot.catalog.tables import databases, table_versions, tables
from gluepot.catalog.wire import from_wire, to_wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

__all__ = ["CatalogStore", "TableVersion"]


class CatalogStore:
    """Databases, tables and versions; partitions are reached by ``partitions``.

    Names of databases and tables are folded to lower case, on write and on look-up. Each call is
    a transaction of its own; calls on the store that ``transaction`` yields are one together.
    Iterators read in pages, each its own short transaction.
    """

    def __init__(self, engine: sa.Engine, clock: Callable[[], datetime]) -> None:
        self._scope = Scope(engine=engine, clock=clock)

    @property
    def partitions(self) -> PartitionStore:
        """Return the partitions of this store's tables, in the same transaction."""
        return PartitionStore(self._scope)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[CatalogStore]:
        """Yield a store whose calls commit together after the block, or not at all."""
        with self._scope.writing() as connection:
            store = CatalogStore(self._scope.engine, self._scope.clock)
            store._scope = replace(self._scope, connection=connection)
            yield store

    def create_database(self, database: Database, *, exist_ok: bool = False) -> Database:
        """Add a database; with ``exist_ok`` one that is there stays as it is and is returned.

        Raises:
            AlreadyExistsError: The name is taken.
            InvalidInputError: The name cannot be one.
        """
        name = checked_name("Database", database.name)
        new = replace(database, name=name, create_time=self._scope.clock())
        row = {
            "name": name,
            "definition": to_wire(replace(new, create_time=None)),
            "create_time": new.create_time,
        }
        with self._scope.writing() as connection:
            if not insert_new(connection, databases, [row], databases.c.id):
                if not exist_ok:
                    raise AlreadyExistsError("Database", name)
                return _get_database(connection, name)
        return new

    def get_database(self, name: str) -> Database:
        """Return a database.

        Raises:
            EntityNotFoundError: There is none of that name.
        """
        with self._scope.reading() as connection:
            return _get_database(connection, name)

    def list_databases(self) -> Iterator[Database]:
        """Yield the databases by name."""
        after = ""
        while True:
            query = (
                sa.select(databases)
                .where(databases.c.name > after)
                .order_by(databases.c.name)
                .limit(table_rows.PAGE_ROWS)
            )
            with self._scope.reading() as connection:
                page = [_database(row) for row in connection.execute(query)]
            yield from page
            if len(page) < table_rows.PAGE_ROWS:
                return
            after = page[-1].name

    def update_database(self, database: Database) -> Database:
        """Replace the whole definition of a database; its creation time survives.

        Raises:
            EntityNotFoundError: There is none of that name.
        """
        name = fold(database.name)
        stored = to_wire(replace(database, name=name, create_time=None))
        update = sa.update(databases).where(databases.c.name == name).values(definition=stored)
        with self._scope.writing() as connection:
            connection.execute(update)
            return _get_database(connection, name)

    def delete_database(self, name: str) -> None:
        """Delete a database with its tables, their versions and partitions.

        Raises:
            EntityNotFoundError: There is none of that name.
        """
        delete = sa.delete(databases).where(databases.c.name == fold(name))
        with self._scope.writing() as connection:
            if connection.execute(delete).rowcount == 0:
                raise EntityNotFoundError("Database", fold(name))

    def create_table(self, table: Table, cause: Cause) -> Table:
        """Add a table at version 0.

        Raises:
            EntityNotFoundError: Its database is not there.
            AlreadyExistsError: The name is taken.
            InvalidInputError: The name cannot be one.
        """
        name = checked_name("Table", table.name)
        table = replace(table, database_name=fold(table.database_name), name=name)
        now = self._scope.clock()
        with self._scope.writing() as connection:
            row = {
                "database_id": table_rows.database_id(connection, table.database_name),
                "name": name,
                "version": 0,
                "create_time": now,
                "update_time": now,
                "created_by": table.created_by or f"{cause.kind}:{cause.id}",
            }
            inserted = insert_new(connection, tables, [row], tables.c.id)
            if not inserted:
                raise AlreadyExistsError("Table", f"{table.database_name}.{name}")
            table_rows.insert_version(
                connection, inserted[0], 0, table, before=None, cause=cause, now=now
            )
            return table_rows.get_row(connection, table.database_name, name).table

    def get_table(self, database: str, name: str) -> Table:
        """Return a table at its current version.

        Raises:
            EntityNotFoundError: The database or the table is not there.
        """
        with self._scope.reading() as connection:
            return table_rows.get_row(connection, database, name).table

    def find_table(self, database: str, name: str) -> Table | None:
        """Return a table at its current version, or None."""
        with self._scope.reading() as connection:
            found = table_rows.find_row(connection, database, name)
        return None if found is None else found.table

    def list_tables(self, database: str) -> Iterator[Table]:
        """Yield a database's tables by name.

        Raises:
            EntityNotFoundError: There is no such database.
        """
        with self._scope.reading() as connection:
            table_rows.database_id(connection, database)
        return self._list_tables(database)

    def _list_tables(self, database: str) -> Iterator[Table]:
        after = ""
        while True:
            with self._scope.reading() as connection:
                page = table_rows.list_rows(connection, database, after)
            for row in page:
                yield row.table
            if len(page) < table_rows.PAGE_ROWS:
                return
            after = page[-1].table.name

    def update_table(
        self,
        table: Table,
        cause: Cause,
        *,
        expected_version: str | None = None,
        skip_archive: bool = False,
    ) -> Table:
        """Replace the whole definition of a table by a new version.

        What is absent from ``table`` is gone; creation time and creator survive, and partitions
        stay as they are.

        Args:
            table: The new definition.
            cause: Who or what makes this version.
            expected_version: The version that the caller has read; None overwrites any.
            skip_archive: Do not keep the version before; the number still advances.

        Raises:
            EntityNotFoundError: The database or the table is not there.
            ConcurrentModificationError: The table is at another version than expected.
        """
        with self._scope.writing() as connection:
            row = table_rows.get_row(connection, table.database_name, table.name, lock=True)
            if expected_version is not None and expected_version != str(row.version):
                raise ConcurrentModificationError(
                    "Update table failed due to concurrent modifications."
                    f" ({row.table.database_name}.{row.table.name} is at version {row.version},"
                    f" not {expected_version}: read it again)"
                )
            return self._replace(connection, row, table, cause, skip_archive=skip_archive)

    def _replace(
        self,
        connection: sa.Connection,
        row: TableRow,
        table: Table,
        cause: Cause,
        *,
        skip_archive: bool = False,
    ) -> Table:
        now = self._scope.clock()
        new = replace(table, database_name=row.table.database_name, name=row.table.name)
        before: Table | None = row.table
        if skip_archive:
            before = table_rows.archived_before(connection, row)
            current = (table_versions.c.table_id == row.id) & (
                table_versions.c.version == row.version
            )
            connection.execute(sa.delete(table_versions).where(current))
        version = row.version + 1
        table_rows.insert_version(
            connection, row.id, version, new, before=before, cause=cause, now=now
        )
        moved = sa.update(tables).where(tables.c.id == row.id)
        connection.execute(moved.values(version=version, update_time=now))
        encode_again(connection, row.id, row.table.partition_keys, new.partition_keys)
        return table_rows.get_row(connection, new.database_name, new.name).table

    def delete_table(self, database: str, name: str) -> None:
        """Delete a table with its versions and partitions.

        Raises:
            EntityNotFoundError: The database or the table is not there.
        """
        with self._scope.writing() as connection:
            row = table_rows.get_row(connection, database, name, lock=True)
            connection.execute(sa.delete(tables).where(tables.c.id == row.id))

    def list_versions(self, database: str, name: str) -> Iterator[TableVersion]:
        """Yield a table's kept versions, the current one first.

        Raises:
            EntityNotFoundError: The database or the table is not there.
        """
        with self._scope.reading() as connection:
            row = table_rows.get_row(connection, database, name)
        return self._list_versions(row)

    def _list_versions(self, row: TableRow) -> Iterator[TableVersion]:
        before = row.version + 1
        while True:
            with self._scope.reading() as connection:
                page = table_rows.list_version_rows(connection, row, before)
            yield from page
            if len(page) < table_rows.PAGE_ROWS:
                return
            before = int(page[-1].version_id)

    def get_version(self, database: str, name: str, version_id: str) -> TableVersion:
        """Return one version of a table.

        Raises:
            EntityNotFoundError: The database, the table or the version is not there.
            InvalidInputError: ``version_id`` is not a number.
        """
        with self._scope.reading() as connection:
            row = table_rows.get_row(connection, database, name)
            return table_rows.get_version_row(connection, row, version_id)

    def restore_table(self, database: str, name: str, version_id: str, cause: Cause) -> Table:
        """Make a new version equal to an old one.

        Raises:
            EntityNotFoundError: The database, the table or the version is not there.
            InvalidInputError: ``version_id`` is not a number.
        """
        with self._scope.writing() as connection:
            row = table_rows.get_row(connection, database, name, lock=True)
            old = table_rows.get_version_row(connection, row, version_id)
            return self._replace(connection, row, old.table, cause)


def _get_database(connection: sa.Connection, name: str) -> Database:
    query = sa.select(databases).where(databases.c.name == fold(name))
    row = connection.execute(query).first()
    if row is None:
        raise EntityNotFoundError("Database", fold(name))
    return _database(row)


def _database(row: sa.Row[tuple[object, ...]]) -> Database:
    return replace(from_wire(Database, row.definition), create_time=row.create_time)
