"""Business assets: put, read, changed, deleted."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

from gluepot.catalog.assets import COLUMNS, KIND
from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.operations import named
from gluepot.catalog.operations.asset_types import ASSET_TYPES
from gluepot.catalog.operations.glossaries import TERMS

if TYPE_CHECKING:
    from gluepot.catalog.assets import Asset, Assets
    from gluepot.catalog.calls import Call, Document, Handler
    from gluepot.catalog.objects import ObjectStore

_GIVEN = ("AssetTypeId", "Name", "Description", "Forms")


def put_asset(assets: Assets, call: Call, request: Document) -> Document:
    """Add an asset, or replace its name, description and forms; what is attached to it stays.

    Raises:
        EntityNotFoundError: Its type is not there.
        InvalidInputError: A form does not fit the type, or the identifier is that of a table.
    """
    identifier = request["Identifier"]
    assets.check_is_no_table(call, identifier)
    with assets.objects.transaction() as inside:
        asset_type = inside.definitions.get(ASSET_TYPES.kind, request["AssetTypeId"])
        _check_forms(asset_type.definition["Forms"], request["Forms"])
        found = inside.definitions.find(KIND, identifier, lock=True)
        kept = {} if found is None else named.without(found.definition, *_GIVEN)
        given: Document = {member: request[member] for member in _GIVEN if member in request}
        made = inside.definitions.put(KIND, identifier, {**kept, **given})
    return {"Id": identifier, **named.without(given, "AssetTypeId"), "CreatedAt": made.created_at}


def get_asset(assets: Assets, call: Call, request: Document) -> Document:
    """Return an asset with its terms, forms and attachments."""
    asset = assets.get(call, request["Identifier"])
    iterable = None if asset.columns is None else {COLUMNS: {"FormTypeId": COLUMNS}}
    return {
        "Id": asset.id,
        **named.without(asset.document, "Items"),
        "GlossaryTerms": present_terms(assets.objects, asset.document),
        "IterableForms": iterable,
        "CreatedAt": asset.created_at,
        "UpdatedAt": asset.updated_at,
    }


def update_asset(assets: Assets, call: Call, request: Document) -> Document:
    """Replace the name and the description where they are given."""
    identifier = request["Identifier"]
    assets.check_is_no_table(call, identifier)
    given: Document = {
        member: request[member] for member in ("Name", "Description") if member in request
    }

    def change(_inside: ObjectStore, asset: Asset) -> Document:
        return {**asset.stored, **given}

    changed = assets.change(call, identifier, change)
    return {
        "Id": identifier,
        "Name": changed.document["Name"],
        "Description": changed.document.get("Description"),
        "UpdatedAt": changed.updated_at,
    }


def delete_asset(assets: Assets, call: Call, request: Document) -> None:
    """Delete an asset with what is attached; one that is not there is deleted already."""
    assets.check_is_no_table(call, request["Identifier"])
    assets.objects.definitions.delete(KIND, request["Identifier"])


def present_terms(store: ObjectStore, document: Document) -> list[str] | None:
    """Return the terms of an asset or of an item without those deleted since; None for none."""
    terms: list[str] = document.get("GlossaryTerms", [])
    there = store.definitions.find_many(TERMS.kind, terms)
    return [term for term in terms if term in there] or None


def check_content(name: str, entry: Document) -> None:
    """See that the content of a form is a JSON object.

    Raises:
        InvalidInputError: It is not.
    """
    try:
        content = json.loads(entry.get("Content", "{}"))
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise InvalidInputError(f"The content of the form {name} is not a JSON object")


def _check_forms(allowed: Document, forms: Document) -> None:
    for name, entry in forms.items():
        if name not in allowed:
            raise InvalidInputError(
                f"The asset type has no form {name}; it has {', '.join(sorted(allowed))}"
            )
        form_type = allowed[name]["FormTypeIdentifier"]
        if entry.get("FormTypeId", form_type) != form_type:
            raise InvalidInputError(f"The form {name} is of the type {form_type}")
        check_content(name, entry)


def operations(assets: Assets) -> dict[str, Handler]:
    """Return the operations of this module."""
    return {
        "PutAsset": partial(put_asset, assets),
        "GetAsset": partial(get_asset, assets),
        "UpdateAsset": partial(update_asset, assets),
        "DeleteAsset": partial(delete_asset, assets),
    }
