"""Which catalog a request means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.catalog.errors import EntityNotFoundError

if TYPE_CHECKING:
    from gluepot.catalog.calls import Call, Document
    from gluepot.catalog.store import CatalogStore


def catalog_of(store: CatalogStore, call: Call, request: Document) -> CatalogStore:
    """Return the store of the catalog that a request's ``CatalogId`` names.

    Raises:
        EntityNotFoundError: There is no such catalog.
    """
    catalog_id = request.get("CatalogId", call.account_id)
    if catalog_id != call.account_id:
        raise EntityNotFoundError("Catalog", catalog_id)
    return store
