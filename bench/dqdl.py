"""Fifty rules over twenty columns: DQDL by gluepot against the same by Great Expectations alone.

Run: ``python bench/dqdl.py [--rows 1000000 10000000] [--repeat 2]``. Both sides read the same
Parquet files anew in one session, by turns; the best of the runs counts. Great Expectations is
called as its documentation does: an ephemeral context, one suite, ``batch.validate``. Verdicts must
be equal. Prints a table and writes ``bench/results/dqdl.json``.
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

from gluepot.transforms.quality.dqdl import parse_ruleset
from gluepot.transforms.quality.running import evaluate_ruleset

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

RESULTS = Path(__file__).parent / "results" / "dqdl.json"
LEAST_TIMES = 5.0
"""How many times faster our side must be."""
MOST_GROWTH = 1.05
MOST_PASSES = 3
KINDS = ("'air'", "'sea'", "'road'", "'rail'")
COLUMNS = (
    "id",
    *(f"cast(pmod(hash(id, {at}), 1000) as int) AS n{at}" for at in range(6)),
    *(f"pmod(hash(id, {at}), 10000) / 7.0D AS x{at}" for at in range(5)),
    *(
        f"element_at(array({', '.join(KINDS)}), cast(pmod(hash(id, {at}), 4) as int) + 1) AS k{at}"
        for at in range(4)
    ),
    "concat('N', pmod(hash(id), 9000) + 1000) AS tail",
    "concat('c', id) AS code",
    "date_add(date'2020-01-01', cast(id % 900 as int)) AS day",
    "if(id % 50 = 0, null, id % 90) AS gate",
)
NAMES = tuple(column.rpartition(" ")[2] for column in COLUMNS)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule in both languages."""

    dqdl: str
    expect: str
    parameters: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Result:
    """Seconds of both sides, and how many times faster ours is."""

    rows: int
    ours_seconds: float
    direct_seconds: float
    times_faster: float
    passes: int
    verdicts_equal: bool


def rules() -> list[Rule]:
    """Return the fifty rules, of which a few do not hold."""
    found = [
        _rule(f'IsComplete "{name}"', "column_values_to_not_be_null", column=name) for name in NAMES
    ]
    found += [
        _rule(f'IsUnique "{name}"', "column_values_to_be_unique", column=name)
        for name in ("id", "code", "n0", "tail")
    ]
    for at in range(6):
        low, high = (-1, 1000) if at else (10, 1000)
        found.append(
            _rule(
                f'ColumnValues "n{at}" between {low} and {high}',
                "column_values_to_be_between",
                column=f"n{at}",
                min_value=low + 1,
                max_value=high - 1,
            )
        )
    for at in range(5):
        low, high = -0.5, 1429.5
        name = f"x{at}"
        bounds = {"min_value": low, "max_value": high}
        between = f'ColumnValues "{name}" between {low} and {high}'
        found.append(_rule(between, "column_values_to_be_between", column=name, **bounds))
        mean = {"min_value": 600, "max_value": 800, "strict_min": True, "strict_max": True}
        found.append(
            _rule(f'Mean "{name}" between 600 and 800', "column_mean_to_be_between", column=name)
            if at == 0
            else _rule(
                f'Mean "{name}" between 600 and 800',
                "column_mean_to_be_between",
                column=name,
                **mean,
            )
        )
    for at in range(4):
        found.append(
            _rule(
                f'ColumnValues "k{at}" in ["air","sea","road","rail"]',
                "column_values_to_be_in_set",
                column=f"k{at}",
                value_set=["air", "sea", "road", "rail"],
            )
        )
    found += [
        _rule(
            'ColumnValues "tail" matches "N[0-9]{4}"',
            "column_values_to_match_regex",
            column="tail",
            regex="^N[0-9]{4}$",
        ),
        _rule(
            'ColumnValues "code" matches "c[0-9]+"',
            "column_values_to_match_regex",
            column="code",
            regex="^c[0-9]+$",
        ),
        _rule(
            'ColumnLength "tail" = 5',
            "column_value_lengths_to_equal",
            column="tail",
            value=5,
        ),
        _rule(
            'ColumnLength "code" between 1 and 20',
            "column_value_lengths_to_be_between",
            column="code",
            min_value=2,
            max_value=19,
        ),
        _rule(
            'ColumnValues "day" >= "2020-01-01"',
            "column_values_to_be_between",
            column="day",
            min_value="2020-01-01",
        ),
        _rule("RowCount > 0", "table_row_count_to_be_between", min_value=1),
    ]
    return found


def _rule(dqdl: str, expect: str, **parameters: Any) -> Rule:  # noqa: ANN401
    if expect == "column_mean_to_be_between" and "min_value" not in parameters:
        parameters |= {"min_value": 600, "max_value": 800}
    return Rule(dqdl=dqdl, expect=f"expect_{expect}", parameters=parameters)


