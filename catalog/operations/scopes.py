"""Which catalog a request means."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gluepot.catalog.calls import Call, Document
    from gluepot.catalog.store import CatalogStore


def catalog_of(store: CatalogStore, call: Call, request: Document) -> CatalogStore:
    """Return the store of the catalog that a request's ``CatalogId`` names.

    The account's number is its own catalog; ``000000000000:sales`` is the catalog ``sales`` in it.
    Where the request leads through a resource link, the caller needs the same right on the target.

    Raises:
        EntityNotFoundError: There is no such catalog.
    """
    store = store.following(partial(_authorize, call, request))
    named = request.get("CatalogId")
    if named is None or named == call.account_id:
        return store
    return store.in_catalog(store.scope.named(named))


def _authorize(
    call: Call, request: Document, catalog: str, database: str, table: str | None
) -> None:
    target = {**request, "CatalogId": catalog_id(call, catalog), "DatabaseName": database}
    if table is not None:
        target["TableName" if "TableName" in request else "Name"] = table
    call.authorize(target)


def catalog_id(call: Call, catalog: str) -> str:
    """Return the id of a catalog of the account."""
    return f"{call.account_id}:{catalog}" if catalog else call.account_id


def within_catalog(store: CatalogStore, name: str) -> str:
    """Return a database's name as ARNs have it: behind its catalog, if that is not the account's.

    >>> from types import SimpleNamespace
    >>> within_catalog(SimpleNamespace(scope=SimpleNamespace(catalog="sales")), "flights")
    'sales/flights'
    """
    catalog = store.scope.catalog
    return f"{catalog}/{name}" if catalog else name
