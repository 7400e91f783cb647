from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from pyspark import cloudpickle

from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.model import Column, StorageDescriptor, Table
from gluepot.jobs.parameters.facts import JobFacts, to_conf
from gluepot.jobs.streaming.kinesis import kinesis_stream
from gluepot.jobs.streaming.kinesis_settings import read_kinesis_settings, read_login
from gluepot.jobs.streaming.kinesis_shards import Shards
from gluepot.jobs.streaming.reading import read_stream
from gluepot.jobs.streaming.stream_tables import read_table_stream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pyspark.sql import DataFrame

    from gluepot.crawlers.sources.config import S3Config
    from gluepot.jobs.context import GlueContext
    from tests.jobs.streaming.conftest import Landing


@dataclass(frozen=True, kw_only=True)
class Stream:
    """A stream of moto's."""

    client: Any
    name: str
    arn: str
    endpoint: str

    def put(self, *rows: Mapping[str, Any], key: str = "k") -> None:
        """Put rows as JSON, in order, under one key."""
        for row in rows:
            self.put_bytes(json.dumps(row).encode(), key)

    def put_bytes(self, data: bytes, key: str = "k") -> None:
        """Put one record."""
        self.client.put_record(StreamName=self.name, Data=data, PartitionKey=key)

    def options(self, **others: object) -> dict[str, Any]:
        """Return the options of a connection."""
        given = {"streamARN": self.arn, "endpointUrl": self.endpoint}
        return given | {"startingPosition": "TRIM_HORIZON", "classification": "json"} | others


@pytest.fixture
def stream(context: GlueContext, moto_s3: S3Config, tmp_path: Path) -> Iterator[Stream]:
    """Yield a stream of two shards; the session is told moto's keys as a job's is."""
    facts = JobFacts(catalog_url="sqlite://", home=tmp_path, conf_dir=tmp_path, s3=moto_s3)
    conf = context.spark_session.conf
    for name, value in to_conf(facts).items():
        conf.set(name, value)
    client = boto3.client(
        "kinesis",
        endpoint_url=moto_s3.endpoint_url,
        region_name=moto_s3.region,
        aws_access_key_id=moto_s3.access_key_id,
        aws_secret_access_key=moto_s3.secret_access_key,
    )
    name = f"s-{uuid.uuid4().hex[:8]}"
    client.create_stream(StreamName=name, ShardCount=2)
    client.get_waiter("stream_exists").wait(StreamName=name)
    arn = client.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamARN"]
    yield Stream(client=client, name=name, arn=arn, endpoint=str(moto_s3.endpoint_url))
    client.delete_stream(StreamName=name)
    client.close()
    for key in to_conf(facts):
        conf.unset(key)


def drained(landing: Landing, frame: DataFrame) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    landing.drain(frame, lambda batch, _: rows.extend(row.asDict() for row in batch.collect()))
    return rows


def test_each_record_of_a_table_is_given_once_over_failures_restarts_and_shards(
    stream: Stream, landing: Landing
) -> None:
    options = {"startingPosition": "earliest", "addRecordTimestamp": "true"}
    frame = read_table_stream(landing.context, table_of(stream), options)
    seen: list[tuple[int, list[int]]] = []

    def put(*numbers: int) -> None:
        for number in numbers:
            stream.put({"n": number}, key=f"key-{number}")

    def work(rows: DataFrame, number: int) -> None:
        found = rows.collect()
        seen.append((number, sorted(row["n"] for row in found)))
        age = datetime.now(UTC) - found[0]["__src_timestamp"].astimezone(UTC)
        assert timedelta() < age < timedelta(minutes=10)
        match len(seen):
            case 1:
                put(8, 9)
                raise ConnectionError("away")
            case 3:
                put(10)
            case 4:
                raise ConnectionError("away")

    put(*range(8))
    for _ in range(2):
        with pytest.raises(ConnectionError):
            landing.drain(frame, work, triggerAvailableNow="false", batchMaxRetries=0)
    landing.drain(frame, work)

    whole = (0, [*range(8)])
    assert seen == [whole, whole, (1, [8, 9]), (2, [10]), (2, [10])]
    assert frame.columns == ["n", "__src_timestamp"]


def test_a_stream_begins_where_it_is_told(stream: Stream) -> None:
    stream.put({"n": 1})
    time.sleep(0.05)
    between = datetime.now(UTC)
    time.sleep(0.05)
    stream.put({"n": 2})

    def read(start: str, *later: int) -> list[int]:
        settings = read_kinesis_settings(stream.options(startingPosition=start))
        shards = Shards(lambda: stream.client, settings)
        positions = shards.first_positions()
        stream.put(*({"n": number} for number in later))
        pieces = shards.advance(positions).values()
        return [json.loads(one["Data"])["n"] for piece in pieces for one in piece.records]

    assert read("earliest") == read("trim_horizon") == [1, 2]
    assert read(between.isoformat()) == [2]
    assert read("latest", 3) == [3]


