"""The operations on partitions."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gluepot.catalog.operations.scopes import catalog_of
from gluepot.catalog.partitions import Change, PartitionQuery, Segment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gluepot.catalog.calls import Call, Document, Handler
    from gluepot.catalog.partitions import PartitionError
    from gluepot.catalog.store import CatalogStore

MAX_PAGE = 1000
"""How many partitions a page has at most, and without ``MaxResults``."""


def create_partition(store: CatalogStore, call: Call, request: Document) -> None:
    """Add a partition."""
    catalog = catalog_of(store, call, request)
    _raise(catalog.partitions.create_inputs(*_table(request), [request["PartitionInput"]]))


def batch_create_partition(store: CatalogStore, call: Call, request: Document) -> Document:
    """Add partitions; those that are there already, or cannot be, are reported."""
    catalog = catalog_of(store, call, request)
    errors = catalog.partitions.create_inputs(*_table(request), request["PartitionInputList"])
    return {"Errors": _errors(errors)}


def get_partition(store: CatalogStore, call: Call, request: Document) -> Document:
    """Return a partition."""
    catalog = catalog_of(store, call, request)
    values = request["PartitionValues"]
    return {"Partition": catalog.partitions.get_document(*_table(request), values)}


def get_partitions(store: CatalogStore, call: Call, request: Document) -> Document:
    """Return a page of partitions; what concerns transactions is of no account here."""
    segment = request.get("Segment")
    query = PartitionQuery(
        expression=request.get("Expression"),
        segment=segment
        and Segment(number=segment["SegmentNumber"], total=segment["TotalSegments"]),
        columns=not request.get("ExcludeColumnSchema"),
    )
    page = catalog_of(store, call, request).partitions.page_documents(
        *_table(request),
        query,
        call.tokens.read(request),
        request.get("MaxResults", MAX_PAGE),
    )
    reply: Document = {"Partitions": page.documents}
    if page.next is not None:
        reply["NextToken"] = call.tokens.make(request, page.next)
    return reply


def batch_get_partition(store: CatalogStore, call: Call, request: Document) -> Document:
    """Return those of some partitions that are there; nothing is ever left unprocessed."""
    catalog = catalog_of(store, call, request)
    lists = [item["Values"] for item in request["PartitionsToGet"]]
    found = catalog.partitions.find_documents(*_table(request), lists)
    return {"Partitions": found, "UnprocessedKeys": []}


def update_partition(store: CatalogStore, call: Call, request: Document) -> None:
    """Replace a partition; other values rename it."""
    _raise(
        catalog_of(store, call, request).partitions.update_inputs(
            *_table(request), [_change(request)]
        )
    )


def batch_update_partition(store: CatalogStore, call: Call, request: Document) -> Document:
    """Replace partitions, one after the other; those that cannot be are reported."""
    changes = [_change(entry) for entry in request["Entries"]]
    errors = catalog_of(store, call, request).partitions.update_inputs(*_table(request), changes)
    return {"Errors": _errors(errors, "PartitionValueList")}


def delete_partition(store: CatalogStore, call: Call, request: Document) -> None:
    """Delete a partition."""
    values = [request["PartitionValues"]]
    _raise(catalog_of(store, call, request).partitions.delete(*_table(request), values))


def batch_delete_partition(store: CatalogStore, call: Call, request: Document) -> Document:
    """Delete partitions; those that are not there are reported."""
    lists = [item["Values"] for item in request["PartitionsToDelete"]]
    errors = catalog_of(store, call, request).partitions.delete(*_table(request), lists)
    return {"Errors": _errors(errors)}


def operations(store: CatalogStore) -> dict[str, Handler]:
    """Return the operations of this module."""
    return {
        "CreatePartition": partial(create_partition, store),
        "BatchCreatePartition": partial(batch_create_partition, store),
        "GetPartition": partial(get_partition, store),
        "GetPartitions": partial(get_partitions, store),
        "BatchGetPartition": partial(batch_get_partition, store),
        "UpdatePartition": partial(update_partition, store),
        "BatchUpdatePartition": partial(batch_update_partition, store),
        "DeletePartition": partial(delete_partition, store),
        "BatchDeletePartition": partial(batch_delete_partition, store),
    }


def _table(request: Document) -> tuple[str, str]:
    return request["DatabaseName"], request["TableName"]


def _change(entry: Document) -> Change:
    return Change(values=entry["PartitionValueList"], new=entry["PartitionInput"])


def _raise(errors: Sequence[PartitionError]) -> None:
    if errors:
        raise errors[0].fault


def _errors(errors: Sequence[PartitionError], values: str = "PartitionValues") -> list[Document]:
    return [
        {
            values: list(error.values),
            "ErrorDetail": {"ErrorCode": error.code, "ErrorMessage": error.fault.wire_message},
        }
        for error in errors
    ]
