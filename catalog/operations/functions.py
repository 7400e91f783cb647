"""The operations on user-defined functions."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gluepot.catalog.functions import FunctionQuery, FunctionStore, place_of
from gluepot.catalog.name_pattern import NamePattern
from gluepot.catalog.operations.scopes import catalog_of

if TYPE_CHECKING:
    from gluepot.catalog.calls import Call, Document, Handler
    from gluepot.catalog.store import CatalogStore

MAX_PAGE = 100


def create_function(store: CatalogStore, call: Call, request: Document) -> None:
    """Add a function to a database."""
    functions = _functions(store, call, request)
    functions.create(request["DatabaseName"], request["FunctionInput"])


def get_function(store: CatalogStore, call: Call, request: Document) -> Document:
    """Return a function."""
    functions = _functions(store, call, request)
    found = functions.get(request["DatabaseName"], request["FunctionName"])
    return {"UserDefinedFunction": found}


def get_functions(store: CatalogStore, call: Call, request: Document) -> Document:
    """Return a page of functions whose names match a pattern, of a database or of all."""
    query = FunctionQuery(
        pattern=NamePattern(request["Pattern"]),
        database=request.get("DatabaseName"),
        type=request.get("FunctionType"),
    )
    functions = _functions(store, call, request)
    return call.tokens.page(
        request,
        "UserDefinedFunctions",
        partial(functions.page, query),
        place_of,
        most=MAX_PAGE,
    )


def update_function(store: CatalogStore, call: Call, request: Document) -> None:
    """Replace a function's definition; another name in it renames the function."""
    functions = _functions(store, call, request)
    functions.update(request["DatabaseName"], request["FunctionName"], request["FunctionInput"])


def delete_function(store: CatalogStore, call: Call, request: Document) -> None:
    """Delete a function."""
    functions = _functions(store, call, request)
    functions.delete(request["DatabaseName"], request["FunctionName"])


def operations(store: CatalogStore) -> dict[str, Handler]:
    """Return the operations of this module."""
    return {
        "CreateUserDefinedFunction": partial(create_function, store),
        "GetUserDefinedFunction": partial(get_function, store),
        "GetUserDefinedFunctions": partial(get_functions, store),
        "UpdateUserDefinedFunction": partial(update_function, store),
        "DeleteUserDefinedFunction": partial(delete_function, store),
    }


def _functions(store: CatalogStore, call: Call, request: Document) -> FunctionStore:
    return FunctionStore(catalog_of(store, call, request).scope)
