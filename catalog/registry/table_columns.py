"""Tables whose storage refers to a schema of the registry: replies show the schema's columns."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import EntityNotFoundError, InvalidInputError
from gluepot.catalog.registry.columns import columns_of
from gluepot.catalog.registry.formats import parse
from gluepot.catalog.registry.operations.identity import schema_key
from gluepot.catalog.service_model import Stored
from gluepot.catalog.wire import to_wire

if TYPE_CHECKING:
    from gluepot.catalog.calls import Call, Document, Handler, Operations
    from gluepot.catalog.registry.model import SchemaVersion
    from gluepot.catalog.registry.store import RegistryStore

logger = logging.getLogger(__name__)

_WRITING = ("CreateTable", "UpdateTable")
_READING = (
    "GetTable",
    "GetTables",
    "GetTableVersion",
    "GetTableVersions",
    "GetUnfilteredTableMetadata",
    "SearchTables",
)


def with_schema_columns(store: RegistryStore, operations: Operations) -> dict[str, Handler]:
    """Return the operations, those on tables with regard to the schemas that tables refer to."""
    found = dict(operations)
    for name in _READING:
        found[name] = partial(_reading, store, operations[name])
    for name in _WRITING:
        found[name] = partial(_writing, store, operations[name])
    return found


def _writing(
    store: RegistryStore, handler: Handler, call: Call, request: Document
) -> Document | None:
    """Refuse a table that refers to a schema that is not there."""
    storage = request.get("TableInput", {}).get("StorageDescriptor", {})
    if "SchemaReference" in storage:
        _version(store, call, storage["SchemaReference"])
    return handler(call, request)


def _reading(
    store: RegistryStore, handler: Handler, call: Call, request: Document
) -> Document | None:
    reply = handler(call, request) or {}
    for member in ("Table", "TableVersion"):
        if member in reply:
            reply[member] = _filled(store, call, reply[member])
    for member in ("TableList", "TableVersions"):
        if member in reply:
            reply[member] = [_filled(store, call, one) for one in reply[member]]
    if "AuthorizedColumns" in reply:
        storage = reply["Table"].get("StorageDescriptor", {})
        columns = (*storage.get("Columns", ()), *reply["Table"].get("PartitionKeys", ()))
        reply["AuthorizedColumns"] = [column["Name"] for column in columns]
    return reply


def _filled(store: RegistryStore, call: Call, document: Any) -> Any:  # noqa: ANN401
    """Return a table, or a version of one, with the columns of the schema that it refers to."""
    if isinstance(document.get("Table"), dict):
        return {**document, "Table": _filled(store, call, document["Table"])}
    storage = document.get("StorageDescriptor", {})
    if "SchemaReference" not in storage or storage.get("Columns"):
        return document
    columns = _columns(store, call, document, storage["SchemaReference"])
    return Stored({**document, "StorageDescriptor": {**storage, "Columns": columns}})


def _columns(
    store: RegistryStore, call: Call, document: Document, reference: Document
) -> list[Document]:
    """Return the columns; none where the schema is gone, so that the table can still be mended."""
    try:
        version = _version(store, call, reference)
        return [to_wire(one) for one in columns_of(parse(version.data_format, version.definition))]
    except (EntityNotFoundError, InvalidInputError) as error:
        logger.warning(
            "Table %s.%s refers to a schema that gives no columns: %s",
            document.get("DatabaseName"),
            document.get("Name"),
            error,
            extra={"action": "schema_columns_missing"},
        )
        return []


def _version(store: RegistryStore, call: Call, reference: Document) -> SchemaVersion:
    if "SchemaVersionId" in reference:
        return store.versions.get(reference["SchemaVersionId"])
    key = schema_key(call, reference.get("SchemaId", {}))
    return store.versions.get_number(key, reference.get("SchemaVersionNumber"))
