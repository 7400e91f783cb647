"""What hangs on business assets and on the columns of tables: terms and attachments."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gluepot.catalog.assets import COLUMNS
from gluepot.catalog.errors import EntityNotFoundError, InvalidInputError
from gluepot.catalog.operations import named
from gluepot.catalog.operations.asset_types import check_form_type
from gluepot.catalog.operations.assets import check_content, present_terms
from gluepot.catalog.operations.glossaries import check_terms

if TYPE_CHECKING:
    from collections.abc import Callable

    from gluepot.catalog.assets import Asset, Assets
    from gluepot.catalog.calls import Call, Document, Handler
    from gluepot.catalog.model import Column
    from gluepot.catalog.objects import ObjectStore

MAX_TERMS = 10
"""How many terms an asset or an item has at most: as many as a reply can hold."""

_TARGET = ("AssetIdentifier", "IterableFormName", "ItemIdentifier")


def associate_glossary_terms(assets: Assets, call: Call, request: Document) -> Document:
    """Add terms to an asset or to a column.

    Raises:
        EntityNotFoundError: The asset, the column or a term is not there.
        InvalidInputError: It would have more than ten terms.
    """
    check_terms(assets.objects, request["GlossaryTermIdentifiers"])

    def add(inside: ObjectStore, part: Document) -> Document:
        before = present_terms(inside, part) or []
        terms = list(dict.fromkeys([*before, *request["GlossaryTermIdentifiers"]]))
        if len(terms) > MAX_TERMS:
            raise InvalidInputError(f"It would have {len(terms)} terms; at most {MAX_TERMS} fit")
        return {**part, "GlossaryTerms": terms}

    part = _change_part(assets, call, request, add)
    return {**_target(request), "GlossaryTerms": part["GlossaryTerms"]}


def disassociate_glossary_terms(assets: Assets, call: Call, request: Document) -> Document:
    """Remove terms from an asset or a column; those that it does not have are passed over."""
    gone = set(request["GlossaryTermIdentifiers"])

    def remove(_inside: ObjectStore, part: Document) -> Document:
        left = [term for term in part.get("GlossaryTerms", ()) if term not in gone]
        return {**part, "GlossaryTerms": left}

    part = _change_part(assets, call, request, remove)
    return {**_target(request), "GlossaryTerms": present_terms(assets.objects, part)}


def put_attachment(assets: Assets, call: Call, request: Document) -> Document:
    """Attach a form to an asset or a column; one of the same name is replaced."""
    name = request["AttachmentName"]
    check_form_type(assets.objects, request["FormTypeId"])
    entry = {"FormTypeId": request["FormTypeId"], "Content": request["Content"]}
    check_content(name, entry)

    def attach(_inside: ObjectStore, part: Document) -> Document:
        return {**part, "Attachments": {**part.get("Attachments", {}), name: entry}}

    _change_part(assets, call, request, attach)
    return {
        **_target(request),
        "AttachmentName": name,
        "FormTypeId": request["FormTypeId"],
    }


def delete_attachment(assets: Assets, call: Call, request: Document) -> Document:
    """Take an attachment away.

    Raises:
        EntityNotFoundError: The asset, the column or the attachment is not there.
    """
    name = request["AttachmentName"]

    def detach(_inside: ObjectStore, part: Document) -> Document:
        attachments = part.get("Attachments", {})
        if name not in attachments:
            raise EntityNotFoundError("Attachment", name)
        return {**part, "Attachments": named.without(attachments, name)}

    _change_part(assets, call, request, detach)
    return _target(request)


def list_iterable_forms(assets: Assets, call: Call, request: Document) -> Document:
    """Return the columns of a table by name, with their terms."""
    asset = assets.get(call, request["AssetIdentifier"])
    columns = _columns(asset, request["IterableFormName"])

    def fetch(after: str | None, limit: int) -> list[Column]:
        names = sorted(name for name in columns if after is None or name > after)
        return [columns[name] for name in names[:limit]]

    def show(column: Column) -> Document:
        terms = present_terms(assets.objects, _item(asset, column.name))
        return {**_shown(column), "Description": column.comment, "GlossaryTerms": terms}

    return call.tokens.page(
        request, "Items", fetch, lambda column: column.name, most=named.PAGE_ITEMS, show=show
    )


def batch_get_iterable_forms(assets: Assets, call: Call, request: Document) -> Document:
    """Return columns of a table with their terms and attachments, and which are not there."""
    asset = assets.get(call, request["AssetIdentifier"])
    columns = _columns(asset, request["IterableFormName"])
    items, errors = [], []
    for name in request["ItemIdentifiers"]:
        if name in columns:
            item = _item(asset, name)
            terms = present_terms(assets.objects, item)
            attachments = item.get("Attachments")
            shown = {"GlossaryTerms": terms, "Attachments": attachments}
            items.append({**_shown(columns[name]), **shown})
        else:
            missing = EntityNotFoundError("Item", name)
            error = {"ItemIdentifier": name, "Code": missing.code, "Message": str(missing)}
            errors.append(error)
    return {"Items": items, "Errors": errors}


def _target(request: Document) -> Document:
    return {member: request[member] for member in _TARGET if member in request}


def _shown(column: Column) -> Document:
    return {"ItemId": column.name, "ItemName": column.name}


def _columns(asset: Asset, form: str) -> dict[str, Column]:
    if asset.columns is None or form != COLUMNS:
        raise EntityNotFoundError("Iterable form", form)
    return dict(asset.columns)


def _item(asset: Asset, name: str) -> Document:
    item: Document = asset.stored.get("Items", {}).get(name, {})
    return item


def _change_part(
    assets: Assets,
    call: Call,
    request: Document,
    change: Callable[[ObjectStore, Document], Document],
) -> Document:
    """Change an asset, or the column that a request names; return what it is then."""
    form, name = request.get("IterableFormName"), request.get("ItemIdentifier")
    if (form is None) != (name is None):
        raise InvalidInputError("Give both IterableFormName and ItemIdentifier, or neither")

    def change_asset(inside: ObjectStore, asset: Asset) -> Document:
        if form is None or name is None:
            return change(inside, asset.stored)
        if name not in _columns(asset, form):
            raise EntityNotFoundError("Item", name)
        items = asset.stored.get("Items", {})
        return {**asset.stored, "Items": {**items, name: change(inside, _item(asset, name))}}

    changed = assets.change(call, request["AssetIdentifier"], change_asset)
    return changed.stored if name is None else _item(changed, name)


def operations(assets: Assets) -> dict[str, Handler]:
    """Return the operations of this module."""
    return {
        "AssociateGlossaryTerms": partial(associate_glossary_terms, assets),
        "DisassociateGlossaryTerms": partial(disassociate_glossary_terms, assets),
        "PutAttachment": partial(put_attachment, assets),
        "DeleteAttachment": partial(delete_attachment, assets),
        "ListIterableForms": partial(list_iterable_forms, assets),
        "BatchGetIterableForms": partial(batch_get_iterable_forms, assets),
    }
