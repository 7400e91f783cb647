"""What query engines ask for before they read: all of a table, and what the caller may see of it.

gluepot has no column or row filters, so whoever may read a table may see all of its columns.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gluepot.catalog.operations.partitions import get_partition, get_partitions
from gluepot.catalog.operations.replies import table_document
from gluepot.catalog.operations.scopes import catalog_of, within_catalog

if TYPE_CHECKING:
    from gluepot.catalog.calls import Call, Document, Handler
    from gluepot.catalog.store import CatalogStore
    from gluepot.catalog.table_rows import TableRow


def get_unfiltered_table_metadata(store: CatalogStore, call: Call, request: Document) -> Document:
    """Return a table, of a resource link its target, with all its columns authorized."""
    store = catalog_of(store, call, request)
    row = store.tables.get_linked(request["DatabaseName"], request["Name"])
    home = store.in_catalog(row.catalog)
    place = f"{within_catalog(home, row.database_name)}/{row.name}"
    return {
        "Table": table_document(call, row),
        "AuthorizedColumns": authorized_columns(row),
        "IsRegisteredWithLakeFormation": False,
        "CellFilters": [],
        "IsMultiDialectView": "ViewDefinition" in row.definition,
        "IsProtected": False,
        "ResourceArn": call.arn(f"table/{place}"),
    }


def get_unfiltered_partition_metadata(
    store: CatalogStore, call: Call, request: Document
) -> Document:
    """Return a partition, with all columns of its table authorized."""
    row = _table(store, call, request)
    found = get_partition(store, call, request)["Partition"]
    return {"Partition": found, **_authorized(row)}


def get_unfiltered_partitions_metadata(
    store: CatalogStore, call: Call, request: Document
) -> Document:
    """Return a page of partitions, each with all columns of its table authorized."""
    row = _table(store, call, request)
    page = get_partitions(store, call, request)
    found = [{"Partition": item, **_authorized(row)} for item in page.pop("Partitions")]
    return {"UnfilteredPartitions": found, **page}


def _table(store: CatalogStore, call: Call, request: Document) -> TableRow:
    tables = catalog_of(store, call, request).tables
    return tables.get_linked(request["DatabaseName"], request["TableName"])


def _authorized(row: TableRow) -> Document:
    return {"AuthorizedColumns": authorized_columns(row), "IsRegisteredWithLakeFormation": False}


def authorized_columns(row: TableRow) -> list[str]:
    """Return the names of all columns of a table, partition keys last."""
    storage = row.definition.get("StorageDescriptor", {})
    columns = (*storage.get("Columns", ()), *row.definition.get("PartitionKeys", ()))
    return [column["Name"] for column in columns]


def operations(store: CatalogStore) -> dict[str, Handler]:
    """Return the operations of this module over a store."""
    return {
        "GetUnfilteredTableMetadata": partial(get_unfiltered_table_metadata, store),
        "GetUnfilteredPartitionMetadata": partial(get_unfiltered_partition_metadata, store),
        "GetUnfilteredPartitionsMetadata": partial(get_unfiltered_partitions_metadata, store),
    }
