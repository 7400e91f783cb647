"""What a state machine is told of a run: its result, or the error by AWS's name.

Source: Step Functions developer guide, "Start an AWS Glue job" and "Call HTTPS APIs".
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from gluepot.jobs.definitions.job_documents import show_run
from gluepot.jobs.runs.state import RunKind, RunState
from gluepot.jobs.workflows.faults import TASK_FAILED
from gluepot.jobs.workflows.steps import Report

if TYPE_CHECKING:
    from gluepot.jobs.runs.state import Run
    from gluepot.jobs.workflows.paths import Json

LOST = Report(ended=True, error=TASK_FAILED, cause="The run that was started is not on record")
ERROR_NAME = "error_name"
RESULT = "result"
"""Metrics of a call over HTTP."""

_TOO_MANY = "Concurrent runs exceeded for job"


def report_of(run: Run, now: datetime) -> Report:
    """Return how the work of a run stands."""
    alive = run.lease_expires_at is not None and run.lease_expires_at > now
    if not run.state.final or run.retried:
        return Report(begun=_begun(run), alive=alive)
    if run.state is RunState.SUCCEEDED:
        return Report(begun=_begun(run), ended=True, output=_output(run))
    return Report(begun=_begun(run), ended=True, error=_error(run), cause=_cause(run))


def _begun(run: Run) -> Json:
    return {"JobName": run.name, "JobRunId": run.id} if run.kind is RunKind.JOB else {}


def _output(run: Run) -> Json:
    if run.kind is RunKind.CALL:
        return run.metrics.get(RESULT)
    return _described(run)


def _described(run: Run) -> Json:
    if run.kind is RunKind.JOB:
        return _plain(show_run(run, {}))
    return {"Name": run.name, "RunId": run.id, "State": run.state}


def _error(run: Run) -> str:
    if run.kind is RunKind.CALL:
        return str(run.metrics.get(ERROR_NAME, TASK_FAILED))
    if run.state is RunState.ERROR:
        return "Glue.EntityNotFoundException"
    if run.error is not None and run.error.message.startswith(_TOO_MANY):
        return "Glue.ConcurrentRunsExceededException"
    return TASK_FAILED


def _cause(run: Run) -> str:
    if run.kind is RunKind.JOB:
        return json.dumps(_described(run), ensure_ascii=False)
    return run.error.message if run.error is not None else f"The run is {run.state}"


def _plain(value: Any) -> Json:  # noqa: ANN401
    """Return a document of the API as JSON: times in milliseconds, and no empty members."""
    if isinstance(value, datetime):
        return int(value.timestamp() * 1000)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if item is not None}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
