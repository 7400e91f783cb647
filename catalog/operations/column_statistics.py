"""The operations on column statistics, of tables and of partitions."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gluepot.catalog.column_statistics import ColumnStatisticsStore
from gluepot.catalog.errors import EntityNotFoundError
from gluepot.catalog.operations.scopes import catalog_of

if TYPE_CHECKING:
    from gluepot.catalog.calls import Call, Document, Handler
    from gluepot.catalog.errors import GluepotError
    from gluepot.catalog.store import CatalogStore


def update_column_statistics(store: CatalogStore, call: Call, request: Document) -> Document:
    """Replace the statistics of columns; those that do not fit are reported."""
    refused = _statistics(store, call, request).update(request["ColumnStatisticsList"])
    return {
        "Errors": [{"ColumnStatistics": item, "Error": _detail(fault)} for item, fault in refused]
    }


def get_column_statistics(store: CatalogStore, call: Call, request: Document) -> Document:
    """Return the statistics of columns; those without any are reported."""
    names = request["ColumnNames"]
    found = _statistics(store, call, request).get(names)
    missing = [
        {"ColumnName": name, "Error": _detail(EntityNotFoundError("Column statistics of", name))}
        for name in names
        if name not in found
    ]
    return {"ColumnStatisticsList": list(found.values()), "Errors": missing}


def delete_column_statistics(store: CatalogStore, call: Call, request: Document) -> None:
    """Delete the statistics of a column; it need not have any."""
    _statistics(store, call, request).delete(request["ColumnName"])


def operations(store: CatalogStore) -> dict[str, Handler]:
    """Return the operations of this module: of a partition are those that name its values."""
    handlers = {
        "Update": update_column_statistics,
        "Get": get_column_statistics,
        "Delete": delete_column_statistics,
    }
    return {
        f"{verb}ColumnStatisticsFor{owner}": partial(handler, store)
        for verb, handler in handlers.items()
        for owner in ("Table", "Partition")
    }


def _statistics(store: CatalogStore, call: Call, request: Document) -> ColumnStatisticsStore:
    return ColumnStatisticsStore(
        catalog_of(store, call, request).scope,
        request["DatabaseName"],
        request["TableName"],
        request.get("PartitionValues"),
    )


def _detail(fault: GluepotError) -> Document:
    return {"ErrorCode": fault.code, "ErrorMessage": fault.wire_message}
