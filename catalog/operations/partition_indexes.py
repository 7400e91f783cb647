"""The operations on partition indexes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gluepot.catalog.operations.scopes import catalog_of
from gluepot.catalog.partition_indexes import PartitionIndexStore

if TYPE_CHECKING:
    from gluepot.catalog.calls import Call, Document, Handler
    from gluepot.catalog.store import CatalogStore


def create_partition_index(store: CatalogStore, call: Call, request: Document) -> None:
    """Declare an index over some of a table's partition keys."""
    new = request["PartitionIndex"]
    _indexes(store, call, request).create(
        request["DatabaseName"], request["TableName"], new["IndexName"], new["Keys"]
    )


def get_partition_indexes(store: CatalogStore, call: Call, request: Document) -> Document:
    """Return a table's indexes; there are few, so this is one page."""
    found = _indexes(store, call, request).list(request["DatabaseName"], request["TableName"])
    return {"PartitionIndexDescriptorList": found}


def delete_partition_index(store: CatalogStore, call: Call, request: Document) -> None:
    """Delete an index."""
    _indexes(store, call, request).delete(
        request["DatabaseName"], request["TableName"], request["IndexName"]
    )


def operations(store: CatalogStore) -> dict[str, Handler]:
    """Return the operations of this module."""
    return {
        "CreatePartitionIndex": partial(create_partition_index, store),
        "GetPartitionIndexes": partial(get_partition_indexes, store),
        "DeletePartitionIndex": partial(delete_partition_index, store),
    }


def _indexes(store: CatalogStore, call: Call, request: Document) -> PartitionIndexStore:
    return PartitionIndexStore(catalog_of(store, call, request).scope)
