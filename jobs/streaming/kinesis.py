"""Kinesis streams as DataFrames."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F  # noqa: N812

from gluepot.jobs.errors import LaunchError
from gluepot.jobs.parameters.facts import from_conf
from gluepot.jobs.parameters.script_options import is_true
from gluepot.jobs.streaming import (
    kinesis_aggregates,
    kinesis_settings,
    kinesis_shards,
    kinesis_source,
)
from gluepot.jobs.streaming.kinesis_settings import read_kinesis_settings, read_login
from gluepot.jobs.streaming.kinesis_source import KinesisSource
from gluepot.jobs.streaming.payloads import parse_payload, read_payload
from gluepot.transforms.shipping import ship

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import DataFrame, SparkSession

    from gluepot.crawlers.sources.config import S3Config
    from gluepot.jobs.streaming.kinesis_settings import KinesisSettings, Login

TIMESTAMP_COLUMN = "__src_timestamp"


def read_kinesis(spark: SparkSession, options: Mapping[str, Any]) -> DataFrame:
    """Return a stream of Kinesis.

    With a ``classification`` the columns are those of the records' data, else there are data,
    streamName, partitionKey, sequenceNumber, approximateArrivalTimestamp and shardId.

    Raises:
        InvalidInputError: An option is missing, unknown or wrong.
    """
    payload = read_payload(options)
    settings = read_kinesis_settings(options)
    source = kinesis_stream(settings, read_login(options, _s3_of(spark)))
    spark.dataSource.register(source)
    rows = spark.readStream.format(source.name()).load()
    arrival = F.col("approximateArrivalTimestamp").alias(TIMESTAMP_COLUMN)
    wants_time = is_true(options.get("addRecordTimestamp", ""))
    return parse_payload(rows, payload, "data", [arrival] if wants_time else [])


def kinesis_stream(settings: KinesisSettings, login: Login) -> type[KinesisSource]:
    """Return the data source of one stream, ready to travel to where gluepot is not installed."""
    ship(kinesis_aggregates, kinesis_settings, kinesis_shards, kinesis_source)
    # Spark knows sources by name alone, and a session may read several streams.
    told = repr((settings, login, login.access_key_id)).encode()
    name = f"gluepot_kinesis_{hashlib.blake2b(told, digest_size=8).hexdigest()}"
    members = {"settings": settings, "login": login, "name": classmethod(lambda _: name)}
    return type("KinesisStream", (KinesisSource,), members)


def _s3_of(spark: SparkSession) -> S3Config | None:
    try:
        return from_conf(spark.conf.get).s3
    except LaunchError:  # a session that no job was started in
        return None
