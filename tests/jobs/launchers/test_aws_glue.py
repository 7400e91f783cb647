"""AWS Glue itself by boto3, on moto's server: the same job, its states in our record."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from gluepot.jobs.definitions.model import load_job
from gluepot.jobs.errors import LaunchError
from gluepot.jobs.launchers.aws_glue import AwsGlueLauncher
from gluepot.jobs.launchers.following import Follower
from gluepot.jobs.launchers.places import AwsGluePlace, Places
from gluepot.jobs.runs.state import RunState
from gluepot.jobs.scheduling.runner import JobExecutor
from tests.jobs.launchers.conftest import PIPELINE
from tests.servers.glue import thread_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mypy_boto3_glue import GlueClient

    from gluepot.jobs.launchers.launch import LaunchSettings
    from gluepot.jobs.runs.state import Run
    from tests.jobs.conftest import Lake
    from tests.servers.glue import GlueServer

REGION = "us-east-1"
SCRIPT = "import sys\nprint(sys.argv)\n"


def set_transition(lake: Lake, transition: dict[str, Any]) -> None:
    """Say how moto's job runs come from one state into the next."""
    body = {"model_name": "glue::job_run", "transition": transition}
    request = urllib.request.Request(  # noqa: S310 - our own server
        f"{lake.s3.endpoint_url}/moto-api/state-manager/set-transition",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    urllib.request.urlopen(request).close()  # noqa: S310


@pytest.fixture
def glue(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> Iterator[GlueClient]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    client = boto3.client("glue", endpoint_url=lake.s3.endpoint_url, region_name=REGION)
    yield client
    set_transition(lake, {"progression": "immediate"})
    for name in client.list_jobs()["JobNames"]:
        client.delete_job(JobName=name)
    client.close()


def place(lake: Lake) -> AwsGluePlace:
    return AwsGluePlace(
        role="arn:aws:iam::123456789012:role/etl",
        location=lake.uri("glue"),
        region=REGION,
        endpoint_url=lake.s3.endpoint_url,
        job_prefix="gluepot-",
    )


@pytest.fixture
def launcher(lake: Lake, settings: LaunchSettings) -> AwsGlueLauncher:
    return AwsGlueLauncher(replace(settings, s3=lake.s3), place(lake), poll_seconds=0)


def test_the_same_job_is_made_there_started_and_followed_to_its_end(
    lake: Lake, glue: GlueClient, launcher: AwsGlueLauncher, new_run: Callable[..., Run]
) -> None:
    set_transition(lake, {"progression": "manual", "times": 1})
    lake.define("flights", SCRIPT, "py")
    job = load_job(lake.conf_dir, "flights")
    run = new_run(settings={"Timeout": 7, "WorkerType": "G.2X", "NumberOfWorkers": 3}, day="1")

    handle = launcher.start(job, run)
    ended = Follower(handle, run, runs=lake.runs, watch_seconds=0).follow()

    made = glue.get_job(JobName="gluepot-flights")["Job"]
    location = made["Command"]["ScriptLocation"].removeprefix(f"s3://{lake.bucket}/")
    assert lake.client.get_object(Bucket=lake.bucket, Key=location)["Body"].read() == (
        SCRIPT.encode()
    )
    (there,) = glue.get_job_runs(JobName="gluepot-flights")["JobRuns"]
    assert there["Arguments"]["--day"] == "1"
    assert (there["Timeout"], there["WorkerType"], there["NumberOfWorkers"]) == (7, "G.2X", 3)
    assert ended.state is RunState.SUCCEEDED
    assert ended.started_at is not None
    assert ended.metrics["aws_glue"]["ExecutionTime"] == 123
    assert ended.metrics["remote"] == {
        "launcher": "aws-glue",
        "job": "gluepot-flights",
        "id": there["Id"],
    }


@pytest.fixture
def there(tmp_path: Path) -> Iterator[GlueServer]:
    """Yield a server of ours: it speaks the same API, and moto lacks two of its operations."""
    with thread_server(f"sqlite:///{tmp_path / 'there.db'}", tmp_path / "there") as server:
        yield server


@pytest.fixture
def away(lake: Lake, settings: LaunchSettings, there: GlueServer) -> AwsGlueLauncher:
    spot = place(lake).model_copy(update={"endpoint_url": there.url})
    return AwsGlueLauncher(replace(settings, s3=lake.s3), spot, poll_seconds=0)


def test_a_changed_job_is_changed_there_too(
    lake: Lake, there: GlueServer, away: AwsGlueLauncher, new_run: Callable[..., Run]
) -> None:
    glue = there.client()
    lake.define("flights", SCRIPT, "py")
    away.start(load_job(lake.conf_dir, "flights"), new_run()).stop()
    before = glue.get_job(JobName="gluepot-flights")["Job"]["Command"]["ScriptLocation"]
    lake.define("flights", f"{SCRIPT}print(2)\n", "py")

    away.start(load_job(lake.conf_dir, "flights"), new_run())

    after = glue.get_job(JobName="gluepot-flights")["Job"]["Command"]["ScriptLocation"]
    assert before != after
    assert glue.list_jobs()["JobNames"] == ["gluepot-flights"]


def test_a_retry_follows_what_a_dead_worker_had_started_and_not_recorded(
    lake: Lake, there: GlueServer, away: AwsGlueLauncher, new_run: Callable[..., Run]
) -> None:
    lake.define("flights", SCRIPT, "py")
    job = load_job(lake.conf_dir, "flights")
    lost = new_run()
    started = away.start(job, lost)
    again = replace(lost, id=f"{lost.id}_attempt_1", attempt=1, previous_run_id=lost.id)

    followed = away.start(job, again)
    started.stop()
    fresh = away.start(job, again)

    assert followed.remote == started.remote
    assert fresh.remote != started.remote  # what has ended is not under way
    runs = there.client().get_job_runs(JobName="gluepot-flights")["JobRuns"]
    assert len(runs) == 2


def test_a_stopped_run_is_stopped_there(
    lake: Lake, there: GlueServer, away: AwsGlueLauncher, new_run: Callable[..., Run]
) -> None:
    lake.define("flights", SCRIPT, "py")
    run = new_run()
    handle = away.start(load_job(lake.conf_dir, "flights"), run)
    lake.runs.stop(run.id)

    ended = Follower(handle, run, runs=lake.runs, watch_seconds=0).follow()

    seen = there.client().get_job_run(JobName="gluepot-flights", RunId=handle.remote["id"])
    assert seen["JobRun"]["JobRunState"] == ended.state == RunState.STOPPED


def test_a_worker_follows_on_what_another_had_started_and_starts_nothing(
    lake: Lake,
    glue: GlueClient,
    launcher: AwsGlueLauncher,
    settings: LaunchSettings,
    new_run: Callable[..., Run],
) -> None:
    lake.define("flights", SCRIPT, "py")
    run = new_run()
    handle = launcher.start(load_job(lake.conf_dir, "flights"), run)
    lake.runs.progress(run.id, {"remote": dict(handle.remote)})
    known = replace(settings, s3=lake.s3, places=Places(aws_glue=place(lake)))

    JobExecutor(lake.runs, lambda: known, lake.book).execute(lake.runs.get(run.id))

    assert lake.runs.get(run.id).state is RunState.SUCCEEDED
    assert len(glue.get_job_runs(JobName="gluepot-flights")["JobRuns"]) == 1


def test_a_declarative_job_is_refused_with_what_would_carry_it_out(
    lake: Lake, launcher: AwsGlueLauncher, new_run: Callable[..., Run]
) -> None:
    lake.define("flights", PIPELINE)

    with pytest.raises(LaunchError, match="emr-serverless"):
        launcher.start(load_job(lake.conf_dir, "flights"), new_run())
