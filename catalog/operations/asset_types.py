"""Form types and asset types: what the metadata of business assets is made of."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gluepot.catalog.errors import ConflictError, EntityNotFoundError
from gluepot.catalog.operations import named

if TYPE_CHECKING:
    from gluepot.catalog.calls import Call, Document, Handler
    from gluepot.catalog.definitions import Definition
    from gluepot.catalog.objects import ObjectStore


def _show(found: Definition) -> Document:
    return {"Id": found.name, "Name": found.name, **found.definition}


FORM_TYPES = named.Family(kind="Form type", show=_show)
ASSET_TYPES = named.Family(kind="Asset type", show=_show)
"""The identifier of a type is its name."""


def put_form_type(store: ObjectStore, _call: Call, request: Document) -> Document:
    """Add a form type, or replace the schema of the one of that name; it is kept unread."""
    definition = {"Schema": request["Schema"]}
    return _show(store.definitions.put(FORM_TYPES.kind, request["Name"], definition))


def put_asset_type(store: ObjectStore, _call: Call, request: Document) -> Document:
    """Add an asset type, or replace the one of that name.

    Raises:
        EntityNotFoundError: It refers to a form type that is not there.
    """
    forms = request["Forms"]
    with store.transaction() as inside:
        for form in sorted({form["FormTypeIdentifier"] for form in forms.values()}):
            # The lock keeps the form type from being deleted before this refers to it.
            inside.definitions.get(FORM_TYPES.kind, form, lock=True)
        return _show(inside.definitions.put(ASSET_TYPES.kind, request["Name"], {"Forms": forms}))


def get_type(family: named.Family, store: ObjectStore, _call: Call, request: Document) -> Document:
    """Return a type."""
    return named.show(family, store, request["Identifier"])


def list_types(family: named.Family, store: ObjectStore, call: Call, request: Document) -> Document:
    """Return the identifiers and names of types."""

    def show(found: Definition) -> Document:
        return {"Id": found.name, "Name": found.name}

    return named.page(family, store, call, request, "Items", show=show)


def delete_form_type(store: ObjectStore, _call: Call, request: Document) -> None:
    """Delete a form type; one that is not there is deleted already.

    Raises:
        ConflictError: An asset type refers to it.
    """
    identifier = request["Identifier"]
    with store.transaction() as inside:
        if inside.definitions.find(FORM_TYPES.kind, identifier, lock=True) is None:
            return
        for asset_type in inside.definitions.all(ASSET_TYPES.kind):
            forms = asset_type.definition["Forms"].values()
            if any(form["FormTypeIdentifier"] == identifier for form in forms):
                raise ConflictError(
                    f"Form type {identifier} is a part of the asset type {asset_type.name}"
                )
        inside.definitions.delete(FORM_TYPES.kind, identifier)


def delete_asset_type(store: ObjectStore, _call: Call, request: Document) -> None:
    """Delete an asset type; assets of it stay, and one that is not there is deleted already."""
    store.definitions.delete(ASSET_TYPES.kind, request["Identifier"])


def check_form_type(store: ObjectStore, identifier: str) -> None:
    """See that a form type is there.

    Raises:
        EntityNotFoundError: It is not.
    """
    if store.definitions.find(FORM_TYPES.kind, identifier) is None:
        raise EntityNotFoundError(FORM_TYPES.kind, identifier)


def operations(store: ObjectStore) -> dict[str, Handler]:
    """Return the operations of this module."""
    return {
        "PutFormType": partial(put_form_type, store),
        "GetFormType": partial(get_type, FORM_TYPES, store),
        "ListFormTypes": partial(list_types, FORM_TYPES, store),
        "DeleteFormType": partial(delete_form_type, store),
        "PutAssetType": partial(put_asset_type, store),
        "GetAssetType": partial(get_type, ASSET_TYPES, store),
        "ListAssetTypes": partial(list_types, ASSET_TYPES, store),
        "DeleteAssetType": partial(delete_asset_type, store),
    }
