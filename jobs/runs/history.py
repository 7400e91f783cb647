"""What is on record of runs: looked up by id, name, chain and outcome."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gluepot.catalog.errors import EntityNotFoundError
from gluepot.jobs.runs.rows import event_of_row, run_of_row
from gluepot.jobs.runs.state import Chain, Outcome, RunKind, RunState, Target
from gluepot.jobs.runs.tables import WAITING, run_events, runs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from gluepot.catalog.scope import Scope
    from gluepot.jobs.runs.rows import RunEvent
    from gluepot.jobs.runs.state import Run


@dataclass(frozen=True, kw_only=True)
class RunMark:
    """A run as one of many: its state and times, as ``Run`` has them."""

    id: str
    name: str
    state: RunState
    queued_at: datetime
    started_at: datetime | None
    completed_at: datetime | None

    @property
    def seconds(self) -> float | None:
        """Return how long the work took, or None while it has not both begun and ended."""
        if self.started_at is None or self.completed_at is None:
            return None
        return (self.completed_at - self.started_at).total_seconds()


@dataclass(frozen=True, kw_only=True)
class Tally:
    """The runs of a chain, counted.

    Attributes:
        states: How many are in which state.
        open: As of ``Chain``.
        ended_at: When the last of them ended that has; None where none has.
    """

    states: Mapping[RunState, int]
    open: bool
    ended_at: datetime | None


class RunHistory:
    """Looks runs up in the database of ``scope``."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def get(self, run_id: str) -> Run:
        """Return a run.

        Raises:
            EntityNotFoundError: There is no such run.
        """
        with self._scope.reading() as connection:
            row = connection.execute(sa.select(runs).where(runs.c.id == run_id)).first()
        if row is None:
            raise EntityNotFoundError("Run", run_id)
        return run_of_row(row)

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
            return [run_of_row(row) for row in connection.execute(query)]

    def newest(self, kind: RunKind, names: Iterable[str], *, ended: bool = False) -> dict[str, Run]:
        """Return the newest run of each name that has one; with ``ended``, of those that ended."""
        newest = sa.select(sa.func.max(runs.c.number)).where(
            runs.c.kind == kind, runs.c.name.in_(list(names))
        )
        if ended:
            newest = newest.where(runs.c.completed_at.is_not(None))
        query = sa.select(runs).where(runs.c.number.in_(newest.group_by(runs.c.name)))
        with self._scope.reading() as connection:
            return {row.name: run_of_row(row) for row in connection.execute(query)}

    def marks(
        self, kind: RunKind, names: Iterable[str], *, limit: int
    ) -> Mapping[str, Sequence[RunMark]]:
        """Return the newest runs of each name, the newest first; a name without any has no entry.

        One query for all: each name costs what its own newest runs cost.
        """
        newest = [
            sa.select(*_MARK)
            .where(runs.c.kind == kind, runs.c.name == name)
            .order_by(runs.c.number.desc())
            .limit(limit)
            .subquery()
            for name in dict.fromkeys(names)
        ]
        found: dict[str, Any] = {}
        if newest:
            query = sa.union_all(*(sa.select(each) for each in newest))
            with self._scope.reading() as connection:
                for row in connection.execute(query):
                    found.setdefault(row.name, []).append(_mark(row))
        return found

    def started_by(
        self, trigger_name: str, targets: Iterable[Target], *, since: datetime, until: datetime
    ) -> Sequence[RunMark]:
        """Return the runs of targets that a trigger has started in a span of time.

        ``since`` counts to the span, ``until`` not any more.
        """
        wanted = sa.tuple_(runs.c.kind, runs.c.name).in_([(one.kind, one.name) for one in targets])
        query = sa.select(*_MARK).where(
            wanted,
            runs.c.trigger_name == trigger_name,
            runs.c.queued_at >= since,
            runs.c.queued_at < until,
        )
        with self._scope.reading() as connection:
            return [_mark(row) for row in connection.execute(query.order_by(runs.c.number))]

    def tallies(self, chain_ids: Iterable[str]) -> dict[str, Tally]:
        """Return the counts of each chain, without its runs; one without any has no entry."""
        unfinished = runs.c.completed_at.is_(None) | runs.c.triggers_pending
        query = (
            sa.select(
                runs.c.chain_id,
                runs.c.state,
                sa.func.count().label("runs"),
                sa.func.sum(sa.case((unfinished, 1), else_=0)).label("unfinished"),
                sa.func.max(runs.c.completed_at).label("ended_at"),
            )
            .where(runs.c.chain_id.in_(list(chain_ids)))
            .group_by(runs.c.chain_id, runs.c.state)
        )
        rows: dict[str, list[sa.Row[Any]]] = {}
        with self._scope.reading() as connection:
            for row in connection.execute(query):
                rows.setdefault(row.chain_id, []).append(row)
        return {
            chain_id: Tally(
                states=Counter({RunState(row.state): row.runs for row in of_chain}),
                open=any(row.unfinished for row in of_chain),
                ended_at=max((row.ended_at for row in of_chain if row.ended_at), default=None),
            )
            for chain_id, of_chain in rows.items()
        }

    def chains(self, chain_ids: Iterable[str]) -> dict[str, Chain]:
        """Return the runs of each chain, the oldest first; a chain without any has no entry."""
        query = sa.select(runs).where(runs.c.chain_id.in_(list(chain_ids)))
        found: dict[str, list[sa.Row[Any]]] = {}
        with self._scope.reading() as connection:
            for row in connection.execute(query.order_by(runs.c.number)):
                found.setdefault(row.chain_id, []).append(row)
        return {
            chain_id: Chain(
                runs=tuple(map(run_of_row, rows)),
                open=any(row.completed_at is None or row.triggers_pending for row in rows),
            )
            for chain_id, rows in found.items()
        }

    def idle(self, kinds: Iterable[RunKind], *, followers: bool = True) -> bool:
        """Return whether nothing of ``kinds`` waits or runs.

        With ``followers``, whether no trigger is still to be asked about a run that has ended, too.
        """
        at_work = (WAITING | runs.c.lease_expires_at.is_not(None)) & runs.c.kind.in_(list(kinds))
        query = sa.select(runs.c.number).where(
            at_work | runs.c.triggers_pending if followers else at_work
        )
        with self._scope.reading() as connection:
            return connection.execute(query.limit(1)).first() is None

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

    def any_events(self) -> bool:
        """Return whether ``take_events`` would find one."""
        query = sa.select(run_events.c.number).where(run_events.c.pending).limit(1)
        with self._scope.reading() as connection:
            return connection.execute(query).first() is not None

    def chain_events(self, chain_id: str) -> Sequence[RunEvent]:
        """Return what happened to all runs of a chain, the oldest first."""
        query = sa.select(run_events).join(runs, runs.c.id == run_events.c.run_id)
        query = query.where(runs.c.chain_id == chain_id).order_by(run_events.c.number)
        with self._scope.reading() as connection:
            return [event_of_row(row) for row in connection.execute(query)]

    def events(self, run_id: str) -> Sequence[RunEvent]:
        """Return what happened to a run, the oldest first."""
        query = sa.select(run_events).where(run_events.c.run_id == run_id)
        with self._scope.reading() as connection:
            rows = connection.execute(query.order_by(run_events.c.number))
            return [event_of_row(row) for row in rows]


_MARK = tuple(runs.c[name] for name in RunMark.__dataclass_fields__)


def _mark(row: sa.Row[Any]) -> RunMark:
    members = dict(row._mapping)  # noqa: SLF001 - the row's columns
    return RunMark(**members | {"state": RunState(row.state)})
