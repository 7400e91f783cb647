"""Registries and schemas: every change is one transaction."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gluepot.catalog.insert import insert_new
from gluepot.catalog.limits import DEFAULT_LIMITS, Limits
from gluepot.catalog.registry import rows
from gluepot.catalog.registry.errors import (
    NameTakenError,
    QuotaError,
    RegistryNotFoundError,
    SchemaNotFoundError,
)
from gluepot.catalog.registry.metadata_store import MetadataStore
from gluepot.catalog.registry.model import DEFAULT_REGISTRY, Registry, Schema, SchemaKey
from gluepot.catalog.registry.tables import registries, schemas
from gluepot.catalog.registry.version_store import VersionStore
from gluepot.catalog.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from gluepot.catalog.registry.model import Compatibility


class RegistryStore:
    """Registries and schemas; ``versions`` are reached from here. Each call is a transaction."""

    def __init__(
        self,
        engine: sa.Engine,
        clock: Callable[[], datetime],
        *,
        limits: Limits = DEFAULT_LIMITS,
        connection: sa.Connection | None = None,
    ) -> None:
        self._scope = Scope(engine=engine, clock=clock, connection=connection)
        self._limits = limits

    @contextlib.contextmanager
    def transaction(self) -> Iterator[tuple[RegistryStore, sa.Connection]]:
        """Yield a store whose calls commit together after the block, and their connection."""
        scope = self._scope
        with scope.writing() as connection:
            store = RegistryStore(
                scope.engine, scope.clock, limits=self._limits, connection=connection
            )
            yield store, connection

    @property
    def versions(self) -> VersionStore:
        """Return the versions of the schemas, in the same transaction."""
        return VersionStore(self._scope, self._limits)

    @property
    def metadata(self) -> MetadataStore:
        """Return what hangs on the versions, in the same transaction."""
        return MetadataStore(self._scope)

    def create_registry(self, name: str, description: str | None) -> Registry:
        """Add a registry.

        Raises:
            NameTakenError: There is one of that name.
            QuotaError: There are as many as the quota allows.
        """
        with self._scope.writing() as connection:
            if connection.scalar(sa.select(sa.func.count()).where(registries.c.name == name)):
                raise NameTakenError("Registry", "RegistryName", name)
            count = connection.scalar(sa.select(sa.func.count()).select_from(registries)) or 0
            if count >= self._limits.schema_registries:
                raise QuotaError("registries", "")
            return self._insert_registry(connection, name, description)

    def get_registry(self, name: str) -> Registry:
        """Return a registry.

        Raises:
            RegistryNotFoundError: There is none of that name.
        """
        with self._scope.reading() as connection:
            row = connection.execute(sa.select(registries).where(registries.c.name == name)).first()
        if row is None:
            raise RegistryNotFoundError("RegistryName", name)
        return rows.registry(row)

    def has_registry(self, name: str) -> bool:
        """Return whether there is a registry of that name."""
        try:
            self.get_registry(name)
        except RegistryNotFoundError:
            return False
        return True

    def list_registries(self, after: str | None, limit: int) -> list[Registry]:
        """Return at most ``limit`` registries by name, after one."""
        query = sa.select(registries).order_by(registries.c.name).limit(limit)
        if after is not None:
            query = query.where(registries.c.name > after)
        with self._scope.reading() as connection:
            return [rows.registry(row) for row in connection.execute(query)]

    def update_registry(self, name: str, description: str) -> None:
        """Give a registry another description.

        Raises:
            RegistryNotFoundError: There is none of that name.
        """
        change = sa.update(registries).where(registries.c.name == name)
        values = {"description": description, "updated_at": self._scope.clock()}
        with self._scope.writing() as connection:
            if not connection.execute(change.values(values)).rowcount:
                raise RegistryNotFoundError("RegistryName", name)

    def delete_registry(self, name: str) -> list[str]:
        """Delete a registry with all that is in it, and return the names of its schemas.

        Raises:
            RegistryNotFoundError: There is none of that name.
        """
        with self._scope.writing() as connection:
            inside = sa.select(schemas.c.name).join(registries).where(registries.c.name == name)
            names = list(connection.scalars(inside))
            if not connection.execute(
                sa.delete(registries).where(registries.c.name == name)
            ).rowcount:
                raise RegistryNotFoundError("RegistryName", name)
        return names

    def create_schema(
        self, key: SchemaKey, data_format: str, mode: Compatibility, description: str | None
    ) -> Schema:
        """Add a schema without versions; the default registry is made when it is not there yet.

        Raises:
            RegistryNotFoundError: There is no such registry.
            NameTakenError: The registry has a schema of that name.
        """
        now = self._scope.clock()
        with self._scope.writing() as connection:
            row = {
                "registry_id": self._registry_id(connection, key.registry),
                "name": key.name,
                "data_format": data_format,
                "compatibility": mode.value,
                "description": description,
                "next_version": 1,
                "created_at": now,
                "updated_at": now,
            }
            if not insert_new(connection, schemas, [row], schemas.c.id):
                raise NameTakenError("Schema", "SchemaName", key.name)
            return rows.get_schema(connection, key)

    def get_schema(self, key: SchemaKey) -> Schema:
        """Return a schema.

        Raises:
            SchemaNotFoundError: There is none of that name.
        """
        with self._scope.reading() as connection:
            return rows.get_schema(connection, key)

    def has_schema(self, path: str) -> bool:
        """Return whether there is a schema ``registry/name``."""
        registry, _, name = path.partition("/")
        try:
            self.get_schema(SchemaKey(registry=registry, name=name))
        except SchemaNotFoundError:
            return False
        return True

    def list_schemas(
        self, registry: str | None, after: tuple[str, str] | None, limit: int
    ) -> list[Schema]:
        """Return at most ``limit`` schemas by registry and name, after one.

        Raises:
            RegistryNotFoundError: There is no such registry.
        """
        if registry is not None:
            self.get_registry(registry)
        query = rows.SCHEMAS.order_by(registries.c.name, schemas.c.name).limit(limit)
        if registry is not None:
            query = query.where(registries.c.name == registry)
        if after is not None:
            place = sa.tuple_(registries.c.name, schemas.c.name)
            query = query.where(place > sa.tuple_(*map(sa.literal, after)))
        with self._scope.reading() as connection:
            return [rows.schema(row) for row in connection.execute(query)]

    def update_schema(self, schema: Schema, **changes: Any) -> None:  # noqa: ANN401
        """Set some of ``compatibility``, ``checkpoint`` and ``description``."""
        values = {**changes, "updated_at": self._scope.clock()}
        with self._scope.writing() as connection:
            connection.execute(sa.update(schemas).where(schemas.c.id == schema.id).values(values))

    def delete_schema(self, key: SchemaKey) -> None:
        """Delete a schema with its versions.

        Raises:
            SchemaNotFoundError: There is none of that name.
        """
        with self._scope.writing() as connection:
            found = rows.get_schema(connection, key)
            if not connection.execute(sa.delete(schemas).where(schemas.c.id == found.id)).rowcount:
                raise SchemaNotFoundError(key.registry, key.name, key.arn)

    def _registry_id(self, connection: sa.Connection, name: str) -> int:
        query = sa.select(registries.c.id).where(registries.c.name == name)
        # The lock keeps the registry from being deleted while a schema is added to it.
        found: int | None = connection.scalar(query.with_for_update(read=True, key_share=True))
        if found is None and name == DEFAULT_REGISTRY:
            self._insert_registry(connection, name, None)
            found = connection.scalar(query)
        if found is None:
            raise RegistryNotFoundError("RegistryName", name)
        return found

    def _insert_registry(
        self, connection: sa.Connection, name: str, description: str | None
    ) -> Registry:
        now = self._scope.clock()
        row = {"name": name, "description": description, "created_at": now, "updated_at": now}
        # Another caller may have made the default registry a moment ago; the other names are
        # refused then.
        if not insert_new(connection, registries, [row], registries.c.id) and (
            name != DEFAULT_REGISTRY
        ):
            raise NameTakenError("Registry", "RegistryName", name)
        return Registry(name=name, description=description, created_at=now, updated_at=now)
