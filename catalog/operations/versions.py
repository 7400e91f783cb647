"""The operations on versions of tables."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gluepot.catalog.errors import EntityNotFoundError, InvalidInputError
from gluepot.catalog.operations.replies import version_document
from gluepot.catalog.operations.scopes import catalog_of

if TYPE_CHECKING:
    from gluepot.catalog.calls import Call, Document, Handler
    from gluepot.catalog.store import CatalogStore
    from gluepot.catalog.version_rows import VersionRow

PAGE_VERSIONS = 100


def get_table_version(store: CatalogStore, call: Call, request: Document) -> Document:
    """Return a version of a table; without ``VersionId`` the current one."""
    found = catalog_of(store, call, request).tables.get_version(
        request["DatabaseName"], request["TableName"], request.get("VersionId")
    )
    return {"TableVersion": version_document(call, found)}


def get_table_versions(store: CatalogStore, call: Call, request: Document) -> Document:
    """Return a page of a table's versions, the current one first."""
    store = catalog_of(store, call, request)

    def fetch(before: int | None, limit: int) -> list[VersionRow]:
        return store.tables.versions_page(
            request["DatabaseName"], request["TableName"], before, limit
        )

    return call.tokens.page(
        request,
        "TableVersions",
        fetch,
        lambda found: found.row.version,
        most=PAGE_VERSIONS,
        show=partial(version_document, call),
    )


def delete_table_version(store: CatalogStore, call: Call, request: Document) -> None:
    """Delete an archived version of a table."""
    catalog_of(store, call, request).tables.delete_version(
        request["DatabaseName"], request["TableName"], request["VersionId"]
    )


def batch_delete_table_version(store: CatalogStore, call: Call, request: Document) -> Document:
    """Delete archived versions of a table, and tell which could not be."""
    database, table = request["DatabaseName"], request["TableName"]
    errors = []
    with catalog_of(store, call, request).transaction() as inside:
        inside.tables.get(database, table)
        for version_id in request["VersionIds"]:
            try:
                inside.tables.delete_version(database, table, version_id)
            except (EntityNotFoundError, InvalidInputError) as error:
                detail = {"ErrorCode": error.code, "ErrorMessage": error.wire_message}
                errors.append({"TableName": table, "VersionId": version_id, "ErrorDetail": detail})
    return {"Errors": errors}


def operations(store: CatalogStore) -> dict[str, Handler]:
    """Return the operations of this module over a store."""
    return {
        "GetTableVersion": partial(get_table_version, store),
        "GetTableVersions": partial(get_table_versions, store),
        "DeleteTableVersion": partial(delete_table_version, store),
        "BatchDeleteTableVersion": partial(batch_delete_table_version, store),
    }
