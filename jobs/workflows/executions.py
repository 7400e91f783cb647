"""Executions of state machines in the catalog database, and what happened in runs of workflows.

An execution is a row with the time at which something is to be done in it. The end of a run that
it waits for makes that now. So a look for what is due costs as much as is due, however many wait.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gluepot.catalog.scope import ScopedStore
from gluepot.jobs.runs.tables import workflow_events, workflow_executions
from gluepot.jobs.workflows.machine import begin
from gluepot.jobs.workflows.state import Status, execution_from_json, to_json
from gluepot.jobs.workflows.steps import Event, Machine

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from gluepot.jobs.workflows.paths import Json
    from gluepot.jobs.workflows.state import Execution
    from gluepot.jobs.workflows.steps import Step


@dataclass(frozen=True, kw_only=True)
class StoredExecution:
    """An execution as it is recorded.

    ``run_id`` is that of the workflow's run; ``due_at`` and ``ended_at`` are aware.
    """

    run_id: str
    machine: Machine
    execution: Execution
    status: Status
    error: str | None
    ended_at: datetime | None
    due_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class RecordedEvent:
    """Something that happened in a run of a workflow.

    Attributes:
        at: When, aware.
        event: What; AWS's words where it has some.
        state: The state of a state machine, or the job or crawler.
        branch: In which branch of it.
        detail: JSON that says more.
    """

    at: datetime
    event: str
    state: str | None
    branch: str
    detail: Mapping[str, Any]


class ExecutionStore(ScopedStore):
    """Executions in the database of ``engine``; each call is a transaction, or part of one."""

    def start(self, run_id: str, machine: Machine, given: Json) -> None:
        """Record the execution of a new run; it is due at once."""
        now = self._scope.clock()
        row = {
            "run_id": run_id,
            "machine": {
                "name": machine.name,
                "document": machine.document,
                "resources": dict(machine.resources),
            },
            "state": to_json(begin(machine, given, now)),
            "status": Status.RUNNING,
            "due_at": now,
        }
        with self._scope.writing() as connection:
            connection.execute(sa.insert(workflow_executions).values(row))
        self.note(run_id, [Event(type="ExecutionStarted", detail={"input": given})])

    def wake(self, run_id: str) -> None:
        """Make an execution due, if there is one that is running: something it waits for ended."""
        table = workflow_executions.c
        statement = (
            sa.update(workflow_executions)
            .where(table.run_id == run_id, table.status == Status.RUNNING)
            .values(due_at=self._scope.clock())
        )
        with self._scope.writing() as connection:
            connection.execute(statement)

    def find(self, run_id: str, *, lock: bool = False) -> StoredExecution | None:
        """Return the execution of a workflow's run, or None; with ``lock`` nobody changes it."""
        query = sa.select(workflow_executions).where(workflow_executions.c.run_id == run_id)
        with self._scope.reading() as connection:
            row = connection.execute(query.with_for_update() if lock else query).first()
        return None if row is None else _stored(row)

    def any_due(self, now: datetime) -> bool:
        """Return whether ``take_due`` would find one."""
        with self._scope.reading() as connection:
            return connection.execute(_due(now, 1)).first() is not None

    def take_due(self, now: datetime, *, limit: int) -> list[StoredExecution]:
        """Return executions that are due, longest due first; nobody else has them meanwhile.

        The caller saves a step of each in the same transaction: call it on a store ``within`` one.
        Those that another scheduler has in hand are left out.
        """
        with self._scope.writing() as connection:
            rows = connection.execute(_due(now, limit).with_for_update(skip_locked=True)).all()
        return [_stored(row) for row in rows]

    def save(self, run_id: str, step: Step, due: datetime | None, *, now: datetime) -> None:
        """Record a step that was worked out for ``now``, and when the next one is due."""
        execution = step.execution
        ended = execution.status is not Status.RUNNING
        root = execution.root
        values = {
            "state": to_json(execution),
            "status": execution.status,
            "error": _reason(root.error, root.cause) if ended else None,
            "ended_at": now if ended else None,
            "due_at": None if ended else due,
        }
        table = workflow_executions
        with self._scope.writing() as connection:
            connection.execute(sa.update(table).where(table.c.run_id == run_id).values(values))
        self.note(run_id, step.events, at=now)

    def note(self, run_id: str, events: Iterable[Event], *, at: datetime | None = None) -> None:
        """Record that things happened in a run of a workflow, in this order; now if not ``at``."""
        at = at or self._scope.clock()
        rows = [
            {
                "run_id": run_id,
                "event": event.type,
                "state": event.state,
                "branch": event.branch,
                "detail": dict(event.detail),
                "at": at,
            }
            for event in events
        ]
        if rows:
            with self._scope.writing() as connection:
                connection.execute(sa.insert(workflow_events), rows)

    def events(self, run_id: str) -> list[RecordedEvent]:
        """Return what happened in a run, the oldest first."""
        query = sa.select(workflow_events).where(workflow_events.c.run_id == run_id)
        with self._scope.reading() as connection:
            rows = connection.execute(query.order_by(workflow_events.c.number))
            return [
                RecordedEvent(
                    at=row.at,
                    event=row.event,
                    state=row.state,
                    branch=row.branch,
                    detail=row.detail,
                )
                for row in rows
            ]


def _due(now: datetime, limit: int) -> sa.Select[Any]:
    due = workflow_executions.c.due_at
    return sa.select(workflow_executions).where(due <= now).order_by(due).limit(limit)


def _stored(row: sa.Row[Any]) -> StoredExecution:
    return StoredExecution(
        run_id=row.run_id,
        machine=Machine(**row.machine),
        execution=execution_from_json(row.state),
        status=Status(row.status),
        error=row.error,
        ended_at=row.ended_at,
        due_at=row.due_at,
    )


def _reason(error: str | None, cause: str | None) -> str | None:
    if error is None and cause is None:
        return None
    return f"{error}: {cause}" if cause else error
