"""The record and the queue of runs: who has which run, under which lease, and how it ended.

Every method is one transaction, and safe with many workers on one database. A worker holds a run
by a lease that it renews with ``heartbeat``; when the lease runs out the worker is taken for dead.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gluepot.catalog.errors import EntityNotFoundError, InvalidInputError, InvalidStateError
from gluepot.catalog.scope import Scope
from gluepot.jobs.run_state import (
    Chain,
    Outcome,
    Run,
    RunError,
    RunKind,
    RunState,
    Target,
    new_run_id,
    retry_run_id,
)
from gluepot.jobs.tables import WAITING, insert_into, lock_name, runs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime, timedelta

__all__ = ["Run", "RunError", "RunKind", "RunState", "RunStore"]

_BEGINNABLE = (RunState.WAITING, RunState.STARTING)


def _never(_kind: RunKind, _name: str) -> int:
    return 0


class RunStore:
    """Runs in the database of ``engine``; ``clock`` gives every time that is recorded.

    ``max_retries`` says how often a failed run of a kind and name is started again when
    ``enqueue`` is not told; without it, never.
    """

    def __init__(
        self,
        engine: sa.Engine,
        clock: Callable[[], datetime],
        *,
        max_retries: Callable[[RunKind, str], int] = _never,
        connection: sa.Connection | None = None,
    ) -> None:
        self._scope = Scope(engine=engine, clock=clock, connection=connection)
        self._max_retries = max_retries

    def within(self, connection: sa.Connection) -> RunStore:
        """Return the same store working in the transaction that is open on ``connection``."""
        scope = self._scope
        return RunStore(
            scope.engine, scope.clock, max_retries=self._max_retries, connection=connection
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
    ) -> Run | None:
        """Record a new run and return it, or None when ``unique_key`` is taken.

        The run is WAITING for a worker; with ``owner`` and ``lease`` it is STARTING in that
        worker's hands at once, so that no other can claim it. Without ``chain_id`` the run begins
        a chain of its own.
        """
        run_id = new_run_id(kind)
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
            "settings": dict(settings) if settings else None,
        }
        with self._scope.writing() as connection:
            return self._insert(connection, values | self._holding(owner, lease))

    def claim(
        self, owner: str, *, lease: timedelta, kinds: Iterable[RunKind] = tuple(RunKind)
    ) -> Run | None:
        """Take the oldest waiting run of ``kinds`` for ``owner``; None when none is waiting."""
        query = (
            sa.select(runs.c.number)
            .where(WAITING, runs.c.kind.in_(list(kinds)))
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
            return _update(connection, number, self._holding(owner, lease))

    def begin(self, run_id: str, owner: str, *, lease: timedelta) -> Run:
        """Say that the work begins: the run is RUNNING, and its lease now ``owner``'s.

        Raises:
            EntityNotFoundError: There is no such run.
            InvalidStateError: It has begun or ended already, so it is another's.
        """
        with self._scope.writing() as connection:
            row = _locked(connection, run_id)
            if row.state not in _BEGINNABLE:
                raise InvalidStateError(
                    f"Run {run_id} is {row.state}; only a run that is WAITING or STARTING begins."
                    " Another worker has taken it up, or it has ended"
                )
            held = self._holding(owner, lease)
            begun = {"state": RunState.RUNNING, "started_at": self._scope.clock()}
            return _update(connection, row.number, held | begun)

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
            row = _locked(connection, run_id)
            if not RunState(row.state).final:
                _update(connection, row.number, {"metrics": {**row.metrics, **metrics}})

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
            row = _locked(connection, run_id)
            if RunState(row.state).final:
                return _run(row)
            return self._end(connection, row, state, error, {**row.metrics, **(metrics or {})})

    def expire(self) -> list[Run]:
        """Fail the runs whose lease has run out, queue their retries, and return them."""
        query = (
            sa.select(runs)
            .where(runs.c.lease_expires_at < self._scope.clock())
            .order_by(runs.c.number)
        )
        with self._scope.reading() as connection:
            if connection.execute(query.limit(1)).first() is None:
                return []
        with self._scope.writing() as connection:
            rows = connection.execute(query.with_for_update(skip_locked=True)).all()
            return [
                self._end(connection, row, RunState.FAILED, _worker_died(row), row.metrics)
                for row in rows
            ]

    def get(self, run_id: str) -> Run:
        """Return a run.

        Raises:
            EntityNotFoundError: There is no such run.
        """
        with self._scope.reading() as connection:
            row = connection.execute(sa.select(runs).where(runs.c.id == run_id)).first()
        if row is None:
            raise EntityNotFoundError("Run", run_id)
        return _run(row)

    def list(  # noqa: PLR0913  what there is to choose by
        self,
        *,
        kind: RunKind | None = None,
        name: str | None = None,
        limit: int = 100,
        after: str | None = None,
        where: Sequence[sa.ColumnElement[bool]] = (),
        order: Sequence[sa.ColumnElement[Any]] = (),
    ) -> list[Run]:
        """Return the newest runs first, of one kind or of one name if asked.

        ``after`` is the id of a run: only those that are older follow. ``where`` are further
        conditions on the columns of ``jobs.tables.runs``; ``order`` goes before age.
        """
        newest = runs.c.number.desc()
        query = sa.select(runs).where(*where).order_by(*order, newest).limit(limit)
        if after is not None:
            place = sa.select(runs.c.number).where(runs.c.id == after).scalar_subquery()
            query = query.where(runs.c.number < place)
        if kind is not None:
            query = query.where(runs.c.kind == kind)
        if name is not None:
            query = query.where(runs.c.name == name)
        with self._scope.reading() as connection:
            return [_run(row) for row in connection.execute(query)]

    def newest(self, kind: RunKind, names: Iterable[str], *, ended: bool = False) -> dict[str, Run]:
        """Return the newest run of each name that has one; with ``ended``, of those that ended."""
        newest = sa.select(sa.func.max(runs.c.number)).where(
            runs.c.kind == kind, runs.c.name.in_(list(names))
        )
        if ended:
            newest = newest.where(runs.c.completed_at.is_not(None))
        query = sa.select(runs).where(runs.c.number.in_(newest.group_by(runs.c.name)))
        with self._scope.reading() as connection:
            return {row.name: _run(row) for row in connection.execute(query)}

    def count_open(self, kind: RunKind, name: str) -> int:
        """Return how many runs of a name have not ended, and let no other caller count meanwhile.

        The caller records a run in the same transaction: call it on a store ``within`` one.
        """
        query = sa.select(sa.func.count()).where(
            runs.c.kind == kind, runs.c.name == name, runs.c.completed_at.is_(None)
        )
        with self._scope.writing() as connection:
            lock_name(connection, f"{kind}:{name}")
            return connection.scalar(query) or 0

    def stop(self, run_id: str) -> Run:
        """Ask for the end of a run: one that waits is STOPPED, one at work is STOPPING.

        Whoever carries it out ends it soon. A run that has ended is returned unchanged.

        Raises:
            EntityNotFoundError: There is no such run.
        """
        with self._scope.writing() as connection:
            row = _locked(connection, run_id)
            if RunState(row.state).final:
                return _run(row)
            if row.state == RunState.WAITING:
                return self._end(connection, row, RunState.STOPPED, None, row.metrics)
            return _update(connection, row.number, {"state": RunState.STOPPING})

    def chains(self, chain_ids: Iterable[str]) -> dict[str, Chain]:
        """Return the runs of each chain, the oldest first; a chain without any has no entry."""
        query = sa.select(runs).where(runs.c.chain_id.in_(list(chain_ids)))
        found: dict[str, list[sa.Row[Any]]] = {}
        with self._scope.reading() as connection:
            for row in connection.execute(query.order_by(runs.c.number)):
                found.setdefault(row.chain_id, []).append(row)
        return {
            chain_id: Chain(
                runs=tuple(map(_run, rows)),
                open=any(row.completed_at is None or row.triggers_pending for row in rows),
            )
            for chain_id, rows in found.items()
        }

    def idle(self, kinds: Iterable[RunKind]) -> bool:
        """Return whether nothing of ``kinds`` waits or runs and no trigger is still to be asked."""
        open_run = WAITING | runs.c.lease_expires_at.is_not(None)
        query = sa.select(runs.c.number).where(
            (open_run & runs.c.kind.in_(list(kinds))) | runs.c.triggers_pending
        )
        with self._scope.reading() as connection:
            return connection.execute(query.limit(1)).first() is None

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
            return _update(connection, row.number, {"triggers_pending": False})

    def any_ended(self) -> bool:
        """Return whether ``take_ended`` would find one."""
        query = sa.select(runs.c.number).where(runs.c.triggers_pending).limit(1)
        with self._scope.reading() as connection:
            return connection.execute(query).first() is not None

    def outcomes(self, chain_id: str, targets: Iterable[Target]) -> dict[Outcome, int]:
        """Return how often runs of ``targets`` ended how in a chain; a retried attempt is none."""
        wanted = [(target.kind, target.name) for target in targets]
        query = (
            sa.select(runs.c.kind, runs.c.name, runs.c.state, sa.func.count())
            .where(runs.c.chain_id == chain_id)
            .where(sa.tuple_(runs.c.kind, runs.c.name).in_(wanted))
            .where((runs.c.state != RunState.FAILED) | (runs.c.attempt >= runs.c.max_retries))
            .group_by(runs.c.kind, runs.c.name, runs.c.state)
        )
        with self._scope.reading() as connection:
            return {
                Outcome(target=Target(kind=RunKind(kind), name=name), state=RunState(state)): count
                for kind, name, state, count in connection.execute(query)
            }

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
        return None if found is None else _run(found)

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
        values = {
            "state": state,
            "completed_at": self._scope.clock(),
            "error": None if error is None else asdict(error),
            "metrics": dict(metrics),
            "lease_expires_at": None,
        }
        run = _update(connection, row.number, values)
        if run.retried:
            self._insert(connection, _retry(run))
        elif run.trigger_name is not None:
            # A conditional trigger follows only what a trigger began, and only the last attempt.
            _update(connection, row.number, {"triggers_pending": True})
        return run


def _update(connection: sa.Connection, number: int, values: Mapping[str, Any]) -> Run:
    statement = sa.update(runs).where(runs.c.number == number).values(values).returning(runs)
    return _run(connection.execute(statement).one())


def _locked(connection: sa.Connection, run_id: str) -> sa.Row[Any]:
    query = sa.select(runs).where(runs.c.id == run_id).with_for_update()
    row = connection.execute(query).first()
    if row is None:
        raise EntityNotFoundError("Run", run_id)
    return row


def _retry(run: Run) -> dict[str, Any]:
    return {
        "id": retry_run_id(run),
        "kind": run.kind,
        "name": run.name,
        "attempt": run.attempt + 1,
        "max_retries": run.max_retries,
        "arguments": dict(run.arguments),
        "trigger_name": run.trigger_name,
        "chain_id": run.chain_id,
        "previous_run_id": run.id,
        "settings": dict(run.settings) or None,
    }


def _worker_died(row: sa.Row[Any]) -> RunError:
    return RunError(
        message=f"The worker {row.owner} died or lost the database: it did not renew its lease,"
        f" which ran out at {row.lease_expires_at.isoformat(timespec='seconds')}"
    )


def _run(row: sa.Row[Any]) -> Run:
    members = {name: value for name, value in row._mapping.items() if name in _MEMBERS}  # noqa: SLF001
    error = members.pop("error")
    read = {
        "kind": RunKind(row.kind),
        "state": RunState(row.state),
        "settings": row.settings or {},
    }
    return Run(
        **(members | read),
        error=None if error is None else RunError(**error),
    )


_MEMBERS = frozenset(Run.__dataclass_fields__)
