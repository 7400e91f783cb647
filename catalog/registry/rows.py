"""Rows of the registry's SQL tables as its nouns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gluepot.catalog.registry.errors import SchemaNotFoundError
from gluepot.catalog.registry.model import (
    Compatibility,
    MetadataPair,
    Registry,
    Schema,
    SchemaVersion,
    VersionStatus,
)
from gluepot.catalog.registry.tables import registries, schemas, versions

if TYPE_CHECKING:
    from gluepot.catalog.registry.model import SchemaKey

LATEST = (
    sa.select(sa.func.max(versions.c.number))
    .where(versions.c.schema_id == schemas.c.id, versions.c.status == VersionStatus.AVAILABLE)
    .correlate(schemas)
    .scalar_subquery()
    .label("latest")
)

SCHEMAS = sa.select(schemas, registries.c.name.label("registry"), LATEST).join(registries)

VERSIONS = (
    sa.select(
        versions,
        schemas.c.name.label("schema"),
        schemas.c.data_format,
        registries.c.name.label("registry"),
    )
    .join(schemas, versions.c.schema_id == schemas.c.id)
    .join(registries, schemas.c.registry_id == registries.c.id)
)


def get_schema(connection: sa.Connection, key: SchemaKey, *, lock: bool = False) -> Schema:
    """Return a schema; with ``lock`` nobody adds a version until the transaction ends.

    Raises:
        SchemaNotFoundError: There is none of that name.
    """
    query = SCHEMAS.where(registries.c.name == key.registry, schemas.c.name == key.name)
    if lock:
        # The number of the latest version is read by a second query: that of the first may be
        # older than the lock.
        connection.execute(query.with_for_update(of=schemas))
    row = connection.execute(query).first()
    if row is None:
        raise SchemaNotFoundError(key.registry, key.name, key.arn)
    return schema(row)


def registry(row: sa.Row[Any]) -> Registry:
    """Return the registry of a row."""
    return Registry(
        name=row.name,
        description=row.description,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def schema(row: sa.Row[Any]) -> Schema:
    """Return the schema of a row of ``SCHEMAS``."""
    return Schema(
        id=row.id,
        registry=row.registry,
        name=row.name,
        data_format=row.data_format,
        compatibility=Compatibility(row.compatibility),
        description=row.description,
        checkpoint=row.checkpoint,
        latest=row.latest,
        next_version=row.next_version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def version(row: sa.Row[Any]) -> SchemaVersion:
    """Return the version of a row of ``VERSIONS``."""
    return SchemaVersion(
        id=row.id,
        schema_id=row.schema_id,
        registry=row.registry,
        schema=row.schema,
        data_format=row.data_format,
        number=row.number,
        status=VersionStatus(row.status),
        definition=row.definition,
        refusals=tuple(row.refusals),
        created_at=row.created_at,
    )


def metadata_pair(row: sa.Row[Any]) -> MetadataPair:
    """Return the pair of a row."""
    return MetadataPair(number=row.number, key=row.key, value=row.value, created_at=row.created_at)
