"""Tables and their versions as documents: each change makes a version, in one transaction."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import sqlalchemy as sa

from gluepot.catalog import database_rows, links, table_rows, version_rows
from gluepot.catalog.diff import diff_tables
from gluepot.catalog.errors import AlreadyExistsError, ConcurrentModificationError
from gluepot.catalog.insert import insert_new
from gluepot.catalog.names import checked_name
from gluepot.catalog.partitions import encode_again
from gluepot.catalog.search_text import search_text
from gluepot.catalog.table_rows import TableRow
from gluepot.catalog.tables import tables

if TYPE_CHECKING:
    from gluepot.catalog.calls import Document
    from gluepot.catalog.model import Cause, Table
    from gluepot.catalog.name_pattern import NamePattern
    from gluepot.catalog.scope import CatalogScope
    from gluepot.catalog.search import Place, Search
    from gluepot.catalog.version_rows import VersionRow

_MOVE = sa.update(tables).where(tables.c.id == sa.bindparam("of_id"))


class TableStore:
    """The tables of one catalog; ``CatalogStore.tables`` makes one.

    A definition is Glue's TableInput and is kept as it comes. Names are folded to lower case.
    Reading goes through linked databases, writing does not.
    """

    def __init__(self, scope: CatalogScope) -> None:
        self._scope = scope

    def create(
        self, database: str, definition: Document, cause: Cause, *, created_by: str | None = None
    ) -> TableRow:
        """Add a table at version 0.

        Raises:
            EntityNotFoundError: Its database is not there.
            AlreadyExistsError: The name is taken.
            InvalidInputError: The name cannot be one, the database is a resource link, or the
                table is a link that would come back to itself.
            ResourceNumberLimitExceededError: The database is full.
        """
        scope, now = self._scope, self._scope.clock()
        name = checked_name("Table", definition["Name"])
        with scope.writing() as connection:
            home = database_rows.get_row_to_fill(connection, scope.catalog, database)
            table_rows.refuse_link(home)
            table_rows.refuse_full(connection, home.id, scope.limits.tables_per_database)
            stored = definition | {"DatabaseName": home.name, "Name": name}
            self._refuse_circle(connection, stored)
            new = TableRow(
                id=0,
                catalog=scope.catalog,
                database_name=home.name,
                name=name,
                version=0,
                definition=stored,
                create_time=now,
                update_time=now,
                created_by=created_by or f"{cause.kind}:{cause.id}",
            )
            made = _insert(connection, home.id, new)
            version_rows.insert_row(connection, made, diff=None, cause=cause)
        return made

    def get(self, database: str, name: str) -> TableRow:
        """Return a table at its current version; a link of tables as it is.

        Raises:
            EntityNotFoundError: The database or the table is not there.
        """
        with self._scope.reading() as connection:
            return links.read_table(connection, self._scope, database, name)

    def get_linked(self, database: str, name: str) -> TableRow:
        """Return the table that has the data: of a linked table its target.

        Raises:
            EntityNotFoundError: The database, the table or a link's target is not there.
        """
        with self._scope.reading() as connection:
            return links.read_linked(connection, self._scope, database, name)

    def page(
        self, database: str, after: str | None, limit: int, *, pattern: NamePattern | None = None
    ) -> list[TableRow]:
        """Return the next tables of a database by name.

        Raises:
            EntityNotFoundError: There is no such database.
        """
        with self._scope.reading() as connection:
            home = links.read_database(connection, self._scope, database)
            if pattern is None:
                return table_rows.list_rows(connection, home.id, after or "", limit)
            return table_rows.list_matching(connection, home.id, after or "", limit, pattern)

    def search(self, search: Search, after: Place | None, limit: int) -> list[TableRow]:
        """Return the next tables of the catalog that a search finds."""
        with self._scope.reading() as connection:
            return search.rows(connection, self._scope.catalog, after, limit)

    def update(
        self,
        database: str,
        definition: Document,
        cause: Cause,
        *,
        expected_version: str | None = None,
        skip_archive: bool = False,
    ) -> TableRow:
        """Replace the whole definition of a table by a new version.

        What is absent from ``definition`` is gone; creation time and creator survive, and
        partitions stay as they are.

        Args:
            database: Where the table is.
            definition: The new definition; its name says which table.
            cause: Who or what makes this version.
            expected_version: The version that the caller has read; None overwrites any.
            skip_archive: Do not keep the version before; the number still advances.

        Raises:
            EntityNotFoundError: The database or the table is not there.
            ConcurrentModificationError: The table is at another version than expected.
            ResourceNumberLimitExceededError: The table keeps as many versions as it may.
            InvalidInputError: It is a link that would come back to itself.
        """
        with self._scope.writing() as connection:
            row = self._locked(connection, database, definition["Name"])
            if expected_version is not None and expected_version != str(row.version):
                raise ConcurrentModificationError(
                    "Update table failed due to concurrent modifications."
                    f" ({row.database_name}.{row.name} is at version {row.version},"
                    f" not {expected_version}: read it again)"
                )
            return self._replace(connection, row, definition, cause, skip_archive=skip_archive)

    def restore(self, database: str, name: str, version_id: str, cause: Cause) -> TableRow:
        """Make a new version equal to an old one.

        Raises:
            EntityNotFoundError: The database, the table or the version is not there.
            InvalidInputError: ``version_id`` is not a number.
            ResourceNumberLimitExceededError: The table keeps as many versions as it may.
        """
        with self._scope.writing() as connection:
            row = self._locked(connection, database, name)
            old = version_rows.get_row(connection, row, version_id)
            return self._replace(connection, row, old.row.definition, cause)

    def delete(self, database: str, name: str) -> TableRow:
        """Delete a table with its versions and partitions; of a link the link alone.

        Raises:
            EntityNotFoundError: The database or the table is not there.
        """
        with self._scope.writing() as connection:
            row = self._locked(connection, database, name)
            connection.execute(sa.delete(tables).where(tables.c.id == row.id))
            return row

    def versions_page(
        self, database: str, name: str, before: int | None, limit: int
    ) -> list[VersionRow]:
        """Return the next of a table's kept versions, the current one first.

        Raises:
            EntityNotFoundError: The database or the table is not there.
        """
        with self._scope.reading() as connection:
            row = links.read_table(connection, self._scope, database, name)
            before = row.version + 1 if before is None else before
            return version_rows.list_rows(connection, row, before, limit)

    def get_version(self, database: str, name: str, version_id: str | None) -> VersionRow:
        """Return one version of a table; without an id, the current one.

        Raises:
            EntityNotFoundError: The database, the table or the version is not there.
            InvalidInputError: ``version_id`` is not a number.
        """
        with self._scope.reading() as connection:
            row = links.read_table(connection, self._scope, database, name)
            wanted = str(row.version) if version_id is None else version_id
            return version_rows.get_row(connection, row, wanted)

    def delete_version(self, database: str, name: str, version_id: str) -> None:
        """Delete an archived version.

        Raises:
            EntityNotFoundError: The database, the table or the version is not there.
            InvalidInputError: ``version_id`` is not a number, or it is the current version.
        """
        with self._scope.writing() as connection:
            row = self._locked(connection, database, name)
            version_rows.delete_row(connection, row, version_id)

    def _locked(self, connection: sa.Connection, database: str, name: str) -> TableRow:
        return table_rows.get_row(
            connection, database, name, catalog=self._scope.catalog, lock=True
        )

    def _replace(
        self,
        connection: sa.Connection,
        row: TableRow,
        definition: Document,
        cause: Cause,
        *,
        skip_archive: bool = False,
    ) -> TableRow:
        now = self._scope.clock()
        stored = definition | {"DatabaseName": row.database_name, "Name": row.name}
        self._refuse_circle(connection, stored)
        before: Table | None = row.table
        if skip_archive:
            before = version_rows.kept_before(connection, row)
            version_rows.drop_current(connection, row)
        else:
            version_rows.refuse_full(connection, row, self._scope.limits.versions_per_table)
        new = replace(row, version=row.version + 1, definition=stored, update_time=now)
        diff = None if before is None else diff_tables(before, new.table).to_json()
        version_rows.insert_row(connection, new, diff=diff, cause=cause)
        _move(connection, new)
        encode_again(connection, row.id, row.table.partition_keys, new.table.partition_keys)
        return new

    def _refuse_circle(self, connection: sa.Connection, stored: Document) -> None:
        target = stored.get("TargetTable")
        if target is not None:
            link = (self._scope.catalog, stored["DatabaseName"], stored["Name"])
            links.refuse_table_circle(connection, self._scope, link, target)


def _insert(connection: sa.Connection, database_id: int, row: TableRow) -> TableRow:
    """Add a table's row, and return it with its number."""
    values = {
        "database_id": database_id,
        "name": row.name,
        "version": row.version,
        "create_time": row.create_time,
        "update_time": row.update_time,
        "created_by": row.created_by,
        "search": search_text(row.database_name, row.definition),
    }
    inserted = insert_new(connection, tables, [values], tables.c.id)
    if not inserted:
        raise AlreadyExistsError("Table", f"{row.database_name}.{row.name}")
    return replace(row, id=inserted[0])


def _move(connection: sa.Connection, row: TableRow) -> None:
    """Let a table's row point at its new version."""
    values = {
        "of_id": row.id,
        "version": row.version,
        "update_time": row.update_time,
        "search": search_text(row.database_name, row.definition),
    }
    connection.execute(_MOVE, values)
