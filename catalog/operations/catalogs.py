"""The operations on catalogs: the account's own, and those beside it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gluepot.catalog.operations.scopes import catalog_id
from gluepot.catalog.scope import ROOT

if TYPE_CHECKING:
    from gluepot.catalog.calls import Call, Document, Handler
    from gluepot.catalog.catalogs import CatalogRow
    from gluepot.catalog.store import CatalogStore

PAGE_CATALOGS = 1000

_INPUT_ONLY = frozenset({"OverwriteChildResourcePermissionsWithDefault"})


def create_catalog(store: CatalogStore, call: Call, request: Document) -> None:
    """Add a catalog, with its tags."""
    with store.transaction() as inside:
        made = inside.catalogs.create(request["Name"], request["CatalogInput"])
        inside.tags.tag(_arn(call, made.name), request.get("Tags", {}))


def get_catalog(store: CatalogStore, call: Call, request: Document) -> Document:
    """Return a catalog; the account's number names its own."""
    return {"Catalog": _document(call, store.catalogs.get(_name(store, request)))}


def get_catalogs(store: CatalogStore, call: Call, request: Document) -> Document:
    """Return a page of catalogs; all of them lie in the account's own, and none in another."""
    parent = request.get("ParentCatalogId")
    inner = parent is not None and store.scope.named(parent) != ROOT
    has_databases = request.get("HasDatabases")

    def fetch(after: str | None, limit: int) -> list[CatalogRow]:
        if inner:
            store.catalogs.get(store.scope.named(parent))
            return []
        root = [] if after is not None or not request.get("IncludeRoot") else [_root(store)]
        return root + store.catalogs.page(after, limit - len(root), has_databases=has_databases)

    return call.tokens.page(
        request,
        "CatalogList",
        fetch,
        lambda row: row.name,
        most=PAGE_CATALOGS,
        show=partial(_document, call),
    )


def update_catalog(store: CatalogStore, call: Call, request: Document) -> None:  # noqa: ARG001
    """Replace the whole definition of a catalog."""
    store.catalogs.update(_name(store, request), request["CatalogInput"])


def delete_catalog(store: CatalogStore, call: Call, request: Document) -> None:
    """Delete a catalog with all that is in it, and its tags."""
    name = _name(store, request)
    with store.transaction() as inside:
        inside.catalogs.delete(name)
        inside.tags.drop(_arn(call, name))


def import_catalog_to_glue(store: CatalogStore, call: Call, request: Document) -> None:
    """Note the import as done: there is no older catalog of Athena beside this one to bring in."""
    store.catalogs.note_import(_import_name(store, request), call.principal)


def get_catalog_import_status(store: CatalogStore, call: Call, request: Document) -> Document:  # noqa: ARG001
    """Return that nothing is left to import, and who last asked for it."""
    row = store.catalogs.get(_import_name(store, request))
    return {
        "ImportStatus": {
            "ImportCompleted": True,
            "ImportTime": row.import_time,
            "ImportedBy": row.imported_by,
        }
    }


def _name(store: CatalogStore, request: Document) -> str:
    return store.scope.named(request["CatalogId"])


def _import_name(store: CatalogStore, request: Document) -> str:
    return store.scope.named(request.get("CatalogId"))


def _root(store: CatalogStore) -> CatalogRow:
    return store.catalogs.get(ROOT)


def _arn(call: Call, name: str) -> str:
    return call.arn(f"catalog/{name}" if name else "catalog")


def _document(call: Call, row: CatalogRow) -> Document:
    given = {key: value for key, value in row.definition.items() if key not in _INPUT_ONLY}
    return {
        **given,
        "CatalogId": catalog_id(call, row.name),
        "Name": row.name or call.account_id,
        "ResourceArn": _arn(call, row.name),
        "CreateTime": row.create_time,
        "UpdateTime": row.update_time,
    }


def operations(store: CatalogStore) -> dict[str, Handler]:
    """Return the operations of this module over a store."""
    return {
        "CreateCatalog": partial(create_catalog, store),
        "GetCatalog": partial(get_catalog, store),
        "GetCatalogs": partial(get_catalogs, store),
        "UpdateCatalog": partial(update_catalog, store),
        "DeleteCatalog": partial(delete_catalog, store),
        "ImportCatalogToGlue": partial(import_catalog_to_glue, store),
        "GetCatalogImportStatus": partial(get_catalog_import_status, store),
    }
