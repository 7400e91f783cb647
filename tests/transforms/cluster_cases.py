"""What runs code of ours on executors, on a cluster whose executors have none of it installed."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812

from gluepot.jobs.context import GlueContext
from gluepot.transforms import (
    FillMissingValues,
    Filter,
    Map,
    Relationalize,
    Unbox,
)
from gluepot.transforms.quality.running.asks import Grouping
from gluepot.transforms.quality.running.frame import Frame
from gluepot.transforms.quality.running.hashed_groups import counts_by_hash

RECORDS = 40


def cases(spark: SparkSession, folder: Path) -> dict[str, Any]:
    """Return figures of each kind of transform."""
    context = GlueContext(spark)
    source = folder / "source"
    source.mkdir()
    for part in range(4):
        numbers = range(part, RECORDS, 4)
        lines = [
            {"n": n, "code": n if n % 3 else str(n), "row": f"{n},1", "items": [{"i": n}, {"i": 0}]}
            for n in numbers
        ]
        (source / f"{part}.json").write_text("\n".join(json.dumps(line) for line in lines))
    frame = context.create_dynamic_frame.from_options(
        "s3", {"paths": [str(source)]}, format="json"
    ).repartition(2)
    mapped = Map.apply(frame, lambda each: {"n": each["n"], "half": each["n"] / 1}).toDF()
    failing = Map.apply(frame, lambda each: {"x": 1 / (each["n"] // 2)})
    boxed = Unbox.apply(frame, "row", "csv").toDF()
    parts = Relationalize.apply(frame, str(folder / "staging"), "root")
    gaps = [{"x": at, "y": None if at % 10 == 5 else 2.0 * at} for at in range(RECORDS)]
    filled = FillMissingValues.apply(context.create_dynamic_frame.from_rdd(gaps, "gaps"), "y", "z")
    return {
        "executors": spark.sparkContext._jsc.sc().getExecutorMemoryStatus().size() - 1,
        "kept": Filter.apply(frame, lambda each: each.n >= RECORDS // 2).count(),
        "mapped": list(mapped.agg(F.count("*"), F.sum("half")).collect()[0]),
        "failed": failing.errorsCount(),
        "choice": [dict(frame.toDF().dtypes)["code"], frame.count()],
        "boxed": [sorted(boxed.select("row.*").columns)[:2], boxed.count()],
        "items": [parts.select(name).count() for name in ("root", "root_items")],
        "hashed": distinct(spark),
        "filled": [filled.count(), filled.toDF().where("z is null").count()],
    }


def distinct(spark: SparkSession) -> list[int]:
    """Return how many values two columns have, counted by hashes."""
    frame = Frame(spark.range(RECORDS).selectExpr("id", "concat('c', id % 10) AS code"))
    groupings = [Grouping(columns=(name,)) for name in ("id", "code")]
    found = counts_by_hash(frame, groupings, 1, lambda: None)
    return [found[each].distinct for each in groupings]


def main() -> None:
    """Run the cases on the cluster at a master and print what they give."""
    master, folder = sys.argv[1], Path(sys.argv[2])
    spark = (
        SparkSession.builder.master(master)
        .config("spark.executor.memory", "512m")
        .config("spark.executor.extraJavaOptions", "-XX:TieredStopAtLevel=1")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.scheduler.minRegisteredResourcesRatio", "1.0")
        .getOrCreate()
    )
    print(json.dumps(cases(spark, folder)))  # noqa: T201
    spark.stop()


if __name__ == "__main__":
    main()
