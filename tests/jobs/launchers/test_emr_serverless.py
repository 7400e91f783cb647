"""EMR Serverless by boto3, on moto."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws
from moto.emrserverless.models import emrserverless_backends

from gluepot.jobs.definitions.model import load_job
from gluepot.jobs.errors import LaunchError
from gluepot.jobs.launchers import following
from gluepot.jobs.launchers.emr_serverless import EmrServerlessLauncher
from gluepot.jobs.launchers.following import Follower
from gluepot.jobs.launchers.places import EmrServerlessPlace
from gluepot.jobs.runs.state import RunState
from tests.jobs.launchers.conftest import PIPELINE, SECRET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gluepot.jobs.launchers.launch import LaunchSettings
    from gluepot.jobs.runs.state import Run
    from tests.jobs.conftest import Lake

ACCOUNT, REGION = "123456789012", "eu-west-1"


@pytest.fixture
def place(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmrServerlessPlace]:
    lake.define("flights", PIPELINE)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        client = boto3.client("emr-serverless", region_name=REGION)
        made = client.create_application(releaseLabel="emr-7.10.0", type="SPARK", clientToken="x")
        yield EmrServerlessPlace(
            application_id=made["applicationId"],
            role_arn=f"arn:aws:iam::{ACCOUNT}:role/etl",
            location="s3://packs/flights/",
            region=REGION,
            log_uri="s3://logs/",
        )


def job_run(place: EmrServerlessPlace, job_run_id: str) -> Any:  # noqa: ANN401
    backend = emrserverless_backends[ACCOUNT][REGION]
    return backend.get_job_run(place.application_id, job_run_id)


def launcher(settings: LaunchSettings, place: EmrServerlessPlace) -> EmrServerlessLauncher:
    return EmrServerlessLauncher(settings, place, poll_seconds=0)


def test_a_run_is_started_from_its_pack_without_a_secret_and_found_again(
    lake: Lake,
    settings: LaunchSettings,
    place: EmrServerlessPlace,
    new_run: Callable[..., Run],
) -> None:
    run = new_run(settings={"Timeout": 1}, day="it's one")
    job = load_job(lake.conf_dir, "flights")
    settings = replace(settings, conf_dir=lake.conf_dir)

    handle = launcher(settings, place).start(job, run)
    again = launcher(settings, place).find(run, handle.remote)

    seen = job_run(place, handle.remote["id"])
    submit = seen.job_driver["sparkSubmit"]
    words = shlex.split(submit["sparkSubmitParameters"])
    conf = dict(pair.split("=", 1) for pair in words[1::2])
    assert SECRET not in json.dumps(seen.job_driver)
    assert submit["entryPoint"] == "s3://packs/flights/gluepot_job.py"
    assert submit["entryPointArguments"] == [
        *("--JOB_NAME", "flights", "--JOB_RUN_ID", run.id, "--day", "it's one")
    ]
    assert conf["spark.gluepot.facts"] == "secretsmanager:gluepot"
    assert conf["spark.archives"].startswith("s3://packs/flights/env.tar.gz#env,")
    assert seen.execution_timeout_minutes == 5  # the shortest there is; ours ends it sooner
    assert again.remote == handle.remote


@pytest.mark.parametrize(
    ("said", "state"),
    [("SUCCESS", RunState.SUCCEEDED), ("FAILED", RunState.FAILED), ("CANCELLED", RunState.STOPPED)],
)
def test_an_end_that_the_driver_did_not_record_is_told_by_the_service(  # noqa: PLR0913, PLR0917
    lake: Lake,
    settings: LaunchSettings,
    place: EmrServerlessPlace,
    new_run: Callable[..., Run],
    said: str,
    state: RunState,
) -> None:
    run = new_run()
    handle = launcher(settings, place).start(load_job(lake.conf_dir, "flights"), run)
    seen = job_run(place, handle.remote["id"])
    seen.state, seen.state_details = said, "out of memory"

    ended = Follower(handle, run, runs=lake.runs, watch_seconds=0).follow()

    assert ended.state is state
    assert state is RunState.SUCCEEDED or (ended.error and "memory" in ended.error.message)


def test_a_stopped_run_is_cancelled_there(
    lake: Lake,
    settings: LaunchSettings,
    place: EmrServerlessPlace,
    new_run: Callable[..., Run],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(following, "ALONE_SECONDS", 0.2)
    run = new_run()
    handle = launcher(settings, place).start(load_job(lake.conf_dir, "flights"), run)
    job_run(place, handle.remote["id"]).state = "RUNNING"
    lake.runs.stop(run.id)

    ended = Follower(handle, run, runs=lake.runs, watch_seconds=0).follow()

    assert ended.state is RunState.STOPPED
    assert job_run(place, handle.remote["id"]).state == "CANCELLED"


def test_a_refusal_is_told_in_the_words_of_the_service(
    lake: Lake, settings: LaunchSettings, place: EmrServerlessPlace, new_run: Callable[..., Run]
) -> None:
    wrong = place.model_copy(update={"application_id": "00nothing"})

    with pytest.raises(LaunchError, match=r"could not be started on EMR Serverless: .*00nothing"):
        launcher(settings, wrong).start(load_job(lake.conf_dir, "flights"), new_run())


def test_the_request_that_is_shown_is_one_that_the_service_takes(
    lake: Lake, settings: LaunchSettings, place: EmrServerlessPlace
) -> None:
    shown = json.loads(launcher(settings, place).show(load_job(lake.conf_dir, "flights"), {}))

    client = boto3.client("emr-serverless", region_name=REGION)
    assert client.start_job_run(clientToken="t", **shown)["jobRunId"]
