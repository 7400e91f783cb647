from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.streaming.ingestion_time import add_ingestion_time_columns

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

MINUTE = ["ingest_year", "ingest_month", "ingest_day", "ingest_hour", "ingest_minute"]


def test_the_columns_are_those_of_the_granularity_and_say_when_rows_came_in(
    spark: SparkSession,
) -> None:
    frame = spark.range(1)
    before = datetime.now(UTC)

    by_day, by_hour, by_minute = (
        add_ingestion_time_columns(frame, granularity) for granularity in ("day", "hour", "minute")
    )
    row = by_minute.first()

    assert by_day.columns == ["id", *MINUTE[:3]]
    assert by_hour.columns == ["id", *MINUTE[:4]]
    assert row is not None
    text = "-".join(row[name] for name in MINUTE)
    seen = datetime.strptime(text, "%Y-%m-%d-%H-%M").replace(tzinfo=UTC)
    assert before - timedelta(minutes=1) <= seen <= datetime.now(UTC)
    assert len(text) == len("2026-01-02-03-04")


def test_another_granularity_is_refused_with_the_nearest_one(spark: SparkSession) -> None:
    with pytest.raises(InvalidInputError, match="Did you mean 'minute'"):
        add_ingestion_time_columns(spark.range(1), "minutes")
