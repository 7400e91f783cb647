"""Kinesis as a data source of Spark's.

Spark's planner, a process beside the driver, fetches what is new and hands it to the executors,
which need neither boto3 nor a way to AWS. How far each shard was read is Spark's offset, which
its checkpoint keeps; a batch that is repeated is fetched again between the same two positions.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, ClassVar

from pyspark.sql.datasource import DataSource, DataSourceStreamReader, InputPartition

from gluepot.jobs.streaming.kinesis_aggregates import without_aggregates
from gluepot.jobs.streaming.kinesis_shards import HORIZON, Piece, Shards

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import pyarrow as pa

    from gluepot.jobs.streaming.kinesis_settings import KinesisSettings, Login

SCHEMA = (
    "data binary, streamName string, partitionKey string, sequenceNumber string,"
    " approximateArrivalTimestamp timestamp, shardId string"
)
PARTITION_BYTES = 8 * 1024 * 1024
"""A partition travels with its task, which Spark sends in one message of 128 MB at most."""

ROLE_SECONDS = 2700
"""A role is asked for again before its keys end, after an hour."""

_THREADS = 16


class KinesisSource(DataSource):
    """One stream; subclasses hold what it is read with, so that no option of Spark's does."""

    settings: ClassVar[KinesisSettings]
    login: ClassVar[Login]

    def schema(self) -> str:
        """Return the columns of a record."""
        return SCHEMA

    def streamReader(self, schema: Any) -> KinesisReader:  # noqa: ANN401, ARG002, N802 - Spark's
        """Return what plans batches and reads them."""
        return KinesisReader(self.settings, self.login)


class KinesisReader(DataSourceStreamReader):
    """Plans batches: what was fetched for one waits until Spark says that it is done."""

    def __init__(self, settings: KinesisSettings, login: Login) -> None:
        self._stream = next(iter(settings.stream.values())).rpartition("/")[2]
        self._shards = Shards(_Client(login).get, settings)
        self._positions: dict[str, str] | None = None
        self._waiting: dict[str, list[Piece]] = {}

    def initialOffset(self) -> dict[str, str]:  # noqa: N802 - Spark's
        """Return where a stream without a checkpoint begins."""
        return dict(sorted(self._shards.first_positions().items()))

    def latestOffset(self) -> dict[str, str]:  # noqa: N802 - Spark's
        """Fetch what is new, within the limits, and return the positions after it."""
        if self._positions is None:
            self._positions = self.initialOffset()
        pieces = self._shards.advance(self._positions)
        for shard, piece in pieces.items():
            if piece.records:
                self._waiting.setdefault(shard, []).append(piece)
        self._positions = {shard: pieces[shard].end for shard in sorted(pieces)}
        return self._positions

    def partitions(
        self, start: Mapping[str, str], end: Mapping[str, str]
    ) -> Sequence[InputPartition]:
        """Return the records between two offsets, shard by shard."""
        if self._positions is None:
            # Spark tells a restarted stream where it is by a batch of nothing.
            self._positions = dict(end)
        changed = [
            (shard, start.get(shard, HORIZON), position)
            for shard, position in end.items()
            if start.get(shard, HORIZON) != position
        ]
        with ThreadPoolExecutor(_THREADS) as pool:
            found = pool.map(lambda change: self._records(*change), changed)
            return [
                InputPartition((shard, self._stream, part))
                for (shard, _, _), records in zip(changed, found, strict=True)
                for part in _parts(_compact(records))
            ]

    def read(self, partition: InputPartition) -> Iterator[pa.RecordBatch]:
        """Return the rows of a partition; this runs on an executor."""
        import pyarrow as pa  # noqa: PLC0415

        shard, stream, records = partition.value
        data, keys, numbers, times = zip(*records, strict=True)
        count = len(records)
        columns = [
            pa.array(data, pa.binary()),
            pa.array([stream] * count, pa.string()),
            pa.array(keys, pa.string()),
            pa.array(numbers, pa.string()),
            pa.array(times, pa.timestamp("us", tz="UTC")),
            pa.array([shard] * count, pa.string()),
        ]
        names = [column.split()[0] for column in SCHEMA.split(", ")]
        yield pa.RecordBatch.from_arrays(columns, names)

    def commit(self, end: Mapping[str, str]) -> None:
        """Let go of what was fetched for batches that are done."""
        for shard, position in end.items():
            pieces = self._waiting.get(shard, [])
            done = [at for at, piece in enumerate(pieces) if piece.end == position]
            if done:
                self._waiting[shard] = pieces[done[-1] + 1 :]

    def _records(self, shard: str, start: str, end: str) -> Iterable[Mapping[str, Any]]:
        pieces = self._waiting.get(shard, [])
        begins = [at for at, piece in enumerate(pieces) if piece.start == start]
        ends = [at for at, piece in enumerate(pieces) if piece.end == end]
        if begins and ends and begins[0] <= ends[-1]:
            chosen = pieces[begins[0] : ends[-1] + 1]
            return [record for piece in chosen for record in piece.records]
        return self._shards.between(shard, start, end).records


class _Client:
    """A boto3 client, made when it is needed, and again before its role's keys end."""

    def __init__(self, login: Login) -> None:
        self._login = login
        self._client: Any = None
        self._made_at = 0.0

    def get(self) -> Any:  # noqa: ANN401 - boto3's
        """Return the client."""
        old = self._login.role_arn and time.monotonic() - self._made_at > ROLE_SECONDS
        if self._client is None or old:
            self._client, self._made_at = _connect(self._login), time.monotonic()
        return self._client


def _connect(login: Login) -> Any:  # noqa: ANN401 - boto3's
    import boto3  # noqa: PLC0415 - where it runs
    from botocore.config import Config  # noqa: PLC0415

    session = boto3.Session(
        region_name=login.region,
        profile_name=login.profile,
        aws_access_key_id=login.access_key_id,
        aws_secret_access_key=login.secret_access_key,
        aws_session_token=login.session_token,
    )
    if login.role_arn:
        sts = session.client("sts")
        assumed = sts.assume_role(RoleArn=login.role_arn, RoleSessionName=login.role_session_name)[
            "Credentials"
        ]
        session = boto3.Session(
            region_name=login.region,
            aws_access_key_id=assumed["AccessKeyId"],
            aws_secret_access_key=assumed["SecretAccessKey"],
            aws_session_token=assumed["SessionToken"],
        )
    once = Config(retries={"total_max_attempts": 1}, max_pool_connections=_THREADS)
    return session.client("kinesis", endpoint_url=login.endpoint_url, config=once)


Compact = tuple[bytes, str, str, Any]


def _compact(records: Iterable[Mapping[str, Any]]) -> Iterator[Compact]:
    for record in without_aggregates(records):
        yield (
            record["Data"],
            record["PartitionKey"],
            record["SequenceNumber"],
            record.get("ApproximateArrivalTimestamp"),
        )


def _parts(records: Iterable[Compact]) -> Iterator[tuple[Compact, ...]]:
    part: list[Compact] = []
    size = 0
    for record in records:
        part.append(record)
        size += len(record[0])
        if size >= PARTITION_BYTES:
            yield tuple(part)
            part, size = [], 0
    if part:
        yield tuple(part)
