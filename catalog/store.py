"""The catalog's store: databases, tables, their versions; every change is one transaction."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

from gluepot.catalog import table_rows
from gluepot.catalog.catalogs import Catalogs
from gluepot.catalog.database_store import DatabaseStore
from gluepot.catalog.errors import AlreadyExistsError, EntityNotFoundError, InvalidInputError
from gluepot.catalog.limits import DEFAULT_LIMITS, Limits
from gluepot.catalog.marks import newest_partition, read_marks
from gluepot.catalog.names import fold
from gluepot.catalog.partitions import PartitionStore
from gluepot.catalog.scope import DEFAULT_ACCOUNT, ROOT, CatalogScope
from gluepot.catalog.table_store import TableStore
from gluepot.catalog.tags import TagStore
from gluepot.catalog.version_rows import TableVersion, plain_definition
from gluepot.catalog.wire import to_wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    import sqlalchemy as sa

    from gluepot.catalog.model import Cause, Database, Table
    from gluepot.catalog.scope import Follow

__all__ = ["CatalogStore", "TableVersion"]


class CatalogStore:
    """Databases, tables and versions as the model's objects.

    ``databases``, ``tables`` and ``partitions`` are the same as Glue's documents. Names of
    databases and tables are folded to lower case, on write and on look-up. Each call is a
    transaction of its own; calls on the store that ``transaction`` yields are one together.
    Iterators read in pages, each its own short transaction.
    """

    def __init__(
        self,
        engine: sa.Engine,
        clock: Callable[[], datetime],
        *,
        account_id: str = DEFAULT_ACCOUNT,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self.scope = CatalogScope(engine=engine, clock=clock, account_id=account_id, limits=limits)

    @property
    def databases(self) -> DatabaseStore:
        """Return the databases as Glue's documents, in the same transaction."""
        return DatabaseStore(self.scope)

    @property
    def tables(self) -> TableStore:
        """Return the tables as Glue's documents, in the same transaction."""
        return TableStore(self.scope)

    @property
    def partitions(self) -> PartitionStore:
        """Return the partitions of this store's tables, in the same transaction."""
        return PartitionStore(self.scope)

    @property
    def catalogs(self) -> Catalogs:
        """Return the catalogs beside the account's own, in the same transaction."""
        return Catalogs(self.scope)

    @property
    def tags(self) -> TagStore:
        """Return the tags of resources, in the same transaction."""
        scope = self.scope
        return TagStore(scope.engine, scope.clock, connection=scope.connection)

    def in_catalog(self, name: str) -> CatalogStore:
        """Return the store of another catalog of the account, in the same transaction.

        Raises:
            EntityNotFoundError: There is no such catalog.
        """
        if name == self.scope.catalog:
            return self
        if name != ROOT:
            self.catalogs.get(name)
        return self._within(replace(self.scope, catalog=fold(name)))

    def following(self, follow: Follow) -> CatalogStore:
        """Return this store with ``follow`` asked before a resource link is followed."""
        return self._within(replace(self.scope, follow=follow))

    @contextlib.contextmanager
    def transaction(self) -> Iterator[CatalogStore]:
        """Yield a store whose calls commit together after the block, or not at all."""
        with self.scope.writing() as connection:
            yield self._within(replace(self.scope, connection=connection))

    def _within(self, scope: CatalogScope) -> CatalogStore:
        store = CatalogStore(scope.engine, scope.clock)
        store.scope = scope
        return store

    def create_database(self, database: Database, *, exist_ok: bool = False) -> Database:
        """Add a database; with ``exist_ok`` one that is there stays as it is and is returned.

        Raises:
            AlreadyExistsError: The name is taken.
            InvalidInputError: The name cannot be one.
        """
        try:
            return self.databases.create(to_wire(replace(database, create_time=None))).database
        except AlreadyExistsError:
            if not exist_ok:
                raise
            return self.get_database(database.name)

    def get_database(self, name: str) -> Database:
        """Return a database.

        Raises:
            EntityNotFoundError: There is none of that name.
        """
        return self.databases.get(name).database

    def list_databases(self) -> Iterator[Database]:
        """Yield the databases by name."""
        after = ""
        while True:
            page = self.databases.page(after, table_rows.PAGE_ROWS)
            for row in page:
                yield row.database
            if len(page) < table_rows.PAGE_ROWS:
                return
            after = page[-1].name

    def update_database(self, database: Database) -> Database:
        """Replace the whole definition of a database; its creation time survives.

        Raises:
            EntityNotFoundError: There is none of that name.
        """
        definition = to_wire(replace(database, create_time=None))
        return self.databases.update(database.name, definition).database

    def delete_database(self, name: str) -> None:
        """Delete a database with its tables, their versions and partitions.

        Raises:
            EntityNotFoundError: There is none of that name.
        """
        self.databases.delete(name)

    def create_table(self, table: Table, cause: Cause) -> Table:
        """Add a table at version 0.

        Raises:
            EntityNotFoundError: Its database is not there.
            AlreadyExistsError: The name is taken.
            InvalidInputError: The name cannot be one.
        """
        made = self.tables.create(
            table.database_name, _definition(table), cause, created_by=table.created_by
        )
        return made.table

    def get_table(self, database: str, name: str) -> Table:
        """Return a table at its current version.

        Raises:
            EntityNotFoundError: The database or the table is not there.
        """
        return self.tables.get(database, name).table

    def get_linked_table(self, database: str, name: str) -> Table:
        """Return the table that has the data: of a linked table its target.

        Raises:
            EntityNotFoundError: The database, the table or a link's target is not there.
            InvalidInputError: The target is in another catalog, where its names say nothing here.
        """
        row = self.tables.get_linked(database, name)
        if row.catalog != self.scope.catalog:
            raise InvalidInputError(
                f"{database}.{name} is a resource link to {row.database_name}.{row.name} of the"
                f" catalog {row.catalog or 'of the account'}; read it there"
            )
        return row.table

    def find_table(self, database: str, name: str) -> Table | None:
        """Return a table at its current version, or None."""
        try:
            return self.get_table(database, name)
        except EntityNotFoundError:
            return None

    def list_tables(self, database: str) -> Iterator[Table]:
        """Yield a database's tables by name.

        Raises:
            EntityNotFoundError: There is no such database.
        """
        first = self.tables.page(database, None, table_rows.PAGE_ROWS)
        return self._list_tables(database, first)

    def _list_tables(self, database: str, page: list[table_rows.TableRow]) -> Iterator[Table]:
        while True:
            for row in page:
                yield row.table
            if len(page) < table_rows.PAGE_ROWS:
                return
            page = self.tables.page(database, page[-1].name, table_rows.PAGE_ROWS)

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
        new = self.tables.update(
            table.database_name,
            _definition(table),
            cause,
            expected_version=expected_version,
            skip_archive=skip_archive,
        )
        return new.table

    def delete_table(self, database: str, name: str) -> None:
        """Delete a table with its versions and partitions.

        Raises:
            EntityNotFoundError: The database or the table is not there.
        """
        self.tables.delete(database, name)

    def read_marks(self, database: str, names: Iterable[str]) -> dict[str, str]:
        """Return short texts that change with a table or any of its partitions, by name."""
        return read_marks(self.scope, database, names)

    def newest_partition(self) -> int:
        """Return the number of the partition that was added last; later ones have higher ones."""
        return newest_partition(self.scope)

    def list_versions(self, database: str, name: str) -> Iterator[TableVersion]:
        """Yield a table's kept versions, the current one first.

        Raises:
            EntityNotFoundError: The database or the table is not there.
        """
        first = self.tables.versions_page(database, name, None, table_rows.PAGE_ROWS)
        return self._list_versions(database, name, [row.version for row in first])

    def _list_versions(
        self, database: str, name: str, page: list[TableVersion]
    ) -> Iterator[TableVersion]:
        while True:
            yield from page
            if len(page) < table_rows.PAGE_ROWS:
                return
            before = int(page[-1].version_id)
            rows = self.tables.versions_page(database, name, before, table_rows.PAGE_ROWS)
            page = [row.version for row in rows]

    def get_version(self, database: str, name: str, version_id: str) -> TableVersion:
        """Return one version of a table.

        Raises:
            EntityNotFoundError: The database, the table or the version is not there.
            InvalidInputError: ``version_id`` is not a number.
        """
        return self.tables.get_version(database, name, version_id).version

    def restore_table(self, database: str, name: str, version_id: str, cause: Cause) -> Table:
        """Make a new version equal to an old one.

        Raises:
            EntityNotFoundError: The database, the table or the version is not there.
            InvalidInputError: ``version_id`` is not a number.
        """
        return self.tables.restore(database, name, version_id, cause).table


def _definition(table: Table) -> dict[str, object]:
    """Return what a version stores: the definition without what the store itself sets."""
    return plain_definition(to_wire(table))
