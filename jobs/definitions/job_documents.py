"""Jobs and job runs as AWS Glue shows them: what was given, and its defaults for the rest."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import GluepotError, InvalidInputError
from gluepot.jobs.definitions.model import load_job
from gluepot.jobs.definitions.stored_jobs import merged_arguments
from gluepot.jobs.parameters.secret_references import hide_plain
from gluepot.jobs.parameters.worker_types import DEFAULT_TYPE, DEFAULT_WORKERS, WORKER_TYPES
from gluepot.jobs.runs.state import RunRules, RunState

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from gluepot.catalog.calls import Document
    from gluepot.catalog.definitions import Definition
    from gluepot.jobs.definitions.model import Command
    from gluepot.jobs.definitions.stored_jobs import JobBook
    from gluepot.jobs.runs.state import Run

ENGINE = "6.0"
"""The version of AWS Glue whose engine gluepot's jobs run on; its default here."""

LOG_GROUP = "/aws-glue/jobs"

LARGEST_CAPACITY = 100_000
"""Far above AWS Glue's own quotas, and small enough for every client's numbers."""

_CAPACITY = ("AllocatedCapacity", "MaxCapacity", "WorkerType", "NumberOfWorkers")
_RUN_MEMBERS = (
    "Timeout",
    "SecurityConfiguration",
    "NotificationProperty",
    "GlueVersion",
    "ExecutionClass",
    "JobRunQueuingEnabled",
    "JobMode",
    "MaintenanceWindow",
)
"""Members of a job that its runs have too."""


@dataclass(frozen=True, kw_only=True)
class KnownJob:
    """A job of the API's list, whoever has defined it.

    Attributes:
        name: Its name.
        document: AWS Glue's members of it, without defaults.
        created_at: Aware.
        updated_at: Aware.
        is_file: Whether a file defines it, so that the API cannot change it.
    """

    name: str
    document: Document
    created_at: datetime
    updated_at: datetime
    is_file: bool = False


def stored_job(definition: Definition) -> KnownJob:
    """Return a job that the API has stored."""
    return KnownJob(
        name=definition.name,
        document=definition.definition,
        created_at=definition.created_at,
        updated_at=definition.updated_at,
    )


def file_job(conf_dir: Path, name: str) -> KnownJob:
    """Return a job of a file; what is wrong with a faulty file is its description."""
    members: Mapping[str, Any]
    command: Command
    try:
        job = load_job(conf_dir, name)
        file, description, members = job.file, job.description, job.members
        command, location = job.command, job.location
    except GluepotError as error:
        file, description, members = conf_dir / "jobs" / f"{name}.yaml", f"Faulty: {error}", {}
        command, location = "glueetl", None
    changed = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    place = location or f"file://{file}"
    document: Document = {
        "MaxRetries": 0,
        **members,
        "Command": {"Name": command, "ScriptLocation": place, "PythonVersion": "3"},
        "Description": description[:2048],
    }
    return KnownJob(
        name=name, document=document, created_at=changed, updated_at=changed, is_file=True
    )


def show_job(job: KnownJob) -> Document:
    """Return a job as GetJob answers."""
    document = job.document
    return {
        "ExecutionProperty": {"MaxConcurrentRuns": 1},
        "MaxRetries": 0,
        **run_settings(document, {}),
        **document,
        "Name": job.name,
        "CreatedOn": job.created_at,
        "LastModifiedOn": job.updated_at,
    }


def run_settings(document: Mapping[str, Any], given: Mapping[str, Any]) -> Document:
    """Return the members that a run has of its job, ``given`` ones over the job's own.

    Raises:
        InvalidInputError: Capacities are given that exclude each other.
    """
    check_capacity(given)
    version = document.get("GlueVersion", ENGINE)
    members = {key: document[key] for key in _RUN_MEMBERS if key in document}
    members = {"GlueVersion": version, "Timeout": _timeout(version), **members}
    members |= {key: given[key] for key in _RUN_MEMBERS if key in given}
    named = {key: given[key] for key in _CAPACITY if key in given}
    own = {key: document[key] for key in _CAPACITY if key in document}
    kind = document.get("Command", {}).get("Name")
    return members | _capacity(kind, named or own, own)


def rules_of(jobs: JobBook, names: Collection[str]) -> dict[str, RunRules]:
    """Return what jobs say of the runs that triggers begin; nothing of one that cannot be read."""
    # Its run itself will fail, and say why.
    found = dict.fromkeys(names, RunRules(max_retries=0))
    for name, job in jobs.load_many(names).items():
        found[name] = RunRules(
            max_concurrent=most_runs(job.members),
            queues=job.members.get("JobRunQueuingEnabled", False),
            settings=run_settings(job.members, {}),
            max_retries=job.max_retries,
        )
    return found


