"""The operations on tables.

``TransactionId``, ``QueryAsOfTime``, ``AuditContext`` and ``IncludeStatusDetails`` belong to
governed tables, which AWS has ended, and to Lake Formation: they are accepted and say nothing, as
AWS has it.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gluepot.catalog.errors import EntityNotFoundError, InvalidInputError
from gluepot.catalog.name_pattern import NamePattern
from gluepot.catalog.names import fold
from gluepot.catalog.operations.replies import table_document
from gluepot.catalog.operations.scopes import catalog_of
from gluepot.catalog.operations.views import with_view_action
from gluepot.catalog.partition_indexes import PartitionIndexStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from gluepot.catalog.calls import Call, Document, Handler
    from gluepot.catalog.store import CatalogStore
    from gluepot.catalog.table_rows import TableRow

PAGE_TABLES = 100

_DEFAULT_ATTRIBUTES = frozenset({"DEFAULT", "LATEST_ICEBERG_METADATA"})
_ICEBERG = (
    "gluepot writes no Iceberg metadata; create or change the table by an Iceberg client (Spark,"
    " PyIceberg, Trino), which writes the metadata and then registers the table here"
)


def create_table(store: CatalogStore, call: Call, request: Document) -> None:
    """Add a table at version 0, with its partition indexes."""
    store = catalog_of(store, call, request)
    if "OpenTableFormatInput" in request:
        raise InvalidInputError(f"OpenTableFormatInput is not supported: {_ICEBERG}")
    database, definition = request["DatabaseName"], _table_input(request)
    with store.transaction() as inside:
        made = inside.tables.create(database, definition, call.cause, created_by=call.principal)
        indexes = PartitionIndexStore(inside.scope)
        for index in request.get("PartitionIndexes", ()):
            indexes.create(database, made.name, index["IndexName"], index["Keys"])


def get_table(store: CatalogStore, call: Call, request: Document) -> Document:
    """Return a table; a resource link of a table as it is, tables of a linked database too."""
    row = catalog_of(store, call, request).tables.get(request["DatabaseName"], request["Name"])
    return {"Table": table_document(call, row)}


def get_tables(store: CatalogStore, call: Call, request: Document) -> Document:
    """Return a page of a database's tables by name."""
    store = catalog_of(store, call, request)
    expression = request.get("Expression")
    pattern = NamePattern(expression) if expression else None

    def fetch(after: str | None, limit: int) -> list[TableRow]:
        return store.tables.page(request["DatabaseName"], after, limit, pattern=pattern)

    return call.tokens.page(
        request,
        "TableList",
        fetch,
        lambda row: row.name,
        most=PAGE_TABLES,
        show=_shown(call, request),
    )


def update_table(store: CatalogStore, call: Call, request: Document) -> None:
    """Replace the whole definition of a table by a new version."""
    store = catalog_of(store, call, request)
    if "UpdateOpenTableFormatInput" in request:
        raise InvalidInputError(f"UpdateOpenTableFormatInput is not supported: {_ICEBERG}")
    database, definition = request["DatabaseName"], _table_input(request)
    expected = request.get("VersionId")
    action = request.get("ViewUpdateAction")
    if action is not None:
        current = store.tables.get(database, definition["Name"])
        definition = with_view_action(action, current.definition, definition)
        # What was put together holds for the version that was read, and no other.
        expected = expected or str(current.version)
    store.tables.update(
        database,
        definition,
        call.cause,
        expected_version=expected,
        skip_archive=request.get("SkipArchive", False),
    )


def delete_table(store: CatalogStore, call: Call, request: Document) -> None:
    """Delete a table with its versions and partitions; of a resource link the link alone."""
    catalog_of(store, call, request).tables.delete(request["DatabaseName"], request["Name"])


def batch_delete_table(store: CatalogStore, call: Call, request: Document) -> Document:
    """Delete those of the named tables that are there, and tell which are not."""
    database, names = request["DatabaseName"], request["TablesToDelete"]
    errors = {}
    with catalog_of(store, call, request).transaction() as inside:
        inside.databases.get(database)
        # In the order of names, so that two callers never wait for each other.
        for place, name in sorted(enumerate(names), key=lambda item: fold(item[1])):
            try:
                inside.tables.delete(database, name)
            except EntityNotFoundError as error:
                detail = {"ErrorCode": error.code, "ErrorMessage": error.wire_message}
                errors[place] = {"TableName": name, "ErrorDetail": detail}
    return {"Errors": [errors[place] for place in sorted(errors)]}


def _table_input(request: Document) -> Document:
    """Return the definition that a request gives."""
    definition: Document | None = request.get("TableInput")
    if definition is None:
        raise InvalidInputError(f"{_ICEBERG}. Without that, TableInput is needed")
    name: str = request.get("Name") or definition["Name"]
    if fold(name) != fold(definition["Name"]):
        raise InvalidInputError(
            f"Table cannot be renamed ({name} to {definition['Name']}): create the new one from"
            " the old, then delete the old one"
        )
    return definition


def _shown(call: Call, request: Document) -> Callable[[TableRow], Document]:
    """Return what stands in the reply for a table: all of it, or the attributes asked for."""
    asked = set(request.get("AttributesToGet", ()))
    if not asked or asked & _DEFAULT_ATTRIBUTES:
        return partial(table_document, call)
    members = {"Name", "DatabaseName", *(("TableType",) if "TABLE_TYPE" in asked else ())}

    def show(row: TableRow) -> Document:
        found = table_document(call, row)
        return {key: found[key] for key in found if key in members}

    return show


def operations(store: CatalogStore) -> dict[str, Handler]:
    """Return the operations of this module over a store."""
    return {
        "CreateTable": partial(create_table, store),
        "GetTable": partial(get_table, store),
        "GetTables": partial(get_tables, store),
        "UpdateTable": partial(update_table, store),
        "DeleteTable": partial(delete_table, store),
        "BatchDeleteTable": partial(batch_delete_table, store),
    }
