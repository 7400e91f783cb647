"""The record and the queue of runs: who has which run, under which lease, and how it ended.

Every method is one transaction, and safe with many workers on one database. A worker holds a run
by a lease that it renews with ``heartbeat``; when the lease runs out the worker is taken for dead.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gluepot.catalog.errors import InvalidInputError, InvalidStateError
from gluepot.catalog.insert import insert_into
from gluepot.catalog.scope import Scope
from gluepot.jobs.runs.history import RunHistory
from gluepot.jobs.runs.orders import RunOrder, record_orders
from gluepot.jobs.runs.rows import (
    DELAYED,
    RunEvent,
    add_event,
    count_under_way,
    enter_state,
    event_of_row,
    let_next_start,
    locked_row,
    note_state,
    retry_values,
    run_of_row,
    units_used,
    update_row,
    with_advice,
    worker_died,
)
from gluepot.jobs.runs.state import Run, RunError, RunKind, RunRules, RunState, Target, new_run_id
from gluepot.jobs.runs.tables import WAITING, run_events, runs

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

__all__ = ["Run", "RunError", "RunKind", "RunState", "RunStore"]

_BEGINNABLE = (RunState.WAITING, RunState.STARTING)
LONGEST_HOLD = timedelta(days=15)
"""How long a run is held back before it is EXPIRED."""

NOTHING_SAID = RunRules()


def _never(_kind: RunKind, _name: str) -> int:
    return 0


def _nothing_said(targets: Collection[Target]) -> Mapping[Target, RunRules]:
    return dict.fromkeys(targets, NOTHING_SAID)


def _at_once(_run: Run) -> timedelta:
    return timedelta(0)


class RunStore(RunHistory):
    """Runs in the database of ``engine``; ``clock`` gives every time that is recorded.

    Args:
        engine: The database.
        clock: Gives every time that is recorded.
        max_retries: How often a failed run of a kind and name is started again when ``enqueue``
            is not told; without it, never.
        rules: What is to hold for the runs that triggers begin, of jobs and crawlers at once;
            without it, nothing.
        retry_delay: How long the attempt after a failed run waits; without it, not at all.
        connection: The transaction to work in; without it, each call is one.
    """

    def __init__(  # noqa: PLR0913  what the layers above decide
        self,
        engine: sa.Engine,
        clock: Callable[[], datetime],
        *,
        max_retries: Callable[[RunKind, str], int] = _never,
        rules: Callable[[Collection[Target]], Mapping[Target, RunRules]] = _nothing_said,
        retry_delay: Callable[[Run], timedelta] = _at_once,
        connection: sa.Connection | None = None,
    ) -> None:
        super().__init__(Scope(engine=engine, clock=clock, connection=connection))
        self._max_retries = max_retries
        self._rules = rules
        self._retry_delay = retry_delay

    def within(self, connection: sa.Connection) -> RunStore:
        """Return the same store working in the transaction that is open on ``connection``."""
        scope = self._scope
        return RunStore(
            scope.engine,
            scope.clock,
            max_retries=self._max_retries,
            rules=self._rules,
            retry_delay=self._retry_delay,
            connection=connection,
        )

    @property
    def clock(self) -> Callable[[], datetime]:
        """Return the clock of every time that is recorded."""
        return self._scope.clock

    def transaction(self) -> AbstractContextManager[sa.Connection]:
        """Open a transaction for several stores to work ``within``; it commits after the block."""
        return self._scope.writing()

    def enqueue(  # noqa: PLR0913  the members of a run that its creator knows
        self,
        kind: RunKind,
        name: str,
        *,
        arguments: Mapping[str, str] | None = None,
        trigger_name: str | None = None,
        chain_id: str | None = None,
        unique_key: str | None = None,
        previous_run_id: str | None = None,
        attempt: int = 0,
        max_retries: int | None = None,
        owner: str | None = None,
        lease: timedelta | None = None,
        settings: Mapping[str, Any] | None = None,
        held_below: int | None = None,
    ) -> Run | None:
        """Record a new run and return it, or None when ``unique_key`` is taken.

        The run is WAITING for a worker; with ``owner`` and ``lease`` it is STARTING in that
        worker's hands at once, so that no other can claim it. Without ``chain_id`` the run begins
        a chain of its own. With ``held_below`` it is held back until fewer than so many other
        runs of the name are under way.

        What a trigger begins follows the rules of its job: one run too many is held back, or
        FAILED at once.
        """
        run_id = new_run_id(kind)
        target = Target(kind=kind, name=name)
        rules = NOTHING_SAID if trigger_name is None else self._rules_of({target})[target]
        if max_retries is None:
            max_retries = rules.max_retries
        values: dict[str, Any] = {
            "id": run_id,
            "kind": kind,
            "name": name,
            "attempt": attempt,
            "max_retries": self._max_retries(kind, name) if max_retries is None else max_retries,
            "arguments": dict(arguments or {}),
            "trigger_name": trigger_name,
            "chain_id": chain_id or run_id,
            "unique_key": unique_key,
            "previous_run_id": previous_run_id,
            "settings": {**rules.settings, **(settings or {})} or None,
        }
        with self._scope.writing() as connection:
            most = rules.max_concurrent
            over = most is not None and count_under_way(connection, kind, name) >= most
            values["held_below"] = most if over and rules.queues else held_below
            run = self._insert(connection, values | self._holding(owner, lease))
            if run is None or not over or rules.queues:
                return run
            return self._refuse(connection, run)

    def enqueue_all(self, orders: Sequence[RunOrder]) -> list[Run]:
        """Record the runs of many orders as ``enqueue`` would one by one, and return the new ones.

        What it costs hardly grows with their number.
        """
        rules = self._rules_of({order.target for order in orders})
        with self._scope.writing() as connection:
            recorded = record_orders(connection, orders, rules, self._scope.clock())
            for run in recorded.too_many:
                self._refuse(connection, run)
        return list(recorded.runs)

    def claim(
        self,
        owner: str,
        *,
        lease: timedelta,
        kinds: Iterable[RunKind] = tuple(RunKind),
        run_id: str | None = None,
    ) -> Run | None:
        """Take the oldest waiting run of ``kinds`` for ``owner``; None when none is waiting.

        One that is held back, or waits to be tried again, is left for later. With ``run_id`` it is
        that run or none.
        """
        now = self._scope.clock()
        due = runs.c.not_before.is_(None) | (runs.c.not_before <= now)
        query = (
            sa.select(runs.c.number)
            .where(WAITING, runs.c.kind.in_(list(kinds)), runs.c.held_below.is_(None), due)
            .where(sa.true() if run_id is None else runs.c.id == run_id)
            .order_by(runs.c.number)
            .limit(1)
        )
        with self._scope.reading() as connection:
            # Most looks find nothing: they must not wait for SQLite's one writer.
            if connection.scalar(query) is None:
                return None
        with self._scope.writing() as connection:
            number = connection.scalar(query.with_for_update(skip_locked=True))
            if number is None:
                return None
            return enter_state(connection, number, self._holding(owner, lease), now)

    def begin(self, run_id: str, owner: str, *, lease: timedelta) -> Run:
        """Say that the work begins: the run is RUNNING, and its lease now ``owner``'s.

        Raises:
            EntityNotFoundError: There is no such run.
            InvalidStateError: It has begun or ended already, so it is another's.
        """
        with self._scope.writing() as connection:
            row = locked_row(connection, run_id)
            if row.state not in _BEGINNABLE:
                raise InvalidStateError(
                    f"Run {run_id} is {row.state}; only a run that is WAITING or STARTING begins."
                    " Another worker has taken it up, or it has ended"
                )
            held = self._holding(owner, lease)
            now = self._scope.clock()
            begun = {"state": RunState.RUNNING, "started_at": now}
            return enter_state(connection, row.number, held | begun, now)

    def heartbeat(self, run_id: str, owner: str, *, lease: timedelta) -> bool:
        """Renew the lease; False when it is no longer ``owner``'s: stop working then."""
        statement = (
            sa.update(runs)
            .where(runs.c.id == run_id, runs.c.owner == owner)
            .where(runs.c.lease_expires_at.is_not(None))
            .values(lease_expires_at=self._scope.clock() + lease)
        )
        with self._scope.writing() as connection:
            return connection.execute(statement).rowcount == 1

    def progress(self, run_id: str, metrics: Mapping[str, Any]) -> None:
        """Add ``metrics`` to those of a run that has not ended; equal keys are replaced."""
        with self._scope.writing() as connection:
            row = locked_row(connection, run_id)
            if not RunState(row.state).final:
                update_row(connection, row.number, {"metrics": {**row.metrics, **metrics}})

    def set_progress(self, run_id: str, progress: Mapping[str, Any]) -> None:
        """Say what is done of the work at hand, instead of what was said before."""
        statement = (
            sa.update(runs)
            .where(runs.c.id == run_id, runs.c.completed_at.is_(None))
            .values(progress=dict(progress))
        )
        with self._scope.writing() as connection:
            connection.execute(statement)

    def finish(
        self,
        run_id: str,
        state: RunState,
        *,
        error: RunError | None = None,
        metrics: Mapping[str, Any] | None = None,
    ) -> Run:
        """End a run in a final ``state``; a run that has ended already is returned unchanged.

        A failed run that has retries left is queued again in the same transaction.

        Raises:
            EntityNotFoundError: There is no such run.
            InvalidInputError: ``state`` is not a final one.
        """
        if not state.final:
            raise InvalidInputError(f"A run does not end in state {state}")
        with self._scope.writing() as connection:
            row = locked_row(connection, run_id)
            if RunState(row.state).final:
                return run_of_row(row)
            return self._end(connection, row, state, error, {**row.metrics, **(metrics or {})})

    def expire(self) -> list[Run]:
        """End the runs whose lease has run out, or that were held back too long; return them.

        The first are FAILED, and their retries are queued; the others are EXPIRED.
        """
        now = self._scope.clock()
        held = WAITING & runs.c.held_below.is_not(None) & (runs.c.queued_at < now - LONGEST_HOLD)
        lost = runs.c.lease_expires_at < now
        # Two queries: each has an index of its own.
        return [
            *self._end_all(lost, RunState.FAILED, worker_died),
            *self._end_all(held, RunState.EXPIRED, _held_too_long),
        ]

    def _end_all(
        self,
        which: sa.ColumnElement[bool],
        state: RunState,
        error: Callable[[sa.Row[Any]], RunError],
    ) -> list[Run]:
        query = sa.select(runs).where(which).order_by(runs.c.number)
        with self._scope.reading() as connection:
            if connection.execute(query.limit(1)).first() is None:
                return []
        with self._scope.writing() as connection:
            rows = connection.execute(query.with_for_update(skip_locked=True)).all()
            return [self._end(connection, row, state, error(row), row.metrics) for row in rows]

    def note_delays(self) -> list[Run]:
        """Record DELAYED once for each run that has been in its state for too long; return them.

        How long that is says ``NotificationProperty`` of the run's settings, in minutes.
        """
        now = self._scope.clock()
        query = sa.select(runs).where(runs.c.delay_at <= now).order_by(runs.c.number)
        with self._scope.reading() as connection:
            if connection.execute(query.limit(1)).first() is None:
                return []
        late: list[Run] = []
        with self._scope.writing() as connection:
            for row in connection.execute(query.with_for_update(skip_locked=True)).all():
                run = update_row(connection, row.number, {"delay_at": None})
                minutes = run.settings["NotificationProperty"]["NotifyDelayAfter"]
                detail = {"state": run.state, "minutes": minutes}
                add_event(connection, run, DELAYED, detail, now)
                late.append(run)
        return late

    def take_events(self, *, limit: int = 100) -> list[RunEvent]:
        """Return the oldest events that nobody has taken, each once.

        What follows of them is recorded in the same transaction: call it on a store ``within``
        one. Events that another has in hand are left out.
        """
        query = (
            sa.select(run_events).where(run_events.c.pending).order_by(run_events.c.number)
        ).limit(limit)
        with self._scope.reading() as connection:
            if connection.execute(query.limit(1)).first() is None:
                return []
        with self._scope.writing() as connection:
            rows = connection.execute(query.with_for_update(skip_locked=True)).all()
            numbers = [row.number for row in rows]
            taken = sa.update(run_events).where(run_events.c.number.in_(numbers))
            connection.execute(taken.values(pending=False))
            return [event_of_row(row) for row in rows]

    def count_open(self, kind: RunKind, name: str) -> int:
        """Return how many runs of a name are under way, and let no other caller count meanwhile.

        The caller records a run in the same transaction: call it on a store ``within`` one.
        """
        with self._scope.writing() as connection:
            return count_under_way(connection, kind, name)

    def stop(self, run_id: str) -> Run:
        """Ask for the end of a run: one that waits is STOPPED, one at work is STOPPING.

        Whoever carries it out ends it soon. A run that has ended is returned unchanged.

        Raises:
            EntityNotFoundError: There is no such run.
        """
        with self._scope.writing() as connection:
            row = locked_row(connection, run_id)
            if RunState(row.state).final or row.state == RunState.STOPPING:
                return run_of_row(row)
            if row.state == RunState.WAITING:
                return self._end(connection, row, RunState.STOPPED, None, row.metrics)
            stopping = {"state": RunState.STOPPING}
            return enter_state(connection, row.number, stopping, self._scope.clock())

    def take_ended(self) -> Run | None:
        """Return the oldest ended run that no conditional trigger was asked about, once.

        The caller records what follows in the same transaction: call it on a store ``within``
        one. A run that another scheduler has in hand is left out.
        """
        query = (
            sa.select(runs).where(runs.c.triggers_pending).order_by(runs.c.number).limit(1)
        ).with_for_update(skip_locked=True)
        with self._scope.writing() as connection:
            row = connection.execute(query).first()
            if row is None:
                return None
            return update_row(connection, row.number, {"triggers_pending": False})

    def _insert(self, connection: sa.Connection, values: Mapping[str, Any]) -> Run | None:
        blank = {
            "state": RunState.WAITING,
            "queued_at": self._scope.clock(),
            "metrics": {},
            "triggers_pending": False,
        }
        statement = insert_into(connection, runs).values({**blank, **values})
        found = connection.execute(
            statement.on_conflict_do_nothing(index_elements=["unique_key"]).returning(runs)
        ).first()
        if found is None:
            return None
        run = run_of_row(found)
        note_state(connection, found.number, run, self._scope.clock())
        return run

    def _rules_of(self, targets: Collection[Target]) -> dict[Target, RunRules]:
        """Return the rules of what a trigger begins, each with its number of retries."""
        found = self._rules(targets)
        return {
            target: rules
            if rules.max_retries is not None
            else replace(rules, max_retries=self._max_retries(target.kind, target.name))
            for target, rules in found.items()
        }

    def _refuse(self, connection: sa.Connection, run: Run) -> Run:
        # Source: Glue's JobRunState: a trigger's run over the limit is FAILED.
        error = RunError(message=f"Concurrent runs exceeded for job: {run.name}.")
        return self._end(connection, locked_row(connection, run.id), RunState.FAILED, error, {})

    def _holding(self, owner: str | None, lease: timedelta | None) -> dict[str, Any]:
        if owner is None and lease is None:
            return {}
        if owner is None or lease is None:
            raise InvalidInputError("A run is held by an owner for a lease: give both or neither")
        expires = self._scope.clock() + lease
        return {"state": RunState.STARTING, "owner": owner, "lease_expires_at": expires}

    def _end(
        self,
        connection: sa.Connection,
        row: sa.Row[Any],
        state: RunState,
        error: RunError | None,
        metrics: Mapping[str, Any],
    ) -> Run:
        if row.state == RunState.STOPPING and state is RunState.FAILED:
            # What breaks off because it was told to stop has not failed, and is not tried again.
            state, error = RunState.STOPPED, None
        now = self._scope.clock()
        values = {
            "state": state,
            "completed_at": now,
            "error": None if error is None else asdict(with_advice(error)),
            "metrics": {**metrics, **units_used(row, now)},
            "lease_expires_at": None,
            "progress": None,
        }
        run = enter_state(connection, row.number, values, now)
        if run.retried:
            wait = self._retry_delay(run)
            self._insert(connection, retry_values(run, now + wait if wait else None))
        elif run.trigger_name is not None:
            # A conditional trigger follows only what a trigger began, and only the last attempt.
            update_row(connection, row.number, {"triggers_pending": True})
        let_next_start(connection, run.kind, run.name)
        return run


def _held_too_long(_row: sa.Row[Any]) -> RunError:
    return RunError(
        message=f"The run was held back for {LONGEST_HOLD.days} days, because as many runs of its"
        " job as may be were under way"
    )
