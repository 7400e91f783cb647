"""Fifty rules over twenty columns: DQDL by gluepot against Great Expectations alone.

Run: ``python bench/quality.py [--rows 1000000 10000000] [--repeat 2]``. Both sides read the same
Parquet files anew in one session, by turns; the best of the runs counts. Great Expectations is
called as its documentation does: an ephemeral context, one suite, ``batch.validate``. Verdicts must
be equal, or the bench fails. How often our side reads the files is counted in the plans that Spark
has run. Prints a table and writes ``bench/results/quality.json``.

PyDeequ is not measured: release 1.7.0 asks for ``com.amazon.deequ:deequ:2.0.18-spark-4.1``, which
Maven Central did not have in November 2026 (404), and deequ's builds for Spark 3.5 are of another
Scala than Spark 4.1.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import great_expectations as gx
from comparing.rules import COLUMNS, RULES, RULESET
from comparing.turns import by_turns, growth, session, write
from great_expectations.expectations.registry import get_expectation_impl

from gluepot.transforms.quality.dqdl import parse_ruleset
from gluepot.transforms.quality.running import evaluate_ruleset

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

LEAST_TIMES = 5.0
"""How many times faster our side must be."""
MOST_GROWTH = 1.05
MOST_PASSES = 3
OURS, DIRECT = "gluepot", "great_expectations"


@dataclass(frozen=True, kw_only=True)
class Result:
    """Seconds of each side, how many times faster ours is, and what our side did."""

    rows: int
    seconds: dict[str, float]
    times_faster: float
    passes: int
    different: tuple[str, ...]


def ours(frame: DataFrame) -> list[bool]:
    """Evaluate by gluepot, from the text on."""
    return [rule.passed for rule in evaluate_ruleset(frame, parse_ruleset(RULESET)).result.rules]


def direct(frame: DataFrame) -> list[bool]:
    """Evaluate by Great Expectations alone."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]
    asset = context.data_sources.add_spark("spark").add_dataframe_asset("frame")
    definition = asset.add_batch_definition_whole_dataframe("all")
    batch = definition.get_batch(batch_parameters={"dataframe": frame})
    expectations = [
        get_expectation_impl(rule.expect)(**rule.parameters, meta={"number": number})
        for number, rule in enumerate(RULES)
    ]
    found = batch.validate(gx.ExpectationSuite(name="bench", expectations=expectations))
    # The results are in an order of their own.
    verdicts = {one.expectation_config.meta["number"]: bool(one.success) for one in found.results}
    return [verdicts[number] for number in range(len(RULES))]


def scans(spark: SparkSession, path: str) -> int:
    """Return how often our side reads the files, as the plans of its queries have it."""
    store = spark._jsparkSession.sharedState().statusStore()  # noqa: SLF001 - no other way
    spark.sparkContext._jsc.sc().listenerBus().waitUntilEmpty()  # type: ignore[union-attr] # noqa: SLF001
    before = store.executionsCount()
    ours(spark.read.parquet(path))
    spark.sparkContext._jsc.sc().listenerBus().waitUntilEmpty()  # type: ignore[union-attr] # noqa: SLF001
    run = store.executionsList(before, store.executionsCount() - before)
    plans = [run.apply(at).physicalPlanDescription() for at in range(run.size())]
    # Adaptive plans tell the plan that was run, then the first one, then details of both.
    trees = [re.split(r"== Initial Plan ==|\n\n", plan)[0] for plan in plans]
    return sum(tree.count("Scan parquet") for tree in trees)


def measure(spark: SparkSession, path: str, rows: int, repeat: int) -> Result:
    """Run both sides by turns on the files at ``path``."""
    sides = {DIRECT: direct, OURS: ours}
    found = by_turns(
        {name: lambda side=side: side(spark.read.parquet(path)) for name, side in sides.items()},
        repeat,
        spark.catalog.clearCache,
    )
    return Result(
        rows=rows,
        seconds={name: round(seconds, 2) for name, (seconds, _) in found.items()},
        times_faster=round(found[DIRECT][0] / found[OURS][0], 2),
        passes=scans(spark, path),
        different=tuple(
            rule.dqdl
            for rule, mine, theirs in zip(RULES, found[OURS][1], found[DIRECT][1], strict=True)
            if mine != theirs
        ),
    )


def line(one: Result) -> str:
    """Return a result as a line of the table."""
    return (
        f"{one.rows:>12,}{one.seconds[OURS]:>9.2f}{one.seconds[DIRECT]:>9.2f}"
        f"{one.times_faster:>7.1f}{one.passes:>8}  {'DIFFERENT' if one.different else 'equal'}"
    )


def main() -> None:
    """Run all sizes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--repeat", type=int, default=2)
    arguments = parser.parse_args()
    spark = session("quality")
    results: list[Result] = []
    print(f"{'rows':>12}{'ours s':>9}{'GX s':>9}{'times':>7}{'passes':>8}  verdicts")
    with tempfile.TemporaryDirectory() as folder:
        for rows in arguments.rows:
            path = f"{folder}/{rows}"
            spark.range(rows).selectExpr(*COLUMNS).repartition(4).write.parquet(path)
            results.append(measure(spark, path, rows, arguments.repeat))
            print(line(results[-1]), flush=True)
    spark.stop()
    grown = growth([(one.rows, one.seconds[OURS]) for one in results])
    print(f"\ngrowth exponent of ours: {grown} (at most {MOST_GROWTH})")
    figures = {
        "great_expectations": gx.__version__,
        "rules": len(RULES),
        "columns": len(COLUMNS),
        "bounds": {"times": LEAST_TIMES, "growth": MOST_GROWTH, "passes": MOST_PASSES},
        "results": [asdict(one) for one in results],
        "growth": grown,
    }
    write("quality", figures)
    different = [text for one in results for text in one.different]
    if different:
        sys.exit(f"verdicts differ: {'; '.join(different)}")


if __name__ == "__main__":
    main()
