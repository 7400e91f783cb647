"""Items put into a DynamoDB table by executors, within their share of its capacity.

Executors get this module by value, and what it imports of gluepot's as well.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa

from gluepot.crawlers.databases.pacing import Pacer
from gluepot.jobs.database_io.aws_login import AwsLogin, open_client
from gluepot.jobs.database_io.dynamodb_values import to_item
from gluepot.transforms import gluetypes as G  # noqa: N812

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

WRITTEN_SCHEMA = "written long"
REQUEST_ITEMS = 25
"""More DynamoDB does not take at a time."""
_FIRST_WAIT_SECONDS = 0.1
_LONGEST_WAIT_SECONDS = 20.0


@dataclass(frozen=True, kw_only=True)
class Put:
    """How rows are put into a table.

    Attributes:
        login: Where and as whom.
        table: Its name.
        keys: Of the table: of rows with equal ones in a request the last is put.
        kind: Glue's type of a row, as JSON.
        units_per_second: What a task may write.
        retries: How often what DynamoDB left undone is tried again.
    """

    login: AwsLogin
    table: str
    keys: tuple[str, ...]
    kind: str
    units_per_second: float
    retries: int

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Put the rows of a partition, and yield how many there were."""
        client = open_client(self.login, "dynamodb")
        pacer, written = Pacer(self.units_per_second), 0
        kind = cast("G.StructType", G.from_json(self.kind))
        for batch in batches:
            rows = batch.to_pylist()
            for start in range(0, len(rows), REQUEST_ITEMS):
                items = [to_item(row, kind) for row in rows[start : start + REQUEST_ITEMS]]
                self.put(client, self._distinct(items), pacer)
            written += len(rows)
        yield pa.RecordBatch.from_arrays([pa.array([written], pa.int64())], names=["written"])

    def put(
        self,
        client: Any,  # noqa: ANN401 - boto3 makes its classes while running
        items: Sequence[Mapping[str, Any]],
        pacer: Pacer,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Put the items of one request; what is left undone again, after longer and longer waits.

        Raises:
            RuntimeError: Some are undone after the last try.
        """
        left: Any = {self.table: [{"PutRequest": {"Item": item}} for item in items]}
        for tries in range(self.retries + 1):
            if tries:
                longest = min(_FIRST_WAIT_SECONDS * 2**tries, _LONGEST_WAIT_SECONDS)
                # Tasks that were refused together must not come again together.
                sleep(random.uniform(longest / 2, longest))  # noqa: S311 - no secret
            pacer.wait()
            reply = client.batch_write_item(RequestItems=left, ReturnConsumedCapacity="TOTAL")
            pacer.spend(sum(used["CapacityUnits"] for used in reply.get("ConsumedCapacity", ())))
            left = reply.get("UnprocessedItems")
            if not left:
                return
        raise RuntimeError(
            f"{len(left[self.table])} items of a request are not written after {self.retries + 1}"
            " tries: the table's capacity is used up; lower dynamodb.throughput.write.percent or"
            " raise dynamodb.output.retry"
        )

    def _distinct(self, items: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        found = {}
        for item in items:
            missing = [key for key in self.keys if key not in item]
            if missing:
                raise ValueError(f"a row has no value in {missing[0]!r}, a key of {self.table}")
            found[repr([item[key] for key in self.keys])] = item
        return list(found.values())
