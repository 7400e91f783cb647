"""Disks that are full while a script writes: the run says so, and nothing of it is seen."""

from __future__ import annotations

import resource
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gluepot.jobs.runs.state import RunState
from tests.jobs.test_kill import start, start_here

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pyspark.sql import SparkSession

    from tests.jobs.conftest import Lake

SETTINGS = "name: flights\nscript: count.py\nbookmark: enable\n"
SCRIPT = """
from awsglue.context import GlueContext
from awsglue.dynamicframe import DynamicFrame
from awsglue.job import Job
from pyspark.context import SparkContext

context = GlueContext(SparkContext.getOrCreate())
job = Job(context)
job.init("flights", {})
numbers = context.spark_session.range(0, 1_000_000, numPartitions=2)
context.write_dynamic_frame.from_options(
    frame=DynamicFrame.fromDF(numbers, context, "numbers"),
    connection_type="s3",
    connection_options={"path": "OUT"},
    format="json",
    transformation_ctx="out",
)
job.commit()
"""
ROOM = 4_000_000
"""Bytes of a file: enough for the catalog's, and less than half of the rows take."""


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Let this process and its children write no more than so many bytes to a file."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_script_whose_disk_is_full_leaves_nothing_and_writes_every_row_once_when_there_is_room(
    lake: Lake, jars_dir: Path, spark: SparkSession, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    lake.define("flights", SETTINGS)
    lake.define("count", SCRIPT.replace("OUT", str(out)), suffix="py")

    with files_of_at_most(ROOM):
        full = start(lake, jars_dir)
    seen = [file for file in out.rglob("part-*") if "_gluepot_staging" not in file.parts]
    again = start_here(lake)

    assert full.state is RunState.FAILED
    assert full.error is not None
    assert str(out) in full.error.message
    assert "File too large" in full.error.message
    assert (full.error.source_line or "").startswith("context.write_dynamic_frame")
    assert seen == []
    assert again.state is RunState.SUCCEEDED, again.error
    rows = spark.read.json(str(out)).selectExpr("count(*)", "count(DISTINCT id)", "max(id)")
    assert rows.first() == (1_000_000, 1_000_000, 999_999)
    assert not any(file.is_file() for file in out.glob("_gluepot_staging/**/*"))
