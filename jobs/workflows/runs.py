"""Runs of workflows in the catalog database: what each began with, and what became of it.

A workflow run is a chain: its id is the chain of every run of a job or crawler in it. How it
stands is read from those runs, so nothing has to be kept in step.
"""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gluepot.catalog.definitions import DefinitionStore
from gluepot.catalog.errors import EntityNotFoundError
from gluepot.catalog.scope import ScopedStore
from gluepot.catalog.wire import from_wire, to_wire
from gluepot.jobs.errors import ConcurrentRunsError
from gluepot.jobs.notifications.outbox import Announcement, announce
from gluepot.jobs.runs.state import RunState
from gluepot.jobs.runs.tables import lock_name, runs, workflow_executions, workflow_runs
from gluepot.jobs.triggers.model import Trigger, TriggerState
from gluepot.jobs.workflows.executions import ExecutionStore
from gluepot.jobs.workflows.state import Status
from gluepot.jobs.workflows.steps import Event, Machine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from gluepot.catalog.definitions import Definition
    from gluepot.jobs.runs.state import Chain, Target
    from gluepot.jobs.workflows.paths import Json

KIND = "Workflow"
"""The kind of workflows among the definitions."""

MACHINE_KIND = "StateMachine"
"""The kind of what a workflow of the same name carries out, if it is a state machine."""


class WorkflowNotFoundError(EntityNotFoundError):
    """There is no such workflow, or no such run of one: ``WorkflowNotFoundError(kind, name)``."""

    def __str__(self) -> str:
        """Word it as AWS Glue does."""
        return "Entity not found"


@dataclass(frozen=True, kw_only=True)
class WorkflowRun:
    """A workflow run as it is recorded.

    Attributes:
        id: ``wr_`` and 64 hexadecimal digits.
        workflow_name: Its workflow.
        properties: What its jobs may read and change.
        triggers: The workflow's triggers as they were when it began.
        started_at: Aware.
        stopped_at: When somebody stopped it, else None.
        error: Why it never began, else None.
        event_batch: What made events begin it, as AWS Glue's StartingEventBatchCondition: their
            number, or the window in seconds that ran out; None where no events did.
        previous_run_id: The run that this one resumes.
        kept_runs: Ids of runs of that one whose ends count in this one, too.
        status: Where its state machine stands; None for a graph of triggers.
        ended_at: When its state machine ended.
    """

    id: str
    workflow_name: str
    properties: Mapping[str, str]
    triggers: tuple[Trigger, ...]
    started_at: datetime
    stopped_at: datetime | None = None
    error: str | None = None
    event_batch: Mapping[str, int] | None = None
    previous_run_id: str | None = None
    kept_runs: tuple[str, ...] = ()
    status: Status | None = None
    ended_at: datetime | None = None

    @property
    def arguments(self) -> dict[str, str]:
        """Return what its jobs are told of it."""
        return {"--WORKFLOW_NAME": self.workflow_name, "--WORKFLOW_RUN_ID": self.id}

    def watching(self, target: Target) -> tuple[Trigger, ...]:
        """Return its conditional triggers with a condition on ``target``; none once stopped."""
        if self.stopped_at is not None:
            return ()
        return tuple(
            trigger
            for trigger in self.triggers
            if trigger.state == TriggerState.ACTIVATED
            and target in {condition.outcome.target for condition in trigger.conditions}
        )


def status_of(run: WorkflowRun, chain: Chain) -> str:
    """Return where a run stands, in AWS Glue's words; ``chain`` are the runs in it.

    One of a graph is COMPLETED even where jobs failed, as in AWS Glue; a state machine that
    failed is an ERROR.
    """
    at_work = chain.open or run.status is Status.RUNNING
    if run.stopped_at is not None:
        return "STOPPING" if at_work else "STOPPED"
    if run.error is not None or run.status in {Status.FAILED, Status.TIMED_OUT}:
        return "ERROR"
    return "RUNNING" if at_work else "COMPLETED"


