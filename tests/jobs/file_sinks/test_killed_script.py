from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from gluepot.jobs.runs.state import RunState
from tests.jobs.test_kill import holding, kill_the_driver, start, start_here

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

    from tests.jobs.conftest import Lake
    from tests.jobs.holding_s3 import HoldingS3

__all__ = ["holding"]

SETTINGS = "name: flights\nscript: copy.py\nbookmark: enable\n"
SCRIPT = """
from awsglue.context import GlueContext
from awsglue.job import Job
from pyspark.context import SparkContext

context = GlueContext(SparkContext.getOrCreate())
job = Job(context)
job.init("flights", {})
flights = context.create_dynamic_frame.from_catalog(
    database="raw", table_name="flights", transformation_ctx="flights"
)
context.write_dynamic_frame.from_options(
    frame=flights,
    connection_type="s3",
    connection_options={"path": "s3://BUCKET/out", "partitionKeys": ["day"]},
    format="json",
    transformation_ctx="out",
)
job.commit()
"""
FINAL = re.compile(r"/out/day(=|%3D)2/part-")


def test_a_script_killed_between_two_published_files_writes_every_row_once(
    holding: tuple[Lake, HoldingS3],
    jars_dir: Path,
    spark: SparkSession,
) -> None:
    lake, hand = holding
    lake.define("flights", SETTINGS)
    lake.define("copy", SCRIPT, suffix="py")
    hand.hold(lambda method, path, _: method == "PUT" and bool(FINAL.search(path)))
    with ThreadPoolExecutor(1) as pool:
        killed = pool.submit(start, lake, jars_dir)
        assert hand.caught.wait(timeout=120)
        kill_the_driver(lake)
        dead = killed.result(timeout=60)
    hand.let_go()

    again = start_here(lake)

    assert (dead.state, again.state) == (RunState.FAILED, RunState.SUCCEEDED), again.error
    rows = spark.read.json(lake.uri("out")).select("flight").collect()
    assert sorted(row["flight"] for row in rows) == [1, 2, 3]
    assert lake.keys("out/_gluepot_staging/") == []
