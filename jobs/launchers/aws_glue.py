"""Runs on AWS Glue itself: the same script there, its state and figures in our record."""

from __future__ import annotations

import hashlib
import json
import time
from typing import TYPE_CHECKING, Any

from gluepot.jobs.errors import LaunchError
from gluepot.jobs.launchers.aws import make_client, service_errors
from gluepot.jobs.launchers.model import Ending
from gluepot.jobs.run_context.stores import Stores
from gluepot.jobs.runs.state import RunState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.jobs.definitions.model import JobDefinition
    from gluepot.jobs.launchers.launch import LaunchSettings
    from gluepot.jobs.launchers.places import AwsGluePlace
    from gluepot.jobs.runs.state import Run

POLL_SECONDS = 10.0

LAUNCHER_ARGUMENT = "gluepot-launcher"
"""The argument of a run that says what carries it out; its retries and reruns have it too."""

RUN_ARGUMENT = "gluepot-run-id"
"""The argument by which a job run there is known as one of ours."""

NEWEST_RUNS = 50
"""How many job runs are looked at for one that is under way already."""

_FIGURES = ("ExecutionTime", "DPUSeconds", "LogGroupName", "WorkerType", "NumberOfWorkers")
_OF_RUN = (
    "Timeout",
    "WorkerType",
    "NumberOfWorkers",
    "MaxCapacity",
    "SecurityConfiguration",
    "NotificationProperty",
    "ExecutionClass",
)
"""Members of a run's settings that StartJobRun takes."""


class AwsGlueLauncher:
    """Starts runs as job runs of AWS Glue.

    Args:
        settings: What a launch needs.
        place: The account's role, and where scripts go.
        poll_seconds: How long to wait between questions.
    """

    def __init__(
        self, settings: LaunchSettings, place: AwsGluePlace, *, poll_seconds: float = POLL_SECONDS
    ) -> None:
        self._settings = settings
        self._place = place
        self._poll_seconds = poll_seconds

    def start(self, job: JobDefinition, run: Run) -> AwsGlueHandle:
        """Bring the job over there up to its definition, and start a run of it.

        A job run that was started for this run, or for the attempt before it, and is still under
        way is followed instead: whoever had started it died before that was on record.

        Raises:
            LaunchError: The job is declarative, or the service refuses.
        """
        definition = glue_job(job, self._place)
        self._upload_script(job, definition["Command"]["ScriptLocation"])
        name = f"{self._place.job_prefix}{job.name}"
        client = make_client("glue", self._place)
        with service_errors(f"Job {job.name} could not be started on AWS Glue"):
            found = _bring_up(client, name, definition) and _under_way(client, name, run)
            if not found:
                started = client.start_job_run(JobName=name, **glue_job_run(job, run))
                found = started["JobRunId"]
        return AwsGlueHandle(client, name, found, poll_seconds=self._poll_seconds)

    def find(self, run: Run, remote: Mapping[str, str]) -> AwsGlueHandle:  # noqa: ARG002
        """Return the job run that another process had started."""
        client = make_client("glue", self._place)
        return AwsGlueHandle(client, remote["job"], remote["id"], poll_seconds=self._poll_seconds)

    def show(self, job: JobDefinition, arguments: Mapping[str, str]) -> str:
        """Return the job and the arguments as JSON: of CreateJob and of StartJobRun."""
        create = {"Name": f"{self._place.job_prefix}{job.name}", **glue_job(job, self._place)}
        start = {"JobName": create["Name"], "Arguments": _dashed(arguments)}
        return json.dumps({"CreateJob": create, "StartJobRun": start}, indent=2)

    def _upload_script(self, job: JobDefinition, location: str) -> None:
        if job.script is not None and job.location is None:
            store = Stores(self._settings.s3).open(location)
            store.write(location, job.script.read_bytes())


