"""SearchTables: tables of all databases by words, properties and times."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gluepot.catalog.operations.replies import table_document
from gluepot.catalog.operations.scopes import catalog_of
from gluepot.catalog.search import Place, parse_search

if TYPE_CHECKING:
    from gluepot.catalog.calls import Call, Document, Handler
    from gluepot.catalog.store import CatalogStore
    from gluepot.catalog.table_rows import TableRow

PAGE_TABLES = 1000


def search_tables(store: CatalogStore, call: Call, request: Document) -> Document:
    """Return a page of the tables that a search finds.

    No other account shares any, so of foreign ones there are none.
    """
    store = catalog_of(store, call, request)
    search = parse_search(
        request.get("Filters", ()), request.get("SearchText"), request.get("SortCriteria", ())
    )

    def fetch(after: Place | None, limit: int) -> list[TableRow]:
        if request.get("ResourceShareType") in {"FOREIGN", "FEDERATED"}:
            return []
        return store.tables.search(search, after, limit)

    return call.tokens.page(
        request,
        "TableList",
        fetch,
        search.place,
        most=PAGE_TABLES,
        show=partial(table_document, call),
    )


def operations(store: CatalogStore) -> dict[str, Handler]:
    """Return the operation of this module over a store."""
    return {"SearchTables": partial(search_tables, store)}
