"""Kafka topics: Glue's options as those of Spark's source, and their records as columns."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F  # noqa: N812

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.jobs.parameters.script_options import is_true
from gluepot.jobs.streaming.kafka_connection import client_options
from gluepot.jobs.streaming.payloads import PAYLOAD_OPTIONS, parse_payload, read_payload
from gluepot.jobs.streaming.times import timestamp_ms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pyspark.sql import Column, DataFrame, SparkSession

    Connections = Callable[[str], Mapping[str, str]]

HEADERS_COLUMN = "glue_streaming_kafka_headers"
TIMESTAMP_COLUMN = "__src_timestamp"

_TOPICS = {"topicName": "subscribe", "assign": "assign", "subscribePattern": "subscribePattern"}
_RENAMED = {
    "pollTimeoutMs": "kafkaConsumer.pollTimeoutMs",
    "numRetries": "fetchOffset.numRetries",
    "retryIntervalMs": "fetchOffset.retryIntervalMs",
    "maxOffsetsPerTrigger": "maxOffsetsPerTrigger",
    "minPartitions": "minPartitions",
    "failOnDataLoss": "failOnDataLoss",
}
_CLIENT = re.compile(r"(bootstrap\.servers|(security|sasl|ssl)\.[\w.]+)")
"""Options of Kafka's own client, which Spark wants to begin with ``kafka.``."""

_OURS = (
    *("startingOffsets", "endingOffsets", "startingTimestamp", "includeHeaders"),
    *("addRecordTimestamp", "connectionName", *PAYLOAD_OPTIONS),
)
_WITHOUT_EFFECT = ("typeOfData", "emitConsumerLagMetrics")


def read_kafka(
    spark: SparkSession, options: Mapping[str, Any], connections: Connections | None = None
) -> DataFrame:
    """Return topics as a stream, or at rest where ``endingOffsets`` says where they end.

    With a ``classification`` the columns are those of the records' values, else they are Kafka's:
    key, value, topic, partition, offset, timestamp, timestampType.

    Raises:
        InvalidInputError: An option is missing, unknown or wrong.
    """
    payload = read_payload(options)
    at_rest = "endingOffsets" in options
    reader = spark.read if at_rest else spark.readStream
    rows: DataFrame = reader.format("kafka").options(**kafka_options(options, connections)).load()
    return parse_payload(rows, payload, "value", list(_extras(options)))


def kafka_options(
    options: Mapping[str, Any], connections: Connections | None = None
) -> dict[str, str]:
    """Return the options of Spark's Kafka source that Glue's options mean.

    ``connections`` finds the properties of the connection that ``connectionName`` names.

    Raises:
        InvalidInputError: One is missing, unknown or wrong.
    """
    _check(options)
    name = options.get("connectionName")
    if name and connections is None:
        raise InvalidInputError("connectionName needs a script that runs as a job")
    found = client_options(connections(str(name))) if name and connections else {}
    for name, value in options.items():
        if _CLIENT.fullmatch(name):
            found[f"kafka.{name}"] = str(value)
        elif name.startswith("kafka."):
            found[name] = str(value)
        elif name in _RENAMED:
            found[_RENAMED[name]] = str(value)
    if "kafka.bootstrap.servers" not in found:
        raise InvalidInputError("a Kafka source needs bootstrap.servers or connectionName")
    return found | _topics(options) | _offsets(options) | _headers(options)


def _check(options: Mapping[str, Any]) -> None:
    known = (*_TOPICS, *_RENAMED, *_OURS, *_WITHOUT_EFFECT)
    for name in options:
        free = _CLIENT.fullmatch(name) or name.startswith("kafka.")
        if not free and name not in known:
            raise InvalidInputError(
                f"option {name!r} of Kafka is not known."
                f"{did_you_mean(name, (*known, 'bootstrap.servers', 'security.protocol'))}"
            )


def _topics(options: Mapping[str, Any]) -> dict[str, str]:
    given = [name for name in _TOPICS if options.get(name)]
    if len(given) != 1:
        raise InvalidInputError(
            f"a Kafka source needs one of {', '.join(_TOPICS)}; given: {', '.join(given) or 'none'}"
        )
    value = options[given[0]]
    return {_TOPICS[given[0]]: value if isinstance(value, str) else json.dumps(value)}


def _offsets(options: Mapping[str, Any]) -> dict[str, str]:
    ending = options.get("endingOffsets")
    # Spark reads topics at rest from their beginning, and refuses to begin at their end.
    starting = options.get("startingOffsets", "latest" if ending is None else "earliest")
    found = _position("starting", options.get("startingTimestamp") or starting)
    return found if ending is None else found | _position("ending", ending)


def _position(end: str, value: Any) -> dict[str, str]:  # noqa: ANN401 - as the script gives it
    if not isinstance(value, str):
        return {f"{end}Offsets": json.dumps(value)}
    if value.lower() in {"earliest", "latest"}:
        return {f"{end}Offsets": value.lower()}
    if value.lstrip().startswith("{"):
        return {f"{end}Offsets": value}
    found = {f"{end}Timestamp": str(timestamp_ms(value))}
    # A partition without a record that new begins at its end instead of failing.
    latest = {"startingOffsetsByTimestampStrategy": "latest"} if end == "starting" else {}
    return found | latest


def _headers(options: Mapping[str, Any]) -> dict[str, str]:
    return {"includeHeaders": "true"} if is_true(options.get("includeHeaders")) else {}


def _extras(options: Mapping[str, Any]) -> Iterator[Column]:
    if is_true(options.get("includeHeaders")):
        yield F.transform(
            "headers",
            lambda header: F.struct(
                header["key"].alias("key"), header["value"].cast("string").alias("value")
            ),
        ).alias(HEADERS_COLUMN)
    if is_true(options.get("addRecordTimestamp")):
        yield F.col("timestamp").alias(TIMESTAMP_COLUMN)
