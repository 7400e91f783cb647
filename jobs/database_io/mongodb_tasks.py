"""What executors do with a collection: find documents of a range, or write those of a partition.

Executors get this module by value, and what it imports of gluepot's as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa

from gluepot.jobs.database_io.mongodb_login import MongoLogin, collection_of, open_client
from gluepot.jobs.database_io.mongodb_values import KEY, from_bson, to_document
from gluepot.transforms import gluetypes as G  # noqa: N812
from gluepot.transforms.packing import Made

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

WRITTEN_SCHEMA = "written long"


@dataclass(frozen=True, kw_only=True)
class Find:
    """How a collection is read.

    Attributes:
        login: Where and as whom.
        bounds: The keys between the parts, each a document of BSON.
        batch_size: How many documents the server sends at a time.
    """

    login: MongoLogin
    bounds: tuple[bytes, ...]
    batch_size: int

    def produce(self, batch: pa.RecordBatch) -> Iterator[Made]:
        """Yield the documents of the parts whose numbers are in a batch."""
        with open_client(self.login) as client:
            found = collection_of(client, self.login)
            for part in batch.column(0).to_pylist():
                records: list[Any] = []
                for document in found.find(self.condition(part), batch_size=self.batch_size):
                    records.append(from_bson(document))
                    if len(records) == self.batch_size:
                        yield Made(records=records)
                        records = []
                yield Made(records=records)

    def condition(self, part: int) -> dict[str, Any]:
        """Return what the documents of a part fulfil: all of them where there are no bounds."""
        from bson import decode  # noqa: PLC0415 - an extra

        condition = {}
        if part > 0:
            condition["$gte"] = decode(self.bounds[part - 1])[KEY]
        if part < len(self.bounds):
            condition["$lt"] = decode(self.bounds[part])[KEY]
        return {KEY: condition} if condition else {}


@dataclass(frozen=True, kw_only=True)
class Write:
    """How rows are written.

    Attributes:
        login: Where and as whom.
        kind: Glue's type of a row, as JSON.
        replaces: A row takes the place of the document with its ``_id``; else its fields do.
        extended: See ``to_document``.
        batch_size: How many documents are sent at a time.
    """

    login: MongoLogin
    kind: str
    replaces: bool
    extended: bool
    batch_size: int

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Write the rows of a partition, and yield how many there were."""
        kind, written = cast("G.StructType", G.from_json(self.kind)), 0
        with open_client(self.login) as client:
            into = collection_of(client, self.login)
            for batch in batches:
                rows = batch.to_pylist()
                for start in range(0, len(rows), self.batch_size):
                    part = rows[start : start + self.batch_size]
                    into.bulk_write(self.requests(part, kind), ordered=False)
                written += len(rows)
        yield pa.RecordBatch.from_arrays([pa.array([written], pa.int64())], names=["written"])

    def requests(self, rows: Sequence[Any], kind: G.StructType) -> list[Any]:
        """Return what is asked of the server for rows."""
        from pymongo import InsertOne, ReplaceOne, UpdateOne  # noqa: PLC0415 - an extra

        found: list[Any] = []
        for row in rows:
            document = to_document(row, kind, extended=self.extended)
            key = document.pop(KEY, None)
            if key is None:
                found.append(InsertOne(document))
            elif self.replaces or not document:
                found.append(ReplaceOne({KEY: key}, document, upsert=True))
            else:
                found.append(UpdateOne({KEY: key}, {"$set": document}, upsert=True))
        return found
