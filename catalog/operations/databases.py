"""The operations on databases."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.names import fold
from gluepot.catalog.operations.replies import database_document
from gluepot.catalog.operations.scopes import catalog_of, within_catalog

if TYPE_CHECKING:
    from gluepot.catalog.calls import Call, Document, Handler
    from gluepot.catalog.database_rows import DatabaseRow
    from gluepot.catalog.store import CatalogStore

PAGE_DATABASES = 100

_ATTRIBUTES = {"NAME": "Name", "TARGET_DATABASE": "TargetDatabase"}


def create_database(store: CatalogStore, call: Call, request: Document) -> None:
    """Add a database, with its tags."""
    store = catalog_of(store, call, request)
    with store.transaction() as inside:
        made = inside.databases.create(request["DatabaseInput"])
        inside.tags.tag(_arn(inside, call, made.name), request.get("Tags", {}))


def get_database(store: CatalogStore, call: Call, request: Document) -> Document:
    """Return a database; a resource link as it is."""
    row = catalog_of(store, call, request).databases.get(request["Name"])
    return {"Database": database_document(call, row)}


def get_databases(store: CatalogStore, call: Call, request: Document) -> Document:
    """Return a page of databases by name.

    No other account shares any, so of foreign ones there are none.
    """
    store = catalog_of(store, call, request)
    shared = request.get("ResourceShareType")
    members = {_ATTRIBUTES[name] for name in request.get("AttributesToGet", ())}

    def fetch(after: str | None, limit: int) -> list[DatabaseRow]:
        if shared == "FOREIGN":
            return []
        return store.databases.page(after, limit, federated=shared == "FEDERATED")

    def show(row: DatabaseRow) -> Document:
        found = database_document(call, row)
        return {key: found[key] for key in found if key in members} if members else found

    return call.tokens.page(
        request, "DatabaseList", fetch, lambda row: row.name, most=PAGE_DATABASES, show=show
    )


def update_database(store: CatalogStore, call: Call, request: Document) -> None:
    """Replace the whole definition of a database."""
    name, new = request["Name"], request["DatabaseInput"]
    if fold(new["Name"]) != fold(name):
        raise InvalidInputError(f"Database cannot be renamed ({name} to {new['Name']})")
    catalog_of(store, call, request).databases.update(name, new)


def delete_database(store: CatalogStore, call: Call, request: Document) -> None:
    """Delete a database with all that is in it, and its tags; of a resource link the link alone."""
    store = catalog_of(store, call, request)
    with store.transaction() as inside:
        gone = inside.databases.delete(request["Name"])
        inside.tags.drop(_arn(inside, call, gone.name))


def _arn(store: CatalogStore, call: Call, name: str) -> str:
    return call.arn(f"database/{within_catalog(store, name)}")


def operations(store: CatalogStore) -> dict[str, Handler]:
    """Return the operations of this module over a store."""
    return {
        "CreateDatabase": partial(create_database, store),
        "GetDatabase": partial(get_database, store),
        "GetDatabases": partial(get_databases, store),
        "UpdateDatabase": partial(update_database, store),
        "DeleteDatabase": partial(delete_database, store),
    }
