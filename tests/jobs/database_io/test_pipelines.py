"""Databases as sources of pipelines."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import yaml

from gluepot.jobs.definitions.pipeline import load_pipeline
from gluepot.jobs.errors import BookmarkError
from gluepot.jobs.pipelines.driver import run_pipeline
from gluepot.jobs.pipelines.preview import preview
from tests.jobs.database_io.conftest import jdbc_options, run_sql

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import SparkSession

    from gluepot.jobs.run_context.workshop import Workshop
    from tests.jobs.conftest import Lake


def test_a_pipeline_reads_what_is_new_in_a_database(
    spark: SparkSession, lake: Lake, workshop: Callable[[], Workshop], postgres_url: str
) -> None:
    run_sql(postgres_url, "CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t VALUES (1), (2)")
    options = jdbc_options(postgres_url, dbtable="t")
    del options["password"]  # this server asks for none
    job = {
        "name": "orders",
        "bookmark": "enable",
        "sources": {"orders": {"connection_type": "postgresql", "options": options}},
        "sinks": [{"input": "orders", "path": lake.uri("orders"), "format": "parquet"}],
    }
    pipeline = load_pipeline(lake.define("orders", yaml.safe_dump(job)))

    (shown,) = preview(spark, pipeline, workshop(), sample=1)
    first = workshop()
    run_pipeline(lambda: spark, pipeline, first)
    run_sql(postgres_url, "INSERT INTO t VALUES (3)")
    second = workshop()
    run_pipeline(lambda: spark, pipeline, second)

    assert len(shown.rows) == 1
    assert shown.note == "the first 1 rows"
    assert [run.metrics["rows_in"] for run in (first, second)] == [2, 1]
    rows = spark.read.parquet(lake.uri("orders")).collect()
    assert sorted(row.id for row in rows) == [1, 2, 3]


def test_a_database_without_keys_to_go_by_keeps_no_bookmark(
    spark: SparkSession, lake: Lake, workshop: Callable[[], Workshop]
) -> None:
    text = (
        "name: orders\nbookmark: enable\nsources: {o: {connection_type: dynamodb,"
        " options: {dynamodb.input.tableName: t}}}\nsinks: [{input: o, path: s3://BUCKET/o}]\n"
    )
    pipeline = load_pipeline(lake.define("orders", text))

    with pytest.raises(BookmarkError, match="say `bookmark: false` there"):
        run_pipeline(lambda: spark, pipeline, replace(workshop(), job_name="orders"))
