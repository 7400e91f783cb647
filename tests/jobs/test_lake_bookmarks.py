"""Bookmarks of tables by their logs: a run reads the rows added after the version read last."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from delta.tables import DeltaTable

from gluepot.jobs.definitions.pipeline import load_pipeline
from gluepot.jobs.errors import BookmarkError
from gluepot.jobs.pipelines.driver import run_pipeline
from gluepot.jobs.writing.ledger import Ledger
from gluepot.jobs.writing.registration import register
from gluepot.jobs.writing.sinks import write
from gluepot.jobs.writing.target import Target, Transaction

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from gluepot.jobs.run_context.workshop import Workshop
    from tests.jobs.conftest import Lake

COPY = """
name: copy
bookmark: enable
sources:
  numbers: { table: lake.numbers }
sinks:
  - input: numbers
    path: s3://BUCKET/copy
    table: lake.copy
"""


def _copy(spark: SparkSession, lake: Lake) -> Workshop:
    workshop = lake.workshop("copy")
    pipeline = load_pipeline(lake.define("copy", COPY))
    run_pipeline(lambda: spark, pipeline, workshop)
    return workshop


def _append(spark: SparkSession, lake: Lake, kind: str, *numbers: int) -> None:
    """Append to the table as a job does."""
    workshop = lake.workshop("fill")
    frame = spark.createDataFrame([(number, number % 2) for number in numbers], "n int, odd int")
    target = Target(
        name="n",
        key="n",
        path=lake.uri("numbers"),
        format=kind,  # type: ignore[arg-type]
        partition_by=("odd",),
        table="lake.numbers",
    )
    done = write(
        frame.coalesce(1),
        target,
        Transaction(job_name="fill", run_id=workshop.run_id),
        stores=workshop.stores,
        resume=False,
    )
    register(lake.catalog, target, done, workshop.cause, workshop.stores)


def _copied(spark: SparkSession, lake: Lake) -> list[int]:
    rows = spark.read.format("delta").load(lake.uri("copy")).select("n").collect()
    return sorted(row["n"] for row in rows)


def test_delta_is_read_by_version(spark: SparkSession, lake: Lake) -> None:
    _append(spark, lake, "delta", 1, 2)
    _copy(spark, lake)
    _append(spark, lake, "delta", 3)
    _append(spark, lake, "delta", 4, 5)
    table = DeltaTable.forPath(spark, lake.uri("numbers"))
    # The files of new rows are replaced before anybody has read them.
    table.optimize().executeCompaction()
    _append(spark, lake, "delta", 6)

    second = _copy(spark, lake)
    idle = _copy(spark, lake)

    assert _copied(spark, lake) == [1, 2, 3, 4, 5, 6]
    assert second.metrics["rows_out"] == 4
    assert idle.metrics["files_out"] == 0

    table.delete("n = 2")
    with pytest.raises(BookmarkError, match=r"version \d+ .*changed or deleted"):
        _copy(spark, lake)
    assert _copied(spark, lake) == [1, 2, 3, 4, 5, 6]


def test_a_dead_run_is_repeated_with_the_versions_that_it_meant(
    spark: SparkSession, lake: Lake
) -> None:
    _append(spark, lake, "delta", 1)
    dying = lake.workshop("copy")
    ledger = Ledger(dying, bookmark=True)
    from gluepot.jobs.pipelines.driver import choose_inputs  # noqa: PLC0415

    choose_inputs(load_pipeline(lake.define("copy", COPY)), dying, ledger)
    ledger._intend()
    _append(spark, lake, "delta", 2)

    run = _copy(spark, lake)

    first, second = run.metrics["passes"]
    assert first["repeats_run_id"] == dying.run_id
    assert [first["sinks"][0]["rows"], second["sinks"][0]["rows"]] == [1, 1]
    assert _copied(spark, lake) == [1, 2]


def test_iceberg_is_read_by_snapshot(spark: SparkSession, lake: Lake) -> None:
    _append(spark, lake, "iceberg", 1, 2)
    _copy(spark, lake)
    _append(spark, lake, "iceberg", 3)
    _append(spark, lake, "iceberg", 4)

    second = _copy(spark, lake)
    idle = _copy(spark, lake)

    assert _copied(spark, lake) == [1, 2, 3, 4]
    assert second.metrics["rows_out"] == 2
    assert idle.metrics["files_out"] == 0
