"""Frames that tests of rules share, and the same rows for the libraries that judge them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

SCHEMA = (
    "flight int, carrier string, dep_delay double, price decimal(10, 2), day date,"
    " departed timestamp, on_time boolean, nothing string, plane struct<tail: string, seats: int>"
)
ROWS: list[tuple[Any, ...]] = [
    (
        number,
        ("UA", "AA", "B6", "zz")[number % 4] if number % 10 else None,
        None if number % 7 == 0 else float(number % 50 - 10),
        Decimal(number) / 4,
        dt.date(2013, 1, 1) + dt.timedelta(days=number % 31),
        dt.datetime(2013, 1, 1) + dt.timedelta(minutes=number),  # noqa: DTZ001 - Spark's are naive
        number % 3 == 0,
        None,
        (f"N{number % 5}", number % 200),
    )
    for number in range(1, 201)
]


def flights(spark: SparkSession) -> DataFrame:
    """Return 200 made-up flights: nulls in two columns, one column all null, one struct."""
    return spark.createDataFrame(ROWS, SCHEMA)