RULES = rules()
RULESET = f"Rules = [ {', '.join(rule.dqdl for rule in RULES)} ]"


def ours(frame: DataFrame) -> tuple[list[bool], int]:
    """Evaluate by gluepot, from the text on; return each verdict, and the passes."""
    found = evaluate_ruleset(frame, parse_ruleset(RULESET)).result
    return [rule.passed for rule in found.rules], found.passes.total


def direct(frame: DataFrame) -> tuple[list[bool], int]:
    """Evaluate by Great Expectations alone."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]
    asset = context.data_sources.add_spark("spark").add_dataframe_asset("frame")
    definition = asset.add_batch_definition_whole_dataframe("all")
    batch = definition.get_batch(batch_parameters={"dataframe": frame})
    expectations = [
        get_expectation_impl(rule.expect)(**_typed(rule.parameters), meta={"number": number})
        for number, rule in enumerate(RULES)
    ]
    found = batch.validate(gx.ExpectationSuite(name="bench", expectations=expectations))
    # The results are in an order of their own.
    verdicts = {one.expectation_config.meta["number"]: bool(one.success) for one in found.results}
    return [verdicts[number] for number in range(len(RULES))], 0


def _typed(parameters: dict[str, Any]) -> dict[str, Any]:
    import datetime as dt  # noqa: PLC0415 - one rule has a date

    low = parameters.get("min_value")
    if isinstance(low, str):
        return parameters | {"min_value": dt.date.fromisoformat(low)}
    return parameters


def measure(spark: SparkSession, path: str, rows: int, repeat: int) -> Result:
    """Run both sides by turns, once more than ``repeat`` to warm up."""
    taken: dict[Any, list[float]] = {ours: [], direct: []}
    found: dict[Any, tuple[list[bool], int]] = {}
    for _ in range(repeat + 1):
        for side in (direct, ours):
            start = time.perf_counter()
            found[side] = side(spark.read.parquet(path))
            taken[side].append(time.perf_counter() - start)
            spark.catalog.clearCache()
    best_ours, best_direct = min(taken[ours][1:]), min(taken[direct][1:])
    different = [
        rule.dqdl
        for rule, mine, theirs in zip(RULES, found[ours][0], found[direct][0], strict=True)
        if mine != theirs
    ]
    for text in different:
        print(f"different verdicts: {text}")
    return Result(
        rows=rows,
        ours_seconds=round(best_ours, 2),
        direct_seconds=round(best_direct, 2),
        times_faster=round(best_direct / best_ours, 2),
        passes=found[ours][1],
        verdicts_equal=not different,
    )


def report(results: list[Result]) -> None:
    """Print how time grows with rows, and write everything down."""
    growth = None
    if len(results) > 1:
        first, last = results[0], results[-1]
        times = last.rows / first.rows
        growth = round(math.log(last.ours_seconds / first.ours_seconds) / math.log(times), 2)
    print(f"\ngrowth exponent of ours: {growth} (at most {MOST_GROWTH})")
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    written = {
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        "great_expectations": gx.__version__,
        "rules": len(RULES),
        "columns": len(COLUMNS),
        "bounds": {"times": LEAST_TIMES, "growth": MOST_GROWTH, "passes": MOST_PASSES},
        "results": [asdict(one) for one in results],
        "growth": growth,
    }
    RESULTS.write_text(json.dumps(written, indent=2) + "\n")
    print(f"written: {RESULTS}")


def main() -> None:
    """Run all sizes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--repeat", type=int, default=2)
    arguments = parser.parse_args()
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("bench-dqdl").master("local[*]")
    builder = builder.config("spark.ui.enabled", "false").config("spark.driver.memory", "6g")
    builder = builder.config("spark.ui.showConsoleProgress", "false")
    spark = builder.config("spark.sql.shuffle.partitions", "4").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    results = []
    print(f"{'rows':>12}{'ours s':>9}{'direct s':>10}{'times':>7}{'passes':>8}  verdicts")
    with tempfile.TemporaryDirectory() as folder:
        for rows in arguments.rows:
            path = f"{folder}/{rows}"
            spark.range(rows).selectExpr(*COLUMNS).repartition(4).write.parquet(path)
            one = measure(spark, path, rows, arguments.repeat)
            same = "equal" if one.verdicts_equal else "DIFFERENT"
            print(
                f"{rows:>12,}{one.ours_seconds:>9.2f}{one.direct_seconds:>10.2f}"
                f"{one.times_faster:>7.1f}{one.passes:>8}  {same}",
                flush=True,
            )
            results.append(one)
    report(results)
    spark.stop()


if __name__ == "__main__":
    main()
