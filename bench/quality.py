"""Rules by gluepot against the same rules by Great Expectations called directly.

Run: ``python bench/quality.py [--rows 100000 1000000] [--repeat 3]``. Ten rules over eight columns;
both sides read the same Parquet files anew in one session, by turns, and let their cache go after
each turn; the best of the runs counts. Great Expectations is called as its documentation does: an
ephemeral context, one suite, ``batch.validate`` with the result format that is its default.
Verdicts and counts must be equal. Prints a table and writes ``bench/results/quality.json``.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import great_expectations as gx
from great_expectations.expectations.registry import get_expectation_impl
from pyspark.sql import SparkSession

from gluepot.transforms.quality import evaluate, parse_rules

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

RESULTS = Path(__file__).parent / "results" / "quality.json"
MOST = 1.1
"""The most that our side may cost (ratio)."""
RULES: list[dict[str, Any]] = [
    {"expect": "expect_column_values_to_not_be_null", "column": "id"},
    {"expect": "expect_column_values_to_be_unique", "column": "id"},
    {
        "expect": "expect_column_values_to_be_between",
        "column": "delay",
        "min_value": -60,
        "max_value": 100,
        "mostly": 0.9,
    },
    {
        "expect": "expect_column_values_to_be_in_set",
        "column": "carrier",
        "value_set": ["AA", "B6", "UA"],
    },
    {"expect": "expect_column_values_to_match_regex", "column": "tail", "regex": "^N[0-9]+$"},
    {
        "expect": "expect_column_value_lengths_to_be_between",
        "column": "tail",
        "min_value": 2,
        "max_value": 6,
    },
    {"expect": "expect_column_mean_to_be_between", "column": "distance", "min_value": 1},
    {"expect": "expect_column_values_to_be_between", "column": "day", "min_value": "2013-01-01"},
    {"expect": "expect_column_values_to_not_be_null", "column": "gate", "mostly": 0.5},
    {"expect": "expect_table_row_count_to_be_between", "min_value": 1},
]


@dataclass(frozen=True, kw_only=True)
class Result:
    """Seconds of both sides; ``ratio`` is ours to theirs."""

    rows: int
    ours_seconds: float
    direct_seconds: float
    ratio: float
    verdicts_equal: bool


def write_source(spark: SparkSession, rows: int, folder: str) -> str:
    """Write ``rows`` flights, one in eleven of an unknown carrier, and return where."""
    path = f"{folder}/{rows}"
    made = spark.range(rows).selectExpr(
        "id",
        "cast(hash(id) % 120 as double) AS delay",
        "element_at(array('AA', 'B6', 'UA', 'AA', 'B6', 'UA', 'AA', 'B6', 'UA', 'AA', 'zz'),"
        " cast(id % 11 as int) + 1) AS carrier",
        "concat('N', id % 4000) AS tail",
        "id * 0.5D AS distance",
        "date_add(date'2013-01-01', cast(id % 365 as int)) AS day",
        "if(id % 3 = 0, null, id % 90) AS gate",
        "timestamp_seconds(1357000000 + id) AS departed",
    )
    made.repartition(4).write.parquet(path)
    return path


def ours(frame: DataFrame) -> list[tuple[bool, int | None]]:
    """Evaluate by gluepot; return each verdict and the count of what breaks the rule."""
    result = evaluate(frame, parse_rules(RULES), name="bench")
    return [(rule.passed, rule.unexpected_count) for rule in result.rules]


def direct(frame: DataFrame) -> list[tuple[bool, int | None]]:
    """Evaluate by Great Expectations alone."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]
    asset = context.data_sources.add_spark("spark").add_dataframe_asset("frame")
    definition = asset.add_batch_definition_whole_dataframe("all")
    batch = definition.get_batch(batch_parameters={"dataframe": frame})
    suite = gx.ExpectationSuite(name="bench", expectations=[_expectation(one) for one in RULES])
    found = batch.validate(suite)
    return [(bool(one.success), one.result.get("unexpected_count")) for one in found.results]


def _expectation(rule: dict[str, Any]) -> Any:  # noqa: ANN401
    params = {name: value for name, value in rule.items() if name != "expect"}
    return get_expectation_impl(rule["expect"])(**params)


def measure(spark: SparkSession, path: str, rows: int, repeat: int) -> Result:
    """Run both sides by turns, once more than ``repeat`` to warm up."""
    taken: dict[Any, list[float]] = {ours: [], direct: []}
    found: dict[Any, list[tuple[bool, int | None]]] = {}
    for _ in range(repeat + 1):
        for side in (direct, ours):
            start = time.perf_counter()
            found[side] = side(spark.read.parquet(path))
            taken[side].append(time.perf_counter() - start)
            spark.catalog.clearCache()
    best_ours, best_direct = min(taken[ours][1:]), min(taken[direct][1:])
    return Result(
        rows=rows,
        ours_seconds=round(best_ours, 2),
        direct_seconds=round(best_direct, 2),
        ratio=round(best_ours / best_direct, 2),
        verdicts_equal=found[ours] == found[direct],
    )


def report(results: list[Result]) -> None:
    """Print how time grows with rows, and write everything down."""
    growth = None
    if len(results) > 1:
        first, last = results[0], results[-1]
        times = last.rows / first.rows
        growth = round(math.log(last.ours_seconds / first.ours_seconds) / math.log(times), 2)
    print(f"\ngrowth exponent of ours: {growth}")
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    written = {
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        "great_expectations": gx.__version__,
        "rules": len(RULES),
        "results": [asdict(one) for one in results],
        "growth": growth,
    }
    RESULTS.write_text(json.dumps(written, indent=2) + "\n")
    print(f"written: {RESULTS}")


def main() -> None:
    """Run all sizes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--repeat", type=int, default=3)
    arguments = parser.parse_args()
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("bench-quality").master("local[*]")
    builder = builder.config("spark.ui.enabled", "false")
    builder = builder.config("spark.ui.showConsoleProgress", "false")
    spark = builder.config("spark.sql.shuffle.partitions", "4").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    results = []
    print(f"{'rows':>10}{'ours s':>9}{'direct s':>10}{'ratio':>7}{'most':>6}  verdicts")
    with tempfile.TemporaryDirectory() as folder:
        for rows in arguments.rows:
            path = write_source(spark, rows, folder)
            one = measure(spark, path, rows, arguments.repeat)
            same = "equal" if one.verdicts_equal else "DIFFERENT"
            print(
                f"{rows:>10,}{one.ours_seconds:>9.2f}{one.direct_seconds:>10.2f}"
                f"{one.ratio:>7.2f}{MOST:>6.1f}  {same}",
                flush=True,
            )
            results.append(one)
    report(results)
    spark.stop()


if __name__ == "__main__":
    main()
