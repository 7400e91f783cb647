"""Jobs, runs, triggers, workflows and crawls for the pages that show them: no Spark, no S3."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from gluepot.jobs.runs.state import RunError, RunKind, RunState

if TYPE_CHECKING:
    from pathlib import Path

    from gluepot.jobs.runs.state import Run
    from gluepot.services import Services
    from tests.console.conftest import ConsoleServer

LEASE = timedelta(minutes=5)

PIPELINE = """\
name: clean_sales
description: Cleans sales
arguments:
  day: "2026-01-01"
  db_password: hunter22
sources:
  raw: {table: shop.raw}
steps:
  - {name: paid, transform: SelectFields, input: raw, paths: [id, amount]}
sinks:
  - {input: paid, path: s3://lake/clean, format: parquet}
"""


def glue_of(console: ConsoleServer) -> Any:  # noqa: ANN401 - boto3 makes its clients
    """Return a client of the console's own API."""
    return boto3.client(
        "glue",
        endpoint_url=console.url,
        region_name="us-east-1",
        aws_access_key_id="x",
        aws_secret_access_key="y",  # noqa: S106 - of nothing
        config=Config(retries={"max_attempts": 0}),
    )


def write_job(services: Services, name: str = "clean_sales", text: str = PIPELINE) -> Path:
    """Define a job by a file."""
    folder = services.settings.conf_dir / "jobs"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.yaml"
    file.write_text(text)
    return file


def ended_run(  # noqa: PLR0913 - what the record of a run holds
    services: Services,
    name: str = "clean_sales",
    *,
    kind: RunKind = RunKind.JOB,
    state: RunState = RunState.SUCCEEDED,
    error: RunError | None = None,
    metrics: dict[str, Any] | None = None,
    arguments: dict[str, str] | None = None,
    trigger_name: str | None = None,
    chain_id: str | None = None,
) -> Run:
    """Record a run that has ended."""
    run = running_run(
        services,
        name,
        kind=kind,
        arguments=arguments,
        trigger_name=trigger_name,
        chain_id=chain_id,
    )
    return services.runs.finish(run.id, state, error=error, metrics=metrics)


def running_run(  # noqa: PLR0913 - what the record of a run holds
    services: Services,
    name: str = "clean_sales",
    *,
    kind: RunKind = RunKind.JOB,
    arguments: dict[str, str] | None = None,
    trigger_name: str | None = None,
    chain_id: str | None = None,
) -> Run:
    """Record a run that is at work."""
    run = services.runs.enqueue(
        kind,
        name,
        arguments=arguments,
        trigger_name=trigger_name,
        chain_id=chain_id,
        owner="worker:1",
        lease=LEASE,
    )
    assert run is not None
    return services.runs.begin(run.id, "worker:1", lease=LEASE)


def write_log(services: Services, run_id: str, text: str) -> None:
    """Leave the log of a run's driver."""
    folder = services.settings.home / "runs" / run_id
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "driver.log").write_text(text)
