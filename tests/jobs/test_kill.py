"""A job killed with SIGKILL at exact points, and run again: every row once, and on record."""

from __future__ import annotations

import os
import re
import signal
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from gluepot.jobs.definitions.model import load_job
from gluepot.jobs.launchers.launch import LaunchSettings, launch, prepare
from gluepot.jobs.process.child import carry_out
from gluepot.jobs.runs.lease import LEASE, process_owner
from gluepot.jobs.runs.state import RunKind, RunState
from tests.jobs.holding_s3 import holding_s3

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pyspark.sql import SparkSession

    from gluepot.jobs.runs.state import Run
    from tests.jobs.conftest import Lake
    from tests.jobs.holding_s3 import HoldingS3

JOB = """
name: flights
bookmark: enable
sources:
  flights: { table: raw.flights }
sinks:
  - { input: flights, path: s3://BUCKET/curated/delta, table: curated.delta }
  - input: flights
    format: parquet
    path: s3://BUCKET/curated/parquet
    partition_by: [day]
    table: curated.parquet
"""

COMMIT = re.compile(r"/curated/delta/_delta_log/0{20}\.json")
FINAL = re.compile(r"/curated/parquet/day(=|%3D)2/part-")


@dataclass(frozen=True, kw_only=True)
class Point:
    """Where the job is killed."""

    catches: Callable[[str, str, bytes], bool]
    after_effect: bool = False


POINTS = {
    "before the Delta commit": Point(
        catches=lambda method, path, _: method == "PUT" and bool(COMMIT.search(path))
    ),
    "after the Delta commit": Point(
        catches=lambda method, path, _: method == "PUT" and bool(COMMIT.search(path)),
        after_effect=True,
    ),
    "before the Parquet manifest": Point(
        catches=lambda method, path, _: method == "PUT" and path.endswith("manifest.json")
    ),
    "between two published Parquet files": Point(
        catches=lambda method, path, _: method == "PUT" and bool(FINAL.search(path))
    ),
    "before the bookmark": Point(
        catches=lambda method, path, body: (
            method == "POST" and "delete" in path and b"manifest.json" in body
        ),
        after_effect=True,
    ),
}


@pytest.fixture
def holding(lake: Lake) -> Iterator[tuple[Lake, HoldingS3]]:
    assert lake.s3.endpoint_url is not None
    with holding_s3(lake.s3.endpoint_url) as (endpoint, hand):
        yield replace(lake, s3=replace(lake.s3, endpoint_url=endpoint)), hand


def start(lake: Lake, jars_dir: Path) -> Run:
    settings = LaunchSettings(
        catalog_url=lake.url,
        home=lake.home,
        conf_dir=lake.conf_dir,
        s3=lake.s3,
        jars_dir=jars_dir,
        java_home=None,
        master="local[2]",
    )
    submission = prepare(load_job(lake.conf_dir, "flights"), settings)
    run = lake.runs.enqueue(RunKind.JOB, "flights", owner=process_owner(), lease=LEASE)
    assert run is not None
    return launch(submission, run, runs=lake.runs, folder=lake.home / "runs" / run.id)


def start_here(lake: Lake) -> Run:
    """Run the job in this process, whose session has started: what it finds is the same."""
    workshop = lake.workshop("flights")
    carry_out(workshop, lake.runs.get(workshop.run_id), lake.facts, {})
    return lake.runs.get(workshop.run_id)


def kill_the_driver(lake: Lake) -> None:
    (run,) = lake.runs.list(name="flights")
    assert run.state is RunState.RUNNING
    pid = int(str(run.owner).rpartition(":")[2])
    os.killpg(os.getpgid(pid), signal.SIGKILL)


@pytest.mark.parametrize("point", POINTS)
def test_a_job_that_is_killed_and_run_again_writes_every_row_once(
    point: str,
    holding: tuple[Lake, HoldingS3],
    jars_dir: Path,
    spark: SparkSession,
) -> None:
    lake, hand = holding
    lake.define("flights", JOB)
    hand.hold(POINTS[point].catches, after_effect=POINTS[point].after_effect)
    with ThreadPoolExecutor(1) as pool:
        killed = pool.submit(start, lake, jars_dir)
        assert hand.caught.wait(timeout=120)
        kill_the_driver(lake)
        dead = killed.result(timeout=60)
    hand.let_go()
    lake.land(3, ["UA,4,601"])

    again = start_here(lake)

    assert (dead.state, again.state) == (RunState.FAILED, RunState.SUCCEEDED), again.error
    assert dead.error is not None
    assert "SIGKILL" in dead.error.message
    for format_ in ("delta", "parquet"):
        frame = spark.read.format(format_).load(lake.uri(f"curated/{format_}"))
        assert sorted(row["flight"] for row in frame.collect()) == [1, 2, 3, 4]
    repeated, new = again.metrics["passes"]
    assert (repeated["repeats_run_id"], repeated["bookmark_version"]) == (dead.id, 1)
    assert repeated["sources"]["flights"]["files"] == 2
    assert (new["bookmark_version"], new["sources"]["flights"]["files"]) == (2, 1)
    bookmark = lake.jobs.bookmarks.find("flights")
    assert bookmark is not None
    assert (bookmark.version, bookmark.run_id) == (2, again.id)
    assert lake.jobs.bookmarks.find_intent("flights") is None
    assert lake.keys("curated/parquet/_gluepot_staging/") == []
