"""Task runs of ML transforms: runs of their kind, each with the properties of one task."""

from __future__ import annotations

import contextlib
import logging
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gluepot.jobs.runs.lease import LEASE, heartbeat, process_owner
from gluepot.jobs.runs.state import RunError, RunKind, RunState
from gluepot.jobs.runs.tables import runs as run_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from gluepot.jobs.runs.state import Run
    from gluepot.jobs.runs.store import RunStore

logger = logging.getLogger(__name__)


class TaskType(StrEnum):
    """What a task run does, in AWS Glue's words."""

    EVALUATION = "EVALUATION"
    LABELING_SET_GENERATION = "LABELING_SET_GENERATION"
    IMPORT_LABELS = "IMPORT_LABELS"
    EXPORT_LABELS = "EXPORT_LABELS"
    FIND_MATCHES = "FIND_MATCHES"


PROPERTIES: Mapping[TaskType, str] = {
    TaskType.LABELING_SET_GENERATION: "LabelingSetGenerationTaskRunProperties",
    TaskType.IMPORT_LABELS: "ImportLabelsTaskRunProperties",
    TaskType.EXPORT_LABELS: "ExportLabelsTaskRunProperties",
    TaskType.FIND_MATCHES: "FindMatchesTaskRunProperties",
}
"""The member of ``Properties`` that tells more of a task; an evaluation has none."""

_TYPE = run_rows.c.settings[("Properties", "TaskType")].as_string()
_SHOWN_AS = {RunState.WAITING: "STARTING", RunState.ERROR: "FAILED"}
"""Where AWS Glue's tasks know no such state."""

_STATUS = sa.case(
    *((run_rows.c.state == state.value, shown) for state, shown in _SHOWN_AS.items()),
    else_=run_rows.c.state,
)
_STARTED = sa.func.coalesce(run_rows.c.started_at, run_rows.c.queued_at)

_SORT: Mapping[str, sa.ColumnElement[Any]] = {
    "TASK_RUN_TYPE": _TYPE,
    "STATUS": _STATUS,
    "STARTED": _STARTED,
}


def properties_of(task: TaskType, details: Mapping[str, Any]) -> dict[str, Any]:
    """Return a task's ``Properties`` as AWS Glue shows them."""
    member = PROPERTIES.get(task)
    return {"TaskType": task.value} | ({} if member is None else {member: dict(details)})


def task_of(run: Run) -> tuple[TaskType, Mapping[str, Any]]:
    """Return what a task run does, and its details."""
    properties = run.settings["Properties"]
    task = TaskType(properties["TaskType"])
    return task, properties.get(PROPERTIES.get(task), {})


def enqueue_task(
    runs: RunStore,
    transform_id: str,
    definition: Mapping[str, Any],
    task: TaskType,
    details: Mapping[str, Any],
    **settings: object,
) -> Run:
    """Queue a task for the next free worker, with its transform's timeout and retries.

    Args:
        runs: Where it is recorded.
        transform_id: The transform.
        definition: Its definition.
        task: What is to be done.
        details: The task's properties, in AWS Glue's words.
        settings: What gluepot alone knows of such tasks.
    """
    run = runs.enqueue(
        RunKind.MATCH,
        transform_id,
        max_retries=definition.get("MaxRetries", 0),
        settings={
            "Timeout": definition.get("Timeout", 2880),
            "Properties": properties_of(task, details),
            **settings,
        },
    )
    if run is None:
        raise AssertionError("a run without a unique key is always recorded")
    return run


