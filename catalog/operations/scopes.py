"""Which catalog a request means."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gluepot.catalog.calls import Call, Document
    from gluepot.catalog.store import CatalogStore


def catalog_of(store: CatalogStore, call: Call, request: Document) -> CatalogStore:
    """Return the store of the catalog that a request's ``CatalogId`` names.

    The account's number is its own catalog; ``000000000000:sales`` is the catalog ``sales`` in it.

    Raises:
        EntityNotFoundError: There is no such catalog.
    """
    catalog_id = request.get("CatalogId")
    if catalog_id is None or catalog_id == call.account_id:
        return store
    return store.in_catalog(store.scope.named(catalog_id))


def within_catalog(store: CatalogStore, name: str) -> str:
    """Return a database's name as ARNs have it: behind its catalog, if that is not the account's.

    >>> from types import SimpleNamespace
    >>> within_catalog(SimpleNamespace(scope=SimpleNamespace(catalog="sales")), "flights")
    'sales/flights'
    """
    catalog = store.scope.catalog
    return f"{catalog}/{name}" if catalog else name
