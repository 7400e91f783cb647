"""Whether the catalog is exported to S3 Tables: it is not, and may only be told so."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gluepot.catalog.errors import OperationNotSupportedError
from gluepot.catalog.operations import named

if TYPE_CHECKING:
    from gluepot.catalog.calls import Call, Document, Handler
    from gluepot.catalog.objects import ObjectStore

_KIND = "Data Catalog export configuration"
_NAME = "of the account"


def get_export_configuration(store: ObjectStore, _call: Call, _request: Document) -> Document:
    """Return the configuration that was put."""
    found = store.definitions.get(_KIND, _NAME)
    times = {"CreatedAt": found.created_at, "UpdatedAt": found.updated_at}
    return {**found.definition, **times, "Status": found.definition["ExportSetting"]}


def put_export_configuration(store: ObjectStore, _call: Call, request: Document) -> Document:
    """Keep a configuration that is switched off.

    Raises:
        OperationNotSupportedError: It is switched on.
    """
    if request["ExportSetting"] != "DISABLED":
        raise OperationNotSupportedError(
            "gluepot does not export to S3 Tables; gluepot catalog export writes JSON lines"
        )
    return store.definitions.put(_KIND, _NAME, named.without(request, "ClientToken")).definition


def operations(store: ObjectStore) -> dict[str, Handler]:
    """Return the operations of this module."""
    return {
        "GetDataCatalogExportConfiguration": partial(get_export_configuration, store),
        "PutDataCatalogExportConfiguration": partial(put_export_configuration, store),
    }
