"""Removes what is on record of runs once it is older than the installation keeps it.

A scheduler calls ``Pruning.step`` in each of its passes: it removes a few, so that nobody waits
for it, and rests for an hour when nothing is left to be removed. Rows are looked through in the
order in which they were written, up to the first that is young: no index beyond the primary key
is needed, and what is young is not read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gluepot.catalog.scope import Scope
from gluepot.jobs.bookmarks.tables import bookmarks, intents
from gluepot.jobs.lineage.tables import noted_datasets
from gluepot.jobs.notifications.outbox import DeliveryState
from gluepot.jobs.notifications.tables import deliveries, delivery_attempts
from gluepot.jobs.runs.state import RunKind
from gluepot.jobs.runs.tables import (
    lock_name,
    run_events,
    runs,
    workflow_events,
    workflow_executions,
    workflow_runs,
)
from gluepot.jobs.runs.task_runs import TaskType, task_conditions
from gluepot.jobs.workflows.state import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

BATCH = 100
"""Rows that one step looks at."""

REST = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """A table that is looked through from its oldest row on.

    Attributes:
        table: It has a ``number`` that grows with each row.
        written_at: The column that says when a row was written.
        subject: The column of what ``remove`` is given.
        remove: Removes those of some subjects that had ended before a time, in a transaction, and
            returns how many they were.
    """

    table: sa.Table
    written_at: sa.ColumnElement[datetime]
    subject: sa.ColumnElement[Any]
    remove: Callable[[sa.Connection, Collection[Any], datetime], int]


class Pruning:
    """Removes the runs, workflow runs and deliveries that ended long ago, with all about them.

    Runs go by chains: none goes while another of its chain is under way, is still to be followed,
    is the last one of its job, crawler, table or transform, made the bookmark that counts, or made
    a sheet of pairs to be labelled. What quality runs found is kept: trends are made of it.

    Args:
        engine: The database.
        clock: Says what is old.
        keep: How long after its end a thing is kept.
        batch: How many rows a step looks at.
    """

    def __init__(
        self,
        engine: sa.Engine,
        clock: Callable[[], datetime],
        *,
        keep: timedelta,
        batch: int = BATCH,
    ) -> None:
        self._scope = Scope(engine=engine, clock=clock, connection=None)
        self._keep = keep
        self._batch = batch
        self._due_at = clock()
        self._sweep, self._after = 0, 0

    @property
    def due(self) -> bool:
        """Return whether something may be left to be removed now."""
        return self._scope.clock() >= self._due_at

    def step(self) -> int:
        """Look at a batch of rows, remove what is old, and return how many things that were."""
        if not self.due:
            return 0
        now = self._scope.clock()
        sweep, before = SWEEPS[self._sweep], now - self._keep
        rows = self._next(sweep)
        old = [row for row in rows if row.written_at < before]
        removed = self._remove(sweep, {row.subject for row in old}, before)
        if len(old) == self._batch:
            self._after = rows[-1].number
            return removed
        self._after, self._sweep = 0, (self._sweep + 1) % len(SWEEPS)
        if self._sweep == 0:
            self._due_at = now + REST
        return removed

    def _next(self, sweep: Sweep) -> Sequence[sa.Row[Any]]:
        query = (
            sa.select(
                sweep.table.c.number,
                sweep.written_at.label("written_at"),
                sweep.subject.label("subject"),
            )
            .where(sweep.table.c.number > self._after)
            .order_by(sweep.table.c.number)
            .limit(self._batch)
        )
        with self._scope.reading() as connection:
            return connection.execute(query).all()

    def _remove(self, sweep: Sweep, subjects: Collection[Any], before: datetime) -> int:
        if not subjects:
            return 0
        with self._scope.writing() as connection:
            # Two that delete the same rows in another order would wait for each other.
            lock_name(connection, "pruning")
            return sweep.remove(connection, subjects, before)


def _remove_chains(connection: sa.Connection, chains: Collection[str], before: datetime) -> int:
    ended = (
        sa.select(runs.c.chain_id)
        .where(runs.c.chain_id.in_(chains))
        .group_by(runs.c.chain_id)
        .having(
            sa.func.count() == sa.func.count(runs.c.completed_at),
            sa.func.max(runs.c.completed_at) < before,
            _number_of(runs.c.triggers_pending) == 0,
            _number_of(_has_sheet()) == 0,
        )
    )
    found = set(connection.scalars(ended))
    needed = sa.select(runs.c.chain_id).where(runs.c.chain_id.in_(found), _needed())
    found -= set(connection.scalars(needed))
    found -= _under_way(connection, found)
    if found:
        _delete_runs(connection, found)
        _delete_workflow_runs(connection, found)
    return len(found)


def _has_sheet() -> sa.ColumnElement[bool]:
    """Return whether a run has made a sheet of pairs to be labelled: by it the sheet is found."""
    made = task_conditions({"TaskRunType": TaskType.LABELING_SET_GENERATION})
    return sa.and_(runs.c.kind == RunKind.MATCH, *made)


def _number_of(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((condition, 1), else_=0))


def _needed() -> sa.ColumnElement[bool]:
    """Return whether a run that has ended is still asked for."""
    newer = runs.alias("newer")
    follows = sa.exists().where(
        newer.c.kind == runs.c.kind, newer.c.name == runs.c.name, newer.c.number > runs.c.number
    )
    untold = sa.exists().where(run_events.c.run_id == runs.c.id, run_events.c.pending)
    read = runs.c.id.in_(sa.select(bookmarks.c.run_id).where(bookmarks.c.run_id.is_not(None)))
    begun = runs.c.id.in_(sa.select(intents.c.run_id))
    return ~follows | untold | read | begun


def _remove_workflow_runs(
    connection: sa.Connection, run_ids: Collection[str], before: datetime
) -> int:
    """Remove those in which nothing was run, which no chain of runs leads to."""
    any_run = sa.exists().where(runs.c.chain_id == workflow_runs.c.id)
    query = (
        sa.select(workflow_runs.c.id)
        .outerjoin(workflow_executions, workflow_executions.c.run_id == workflow_runs.c.id)
        .where(workflow_runs.c.id.in_(run_ids), ~any_run)
        .where(
            sa.func.coalesce(workflow_executions.c.ended_at, workflow_runs.c.started_at) < before
        )
    )
    found = set(connection.scalars(query))
    found -= _under_way(connection, found)
    if found:
        _delete_workflow_runs(connection, found)
    return len(found)


def _under_way(connection: sa.Connection, run_ids: Collection[str]) -> set[str]:
    """Return which workflow runs go on by themselves, or are part of one that resumes them."""
    running = sa.select(workflow_executions.c.run_id).where(
        workflow_executions.c.run_id.in_(run_ids), workflow_executions.c.status == Status.RUNNING
    )
    resumed = sa.select(workflow_runs.c.previous_run_id).where(
        workflow_runs.c.previous_run_id.in_(run_ids)
    )
    return {*connection.scalars(running), *connection.scalars(resumed)}


def _delete_runs(connection: sa.Connection, chains: Collection[str]) -> None:
    which = sa.select(runs.c.id).where(runs.c.chain_id.in_(chains))
    for table in (run_events, noted_datasets):
        connection.execute(sa.delete(table).where(table.c.run_id.in_(which)))
    connection.execute(sa.delete(runs).where(runs.c.chain_id.in_(chains)))


def _delete_workflow_runs(connection: sa.Connection, run_ids: Collection[str]) -> None:
    connection.execute(sa.delete(workflow_events).where(workflow_events.c.run_id.in_(run_ids)))
    # Their executions go with them.
    connection.execute(sa.delete(workflow_runs).where(workflow_runs.c.id.in_(run_ids)))


def _remove_deliveries(
    connection: sa.Connection, delivery_ids: Collection[str], before: datetime
) -> int:
    query = sa.select(deliveries.c.id).where(
        deliveries.c.id.in_(delivery_ids),
        deliveries.c.state != DeliveryState.PENDING,
        deliveries.c.completed_at < before,
    )
    found = list(connection.scalars(query.with_for_update(skip_locked=True)))
    if found:
        attempts = delivery_attempts
        connection.execute(sa.delete(attempts).where(attempts.c.delivery_id.in_(found)))
        connection.execute(sa.delete(deliveries).where(deliveries.c.id.in_(found)))
    return len(found)


SWEEPS = (
    Sweep(
        table=runs,
        written_at=runs.c.queued_at,
        subject=runs.c.chain_id,
        remove=_remove_chains,
    ),
    Sweep(
        table=workflow_runs,
        written_at=workflow_runs.c.started_at,
        subject=workflow_runs.c.id,
        remove=_remove_workflow_runs,
    ),
    Sweep(
        table=deliveries,
        written_at=deliveries.c.created_at,
        subject=deliveries.c.id,
        remove=_remove_deliveries,
    ),
)
