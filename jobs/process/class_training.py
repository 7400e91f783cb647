"""The session whose classes go into the class archive: it uses what jobs use."""

from __future__ import annotations

import sys

from pyspark.sql import SparkSession, functions

from gluepot.jobs.process.warm_up import warm_up as warm_up_pipelines


def train(work: str, conf: dict[str, str]) -> None:
    """Use what jobs use, so that its classes are loaded."""
    builder = SparkSession.builder.appName("warm-up")
    for key, value in conf.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    rows = spark.range(100).select("id", (functions.col("id") % 3).alias("part"))
    for kind in ("csv", "json", "parquet", "delta"):
        path = f"{work}/{kind}"
        rows.write.format(kind).partitionBy("part").save(path)
        back = spark.read.format(kind).option("header", "true").load(path)
        back.join(rows, "part").groupBy("part").count().collect()
    warm_up_pipelines(spark)
    spark.stop()


if __name__ == "__main__":
    train(sys.argv[1], dict(pair.split("=", 1) for pair in sys.argv[2:]))