class WorkflowRunStore(ScopedStore):
    """Workflow runs in the database of ``engine``."""

    def __init__(
        self,
        engine: sa.Engine,
        clock: Callable[[], datetime],
        *,
        connection: sa.Connection | None = None,
    ) -> None:
        super().__init__(engine, clock, connection=connection)
        self._definitions = DefinitionStore(engine, clock, connection=connection)
        self.executions = ExecutionStore(engine, clock, connection=connection)

    def workflow(self, name: str) -> Definition:
        """Return a workflow's definition.

        Raises:
            WorkflowNotFoundError: There is none of that name.
        """
        found = self._definitions.find(KIND, name)
        if found is None:
            raise WorkflowNotFoundError(KIND, name)
        return found

    def machine(self, name: str) -> Machine | None:
        """Return the state machine that a workflow is, or None for a graph of triggers."""
        found = self._definitions.find(MACHINE_KIND, name)
        if found is None:
            return None
        document, resources = found.definition["Document"], found.definition["Resources"]
        return Machine(name=name, document=document, resources=resources)

    def begin(  # noqa: PLR0913  what makes a run
        self,
        name: str,
        properties: Mapping[str, str],
        triggers: Iterable[Trigger],
        *,
        record_refusal: bool = False,
        event_batch: Mapping[str, int] | None = None,
        given: Json = None,
        resumes: WorkflowRun | None = None,
        kept_runs: Iterable[str] = (),
        machine: Machine | None = None,
    ) -> WorkflowRun:
        """Record a new run; the caller records what it starts, in the same transaction.

        A state machine, the workflow's own or ``machine``, begins with ``given``, or else with the
        run's properties. With
        ``record_refusal`` a run too many is recorded with its error instead of raised.
        ``event_batch`` is what made events begin it. One that ``resumes`` another begins with its
        properties, and the ends of ``kept_runs`` count in it.

        Raises:
            WorkflowNotFoundError: There is no such workflow.
            ConcurrentRunsError: As many runs of it as may be are under way.
        """
        definition = self.workflow(name).definition
        before = (
            definition.get("DefaultRunProperties", {}) if resumes is None else resumes.properties
        )
        most = definition.get("MaxConcurrentRuns")
        error = None
        with self._scope.writing() as connection:
            lock_name(connection, f"workflow:{name}")
            if most is not None and _count_open(connection, name) >= most:
                error = f"Concurrent runs exceeded for workflow: {name}."
            if error is not None and not record_refusal:
                raise ConcurrentRunsError(error)
            run = WorkflowRun(
                id=f"wr_{secrets.token_hex(32)}",
                workflow_name=name,
                properties={**before, **properties},
                triggers=tuple(triggers),
                started_at=self._scope.clock(),
                error=error,
                event_batch=event_batch,
                previous_run_id=None if resumes is None else resumes.id,
                kept_runs=tuple(kept_runs),
            )
            connection.execute(sa.insert(workflow_runs).values(_row(run)))
            self.within(connection)._record_begin(run, given, machine)  # noqa: SLF001
        return run

    def _record_begin(self, run: WorkflowRun, given: Json, machine: Machine | None) -> None:
        detail = {
            "properties": dict(run.properties),
            "resumes": run.previous_run_id,
            "events": None if run.event_batch is None else dict(run.event_batch),
            "error": run.error,
        }
        known = {key: value for key, value in detail.items() if value}
        if run.error is not None:
            self._tell(run, "ERROR", {**known, "message": run.error})
            return
        self._tell(run, "RUNNING", known)
        machine = machine or self.machine(run.workflow_name)
        if machine is not None:
            begun_with = dict(run.properties) if given is None else given
            self.executions.start(run.id, machine, begun_with)

    def find(self, run_id: str) -> WorkflowRun | None:
        """Return a workflow run, or None; the id of any chain may be asked for."""
        with self._scope.reading() as connection:
            query = _RUNS.where(workflow_runs.c.id == run_id)
            row = connection.execute(query).first()
        return None if row is None else _run(row)

    def get(self, name: str, run_id: str) -> WorkflowRun:
        """Return a run of a workflow.

        Raises:
            WorkflowNotFoundError: There is no such run, or it is another workflow's.
        """
        found = self.find(run_id)
        if found is None or found.workflow_name != name:
            raise WorkflowNotFoundError("Workflow run", run_id)
        return found

    def page(
        self, name: str, after: str | None, limit: int, *, with_triggers: bool = True
    ) -> list[WorkflowRun]:
        """Return at most ``limit`` runs, the newest first, those older than the run ``after``.

        Without triggers each has none: of a large workflow they are most of what is read.
        """
        table = workflow_runs
        query = (_RUNS if with_triggers else _HEADS).where(table.c.workflow_name == name)
        if after is not None:
            place = sa.select(table.c.number).where(table.c.id == after).scalar_subquery()
            query = query.where(table.c.number < place)
        with self._scope.reading() as connection:
            rows = connection.execute(query.order_by(table.c.number.desc()).limit(limit))
            return [_run(row) for row in rows]

    def stop(self, run_id: str) -> None:
        """Record that somebody stops a run: nothing more follows in it."""
        with self._scope.writing() as connection:
            inside = self.within(connection)
            inside._set(run_id, {"stopped_at": self._scope.clock()})  # noqa: SLF001
            inside.executions.note(run_id, [Event(type="WorkflowRunStopping")])
            found = inside.find(run_id)
            if found is not None and _count_states(connection, run_id) is not None:
                inside._tell(found, "STOPPED", {})  # noqa: SLF001

    def follow_end(self, run: WorkflowRun) -> None:
        """Say that a job or crawler of a run has ended, and that what follows is recorded.

        A state machine is due then. A run of triggers has ended if nothing is left to be done.
        """
        if run.status is Status.RUNNING:
            self.executions.wake(run.id)
        if run.status is not None and run.stopped_at is None:
            return
        with self._scope.writing() as connection:
            # Of two that end at once, the second sees what the first has done.
            lock_name(connection, f"workflow run:{run.id}")
            counts = _count_states(connection, run.id)
            if counts is not None:
                event = "COMPLETED" if run.stopped_at is None else "STOPPED"
                failed = sum(counts[state] for state in _FAILURES)
                detail = {"failed": failed, "statistics": dict(counts)}
                self.within(connection)._tell(run, event, detail)  # noqa: SLF001

    def _tell(self, run: WorkflowRun, event: str, detail: Mapping[str, Any]) -> None:
        """Record an event of a run for its history, and for whoever is notified."""
        told = Announcement(
            kind="workflow",
            name=run.workflow_name,
            subject_id=run.id,
            event=event,
            detail=detail,
            at=self._scope.clock(),
        )
        with self._scope.writing() as connection:
            announce(connection, told)
        self.executions.note(run.id, [Event(type=_EVENTS[event], detail=detail)])

    def put_properties(self, name: str, run_id: str, properties: Mapping[str, str]) -> None:
        """Add properties to those of a run; equal keys are replaced.

        Raises:
            WorkflowNotFoundError: There is no such run, or it is another workflow's.
        """
        with self._scope.writing() as connection:
            lock_name(connection, f"workflow run:{run_id}")
            inside = self.within(connection)
            found = inside.get(name, run_id)
            inside._set(run_id, {"properties": {**found.properties, **properties}})  # noqa: SLF001
            event = Event(type="PropertiesChanged", detail={"properties": dict(properties)})
            inside.executions.note(run_id, [event])

    def _set(self, run_id: str, values: Mapping[str, Any]) -> None:
        with self._scope.writing() as connection:
            update = sa.update(workflow_runs).where(workflow_runs.c.id == run_id)
            connection.execute(update.values(dict(values)))


