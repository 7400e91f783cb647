"""The newest runs of all kinds, looked at by the database: what fails, what the last day saw."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gluepot.console.flow.run_list import listed
from gluepot.console.flow.run_rights import visible
from gluepot.console.flow.strip import Mark, strip
from gluepot.jobs.runs.state import RunState
from gluepot.jobs.runs.tables import runs

if TYPE_CHECKING:
    from gluepot.console.asking import Ask
    from gluepot.jobs.runs.state import Run

WINDOW = 5000
"""So many of the newest runs are looked at, however long the history is."""
FAILED = (RunState.FAILED, RunState.TIMEOUT, RunState.ERROR, RunState.EXPIRED)
SHOWN = 20
BARS = 60
DAY = timedelta(days=1)


def recent(*columns: sa.ColumnElement[Any]) -> sa.Subquery:
    """Return the newest runs as something to select from."""
    return sa.select(*columns).order_by(runs.c.number.desc()).limit(WINDOW).subquery()


def failing_runs(ask: Ask) -> list[dict[str, Any]]:
    """Return the jobs, crawlers and so on whose newest run that has ended failed.

    Those that failed last go first, each as that run.
    """
    seen = recent(runs.c.number, runs.c.kind, runs.c.name, runs.c.completed_at)
    newest = (
        sa.select(sa.func.max(seen.c.number))
        .where(seen.c.completed_at.is_not(None))
        .group_by(seen.c.kind, seen.c.name)
    )
    where = [runs.c.number.in_(newest), runs.c.state.in_(FAILED)]
    found = ask.services.runs.list(where=where, limit=SHOWN)
    return [listed(run) for run in visible(ask, found)]


def open_runs(ask: Ask) -> list[dict[str, Any]]:
    """Return runs that are under way or wait for a worker, those under way first."""
    waits = runs.c.state == RunState.WAITING
    found = ask.services.runs.list(
        where=[runs.c.completed_at.is_(None)], order=[waits.asc()], limit=SHOWN
    )
    return [listed(run) for run in visible(ask, found)]


def last_day(ask: Ask) -> dict[str, Any]:
    """Return how the runs of the last day stand: counts by state, and the newest as a strip."""
    found = ask.services.runs.list(where=[runs.c.queued_at >= ask.now - DAY], limit=BARS)
    seen = visible(ask, found)
    return {
        "counts": _counts(ask) if len(seen) == len(found) else None,
        "strip": strip([_mark(run) for run in seen]),
    }


def _mark(run: Run) -> Mark:
    took = run.duration
    seconds = None if took is None else took.total_seconds()
    return Mark(id=run.id, state=run.state, queued_at=run.queued_at, seconds=seconds)


def _counts(ask: Ask) -> dict[str, int]:
    seen = recent(runs.c.state, runs.c.queued_at)
    query = (
        sa.select(seen.c.state, sa.func.count())
        .where(seen.c.queued_at >= ask.now - DAY)
        .group_by(seen.c.state)
        .order_by(seen.c.state)
    )
    with ask.services.engine.connect() as connection:
        return {row[0]: row[1] for row in connection.execute(query)}