class AwsGlueHandle:
    """A job run of AWS Glue."""

    records_itself = False

    def __init__(
        self,
        client: Any,  # noqa: ANN401
        job: str,
        run_id: str,
        *,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._client = client
        self._job = job
        self._run_id = run_id
        self._poll_seconds = poll_seconds
        self._state = RunState.STARTING
        self._stopped = False
        self.remote = {"launcher": "aws-glue", "id": run_id, "job": job}
        self.log = f"/aws-glue/jobs/output:{run_id}"

    def poll(self, seconds: float) -> Ending | None:
        """Return how it ended, or None when it is still under way."""
        with service_errors(f"The job run {self._run_id} of {self._job} could not be looked up"):
            found = self._client.get_job_run(JobName=self._job, RunId=self._run_id)["JobRun"]
        self._state = RunState(found["JobRunState"])
        if not self._state.final:
            time.sleep(max(seconds, self._poll_seconds))
            return None
        figures = {key: found[key] for key in _FIGURES if key in found}
        message = found.get("ErrorMessage") or f"AWS Glue says {self._state}"
        return Ending(message=message, state=self._state, metrics={"aws_glue": figures})

    def at_work(self) -> bool:
        """Return whether AWS Glue has begun the work."""
        return self._state not in {RunState.STARTING, RunState.WAITING}

    def stop(self, *, hard: bool = False) -> None:  # noqa: ARG002 - there is one way
        """Stop the job run."""
        if self._stopped:
            return
        with service_errors(f"The job run {self._run_id} could not be stopped"):
            answer = self._client.batch_stop_job_run(JobName=self._job, JobRunIds=[self._run_id])
        for error in answer.get("Errors", ()):
            raise LaunchError(
                f"AWS Glue does not stop {self._run_id}: {error['ErrorDetail']['ErrorMessage']}"
            )
        self._stopped = True


def glue_job(job: JobDefinition, place: AwsGluePlace) -> dict[str, Any]:
    """Return a job's members as CreateJob and UpdateJob take them, all but the name.

    Raises:
        LaunchError: The job is declarative: what carries it out is gluepot, which is not there.
    """
    if job.location is None and job.script is None:
        raise LaunchError(
            f"Job {job.name} is declarative; AWS Glue runs scripts. Launch it by emr-serverless or"
            " on a cluster, or write it as a script with Glue's API"
        )
    return {
        "Role": place.role,
        "Description": job.description,
        "Command": {
            "Name": job.command,
            "ScriptLocation": job.location or _script_location(job, place),
            "PythonVersion": "3",
        },
        "GlueVersion": place.glue_version,
        # Ours starts a failed run again; two that do would run it twice.
        "MaxRetries": 0,
        "DefaultArguments": _dashed(
            {"job-bookmark-option": _bookmark_option(job)} | dict(job.default_arguments)
        ),
        "NonOverridableArguments": _dashed(job.fixed_arguments),
    }


def glue_job_run(job: JobDefinition, run: Run) -> dict[str, Any]:
    """Return the members of StartJobRun, all but the job's name."""
    members = {key: run.settings[key] for key in _OF_RUN if key in run.settings}
    if "WorkerType" in members:
        members.pop("MaxCapacity", None)
    fixed = {*(key.removeprefix("--") for key in job.fixed_arguments), LAUNCHER_ARGUMENT}
    own = {key: value for key, value in _dashed(run.arguments).items() if key[2:] not in fixed}
    return {"Arguments": own | {f"--{RUN_ARGUMENT}": run.id}, **members}


def _bring_up(client: Any, name: str, definition: Mapping[str, Any]) -> bool:  # noqa: ANN401
    """Return whether the job was there already; it is as it should be now."""
    try:
        client.get_job(JobName=name)
    except client.exceptions.EntityNotFoundException:
        client.create_job(Name=name, **definition)
        return False
    client.update_job(JobName=name, JobUpdate=dict(definition))
    return True


def _under_way(client: Any, name: str, run: Run) -> str | None:  # noqa: ANN401
    known = {run.id, run.previous_run_id}
    for there in client.get_job_runs(JobName=name, MaxResults=NEWEST_RUNS)["JobRuns"]:
        ours = there.get("Arguments", {}).get(f"--{RUN_ARGUMENT}")
        if ours is not None and ours in known and not RunState(there["JobRunState"]).final:
            return str(there["Id"])
    return None


def _script_location(job: JobDefinition, place: AwsGluePlace) -> str:
    """Return where a script of this machine goes: one place for each of its contents."""
    if job.script is None:
        raise AssertionError("only a script goes to a place of scripts")
    digest = hashlib.sha256(job.script.read_bytes()).hexdigest()[:16]
    return f"{place.location.rstrip('/')}/scripts/{job.name}-{digest}.py"


def _bookmark_option(job: JobDefinition) -> str:
    return "job-bookmark-enable" if job.bookmark else "job-bookmark-disable"


def _dashed(arguments: Mapping[str, str]) -> dict[str, str]:
    return {f"--{key.removeprefix('--')}": value for key, value in arguments.items()}
