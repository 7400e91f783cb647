"""The catalog as a job sees it that runs as somebody: each use is a call that policies allow.

Whatever a job does with the catalog goes through its workshop's store: sources, sinks,
registration, ``GlueContext`` and ``spark.sql``. So a store that asks before it answers is the one
place. What it does not know of is refused.
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, cast

from gluepot.catalog.errors import AccessDeniedError, EntityNotFoundError

if TYPE_CHECKING:
    from gluepot.catalog.model import Table
    from gluepot.catalog.store import CatalogStore


class Guard(Protocol):
    """Decides for somebody, and keeps a record."""

    def check(self, operation: str, request: Mapping[str, Any]) -> None:
        """Raise AccessDeniedError unless an operation of AWS Glue is allowed."""

    def transaction(self) -> contextlib.AbstractContextManager[None]:
        """Keep the record back while a transaction is open; it may hold the database's lock."""


Use: TypeAlias = tuple[str, Mapping[str, str]]
"""An operation, and by the members of its request the arguments they come from."""

_TABLE = {"DatabaseName": "database", "Name": "name"}
_NEW_TABLE = {"DatabaseName": "table.database_name", "Name": "table.name"}
_VERSION = {"DatabaseName": "database", "TableName": "name"}
_PARTITIONS = {"DatabaseName": "database", "TableName": "table"}

CATALOG_USES: Mapping[str, Use] = {
    "create_database": ("CreateDatabase", {"DatabaseInput.Name": "database.name"}),
    "get_database": ("GetDatabase", {"Name": "name"}),
    "list_databases": ("GetDatabases", {}),
    "update_database": ("UpdateDatabase", {"Name": "database.name"}),
    "delete_database": ("DeleteDatabase", {"Name": "name"}),
    "create_table": ("CreateTable", _NEW_TABLE),
    "get_table": ("GetTable", _TABLE),
    "find_table": ("GetTable", _TABLE),
    "list_tables": ("GetTables", {"DatabaseName": "database"}),
    "update_table": ("UpdateTable", _NEW_TABLE),
    "delete_table": ("DeleteTable", _TABLE),
    "list_versions": ("GetTableVersions", _VERSION),
    "get_version": ("GetTableVersion", {**_VERSION, "VersionId": "version_id"}),
    "restore_table": ("UpdateTable", _TABLE),
}
PARTITION_USES: Mapping[str, Use] = {
    "create": ("BatchCreatePartition", _PARTITIONS),
    "update": ("BatchUpdatePartition", _PARTITIONS),
    "delete": ("BatchDeletePartition", _PARTITIONS),
    "get": ("GetPartition", _PARTITIONS),
    "list": ("GetPartitions", _PARTITIONS),
    "count": ("GetPartitions", _PARTITIONS),
}


def guarded(catalog: CatalogStore, guard: Guard) -> CatalogStore:
    """Return the catalog with each use of it checked first.

    Raises, at a use:
        AccessDeniedError: It is not allowed.
    """
    return cast("CatalogStore", _GuardedCatalog(catalog, guard))


class _Guarded:
    def __init__(self, store: object, uses: Mapping[str, Use], guard: Guard) -> None:
        self._store = store
        self._uses = uses
        self._guard = guard

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        if name not in self._uses:
            raise AccessDeniedError(
                f"A job that runs as a user may not use {name!r} of the catalog; policies cannot"
                " say anything about it"
            )
        operation, members = self._uses[name]
        method = getattr(self._store, name)

        def use(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
            given = inspect.signature(method).bind(*args, **kwargs).arguments
            self._guard.check(operation, _request(members, given))
            return method(*args, **kwargs)

        return use


class _GuardedCatalog(_Guarded):
    _store: CatalogStore

    def __init__(self, store: CatalogStore, guard: Guard) -> None:
        super().__init__(store, CATALOG_USES, guard)

    @property
    def partitions(self) -> _Guarded:
        return _Guarded(self._store.partitions, PARTITION_USES, self._guard)

    def get_linked_table(self, database: str, name: str) -> Table:
        # Who reads through a link needs the right on what it leads to.
        self._guard.check("GetTable", {"DatabaseName": database, "Name": name})
        found = self._store.get_linked_table(database, name)
        self._guard.check("GetTable", {"DatabaseName": found.database_name, "Name": found.name})
        return found

    @contextlib.contextmanager
    def transaction(self) -> Iterator[CatalogStore]:
        with self._guard.transaction(), self._store.transaction() as store:
            yield guarded(store, self._guard)

    def create_database(self, database: Any, *, exist_ok: bool = False) -> Any:  # noqa: ANN401
        # To make sure of a database that is there is to look at it.
        if exist_ok:
            with contextlib.suppress(EntityNotFoundError):
                found = self._store.get_database(database.name)
                self._guard.check("GetDatabase", {"Name": found.name})
                return found
        self._guard.check("CreateDatabase", {"DatabaseInput": {"Name": database.name}})
        return self._store.create_database(database, exist_ok=exist_ok)


def _request(members: Mapping[str, str], given: Mapping[str, Any]) -> dict[str, Any]:
    request: dict[str, Any] = {}
    for member, path in members.items():
        argument, *attributes = path.split(".")
        value = given[argument]
        for attribute in attributes:
            value = getattr(value, attribute)
        outer, _, inner = member.partition(".")
        request[outer] = {inner: value} if inner else value
    return request
