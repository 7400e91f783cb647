from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from pyspark.sql import functions as F  # noqa: N812

from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.model import Column, SerDeInfo, StorageDescriptor, Table
from gluepot.jobs.streaming.kafka import kafka_options
from gluepot.jobs.streaming.kafka_connection import client_options
from gluepot.jobs.streaming.reading import read_stream
from gluepot.jobs.streaming.stream_tables import is_stream_table, read_table_stream
from tests.servers.kafka import PASSWORD, USER

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from tests.jobs.streaming.conftest import Landing
    from tests.servers.kafka import Kafka


@dataclass(frozen=True, kw_only=True)
class Topic:
    """A topic of two partitions."""

    spark: SparkSession
    broker: Kafka
    name: str

    def put(self, *values: str) -> None:
        """Put records with one header, and return when the broker has them."""
        rows = self.spark.createDataFrame([(value,) for value in values], "value STRING")
        header = F.struct(F.lit("trace").alias("key"), F.lit(b"t1").alias("value"))
        rows = rows.coalesce(1).withColumn("headers", F.array(header))
        writer = rows.write.format("kafka").option("topic", self.name)
        writer.option("kafka.bootstrap.servers", self.broker.servers).option(
            "includeHeaders", "true"
        ).save()

    def numbers(self, *numbers: int) -> None:
        """Put records ``{"n": number}``."""
        self.put(*(f'{{"n": {number}}}' for number in numbers))

    def options(self, **others: object) -> dict[str, Any]:
        """Return the options of a connection."""
        given = {"bootstrap.servers": self.broker.servers, "topicName": self.name}
        return given | {"classification": "json", "schema": "n LONG"} | others


@pytest.fixture
def topic(spark: SparkSession, kafka: Kafka) -> Topic:
    return Topic(spark=spark, broker=kafka, name=f"t-{uuid.uuid4().hex[:8]}")


def numbers(rows: DataFrame) -> list[int]:
    return sorted(row["n"] for row in rows.collect())


def test_each_record_is_given_once_over_restarts_with_its_headers_and_its_time(
    topic: Topic, landing: Landing
) -> None:
    options = topic.options(
        startingOffsets="earliest",
        includeHeaders="true",
        addRecordTimestamp="true",
        maxOffsetsPerTrigger=3,
        minPartitions="4",
        pollTimeoutMs=60_000,
        numRetries=3,
        retryIntervalMs=10,
        typeOfData="kafka",
    )
    topic.numbers(1, 2, 3, 4)
    frame = read_stream(landing.context, "kafka", options)
    seen: list[list[int]] = []

    landing.drain(frame, lambda rows, _: seen.append(numbers(rows)))
    topic.numbers(5)
    landing.drain(frame, lambda rows, _: seen.append(numbers(rows)))

    assert sorted(number for batch in seen for number in batch) == [1, 2, 3, 4, 5]
    assert [len(batch) <= 3 for batch in seen] == [True] * len(seen)
    assert len(seen) == 3
    assert frame.columns == ["n", "glue_streaming_kafka_headers", "__src_timestamp"]
    at_rest = read_stream(landing.context, "kafka", options | {"endingOffsets": "latest"})
    row = at_rest.first()
    assert row is not None
    assert [tuple(header) for header in row["glue_streaming_kafka_headers"]] == [("trace", "t1")]
    assert abs(row["__src_timestamp"].timestamp() - time.time()) < 600


def test_a_stream_begins_at_the_end_unless_it_is_told_otherwise(
    topic: Topic, landing: Landing
) -> None:
    topic.numbers(1)
    frame = read_stream(landing.context, "kafka", topic.options())
    seen: list[int] = []

    landing.drain(frame, lambda rows, _: seen.extend(numbers(rows)))
    topic.numbers(2)
    landing.drain(frame, lambda rows, _: seen.extend(numbers(rows)))

    assert seen == [2]


def test_a_topic_at_rest_is_read_from_a_time_to_an_offset(topic: Topic, landing: Landing) -> None:
    topic.numbers(1, 2)
    time.sleep(0.05)
    between = datetime.now(UTC).isoformat()
    time.sleep(0.05)
    topic.numbers(3, 4)

    def read(**options: object) -> list[int]:
        frame = read_stream(landing.context, "kafka", topic.options(**options))
        assert not frame.isStreaming
        return numbers(frame)

    assert read(endingOffsets="latest") == [1, 2, 3, 4]
    assert read(endingOffsets="latest", startingOffsets=between) == [3, 4]
    assert read(endingOffsets="latest", startingTimestamp=between) == [3, 4]
    assert read(endingOffsets={topic.name: {"0": 0, "1": 0}}) == []


def test_a_connection_of_the_catalog_logs_in(topic: Topic, landing: Landing) -> None:
    topic.numbers(1)
    options = topic.options(connectionName="events", endingOffsets="latest")
    del options["bootstrap.servers"]
    properties = {
        "KAFKA_BOOTSTRAP_SERVERS": topic.broker.login_servers,
        "KAFKA_SSL_ENABLED": "false",
        "KAFKA_SASL_MECHANISM": "PLAIN",
        "KAFKA_SASL_PLAIN_USERNAME": USER,
        "KAFKA_SASL_PLAIN_PASSWORD": PASSWORD,
    }

    frame = read_stream(
        landing.context, "kafka", options, connections={"events": properties}.__getitem__
    )

    assert numbers(frame) == [1]
    with pytest.raises(InvalidInputError, match="needs a script that runs as a job"):
        read_stream(landing.context, "kafka", options)


