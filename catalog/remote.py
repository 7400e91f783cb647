"""A catalog behind a Glue endpoint, with the methods of ``CatalogStore`` that commands use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.catalog.diff import diff_tables
from gluepot.catalog.errors import (
    EntityNotFoundError,
    InvalidInputError,
)
from gluepot.catalog.model import Cause, Database, Partition, Table
from gluepot.catalog.transfer.callers import RemoteError, as_input, pages
from gluepot.catalog.version_rows import TableVersion
from gluepot.catalog.wire import from_wire, to_wire

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gluepot.catalog.calls import Document
    from gluepot.catalog.transfer.callers import Caller


class RemoteCatalog:
    """Databases, tables, versions and partitions of a server, read and changed by its API.

    Every method raises RemoteError for what the server refuses, and EntityNotFoundError for what
    is not there.
    """

    def __init__(self, call: Caller) -> None:
        self._call = call

    @property
    def partitions(self) -> RemotePartitions:
        """Return the partitions of the tables."""
        return RemotePartitions(self._call)

    def list_databases(self) -> Iterator[Database]:
        """Yield the databases by name."""
        for found in pages(self._call, "GetDatabases", {}, "DatabaseList"):
            yield _database(found)

    def create_database(self, database: Database) -> Database:
        """Add a database."""
        self._call("CreateDatabase", {"DatabaseInput": to_wire(database)})
        return _database(self._call("GetDatabase", {"Name": database.name})["Database"])

    def delete_database(self, name: str) -> None:
        """Delete a database with its tables."""
        with_names(self._call, "DeleteDatabase", {"Name": name}, ("Database", name))

    def list_tables(self, database: str) -> Iterator[Table]:
        """Yield a database's tables by name."""
        for found in pages(self._call, "GetTables", {"DatabaseName": database}, "TableList"):
            yield _table(found)

    def get_table(self, database: str, name: str) -> Table:
        """Return a table at its current version."""
        request = {"DatabaseName": database, "Name": name}
        return _table(with_names(self._call, "GetTable", request, ("Table", name))["Table"])

    def delete_table(self, database: str, name: str) -> None:
        """Delete a table with its versions and partitions."""
        request = {"DatabaseName": database, "Name": name}
        with_names(self._call, "DeleteTable", request, ("Table", name))

    def list_versions(self, database: str, name: str) -> Iterator[TableVersion]:
        """Yield a table's kept versions, the current one first.

        Glue's API does not tell who made a version; the difference is worked out here.
        """
        request = {"DatabaseName": database, "TableName": name}
        newer: Table | None = None
        for found in pages(self._call, "GetTableVersions", request, "TableVersions"):
            table = _table(found["Table"])
            if newer is not None:
                yield _version(newer, table)
            newer = table
        if newer is not None:
            yield _version(newer, None)

    def get_version(self, database: str, name: str, version_id: str) -> TableVersion:
        """Return one version of a table."""
        return _version(_table(self._version(database, name, version_id)), None)

    def restore_table(self, database: str, name: str, version_id: str, _cause: Cause) -> Table:
        """Make a new version equal to an old one; the server names this caller as its cause."""
        old = as_input("TableInput", self._version(database, name, version_id))
        current = self.get_table(database, name).version_id
        request = {"DatabaseName": database, "TableInput": old, "VersionId": current}
        self._call("UpdateTable", request)
        return self.get_table(database, name)

    def _version(self, database: str, name: str, version_id: str) -> Document:
        request = {"DatabaseName": database, "TableName": name, "VersionId": version_id}
        found: Document = with_names(
            self._call, "GetTableVersion", request, ("Version", version_id)
        )["TableVersion"]["Table"]
        return found


class RemotePartitions:
    """The partitions of a server's tables."""

    def __init__(self, call: Caller) -> None:
        self._call = call

    def list(
        self, database: str, table: str, *, expression: str | None = None
    ) -> Iterator[Partition]:
        """Yield partitions that an expression lets through."""
        request: Document = {"DatabaseName": database, "TableName": table}
        if expression is not None:
            request["Expression"] = expression
        for found in pages(self._call, "GetPartitions", request, "Partitions"):
            inner = as_input("PartitionInput", found)
            yield from_wire(Partition, {**inner, "CreationTime": found.get("CreationTime")})

    def count(self, database: str, table: str, *, expression: str | None = None) -> int:
        """Return how many partitions ``list`` would yield; they are all fetched."""
        return sum(1 for _ in self.list(database, table, expression=expression))


def with_names(
    call: Caller, operation: str, request: Document, wanted: tuple[str, str]
) -> Document:
    """Call, and say of a thing that is not there what it was: ``wanted`` is kind and name."""
    try:
        return call(operation, request)
    except RemoteError as error:
        if error.code != EntityNotFoundError.code:
            raise
        missing_database = "Database" in error.args[1] and "DatabaseName" in request
        kind, name = ("Database", request["DatabaseName"]) if missing_database else wanted
        raise EntityNotFoundError(kind, name) from error


def _database(found: Document) -> Database:
    inner = as_input("DatabaseInput", found)
    return from_wire(Database, {**inner, "CreateTime": found.get("CreateTime")})


_OF_REPLIES = ("DatabaseName", "CreateTime", "UpdateTime", "CreatedBy", "VersionId")


def _table(found: Document) -> Table:
    outer = {key: found[key] for key in _OF_REPLIES if key in found}
    return from_wire(Table, {**as_input("TableInput", found), **outer})


def _version(table: Table, before: Table | None) -> TableVersion:
    if table.version_id is None or table.update_time is None:
        raise InvalidInputError(
            f"The server says no version and time of {table.database_name}.{table.name}"
        )
    return TableVersion(
        table=table,
        version_id=table.version_id,
        cause=Cause(kind="api", id="(not told)"),
        created_at=table.update_time,
        diff=None if before is None else diff_tables(before, table),
    )
