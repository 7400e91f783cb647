"""Runs: what a job reads and writes becomes events of OpenLineage, and edges of the graph."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from gluepot.crawlers.access import Access
from gluepot.crawlers.crawl import run_crawl
from gluepot.crawlers.model import Crawler
from gluepot.crawlers.store import CrawlerStore
from gluepot.crawlers.targets import Target
from gluepot.jobs.definitions.pipeline import load_pipeline
from gluepot.jobs.lineage.events import run_uuid
from gluepot.jobs.lineage.follower import LineageFollower
from gluepot.jobs.lineage.graph import LineageGraph
from gluepot.jobs.notifications.outbox import Outbox
from gluepot.jobs.notifications.post_office import Place, PostOffice
from gluepot.jobs.notifications.senders import Senders
from gluepot.jobs.pipelines.driver import run_pipeline
from gluepot.jobs.runs.state import RunError, RunKind, RunState
from tests.jobs.conftest import Lake, make_lake, utc_now

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pyspark.sql import SparkSession

    from gluepot.crawlers.sources.config import S3Config

FLIGHTS = """
name: flights
sources:
  flights: { table: raw.flights }
  airlines: { table: raw.airlines }
steps:
  - name: named
    transform: Join
    inputs: [flights, airlines]
    keys1: [carrier]
    keys2: [code]
  - name: slim
    transform: SelectFields
    input: named
    paths: [name, flight]
sinks:
  - input: slim
    path: s3://BUCKET/curated/named
    table: curated.named
  - input: flights
    format: parquet
    path: s3://BUCKET/curated/copy
    table: curated.copy
