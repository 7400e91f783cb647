"""Reading JSON whose fields differ in type, beside Spark's own reader of the same files."""

from __future__ import annotations

import tempfile
import time
from typing import TYPE_CHECKING

from gluepot.jobs.context import GlueContext
from gluepot.transforms.kept import letting_go

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import DataFrame, SparkSession

MOST = 2.5
"""The most that reading with choices may cost (ratio)."""


def measure_json(spark: SparkSession, rows: int, repeat: int) -> dict[str, float]:
    """Return the seconds of both readers over the same lines, and print them."""
    with tempfile.TemporaryDirectory() as folder:
        write_lines(spark, rows, folder)
        context = GlueContext(spark)

        def ours() -> DataFrame:
            return context.create_dynamic_frame.from_options(
                "file", {"paths": [folder]}, "json"
            ).toDF()

        theirs, mine = [], []
        for _ in range(repeat + 1):
            theirs.append(seconds(lambda: spark.read.json(folder)))
            mine.append(seconds(ours))
    best_ours, best_theirs = min(mine[1:]), min(theirs[1:])
    ratio = round(best_ours / best_theirs, 2)
    mark = "" if ratio <= MOST else " over"
    print(
        f"{'JSON with choices':<34}{rows:>10,}{best_ours:>9.3f}{best_theirs:>9.3f}"
        f"{ratio:>7.2f}{MOST:>6.1f}{mark}",
        flush=True,
    )
    return {
        "rows": rows,
        "ours_seconds": round(best_ours, 3),
        "spark_seconds": round(best_theirs, 3),
        "ratio": ratio,
    }


def write_lines(spark: SparkSession, rows: int, folder: str) -> None:
    """Write documents of eight fields: a number that is a text at times, a struct, an array."""
    made = spark.range(rows).selectExpr(
        "to_json(named_struct('id', id, 'name', concat('name ', id % 5000), 'amount', id * 0.5D,"
        " 'day', cast(date_add(date'2024-01-01', cast(id % 365 as int)) as string),"
        " 'address', named_struct('street', concat('street ', id % 90), 'zip', id % 9000),"
        " 'items', array(named_struct('sku', id % 7, 'price', 1.5D)), 'open', id % 2 = 0))"
        " AS value",
        "id",
    )
    provider = "if(id % 1000 = 0, '\"unknown\"', cast(id as string))"
    lines = made.selectExpr(
        f"concat('{{\"provider\":', {provider}, ',', substring(value, 2)) AS value"
    )
    lines.repartition(4).write.mode("overwrite").text(folder)


def seconds(make: Callable[[], DataFrame]) -> float:
    """Return how long planning, with all that it reads, and reading take."""
    start = time.perf_counter()
    with letting_go():
        make().write.format("noop").mode("overwrite").save()
    return time.perf_counter() - start