@contextlib.contextmanager
def find_matches_task(
    runs: RunStore, transform_id: str, *, job_name: str, job_run_id: str
) -> Iterator[Run]:
    """Record, for as long as the block takes, that a job's run uses a transform.

    The record ends as the block does; when the process dies, its lease runs out and it is FAILED.

    Args:
        runs: Where it is recorded.
        transform_id: The transform.
        job_name: The job; jobs have no other id here.
        job_run_id: Its run.
    """
    owner = process_owner()
    details = {"JobId": job_name, "JobName": job_name, "JobRunId": job_run_id}
    queued = runs.enqueue(
        RunKind.MATCH,
        transform_id,
        owner=owner,
        lease=LEASE,
        max_retries=0,
        settings={"Properties": properties_of(TaskType.FIND_MATCHES, details)},
    )
    if queued is None:
        raise AssertionError("a run without a unique key is always recorded")
    run = runs.begin(queued.id, owner, lease=LEASE)

    def note_loss() -> None:
        logger.warning("Task run %s was taken for dead; the job goes on", run.id)

    with heartbeat(runs, run.id, owner, on_lost=note_loss):
        try:
            yield run
        except BaseException as error:
            message = f"{type(error).__name__}: {error}"
            runs.finish(run.id, RunState.FAILED, error=RunError(message=message))
            raise
        runs.finish(run.id, RunState.SUCCEEDED)


@dataclass(frozen=True, kw_only=True)
class TaskOrder:
    """In which order task runs are listed; those that are equal in it, the newest first.

    Attributes:
        column: AWS Glue's word; None for the newest first.
        falling: Whether the greatest value comes first.
    """

    column: str | None = None
    falling: bool = True

    def place(self, run: Run) -> list[Any]:
        """Return where a run stands, as JSON data."""
        match self.column:
            case "TASK_RUN_TYPE":
                return [task_of(run)[0].value, run.id]
            case "STATUS":
                return [status_of(run), run.id]
            case "STARTED":
                return [started_at(run).isoformat(), run.id]
            case _:
                return [None, run.id]


def page_tasks(  # noqa: PLR0913  the parts of a page
    runs: RunStore,
    transform_id: str,
    order: TaskOrder,
    *,
    where: Sequence[sa.ColumnElement[bool]],
    after: Sequence[Any] | None,
    limit: int,
) -> list[Run]:
    """Return task runs of a transform in an order, those after a place.

    Args:
        runs: Where they are recorded.
        transform_id: The transform.
        order: The order.
        where: Conditions of ``task_conditions``.
        after: What ``TaskOrder.place`` said of the run before; None for the first page.
        limit: How many at most.
    """
    key = None if order.column is None else _SORT[order.column]
    beyond = [] if after is None else [_beyond(key, after, falling=order.falling)]
    return runs.list(
        kind=RunKind.MATCH,
        name=transform_id,
        limit=limit,
        where=[*where, *beyond],
        order=[] if key is None else [key.desc() if order.falling else key.asc()],
    )


def _beyond(
    key: sa.ColumnElement[Any] | None, after: Sequence[Any], *, falling: bool
) -> sa.ColumnElement[bool]:
    value, run_id = after
    place = sa.select(run_rows.c.number).where(run_rows.c.id == run_id).scalar_subquery()
    older = run_rows.c.number < place
    if key is None:
        return older
    if key is _STARTED:
        value = datetime.fromisoformat(value)
    further = key < value if falling else key > value
    return sa.or_(further, sa.and_(key == value, older))


def task_conditions(wanted: Mapping[str, Any]) -> list[sa.ColumnElement[bool]]:
    """Return AWS Glue's TaskRunFilterCriteria as SQL; its times are aware."""
    tests: Mapping[str, Callable[[Any], sa.ColumnElement[bool]]] = {
        "TaskRunType": lambda kind: kind == _TYPE,
        "Status": lambda status: status == _STATUS,
        "StartedBefore": lambda time: time > _STARTED,
        "StartedAfter": lambda time: time < _STARTED,
    }
    return [tests[member](value) for member, value in wanted.items()]


def status_of(run: Run) -> str:
    """Return a run's state in the words of AWS Glue's tasks."""
    return _SHOWN_AS.get(run.state, run.state.value)


def started_at(run: Run) -> datetime:
    """Return when a task run began; before that, when it was asked for."""
    return run.started_at or run.queued_at