def most_runs(members: Mapping[str, Any]) -> int:
    """Return how many runs of a job may be under way at once."""
    most: int = members.get("ExecutionProperty", {}).get("MaxConcurrentRuns", 1)
    return most


def check_capacity(members: Mapping[str, Any]) -> None:
    """Return when the capacities do not exclude each other.

    Raises:
        InvalidInputError: They do.

    Source: Glue API reference, CreateJob and StartJobRun; sentences as the service words them.
    """
    if "AllocatedCapacity" in members and "MaxCapacity" in members:
        raise InvalidInputError("Please set only Allocated Capacity or Max Capacity")
    if "MaxCapacity" in members and members.keys() & {"WorkerType", "NumberOfWorkers"}:
        raise InvalidInputError(
            "Please do not set Max Capacity if using Worker Type and Number of Workers."
        )
    for member in ("AllocatedCapacity", "MaxCapacity", "NumberOfWorkers"):
        if not 0 <= members.get(member, 0) <= LARGEST_CAPACITY:
            raise InvalidInputError(f"{member} is from 0 to {LARGEST_CAPACITY:,}")


def show_run(run: Run, document: Mapping[str, Any], *, predecessors: bool = False) -> Document:
    """Return a run as GetJobRun answers; ``document`` is its job's, empty when it is gone."""
    # A run that the API has started holds all of them, one of a trigger what the trigger says.
    whole = "MaxCapacity" in run.settings
    settings = run.settings if whole else run_settings(document, run.settings)
    arguments = merged_arguments(document, run.arguments)
    queued = run.state is RunState.WAITING
    worked = run.duration
    ended = run.completed_at or run.started_at or run.queued_at
    return {
        **{key: settings[key] for key in (*_RUN_MEMBERS, *_CAPACITY) if key in settings},
        "Id": run.id,
        "Attempt": run.attempt,
        "PreviousRunId": run.previous_run_id,
        "TriggerName": run.trigger_name,
        "JobName": run.name,
        "StartedOn": run.queued_at,
        "LastModifiedOn": ended,
        "CompletedOn": run.completed_at,
        # WAITING is Glue's word for a run that its job's queue holds back; others are starting.
        "JobRunState": _shown_state(run),
        "StateDetail": _why_it_waits(run) if queued else None,
        # A definition is shown as it was given, so that it can be given again; a run is history.
        "Arguments": hide_plain(arguments),
        "ErrorMessage": run.error and run.error.message,
        "PredecessorRuns": [] if predecessors else None,
        "ExecutionTime": 0 if worked is None else int(worked.total_seconds()),
        "DPUSeconds": None
        if worked is None
        else settings.get("MaxCapacity", 0.0) * worked.total_seconds(),
        "LogGroupName": arguments.get("--continuous-log-logGroup", LOG_GROUP),
    }


def show_bookmark(
    job_name: str, version: int, run_id: str | None, files: dict[str, int]
) -> Document:
    """Return a bookmark as GetJobBookmark answers."""
    return {
        "JobName": job_name,
        "Version": version,
        "Run": version,
        "Attempt": 0,
        "RunId": run_id,
        "JobBookmark": json.dumps({"files_read": files}),
    }


def _shown_state(run: Run) -> RunState:
    if run.state is RunState.WAITING and run.held_below is None:
        return RunState.STARTING
    return run.state


def _why_it_waits(run: Run) -> str:
    if run.held_below is not None:
        return f"Waits until fewer than {run.held_below} runs of the job are under way"
    if run.not_before is not None:
        return f"Waits to be tried again at {run.not_before:%Y-%m-%d %H:%M:%S}Z"
    return "Waits for a free worker"


def _timeout(version: str) -> int:
    """Return minutes. Source: Glue API reference, Job: 480 from version 5.0 on, before 2,880."""
    major = version.partition(".")[0]
    return 2880 if major.isdigit() and int(major) < 5 else 480  # noqa: PLR2004


def _capacity(kind: str | None, members: Mapping[str, Any], own: Mapping[str, Any]) -> Document:
    """Return the capacity in all of AWS Glue's ways of saying it."""
    if "MaxCapacity" in members:
        units = members["MaxCapacity"]
    elif members.keys() & {"WorkerType", "NumberOfWorkers"}:
        both = {**{key: own[key] for key in own if key != "MaxCapacity"}, **members}
        named = both.get("WorkerType", DEFAULT_TYPE)
        kind_of = WORKER_TYPES.get(named, WORKER_TYPES[DEFAULT_TYPE])
        units = kind_of.units * both.get("NumberOfWorkers", DEFAULT_WORKERS)
        members = {key: both[key] for key in both if key in {"WorkerType", "NumberOfWorkers"}}
    elif "AllocatedCapacity" in members:
        units = float(members["AllocatedCapacity"])
    else:
        units = 0.0625 if kind == "pythonshell" else 10.0
    return {"MaxCapacity": units, "AllocatedCapacity": int(units), **members}
