"""Custom entity types: patterns by which sensitive data is recognised."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gluepot.catalog.operations import named

if TYPE_CHECKING:
    from gluepot.catalog.calls import Call, Document, Handler
    from gluepot.catalog.definitions import Definition
    from gluepot.catalog.objects import ObjectStore


def _show(found: Definition) -> Document:
    return {"Name": found.name, **found.definition}


TYPES = named.Family(kind="Custom entity type", resource="customEntityType", show=_show)


def create_custom_entity_type(store: ObjectStore, call: Call, request: Document) -> Document:
    """Add a type."""
    definition = named.without(request, "Name", "Tags")
    made = named.create(
        TYPES, store, call, request["Name"], definition=definition, tags=request.get("Tags")
    )
    return {"Name": made.name}


def get_custom_entity_type(store: ObjectStore, _call: Call, request: Document) -> Document:
    """Return a type."""
    return named.show(TYPES, store, request["Name"])


def list_custom_entity_types(store: ObjectStore, call: Call, request: Document) -> Document:
    """Return types by name; with tags, those that have all of them."""
    wanted = request.get("Tags", {}).items()

    def has_tags(found: Definition) -> bool:
        arn = call.arn(f"{TYPES.resource}/{found.name}")
        return bool(wanted <= store.tags.tags(arn).items())

    keep = has_tags if wanted else None
    return named.page(TYPES, store, call, request, "CustomEntityTypes", keep=keep)


def batch_get_custom_entity_types(store: ObjectStore, _call: Call, request: Document) -> Document:
    """Return types by their names, and the names of those that are not there."""
    names = list(dict.fromkeys(request["Names"]))
    found = store.definitions.find_many(TYPES.kind, names)
    missing = [name for name in names if name not in found]
    return {
        "CustomEntityTypes": [_show(found[name]) for name in names if name in found],
        "CustomEntityTypesNotFound": missing,
    }


def delete_custom_entity_type(store: ObjectStore, call: Call, request: Document) -> Document:
    """Delete a type."""
    named.delete_existing(TYPES, store, call, request["Name"])
    return {"Name": request["Name"]}


def operations(store: ObjectStore) -> dict[str, Handler]:
    """Return the operations of this module."""
    return {
        "CreateCustomEntityType": partial(create_custom_entity_type, store),
        "GetCustomEntityType": partial(get_custom_entity_type, store),
        "ListCustomEntityTypes": partial(list_custom_entity_types, store),
        "BatchGetCustomEntityTypes": partial(batch_get_custom_entity_types, store),
        "DeleteCustomEntityType": partial(delete_custom_entity_type, store),
    }
