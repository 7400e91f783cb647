"""Rows of every type, with everything that goes wrong in each, for Spark and for its judges."""

from __future__ import annotations

import datetime as dt
import math
import random
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

SCHEMA = (
    "id bigint, region string, small int, real double, single float, price decimal(12, 3),"
    " name string, code string, on_time boolean, day date, at timestamp, local timestamp_ntz,"
    " raw binary, tags array<string>, nothing double"
)
NAMES = ("id", "small", "real", "price")
"""Columns of numbers that correlate or do not."""
_WORDS = ("Ängström", "日本", "", "  ", "naïve café", "plain", "😀 smile", "line\nbreak", "O'Neil")
COUNT = 1_200


def rows(count: int = COUNT, *, seed: int = 11) -> list[tuple[Any, ...]]:
    """Return rows by their number, the same ones each time."""
    source = random.Random(seed)  # noqa: S311 - made-up rows
    return [_row(source, number) for number in range(count)]


def _row(source: random.Random, number: int) -> tuple[Any, ...]:
    def maybe(value: object, share: float = 0.1) -> Any:  # noqa: ANN401
        return None if source.random() < share else value

    small = source.randrange(-5, 40)
    real = (
        source.choice((math.nan, math.inf, -math.inf, -0.0))
        if number % 97 == 0
        else (small * 2 + source.gauss(0, 3))
    )
    moment = dt.datetime(2024, 3, 31, tzinfo=dt.UTC) + dt.timedelta(
        minutes=37 * number, seconds=0.25
    )
    return (
        number * 7 + 1,
        source.choice(("north", "south", "naïve", None)),
        maybe(small),
        maybe(real),
        maybe(source.gauss(0, 1e6)),
        maybe(Decimal(source.randrange(-(10**9), 10**9)).scaleb(-3)),
        maybe(source.choice(_WORDS) + (str(number) if source.random() < 0.4 else "")),
        maybe(f"{'AB'[number % 2]}{source.randrange(10, 99)}-{source.choice('xyz')}"),
        maybe(source.random() < 0.3),
        maybe(dt.date(1969, 12, 1) + dt.timedelta(days=source.randrange(400))),
        maybe(moment),
        maybe(moment.replace(tzinfo=None)),
        maybe(source.randbytes(source.randrange(0, 6))),
        maybe(["a"] * source.randrange(3)),
        None,
    )


def frame(spark: SparkSession, found: list[tuple[Any, ...]]) -> DataFrame:
    """Return rows as a DataFrame."""
    return spark.createDataFrame(found, SCHEMA)