def test_a_table_of_the_catalog_that_lies_in_a_topic_is_a_stream(
    topic: Topic, landing: Landing
) -> None:
    serde = SerDeInfo(parameters={"field.delim": ";"})
    columns = (Column(name="n", type="bigint"), Column(name="a.b", type="string"))
    storage = StorageDescriptor(
        columns=columns,
        serde_info=serde,
        parameters={
            "typeOfData": "kafka",
            "topicName": topic.name,
            "bootstrap.servers": topic.broker.servers,
        },
    )
    table = Table(
        database_name="raw",
        name="events",
        storage_descriptor=storage,
        parameters={"classification": "csv"},
    )
    topic.put("1;x", "2;y")

    frame = read_table_stream(landing.context, table, {"startingOffsets": "earliest"})

    seen: list[tuple[Any, ...]] = []
    landing.drain(frame, lambda rows, _: seen.extend(tuple(row) for row in rows.collect()))
    assert frame.isStreaming
    assert frame.columns == ["n", "a.b"]
    assert sorted(seen) == [(1, "x"), (2, "y")]
    assert not is_stream_table(Table(database_name="raw", name="files"))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"topicName": "t"}, "bootstrap.servers or connectionName"),
        ({"bootstrap.servers": "h:1"}, "one of topicName, assign, subscribePattern; given: none"),
        (
            {"bootstrap.servers": "h:1", "topicName": "t", "subscribePattern": "x"},
            "given: topicName, subscribePattern",
        ),
        ({"bootstrap.server": "h:1"}, "Did you mean 'bootstrap.servers'"),
        (
            {"bootstrap.servers": "h:1", "topicName": "t", "startingOffsets": "begin"},
            "'begin' is no position",
        ),
    ],
)
def test_wrong_options_are_told(options: dict[str, str], sentence: str) -> None:
    with pytest.raises(InvalidInputError, match=sentence):
        kafka_options(options)


def test_options_of_the_client_reach_it_and_assigned_partitions_are_json() -> None:
    given = {
        "bootstrap.servers": "h:1",
        "security.protocol": "SSL",
        "ssl.truststore.location": "/ca.pem",
        "kafka.client.id": "me",
        "assign": {"t": [0]},
    }

    assert kafka_options(given) == {
        "kafka.bootstrap.servers": "h:1",
        "kafka.security.protocol": "SSL",
        "kafka.ssl.truststore.location": "/ca.pem",
        "kafka.client.id": "me",
        "assign": '{"t": [0]}',
        "startingOffsets": "latest",
    }


def test_a_connection_says_how_to_trust_and_who_one_is() -> None:
    scram = {
        "KAFKA_BOOTSTRAP_SERVERS": "h:1",
        "KAFKA_CUSTOM_CERT": "-----BEGIN CERTIFICATE-----\nx",
        "KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
        "KAFKA_SASL_SCRAM_USERNAME": "u",
        "KAFKA_SASL_SCRAM_PASSWORD": 'p"w\\',
    }

    found = client_options(scram)
    keys = client_options(
        {
            "KAFKA_BOOTSTRAP_SERVERS": "h:1",
            "KAFKA_CUSTOM_CERT": "/ca.pem",
            "KAFKA_CLIENT_KEYSTORE": "/me.jks",
            "KAFKA_CLIENT_KEYSTORE_PASSWORD": "s",
        }
    )

    assert found["kafka.security.protocol"] == "SASL_SSL"
    assert found["kafka.ssl.truststore.certificates"] == scram["KAFKA_CUSTOM_CERT"]
    assert found["kafka.sasl.jaas.config"] == (
        "org.apache.kafka.common.security.scram.ScramLoginModule required"
        ' username="u" password="p\\"w\\\\";'
    )
    assert keys["kafka.security.protocol"] == "SSL"
    assert keys["kafka.ssl.truststore.location"] == "/ca.pem"
    assert keys["kafka.ssl.keystore.location"] == "/me.jks"
    assert keys["kafka.ssl.keystore.password"] == "s"


@pytest.mark.parametrize(
    ("properties", "sentence"),
    [
        ({}, "no KAFKA_BOOTSTRAP_SERVERS"),
        ({"KAFKA_CUSTOM_CERT": "s3://bucket/ca.pem"}, "reads s3:// not"),
        ({"KAFKA_SASL_MECHANISM": "AWS_MSK_IAM"}, "AWS_MSK_IAM needs more than a user"),
        (
            {"KAFKA_SASL_MECHANISM": "PLAIN", "KAFKA_SASL_PLAIN_PASSWORD": "s3cr3t"},
            "no KAFKA_SASL_PLAIN_USERNAME",
        ),
    ],
)
def test_a_connection_that_cannot_be_used_says_why_and_no_secret(
    properties: dict[str, str], sentence: str
) -> None:
    servers = {"KAFKA_BOOTSTRAP_SERVERS": "h:1"} if properties else {}

    with pytest.raises(InvalidInputError, match=sentence) as caught:
        client_options(servers | properties)

    assert "s3cr3t" not in str(caught.value)
