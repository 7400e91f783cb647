"""Transforms against the same work written by hand with DataFrames or Arrow functions.

Run: ``python bench/transforms.py [--rows 100000 1000000] [--repeat 3]``. Both sides read one cached
DataFrame in one session and write to Spark's ``noop`` sink, by turns; the best of the runs counts.
Prints a table for each size and writes ``bench/results/transforms.json``.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyspark.sql import SparkSession, Window
from pyspark.sql import functions as F  # noqa: N812

from gluepot.transforms import DynamicFrame
from gluepot.transforms.kept import letting_go

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pyspark.sql import DataFrame

    Make = Callable[[DataFrame], DataFrame]

RESULTS = Path(__file__).parent / "results" / "transforms.json"
BUILT_IN, PYTHON = 1.1, 1.5
"""The most that a built-in transform, and one with a Python function, may cost (ratio)."""
LEAST_AMOUNT = 1000


@dataclass(frozen=True, kw_only=True)
class Case:
    """One transform, and the same work by hand."""

    name: str
    ours: Make
    hand: Make
    most: float = BUILT_IN


@dataclass(frozen=True, kw_only=True)
class Result:
    """Seconds of both sides; ``ratio`` is ours to theirs."""

    name: str
    rows: int
    ours_seconds: float
    hand_seconds: float
    ratio: float
    most: float


def source(spark: SparkSession, rows: int) -> DataFrame:
    """Return ``rows`` orders: scalars, a struct, an array of structs and a column of nulls."""
    made = spark.range(rows).selectExpr(
        "id",
        "cast(id % 1000 as int) AS customer",
        "concat('name ', id % 5000) AS name",
        "id * 0.5D AS amount",
        "date_add(date'2024-01-01', cast(id % 365 as int)) AS day",
        "named_struct('street', concat('street ', id % 90), 'zip', cast(id % 9000 as string))"
        " AS address",
        "array(named_struct('sku', id % 7, 'price', 1.5D)) AS items",
        "cast(null as string) AS nothing",
    )
    made = made.repartition(4, "id").cache()
    made.count()
    return made


def is_big(record: Any) -> bool:  # noqa: ANN401
    """Stand for a user's condition."""
    return bool(record["amount"] > LEAST_AMOUNT and record["name"] != "name 7")


def priced(record: Any) -> Any:  # noqa: ANN401
    """Stand for a user's change of a record."""
    record["gross"] = record["amount"] * 1.2
    record["name"] = record["name"].upper()
    del record["nothing"]
    return record


def hand_filter(frame: DataFrame) -> DataFrame:
    """Filter as one would with a plain Arrow function."""

    def run(batches: Iterable[pa.RecordBatch]) -> Iterable[pa.RecordBatch]:
        for batch in batches:
            mask = [is_big(record) for record in batch.to_pylist()]
            yield batch.filter(pa.array(mask, pa.bool_()))

    return frame.mapInArrow(run, frame.schema)


def hand_map(frame: DataFrame) -> DataFrame:
    """Map as one would with a plain Arrow function and a known schema."""
    from pyspark.sql.pandas.types import to_arrow_schema  # noqa: PLC0415

    schema = mapped_schema(frame)
    arrow = to_arrow_schema(schema)

    def run(batches: Iterable[pa.RecordBatch]) -> Iterable[pa.RecordBatch]:
        for batch in batches:
            records = [priced(record) for record in batch.to_pylist()]
            yield pa.RecordBatch.from_pylist(records, schema=arrow)

    return frame.mapInArrow(run, schema)


def mapped_schema(frame: DataFrame) -> Any:  # noqa: ANN401
    """Return the schema that ``priced`` gives."""
    return frame.drop("nothing").withColumn("gross", F.lit(1.0)).schema


def first_by_name(frame: DataFrame) -> DataFrame:
    """Keep the row with the lowest id of each name, by hand."""
    rank = F.row_number().over(Window.partitionBy("name").orderBy("id"))
    return frame.withColumn("rank", rank).where("rank = 1").drop("rank")


def drop_null_by_hand(frame: DataFrame) -> DataFrame:
    """Drop columns that are null everywhere, by hand."""
    row = frame.agg(*(F.count(name).alias(name) for name in frame.columns)).first()
    empty = [name for name in frame.columns if row is not None and row[name] == 0]
    return frame.drop(*empty)


MAPPINGS = [
    ("id", "long", "order.id", "string"),
    ("amount", "double", "order.amount", "decimal(12,2)"),
    ("address.zip", "string", "zip", "int"),
    ("name", "name"),
]


def mapping_by_hand(frame: DataFrame) -> DataFrame:
    """Do the work of MAPPINGS with columns."""
    amount = F.col("amount").try_cast("decimal(12,2)").alias("amount")
    order = F.struct(F.col("id").try_cast("string").alias("id"), amount)
    return frame.select(
        order.alias("order"), F.col("address.zip").try_cast("int").alias("zip"), "name"
    )


