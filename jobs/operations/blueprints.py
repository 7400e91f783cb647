"""Blueprints of the Glue API: definitions; gluepot keeps them and runs none."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gluepot.catalog.operations.named import Family, create, delete, page, without

if TYPE_CHECKING:
    from gluepot.catalog.calls import Call, Document, Handler
    from gluepot.catalog.definitions import Definition
    from gluepot.jobs.operations.stores import ApiStores

KIND = "Blueprint"
PAGE = 25


def _show(definition: Definition) -> Document:
    return {
        "Name": definition.name,
        **definition.definition,
        "Status": "ACTIVE",
        "CreatedOn": definition.created_at,
        "LastModifiedOn": definition.updated_at,
    }


BLUEPRINTS = Family(kind=KIND, resource="blueprint", show=_show)


def create_blueprint(stores: ApiStores, call: Call, request: Document) -> Document:
    """Create a blueprint.

    Raises:
        AlreadyExistsError: The name is taken.
    """
    document = without(request, "Name", "Tags")
    name, tags = request["Name"], request.get("Tags")
    create(BLUEPRINTS, stores.objects, call, name, definition=document, tags=tags)
    return {"Name": request["Name"]}


def get_blueprint(stores: ApiStores, _call: Call, request: Document) -> Document:
    """Return a blueprint.

    Raises:
        EntityNotFoundError: There is none of that name.
    """
    return {"Blueprint": _show(stores.objects.definitions.get(KIND, request["Name"]))}


def list_blueprints(stores: ApiStores, call: Call, request: Document) -> Document:
    """Return a page of the names of blueprints, of those with some tags if asked."""
    has_tags = stores.tagged(call, "blueprint", request.get("Tags"))
    return page(
        BLUEPRINTS,
        stores.objects,
        call,
        request,
        "Blueprints",
        most=PAGE,
        keep=None if has_tags is None else lambda one: has_tags(one.name),
        show=lambda one: one.name,
    )


def batch_get_blueprints(stores: ApiStores, _call: Call, request: Document) -> Document:
    """Return the blueprints of some names, and the names that no blueprint has."""
    names = list(dict.fromkeys(request["Names"]))
    found = stores.objects.definitions.find_many(KIND, names)
    return {
        "Blueprints": [_show(found[name]) for name in names if name in found],
        "MissingBlueprints": [name for name in names if name not in found],
    }


def update_blueprint(stores: ApiStores, _call: Call, request: Document) -> Document:
    """Change the members that are given.

    Raises:
        EntityNotFoundError: There is none of that name.
    """
    name, members = request["Name"], without(request, "Name")
    stores.objects.definitions.change(KIND, name, lambda old: {**old.definition, **members})
    return {"Name": name}


def delete_blueprint(stores: ApiStores, call: Call, request: Document) -> Document:
    """Delete a blueprint; one that is not there is no error."""
    delete(BLUEPRINTS, stores.objects, call, request["Name"])
    return {"Name": request["Name"]}


def operations(stores: ApiStores) -> dict[str, Handler]:
    """Return the operations on blueprints."""
    return {
        "BatchGetBlueprints": partial(batch_get_blueprints, stores),
        "CreateBlueprint": partial(create_blueprint, stores),
        "DeleteBlueprint": partial(delete_blueprint, stores),
        "GetBlueprint": partial(get_blueprint, stores),
        "ListBlueprints": partial(list_blueprints, stores),
        "UpdateBlueprint": partial(update_blueprint, stores),
    }