"""


@pytest.fixture
def lake(moto_s3: S3Config, sqlite_catalog: str, tmp_path: Path) -> Iterator[Lake]:
    found = make_lake(moto_s3, sqlite_catalog, tmp_path)
    found.land(1, ["AA,1,517", "UA,2,NA"])
    yield found
    found.close()


def _graph(lake: Lake) -> LineageGraph:
    return LineageGraph(lake.engine, utc_now)


def _take(lake: Lake) -> list[dict[str, Any]]:
    """Let a post office take what happened, and return the events that others are told."""
    outbox = Outbox(lake.engine, utc_now)
    follower = LineageFollower(
        _graph(lake),
        lake.jobs.lineage,
        CrawlerStore(lake.engine, utc_now),
        outbox,
        addressees=["lineage:test"],
        namespace="here",
        load_job=lake.book.load,
    )
    office = PostOffice(
        lake.runs,
        outbox,
        Senders(lake.conf_dir, utc_now),
        conf_dir=lake.conf_dir,
        place=Place(account_id="0" * 12, region="r"),
        owner="p",
        clock=utc_now,
        followers=[follower],
    )
    office.take()
    office.close()
    return [dict(one.body) for one in reversed(outbox.list())]


def test_a_pipeline_tells_its_tables_and_columns(spark: SparkSession, lake: Lake) -> None:
    pipeline = load_pipeline(lake.define("flights", FLIGHTS))
    workshop = lake.workshop("flights")
    run_pipeline(lambda: spark, pipeline, workshop)
    gates = [{"gate": "sane", "input": "slim", "verdict": "FAILED", "report": "/r"}]
    lake.runs.finish(workshop.run_id, RunState.SUCCEEDED, metrics={"quality": gates})

    start, complete = _take(lake)

    assert [start["eventType"], complete["eventType"]] == ["START", "COMPLETE"]
    assert complete["run"]["runId"] == run_uuid(workshop.run_id)
    assert complete["run"]["facets"]["processing_engine"]["name"] == "spark"
    assert complete["job"]["facets"]["sourceCodeLocation"]["url"].endswith("jobs/flights.yaml")
    outputs = {one["name"]: one for one in complete["outputs"]}
    named = outputs["curated/named"]
    assert named["outputFacets"]["outputStatistics"]["rowCount"] == 2
    assert named["facets"]["version"]["datasetVersion"] == "0"
    assert {one["name"] for one in named["facets"]["schema"]["fields"]} == {"name", "flight"}
    (assertion,) = named["facets"]["dataQualityAssertions"]["assertions"]
    assert (assertion["assertion"], assertion["success"]) == ("sane", False)
    assert "dataQualityAssertions" not in outputs["curated/copy"]["facets"]
    inputs = {one["name"]: one for one in complete["inputs"]}
    assert inputs["raw/flights"]["inputFacets"]["inputStatistics"]["rowCount"] == 2

    graph = _graph(lake)
    above = graph.around("curated.named", up=1, down=0, columns=True)
    assert {one.source.label for one in above.edges} == {"raw.flights", "raw.airlines"}
    assert {(one.source.label, one.source_column, one.target_column) for one in above.columns} == {
        ("raw.airlines", "name", "name"),
        ("raw.flights", "flight", "flight"),
    }
    # What one sink takes is not what another comes from.
    copied = graph.around("curated.copy", up=1, down=0)
    assert [one.source.label for one in copied.edges] == ["raw.flights"]


def test_a_run_that_fails_tells_why_and_makes_no_edges(lake: Lake) -> None:
    run = lake.runs.enqueue(
        RunKind.JOB, "flights", chain_id="wr_1", arguments={"--WORKFLOW_NAME": "night"}
    )
    assert run is not None
    lake.runs.finish(run.id, RunState.FAILED, error=RunError(message="boom", file="a.py", line=3))

    (event,) = _take(lake)

    assert event["eventType"] == "FAIL"
    assert event["run"]["facets"]["errorMessage"]["message"] == "boom"
    assert event["run"]["facets"]["errorMessage"]["stackTrace"] == "a.py:3"
    assert event["run"]["facets"]["parent"]["job"] == {"namespace": "here", "name": "night"}
    uuid.UUID(event["run"]["facets"]["parent"]["run"]["runId"])


def test_a_crawl_tells_which_tables_it_made(lake: Lake) -> None:
    store = CrawlerStore(lake.engine, utc_now)
    run = lake.runs.enqueue(RunKind.CRAWL, "raw")
    assert run is not None
    target = Target(uri=lake.uri("raw/airlines/"))
    run_crawl(
        Crawler(name="raw", database="crawled", targets=(target,)),
        catalog=lake.catalog,
        access=Access(s3=lake.s3),
        store=store,
        clock=utc_now,
        crawl_id=run.id,
    )
    lake.runs.finish(run.id, RunState.SUCCEEDED)

    (event,) = _take(lake)

    assert event["job"]["facets"]["jobType"]["jobType"] == "CRAWL"
    (output,) = event["outputs"]
    assert [one["name"] for one in output["facets"]["schema"]["fields"]] == ["code", "name"]
    assert _graph(lake).find("crawled.airlines").name == "raw/airlines"


def test_facets_have_the_members_that_the_library_of_openlineage_has(
    spark: SparkSession, lake: Lake
) -> None:
    client = pytest.importorskip("openlineage.client.facet_v2")
    known = {
        "nominalTime": client.nominal_time_run.NominalTimeRunFacet,
        "processing_engine": client.processing_engine_run.ProcessingEngineRunFacet,
        "jobType": client.job_type_job.JobTypeJobFacet,
        "sourceCodeLocation": client.source_code_location_job.SourceCodeLocationJobFacet,
        "schema": client.schema_dataset.SchemaDatasetFacet,
        "storage": client.storage_dataset.StorageDatasetFacet,
        "dataSource": client.datasource_dataset.DatasourceDatasetFacet,
        "version": client.dataset_version_dataset.DatasetVersionDatasetFacet,
        "symlinks": client.symlinks_dataset.SymlinksDatasetFacet,
        "columnLineage": client.column_lineage_dataset.ColumnLineageDatasetFacet,
        "inputStatistics": client.input_statistics_input_dataset.InputStatisticsInputDatasetFacet,
        "outputStatistics": (
            client.output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet
        ),
    }
    workshop = lake.workshop("flights")
    pipeline = load_pipeline(lake.define("flights", FLIGHTS))
    run_pipeline(lambda: spark, pipeline, workshop)
    lake.runs.finish(workshop.run_id, RunState.SUCCEEDED)
    complete = _take(lake)[-1]

    parts = [complete["run"], complete["job"], *complete["inputs"], *complete["outputs"]]
    seen = set()
    for part in parts:
        for member in ("facets", "inputFacets", "outputFacets"):
            for name, facet in part.get(member, {}).items():
                if name not in known:
                    assert name.startswith("gluepot_")
                    continue
                seen.add(name)
                members = {one for one in facet if not one.startswith("_")}
                assert members <= {one.name for one in known[name].__attrs_attrs__}, name
                assert facet["_schemaURL"] == known[name]._get_schema()
    assert seen == set(known)
    assert json.loads(json.dumps(complete)) == complete