def cases(customers: DataFrame) -> list[Case]:
    """Return every case; ``customers`` is the other side of the join."""
    of, other = DynamicFrame, DynamicFrame(customers)
    joined = {"customer": ".customer"}
    return [
        Case(
            name="DropFields (nested, in arrays)",
            ours=lambda d: of(d).drop_fields(["nothing", "address.zip", "items.price"]).toDF(),
            hand=lambda d: (
                d.drop("nothing")
                .withColumn("address", F.col("address").dropFields("zip"))
                .withColumn("items", F.transform("items", lambda item: item.dropFields("price")))
            ),
        ),
        Case(
            name="SelectFields",
            ours=lambda d: of(d).select_fields(["id", "name"]).toDF(),
            hand=lambda d: d.select("id", "name"),
        ),
        Case(
            name="RenameField",
            ours=lambda d: of(d).rename_field("name", "label").toDF(),
            hand=lambda d: d.withColumnRenamed("name", "label"),
        ),
        Case(
            name="ApplyMapping",
            ours=lambda d: of(d).apply_mapping(MAPPINGS).toDF(),
            hand=mapping_by_hand,
        ),
        Case(
            name="DropNullFields (all_null)",
            ours=lambda d: of(d).drop_null_fields(all_null=True).toDF(),
            hand=drop_null_by_hand,
        ),
        Case(
            name="Filter (SQL)",
            ours=lambda d: of(d).filter("amount > 1000 AND name <> 'name 7'").toDF(),
            hand=lambda d: d.where("amount > 1000 AND name <> 'name 7'"),
        ),
        Case(
            name="Map (SQL)",
            ours=lambda d: of(d).map({"gross": "amount * 1.2", "name": "upper(name)"}).toDF(),
            hand=lambda d: d.withColumns(
                {"gross": F.expr("amount * 1.2"), "name": F.upper("name")}
            ),
        ),
        Case(
            name="Join",
            ours=lambda d: of(d).join(["customer"], ["customer"], other).toDF(),
            hand=lambda d: d.withColumnsRenamed(joined).join(
                customers, F.col("`.customer`") == customers["customer"]
            ),
        ),
        Case(
            name="Union",
            ours=lambda d: of(d).union(of(d)).toDF(),
            hand=lambda d: d.unionByName(d),
        ),
        Case(
            name="DropDuplicates (one key)",
            ours=lambda d: of(d).drop_duplicates(keys=["name"], keep="lowest id").toDF(),
            hand=first_by_name,
        ),
        Case(
            name="Filter (Python)",
            ours=lambda d: of(d).filter(is_big).toDF(),
            hand=hand_filter,
            most=PYTHON,
        ),
        Case(
            name="Map (Python, schema given)",
            ours=_map_with_schema,
            hand=hand_map,
            most=PYTHON,
        ),
        Case(
            name="Map (Python, schema inferred)",
            ours=lambda d: of(d).map(priced).toDF(),
            hand=hand_map,
            most=PYTHON,
        ),
    ]


def _map_with_schema(frame: DataFrame) -> DataFrame:
    from gluepot.transforms import Map  # noqa: PLC0415

    return Map.apply(DynamicFrame(frame), priced, schema=mapped_schema(frame)).toDF()


def seconds(make: Make, frame: DataFrame) -> float:
    """Return how long planning and running take."""
    start = time.perf_counter()
    with letting_go():
        make(frame).write.format("noop").mode("overwrite").save()
    return time.perf_counter() - start


def measure(case: Case, frame: DataFrame, rows: int, repeat: int) -> Result:
    """Run both sides by turns, once more than ``repeat`` to warm up."""
    ours, hand = [], []
    for _ in range(repeat + 1):
        hand.append(seconds(case.hand, frame))
        ours.append(seconds(case.ours, frame))
    best_ours, best_hand = min(ours[1:]), min(hand[1:])
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


def exponent(small: float, large: float, times: float) -> float:
    """Return how time grows with rows: 1 is in step with them."""
    return round(math.log(large / small) / math.log(times), 2)


def table(results: list[Result]) -> None:
    """Print the results of one size."""
    print(f"{'transform':<34}{'rows':>10}{'ours s':>9}{'hand s':>9}{'ratio':>7}{'most':>6}")
    for one in results:
        mark = "" if one.ratio <= one.most else " over"
        print(
            f"{one.name:<34}{one.rows:>10,}{one.ours_seconds:>9.3f}{one.hand_seconds:>9.3f}"
            f"{one.ratio:>7.2f}{one.most:>6.1f}{mark}",
            flush=True,
        )


def main() -> None:
    """Run all cases at all sizes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--near-rows", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--only", default="", help="cases whose name holds this")
    arguments = parser.parse_args()
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("bench-transforms").master("local[*]")
    builder = builder.config("spark.ui.enabled", "false")
    builder = builder.config("spark.ui.showConsoleProgress", "false")
    spark = builder.config("spark.sql.shuffle.partitions", "4").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    customers = spark.range(1000).selectExpr("cast(id as int) AS customer", "id * 2 AS score")
    results = []
    for rows in arguments.rows:
        frame = source(spark, rows)
        chosen = [case for case in cases(customers) if arguments.only in case.name]
        found = [measure(case, frame, rows, arguments.repeat) for case in chosen]
        table(found)
        results += found
        frame.unpersist()
    near = {rows: near_duplicates(spark, rows) for rows in arguments.near_rows}
    report(results, near)
    spark.stop()


def report(results: list[Result], near: dict[int, float]) -> None:
    """Print how near duplicates grow, and write everything down."""
    least, most = min(near), max(near)
    growth = exponent(near[least], near[most], most / least) if least != most else None
    print(f"\nnear duplicates, max_edits=2: {near} seconds by rows; growth exponent {growth}")
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    written = {
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        "transforms": [asdict(one) for one in results],
        "near_duplicates_seconds": near,
        "near_duplicates_growth": growth,
    }
    RESULTS.write_text(json.dumps(written, indent=2) + "\n")
    print(f"written: {RESULTS}")


if __name__ == "__main__":
    main()
