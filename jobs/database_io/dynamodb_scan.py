"""Segments of a DynamoDB table, read by executors within their share of its capacity.

Executors get this module by value, and what it imports of gluepot's as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gluepot.crawlers.databases.pacing import Pacer
from gluepot.jobs.database_io.aws_login import AwsLogin, open_client
from gluepot.jobs.database_io.dynamodb_values import from_attribute
from gluepot.transforms.packing import Made

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pyarrow as pa


@dataclass(frozen=True, kw_only=True)
class Scan:
    """How a table is read: in how many segments, and how many units a second each may take."""

    login: AwsLogin
    table: str
    segments: int
    units_per_second: float
    page_items: int

    def produce(self, batch: pa.RecordBatch) -> Iterator[Made]:
        """Yield the items of the segments whose numbers are in a batch, page by page."""
        client = open_client(self.login, "dynamodb")
        for segment in batch.column(0).to_pylist():
            for items in self.pages(client, segment):
                yield Made(
                    records=[
                        {name: from_attribute(value) for name, value in item.items()}
                        for item in items
                    ]
                )

    def pages(self, client: Any, segment: int) -> Iterator[list[Mapping[str, Any]]]:  # noqa: ANN401
        """Yield the pages of one segment, no faster than allowed."""
        pacer = Pacer(self.units_per_second)
        start: dict[str, Any] = {}
        while True:
            pacer.wait()
            reply = client.scan(
                TableName=self.table,
                Segment=segment,
                TotalSegments=self.segments,
                Limit=self.page_items,
                ReturnConsumedCapacity="TOTAL",
                **start,
            )
            pacer.spend(reply.get("ConsumedCapacity", {}).get("CapacityUnits", 0.0))
            yield reply["Items"]
            if "LastEvaluatedKey" not in reply:
                return
            start = {"ExclusiveStartKey": reply["LastEvaluatedKey"]}