def table_of(stream: Stream) -> Table:
    """Return a table as Glue's console makes one: the stream's name is its location."""
    parameters = {"typeOfData": "kinesis", "kinesisUrl": stream.endpoint, "region": "us-east-1"}
    storage = StorageDescriptor(
        columns=(Column(name="n", type="bigint"),), location=stream.name, parameters=parameters
    )
    return Table(
        database_name="raw",
        name="clicks",
        storage_descriptor=storage,
        parameters={"classification": "json"},
    )


def _packed(*records: tuple[str, bytes]) -> bytes:
    """Return records as Kinesis' producer library packs them; all are short."""

    def field(number: int, value: bytes) -> bytes:
        return bytes([number << 3 | 2, len(value)]) + value

    keys = b"".join(field(1, key.encode()) for key, _ in records)
    inner = (bytes([1 << 3, at]) + field(3, data) for at, (_, data) in enumerate(records))
    body = keys + b"".join(field(3, one) for one in inner)
    return b"\xf3\x89\x9a\xc2" + body + hashlib.md5(body, usedforsecurity=False).digest()


def test_records_without_classification_are_raw_and_packed_ones_are_unpacked(
    stream: Stream, landing: Landing
) -> None:
    stream.put_bytes(_packed(("x", b"1"), ("y", b"2")))
    stream.put_bytes(b"\xf3\x89\x9a\xc2 and then something else that is long enough")
    raw = read_stream(landing.context, "kinesis", stream.options(classification=None))
    rows: list[Any] = []

    landing.drain(raw, lambda batch, _: rows.extend(batch.collect()))

    assert [(row["partitionKey"], bytes(row["data"])) for row in rows[:2]] == [
        ("x", b"1"),
        ("y", b"2"),
    ]
    assert bytes(rows[2]["data"]).startswith(b"\xf3\x89\x9a\xc2 and then")
    assert {row["streamName"] for row in rows} == {stream.name}
    assert rows[0]["shardId"].startswith("shardId-")
    assert int(rows[2]["sequenceNumber"]) > int(rows[1]["sequenceNumber"])


EXECUTOR = """
import pickle, sys
sys.modules["gluepot"] = sys.modules["boto3"] = None
from pyspark.sql.datasource import InputPartition
reader = pickle.load(sys.stdin.buffer).streamReader(None)
partition = InputPartition(("shard", "stream", ((b"x", "key", "1", None),)))
print([batch.to_pydict()["partitionKey"] for batch in reader.read(partition)])
"""


def test_executors_need_neither_gluepot_nor_boto3() -> None:
    options = {"streamName": "s", "endpointUrl": "http://127.0.0.1:1", "region": "r"}
    source = kinesis_stream(read_kinesis_settings(options), read_login(options, None))

    pickled = cloudpickle.dumps(source({}))  # type: ignore[no-untyped-call]
    done = subprocess.run(
        [sys.executable, "-c", EXECUTOR], input=pickled, capture_output=True, check=False
    )

    assert done.stdout == b"[['key']]\n", done.stderr.decode()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, "needs streamARN"),
        ({"streamARN": "arn:aws:s3:::bucket"}, "is not arn:aws:kinesis"),
        ({"streamName": "s", "startingPosition": "oldest"}, "'oldest' is no position"),
        ({"streamName": "s", "startingPositon": "latest"}, "Did you mean 'startingPosition'"),
        ({"streamName": "s", "maxRecordPerRead": "10001"}, "from 1 to 10000"),
        ({"streamName": "s", "numRetries": "three"}, "is a whole number"),
    ],
)
def test_wrong_options_are_told(options: dict[str, str], sentence: str) -> None:
    with pytest.raises(InvalidInputError, match=sentence):
        read_kinesis_settings(options)


def test_keys_of_another_store_than_aws_are_not_shown_to_kinesis(moto_s3: S3Config) -> None:
    arn = "arn:aws:kinesis:eu-west-1:123456789012:stream/clicks"

    aws = read_login({"streamARN": arn}, moto_s3)
    own = read_login({"streamARN": arn, "endpointUrl": moto_s3.endpoint_url}, moto_s3)

    assert (aws.region, aws.access_key_id, aws.secret_access_key) == ("eu-west-1", None, None)
    assert own.secret_access_key == moto_s3.secret_access_key
    assert str(moto_s3.secret_access_key) not in repr(own)
