"""CreateSchema, GetSchema, ListSchemas, UpdateSchema, DeleteSchema."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.registry.model import Compatibility, SchemaKey
from gluepot.catalog.registry.operations.identity import (
    registry_arn,
    registry_name,
    schema_arn,
    schema_key,
    time_text,
    version_number,
)
from gluepot.catalog.registry.operations.registries import PAGE_ITEMS

if TYPE_CHECKING:
    from gluepot.catalog.calls import Call, Document, Handler
    from gluepot.catalog.registry.model import Schema, SchemaVersion
    from gluepot.catalog.registry.store import RegistryStore
    from gluepot.catalog.tags import TagStore

DEFAULT_COMPATIBILITY = Compatibility.BACKWARD
"""The mode of a schema that is created without one: what AWS recommends."""


def create_schema(store: RegistryStore, tags: TagStore, call: Call, request: Document) -> Document:
    """Add a schema with its first version; without a definition it waits for one as PENDING."""
    key = SchemaKey(
        registry=registry_name(call, request.get("RegistryId", {})), name=request["SchemaName"]
    )
    mode = Compatibility(request.get("Compatibility", DEFAULT_COMPATIBILITY))
    version: SchemaVersion | None = None
    with store.transaction() as (inner, connection):
        inner.create_schema(key, request["DataFormat"], mode, request.get("Description"))
        if "SchemaDefinition" in request:
            version = inner.versions.register(key, request["SchemaDefinition"])
        arn = schema_arn(call, key.registry, key.name)
        tags.within(connection).tag(arn, request.get("Tags", {}))
        made = inner.get_schema(key)
    shown = _shown(call, made)
    del shown["CreatedTime"], shown["UpdatedTime"]
    return {
        **shown,
        "Tags": request.get("Tags"),
        "SchemaVersionId": version and version.id,
        "SchemaVersionStatus": version and version.status.value,
    }


def get_schema(store: RegistryStore, call: Call, request: Document) -> Document:
    """Describe a schema."""
    return _shown(call, store.get_schema(schema_key(call, request["SchemaId"])))


def list_schemas(store: RegistryStore, call: Call, request: Document) -> Document:
    """List the schemas of a registry, or of all registries."""
    registry = registry_name(call, request["RegistryId"]) if "RegistryId" in request else None

    def fetch(after: Any, limit: int) -> list[Schema]:  # noqa: ANN401
        return store.list_schemas(registry, after and tuple(after), limit)

    return call.tokens.page(
        request,
        "Schemas",
        fetch,
        lambda schema: [schema.registry, schema.name],
        most=PAGE_ITEMS,
        show=partial(_listed, call),
    )


def update_schema(store: RegistryStore, call: Call, request: Document) -> Document:
    """Set a schema's mode, checkpoint or description; its versions are not checked again."""
    key = schema_key(call, request["SchemaId"])
    changes: dict[str, Any] = {}
    wanted = request.get("SchemaVersionNumber")
    if wanted is None and "Compatibility" not in request:
        raise InvalidInputError("One of version number (or) compatibility is required.")
    if wanted is None:
        raise InvalidInputError(
            "A new compatibility needs a checkpoint: give SchemaVersionNumber with it, such as"
            " the latest version"
        )
    with store.transaction() as (inner, _connection):
        schema = inner.get_schema(key)
        if schema.latest is None:
            raise InvalidInputError(
                f"Schema {schema.name} has no version yet; it can be changed when it is AVAILABLE"
            )
        checkpoint = inner.versions.get_number(key, version_number(wanted))
        if checkpoint.status.value != "AVAILABLE":
            raise InvalidInputError(
                f"Version {checkpoint.number} has the status {checkpoint.status}; a checkpoint is"
                " a version that is AVAILABLE"
            )
        changes["checkpoint"] = checkpoint.number
        if "Compatibility" in request:
            changes["compatibility"] = request["Compatibility"]
        if "Description" in request:
            changes["description"] = request["Description"]
        inner.update_schema(schema, **changes)
    return {
        "SchemaArn": schema_arn(call, key.registry, key.name),
        "SchemaName": key.name,
        "RegistryName": key.registry,
    }


def delete_schema(store: RegistryStore, tags: TagStore, call: Call, request: Document) -> Document:
    """Delete a schema with its versions; it is gone when the reply comes."""
    key = schema_key(call, request["SchemaId"])
    arn = schema_arn(call, key.registry, key.name)
    with store.transaction() as (inner, connection):
        inner.delete_schema(key)
        tags.within(connection).drop(arn)
    return {"SchemaArn": arn, "SchemaName": key.name, "Status": "DELETING"}


def _listed(call: Call, schema: Schema) -> Document:
    return {
        "RegistryName": schema.registry,
        "SchemaName": schema.name,
        "SchemaArn": schema_arn(call, schema.registry, schema.name),
        "Description": schema.description,
        "SchemaStatus": "PENDING" if schema.latest is None else "AVAILABLE",
        "CreatedTime": time_text(schema.created_at),
        "UpdatedTime": time_text(schema.updated_at),
    }


def _shown(call: Call, schema: Schema) -> Document:
    return {
        **_listed(call, schema),
        "RegistryArn": registry_arn(call, schema.registry),
        "DataFormat": schema.data_format,
        "Compatibility": schema.compatibility.value,
        "SchemaCheckpoint": schema.checkpoint,
        "LatestSchemaVersion": schema.latest,
        "NextSchemaVersion": schema.next_version,
    }


def operations(store: RegistryStore, tags: TagStore) -> dict[str, Handler]:
    """Return the operations on schemas."""
    return {
        "CreateSchema": partial(create_schema, store, tags),
        "GetSchema": partial(get_schema, store),
        "ListSchemas": partial(list_schemas, store),
        "UpdateSchema": partial(update_schema, store),
        "DeleteSchema": partial(delete_schema, store, tags),
    }
