"""What launchers start: a job, a run in somebody's hands, and settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gluepot.crawlers.sources.config import S3Config
from gluepot.jobs.launchers.launch import LaunchSettings
from gluepot.jobs.runs.lease import LEASE, process_owner
from gluepot.jobs.runs.state import RunKind

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gluepot.jobs.runs.state import Run
    from tests.jobs.conftest import Lake

PIPELINE = """
name: flights
bookmark: enable
sources:
  flights: { table: raw.flights }
sinks:
  - { input: flights, format: parquet, path: s3://BUCKET/curated/flights, table: curated.flights }
"""
SECRET = "not-for-other-eyes"  # noqa: S105


@pytest.fixture
def settings(tmp_path: Path) -> LaunchSettings:
    """Return settings whose secrets must not show up anywhere."""
    return LaunchSettings(
        catalog_url=f"postgresql://gluepot:{SECRET}@db/catalog",
        home=tmp_path / "home",
        conf_dir=tmp_path / "conf",
        s3=S3Config(region="eu-west-1", access_key_id="AKIA", secret_access_key=SECRET),
        jars_dir=tmp_path / "jars",
        java_home=None,
        master="local[2]",
    )


@pytest.fixture
def new_run(lake: Lake) -> Callable[..., Run]:
    """Return what records a run of ``flights`` in this process's hands."""

    def make(*, settings: dict[str, object] | None = None, **arguments: str) -> Run:
        run = lake.runs.enqueue(
            RunKind.JOB,
            "flights",
            arguments=arguments,
            owner=process_owner(),
            lease=LEASE,
            settings=settings,
        )
        assert run is not None
        return run

    return make
