"""CreateRegistry, GetRegistry, ListRegistries, UpdateRegistry, DeleteRegistry."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gluepot.catalog.registry.operations.identity import (
    registry_arn,
    registry_name,
    schema_arn,
    time_text,
)

if TYPE_CHECKING:
    from gluepot.catalog.calls import Call, Document, Handler
    from gluepot.catalog.registry.model import Registry
    from gluepot.catalog.registry.store import RegistryStore
    from gluepot.catalog.tags import TagStore

PAGE_ITEMS = 100
"""How many registries, schemas or versions a page holds at most."""


def create_registry(
    store: RegistryStore, tags: TagStore, call: Call, request: Document
) -> Document:
    """Add a registry."""
    name = request["RegistryName"]
    with store.transaction() as (inner, connection):
        made = inner.create_registry(name, request.get("Description"))
        tags.within(connection).tag(registry_arn(call, name), request.get("Tags", {}))
    return {
        "RegistryArn": registry_arn(call, name),
        "RegistryName": name,
        "Description": made.description,
        "Tags": request.get("Tags"),
    }


def get_registry(store: RegistryStore, call: Call, request: Document) -> Document:
    """Describe a registry."""
    return _shown(call, store.get_registry(registry_name(call, request["RegistryId"])))


def list_registries(store: RegistryStore, call: Call, request: Document) -> Document:
    """List the registries by name."""
    return call.tokens.page(
        request,
        "Registries",
        store.list_registries,
        lambda registry: registry.name,
        most=PAGE_ITEMS,
        show=partial(_shown, call),
    )


def update_registry(store: RegistryStore, call: Call, request: Document) -> Document:
    """Give a registry another description."""
    name = registry_name(call, request["RegistryId"])
    store.update_registry(name, request["Description"])
    return {"RegistryName": name, "RegistryArn": registry_arn(call, name)}


def delete_registry(
    store: RegistryStore, tags: TagStore, call: Call, request: Document
) -> Document:
    """Delete a registry with its schemas; it is gone when the reply comes."""
    name = registry_name(call, request["RegistryId"])
    with store.transaction() as (inner, connection):
        for schema in inner.delete_registry(name):
            tags.within(connection).drop(schema_arn(call, name, schema))
        tags.within(connection).drop(registry_arn(call, name))
    return {"RegistryName": name, "RegistryArn": registry_arn(call, name), "Status": "DELETING"}


def _shown(call: Call, registry: Registry) -> Document:
    return {
        "RegistryName": registry.name,
        "RegistryArn": registry_arn(call, registry.name),
        "Description": registry.description,
        "Status": "AVAILABLE",
        "CreatedTime": time_text(registry.created_at),
        "UpdatedTime": time_text(registry.updated_at),
    }


def operations(store: RegistryStore, tags: TagStore) -> dict[str, Handler]:
    """Return the operations on registries."""
    return {
        "CreateRegistry": partial(create_registry, store, tags),
        "GetRegistry": partial(get_registry, store),
        "ListRegistries": partial(list_registries, store),
        "UpdateRegistry": partial(update_registry, store),
        "DeleteRegistry": partial(delete_registry, store, tags),
    }
