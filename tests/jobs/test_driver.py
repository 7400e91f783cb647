from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gluepot.crawlers.access import Access
from gluepot.crawlers.crawl import run_crawl
from gluepot.crawlers.model import ChangeKind, Crawler
from gluepot.crawlers.store import CrawlerStore
from gluepot.crawlers.targets import Target
from gluepot.jobs.definitions.pipeline import load_pipeline
from gluepot.jobs.pipelines.driver import run_pipeline
from tests.jobs.conftest import CAUSE, utc_now

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from gluepot.jobs.run_context.workshop import Workshop
    from tests.jobs.conftest import Lake

FLIGHTS = """
name: flights
bookmark: enable
sources:
  flights: { table: raw.flights }
  airlines: { table: raw.airlines, bookmark: false }
steps:
  - name: named
    transform: Join
    inputs: [flights, airlines]
    keys1: [carrier]
    keys2: [code]
sinks:
  - input: named
    path: s3://BUCKET/curated/flights
    partition_by: [day]
    table: curated.flights
  - input: flights
    format: parquet
    path: s3://BUCKET/curated/copy
    partition_by: [day]
    table: curated.copy
"""


def run(spark: SparkSession, lake: Lake, text: str) -> Workshop:
    pipeline = load_pipeline(lake.define("flights", text))
    workshop = lake.workshop("flights")
    run_pipeline(lambda: spark, pipeline, workshop)
    return workshop


def flights_of(spark: SparkSession, lake: Lake, folder: str, format_: str) -> list[int]:
    frame = spark.read.format(format_).load(lake.uri(f"curated/{folder}"))
    return sorted(row["flight"] for row in frame.select("flight").collect())


def test_a_second_run_reads_only_what_is_new(spark: SparkSession, lake: Lake) -> None:
    first = run(spark, lake, FLIGHTS)
    idle = run(spark, lake, FLIGHTS)
    lake.land(3, ["UA,4,601"])
    lake.land(1, ["UA,5,602"], name="late.csv")

    second = run(spark, lake, FLIGHTS)

    assert [first.metrics["files_in"], idle.metrics["files_in"]] == [3, 0]
    assert idle.metrics["files_out"] == 0
    assert second.metrics["passes"][0]["sources"]["flights"]["files"] == 2
    assert second.metrics["passes"][0]["sources"]["flights"]["rows"] == 2
    assert flights_of(spark, lake, "flights", "delta") == [1, 2, 3, 4, 5]
    assert flights_of(spark, lake, "copy", "parquet") == [1, 2, 3, 4, 5]


def test_types_come_from_the_catalog_and_what_does_not_fit_is_null(
    spark: SparkSession, lake: Lake
) -> None:
    run(spark, lake, FLIGHTS)

    frame = spark.read.format("delta").load(lake.uri("curated/flights"))
    rows = {row["flight"]: row for row in frame.collect()}
    assert dict(frame.dtypes)["year"] == "int"
    assert rows[1]["dep_time"] == 517.0
    assert rows[2]["dep_time"] is None
    assert rows[3]["name"] == "American, Inc."


@pytest.mark.parametrize(("table", "keys"), [("flights", []), ("copy", ["day"])])
def test_sinks_are_tables_of_the_catalog(
    spark: SparkSession, lake: Lake, table: str, keys: list[str]
) -> None:
    workshop = run(spark, lake, FLIGHTS)

    found = lake.catalog.get_table("curated", table)
    (version,) = lake.catalog.list_versions("curated", table)
    assert version.cause == workshop.cause
    assert found.partition_keys is not None
    # Of a Delta table the log says which partitions there are.
    assert [key.name for key in found.partition_keys] == keys
    assert found.storage_descriptor is not None
    assert "carrier" in [column.name for column in found.storage_descriptor.columns or ()]


def test_a_crawl_and_a_job_leave_each_others_delta_table_as_it_is(
    spark: SparkSession, lake: Lake
) -> None:
    run(spark, lake, FLIGHTS)
    target = Target(uri=lake.uri("curated/flights/"))
    crawler = Crawler(name="c", database="curated", targets=(target,))
    crawls = CrawlerStore(lake.engine, utc_now)
    made = lake.catalog.get_table("curated", "flights")
    described = replace(
        made, description="who flew", parameters={**(made.parameters or {}), "a": "b"}
    )
    lake.catalog.update_table(described, CAUSE)

    crawl = run_crawl(
        crawler, catalog=lake.catalog, access=Access(s3=lake.s3), store=crawls, clock=utc_now
    )
    lake.land(3, ["UA,4,601"])
    run(spark, lake, FLIGHTS)

    assert [report.change for report in crawl.tables] == [ChangeKind.NONE]
    versions = lake.catalog.list_versions("curated", "flights")
    assert sorted(version.version_id for version in versions) == ["0", "1"]
    kept = lake.catalog.get_table("curated", "flights")
    assert (kept.description, (kept.parameters or {})["a"]) == ("who flew", "b")


def test_a_delta_table_that_a_crawler_made_stays_the_crawlers_after_a_job(
    spark: SparkSession, lake: Lake
) -> None:
    run(spark, lake, FLIGHTS.replace("    table: curated.flights\n", ""))
    target = Target(uri=lake.uri("curated/flights/"), exclusions=("**.tmp",))
    crawler = Crawler(name="c", database="curated", targets=(target,))
    crawls = CrawlerStore(lake.engine, utc_now)
    run_crawl(crawler, catalog=lake.catalog, access=Access(s3=lake.s3), store=crawls, clock=utc_now)
    made = lake.catalog.get_table("curated", "flights")

    lake.land(3, ["UA,4,601"])
    run(spark, lake, FLIGHTS)

    assert (made.parameters or {})["UPDATED_BY_CRAWLER"] == "c"
    assert lake.catalog.get_table("curated", "flights") == made


def test_a_job_adds_to_a_parquet_table_in_the_words_of_the_crawl(
    spark: SparkSession, lake: Lake
) -> None:
    run(spark, lake, FLIGHTS)
    target = Target(uri=lake.uri("curated/copy/"))
    crawler = Crawler(name="c", database="curated", targets=(target,))
    crawls = CrawlerStore(lake.engine, utc_now)

    def crawl() -> tuple[ChangeKind, int]:
        (report,) = run_crawl(
            crawler, catalog=lake.catalog, access=Access(s3=lake.s3), store=crawls, clock=utc_now
        ).tables
        return report.change, report.partitions_changed

    crawl()
    known = lake.catalog.get_table("curated", "copy")
    lake.land(3, ["UA,4,601"])
    run(spark, lake, FLIGHTS)

    assert lake.catalog.get_table("curated", "copy") == known
    # The crawl counts the files of the job's new partition, once.
    assert [crawl(), crawl()] == [(ChangeKind.NONE, 1), (ChangeKind.NONE, 0)]
    values = [item.values for item in lake.catalog.partitions.list("curated", "copy")]
    assert sorted(values) == [("1",), ("2",), ("3",)]
