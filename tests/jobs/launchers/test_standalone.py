"""A job launched on a standalone cluster of two workers, by its definition's own word."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gluepot.jobs.launchers.places import Places, StandalonePlace
from gluepot.jobs.runs.state import RunState
from gluepot.jobs.scheduling.runner import JobExecutor
from tests.servers.spark import standalone_cluster

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gluepot.jobs.launchers.launch import LaunchSettings
    from gluepot.jobs.runs.state import Run
    from tests.jobs.conftest import Lake

JOB = """
name: flights
launcher: standalone
bookmark: enable
sources:
  flights: { table: raw.flights }
sinks:
  - { input: flights, path: s3://BUCKET/curated/flights, table: curated.flights }
spark:
  conf:
    spark.executor.memory: 512m
    spark.cores.max: 2
"""


def test_a_job_says_that_it_runs_on_the_cluster_and_its_rows_are_written_once(
    lake: Lake,
    settings: LaunchSettings,
    jars_dir: Path,
    tmp_path: Path,
    new_run: Callable[..., Run],
) -> None:
    lake.define("flights", JOB)
    folder = tmp_path / "cluster"
    folder.mkdir()
    run = new_run()
    with standalone_cluster(folder, workers=2) as master:
        here = replace(
            settings,
            catalog_url=lake.url,
            home=lake.home,
            conf_dir=lake.conf_dir,
            s3=lake.s3,
            jars_dir=jars_dir,
            places=Places(standalone=StandalonePlace(master=master)),
        )
        JobExecutor(lake.runs, lambda: here, lake.book).execute(run)

    ended = lake.runs.get(run.id)
    assert ended.state is RunState.SUCCEEDED, ended.error
    assert ended.metrics["rows_out"] == 3
    assert list(folder.glob("w*/app-*/*/stderr"))
    assert lake.catalog.get_table("curated", "flights").name == "flights"