_RUNS = sa.select(
    workflow_runs,
    workflow_executions.c.status,
    workflow_executions.c.error.label("execution_error"),
    workflow_executions.c.ended_at,
).outerjoin(workflow_executions, workflow_executions.c.run_id == workflow_runs.c.id)


_HEADS = _RUNS.with_only_columns(
    *(column for column in _RUNS.selected_columns if column.key != "triggers"),
    sa.null().label("triggers"),
    maintain_column_froms=True,
)


_EVENTS = {
    "RUNNING": "WorkflowRunStarted",
    "COMPLETED": "WorkflowRunCompleted",
    "STOPPED": "WorkflowRunStopped",
    "ERROR": "WorkflowRunRefused",
}
_FAILURES = (RunState.FAILED, RunState.TIMEOUT, RunState.ERROR, RunState.EXPIRED)


def _count_states(connection: sa.Connection, run_id: str) -> Counter[str] | None:
    """Return how many runs of a chain are in which state, or None while one is to be seen to."""
    columns = runs.c
    states: Counter[str] = Counter()
    query = sa.select(
        columns.state, columns.attempt < columns.max_retries, columns.triggers_pending
    ).where(columns.chain_id == run_id)
    for state, tried_again, pending in connection.execute(query):
        if pending or not RunState(state).final:
            return None
        if not (state == RunState.FAILED and tried_again):
            states[str(state)] += 1
    return states


def _count_open(connection: sa.Connection, name: str) -> int:
    in_hand = sa.exists().where(
        runs.c.chain_id == workflow_runs.c.id,
        runs.c.completed_at.is_(None) | runs.c.triggers_pending,
    )
    running = sa.exists().where(
        workflow_executions.c.run_id == workflow_runs.c.id,
        workflow_executions.c.status == Status.RUNNING,
    )
    query = sa.select(sa.func.count()).where(
        workflow_runs.c.workflow_name == name, in_hand | running
    )
    return connection.scalar(query) or 0


def _row(run: WorkflowRun) -> dict[str, Any]:
    return {
        "id": run.id,
        "workflow_name": run.workflow_name,
        "properties": dict(run.properties),
        "triggers": [to_wire(trigger) for trigger in run.triggers],
        "started_at": run.started_at,
        "stopped_at": run.stopped_at,
        "error": run.error,
        "event_batch": None if run.event_batch is None else dict(run.event_batch),
        "previous_run_id": run.previous_run_id,
        "kept_runs": list(run.kept_runs) or None,
    }


def _run(row: sa.Row[Any]) -> WorkflowRun:
    return WorkflowRun(
        id=row.id,
        workflow_name=row.workflow_name,
        properties=row.properties,
        triggers=tuple(from_wire(Trigger, item) for item in row.triggers or ()),
        started_at=row.started_at,
        stopped_at=row.stopped_at,
        error=row.error or row.execution_error,
        event_batch=row.event_batch,
        previous_run_id=row.previous_run_id,
        kept_runs=tuple(row.kept_runs or ()),
        status=None if row.status is None else Status(row.status),
        ended_at=row.ended_at,
    )
