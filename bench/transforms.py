"""Transforms against the same work written by hand with DataFrames or Arrow functions.

Run: ``python bench/transforms.py [--rows 1000000 10000000] [--repeat 3]``. Both sides read one
cached DataFrame in one session and write to Spark's ``noop`` sink, by turns; the best of the runs
counts. Python functions are run on ``--python-rows`` at most, as each of them takes minutes beyond.
Prints a line for each case and writes ``bench/results/transforms.json``.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from comparing.turns import by_turns, growth, session, write
from transforming import cases as the_cases
from transforming.cases import PYTHON, cases, source
from transforming.json_reading import measure_json

from gluepot.transforms import DynamicFrame
from gluepot.transforms.kept import letting_go
from gluepot.transforms.shipping import ship

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from transforming.cases import Case, Make


@dataclass(frozen=True, kw_only=True)
class Result:
    """Seconds of both sides; ``ratio`` is ours to theirs."""

    name: str
    rows: int
    ours_seconds: float
    hand_seconds: float
    ratio: float
    most: float


def seconds(make: Make, frame: DataFrame) -> float:
    """Return how long planning and running take."""
    start = time.perf_counter()
    with letting_go():
        make(frame).write.format("noop").mode("overwrite").save()
    return time.perf_counter() - start


def measure(case: Case, frame: DataFrame, rows: int, repeat: int) -> Result:
    """Run both sides by turns, once more than ``repeat`` to warm up."""
    sides = {"hand": case.hand, "ours": case.ours}
    found = by_turns(
        {name: lambda make=make: seconds(make, frame) for name, make in sides.items()},
        repeat,
        lambda: None,
    )
    best_ours, best_hand = found["ours"][0], found["hand"][0]
    return Result(
        name=case.name,
        rows=rows,
        ours_seconds=round(best_ours, 3),
        hand_seconds=round(best_hand, 3),
        ratio=round(best_ours / best_hand, 2),
        most=case.most,
    )


def near_duplicates(spark: SparkSession, rows: int) -> float:
    """Return the seconds that near duplicates of ``rows`` persons take; half of them are."""
    person = "concat(sha1(cast(id div 2 as string)), ' ', id % 2) AS name"
    people = spark.range(rows).selectExpr("id", person).repartition(4, "id").cache()
    people.count()
    taken = seconds(
        lambda d: DynamicFrame(d).drop_duplicates(keys=["name"], max_edits=2).toDF(), people
    )
    people.unpersist()
    return round(taken, 2)


def growths(results: list[Result]) -> dict[str, float]:
    """Return for each transform how its time grows from the fewest rows to the most."""
    found = {}
    for name in dict.fromkeys(one.name for one in results):
        grown = growth([(one.rows, one.ours_seconds) for one in results if one.name == name])
        if grown is not None:
            found[name] = grown
    return found


def line(one: Result) -> str:
    """Return a result as a line of the table."""
    mark = "" if one.ratio <= one.most else " over"
    return (
        f"{one.name:<34}{one.rows:>10,}{one.ours_seconds:>9.3f}{one.hand_seconds:>9.3f}"
        f"{one.ratio:>7.2f}{one.most:>6.1f}{mark}"
    )


def main() -> None:
    """Run all cases at all sizes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--python-rows", type=int, default=1_000_000)
    parser.add_argument("--near-rows", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--only", default="", help="cases whose name holds this")
    arguments = parser.parse_args()
    ship(the_cases)  # executors do not have this folder on their path
    spark = session("transforms")
    customers = spark.range(1000).selectExpr("cast(id as int) AS customer", "id * 2 AS score")
    results = []
    print(f"{'transform':<34}{'rows':>10}{'ours s':>9}{'hand s':>9}{'ratio':>7}{'most':>6}")
    for rows in arguments.rows:
        frame = source(spark, rows)
        for case in cases(customers):
            if arguments.only in case.name and (
                case.most < PYTHON or rows <= arguments.python_rows
            ):
                results.append(measure(case, frame, rows, arguments.repeat))
                print(line(results[-1]), flush=True)
        frame.unpersist()
    read = [measure_json(spark, rows, arguments.repeat) for rows in arguments.rows]
    near = {rows: near_duplicates(spark, rows) for rows in arguments.near_rows}
    report(results, near, read)
    spark.stop()


def report(results: list[Result], near: dict[int, float], read: list[dict[str, float]]) -> None:
    """Print how near duplicates grow, and write everything down."""
    for name, growth_of in growths(results).items():
        print(f"{name:<34} growth exponent {growth_of}")
    grown = growth(list(near.items()))
    print(f"\nnear duplicates, max_edits=2: {near} seconds by rows; growth exponent {grown}")
    written = {
        "transforms": [asdict(one) for one in results],
        "json_with_choices": read,
        "growth": growths(results),
        "near_duplicates_seconds": near,
        "near_duplicates_growth": grown,
    }
    write("transforms", written)


if __name__ == "__main__":
    main()
