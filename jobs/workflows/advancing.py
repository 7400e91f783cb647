"""Advances the executions that are due: a step and the runs it starts are one transaction.

A process killed between any two statements leaves either all of a step or none of it. The key of
each run that a step starts is unique, so that a step worked out twice starts it once.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from gluepot.jobs.notifications.outbox import Announcement, announce
from gluepot.jobs.runs.state import RunKind, RunState
from gluepot.jobs.runs.tables import runs as runs_table
from gluepot.jobs.workflows.machine import abort, crash, step
from gluepot.jobs.workflows.reports import LOST, report_of
from gluepot.jobs.workflows.state import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from gluepot.jobs.runs.state import Run
    from gluepot.jobs.runs.store import RunStore
    from gluepot.jobs.workflows.executions import ExecutionStore, StoredExecution
    from gluepot.jobs.workflows.steps import Report, Start, Step

TRIGGER = "states:"
"""The trigger of a run that a state machine starts is this and the workflow's name."""

logger = logging.getLogger(__name__)

BATCH = 20
"""How many executions are advanced in one transaction."""

_TICK = timedelta(microseconds=1)


class Advancing:
    """Advances the executions of one database with its queue of runs."""

    def __init__(
        self, *, clock: Callable[[], datetime], runs: RunStore, executions: ExecutionStore
    ) -> None:
        self._clock = clock
        self._runs = runs
        self._executions = executions

    def any_due(self) -> bool:
        """Return whether something is to be done now."""
        return self._executions.any_due(self._clock())

    def advance(self) -> tuple[Run, ...]:
        """Advance every execution that is due, each by one step, and return the runs started."""
        now = self._clock()
        found: list[Run] = []
        while self._executions.any_due(now):
            with self._runs.transaction() as connection:
                taken = self._executions.within(connection).take_due(now, limit=BATCH)
                for stored in taken:
                    found += self._advance(connection, stored, now)
            if not taken:
                break  # Another scheduler has them in hand.
        return tuple(found)

    def stop(self, run_id: str, connection: sa.Connection) -> None:
        """End an execution that is running, in the transaction open on ``connection``.

        What it has started is stopped by whoever stops the run of the workflow.
        """
        executions = self._executions.within(connection)
        found = executions.find(run_id, lock=True)
        if found is not None and found.status is Status.RUNNING:
            executions.save(run_id, abort(found.execution), None, now=self._clock())

    def _advance(
        self, connection: sa.Connection, stored: StoredExecution, now: datetime
    ) -> list[Run]:
        runs = self._runs.within(connection)
        tokens = [task.token for task in stored.execution.root.tasks()]
        reports = _reports(connection, runs, stored.run_id, tokens, now)
        after = _step(stored, reports, now)
        for token in after.stops:
            run_id = _run_ids(connection, stored.run_id, [token]).get(token)
            if run_id is not None:
                runs.stop(_latest(connection, runs, runs.get(run_id)).id)
        started = [
            run for start in after.starts if (run := _start(runs, stored, start)) is not None
        ]
        # What need not be waited for, and what has ended at once, is looked at in the next pass.
        soon = any(not start.waits for start in after.starts) or any(
            run.state.final for run in started
        )
        due = now + _TICK if soon or (after.due is not None and after.due <= now) else after.due
        self._executions.within(connection).save(stored.run_id, after, due, now=now)
        if after.execution.status is not Status.RUNNING:
            announce(connection, _ending(stored, after, now))
        return started


def _step(stored: StoredExecution, reports: Mapping[str, Report], now: datetime) -> Step:
    try:
        return step(stored.machine, stored.execution, stored.run_id, reports, now)
    except Exception as error:
        # A fault of the interpreter's own must not keep every other execution from advancing.
        logger.exception("The execution %s of %s breaks off", stored.run_id, stored.machine.name)
        return crash(stored.execution, f"{type(error).__name__}: {error}")


def _ending(stored: StoredExecution, after: Step, now: datetime) -> Announcement:
    root, well = after.execution.root, after.execution.status is Status.SUCCEEDED
    return Announcement(
        kind="workflow",
        name=stored.machine.name,
        subject_id=stored.run_id,
        event="COMPLETED" if well else "ERROR",
        detail={} if well else {"message": f"{root.error}: {root.cause}"},
        at=now,
    )


def _start(runs: RunStore, stored: StoredExecution, start: Start) -> Run | None:
    work, name = start.work, stored.machine.name
    arguments = dict(work.arguments)
    if work.kind is RunKind.JOB:
        arguments |= {"--WORKFLOW_NAME": name, "--WORKFLOW_RUN_ID": stored.run_id}
    return runs.enqueue(
        work.kind,
        work.name,
        arguments=arguments,
        settings=work.settings,
        trigger_name=f"{TRIGGER}{name}",
        chain_id=stored.run_id,
        unique_key=_key(stored.run_id, start.token),
    )


def _reports(
    connection: sa.Connection, runs: RunStore, run_id: str, tokens: list[str], now: datetime
) -> dict[str, Report]:
    found = _run_ids(connection, run_id, tokens)
    reports: dict[str, Report] = {}
    for token in tokens:
        if token not in found:
            reports[token] = LOST
            continue
        latest = _latest(connection, runs, runs.get(found[token]))
        reports[token] = report_of(latest, now)
    return reports


def _run_ids(connection: sa.Connection, run_id: str, tokens: Iterable[str]) -> dict[str, str]:
    """Return the ids of the runs that were started under some tokens."""
    keys = {_key(run_id, token): token for token in tokens}
    query = sa.select(runs_table.c.unique_key, runs_table.c.id)
    rows = connection.execute(query.where(runs_table.c.unique_key.in_(keys)))
    return {keys[row.unique_key]: row.id for row in rows}


def _latest(connection: sa.Connection, runs: RunStore, run: Run) -> Run:
    """Return the last attempt that follows a run."""
    while run.state is RunState.FAILED and run.retried:
        table = runs_table.c
        following = connection.scalar(
            sa.select(table.id).where(
                table.chain_id == run.chain_id,
                table.kind == run.kind,
                table.name == run.name,
                table.previous_run_id == run.id,
            )
        )
        if following is None:
            break
        run = runs.get(following)
    return run


def _key(run_id: str, token: str) -> str:
    return f"{run_id}#{token}"
