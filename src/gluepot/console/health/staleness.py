"""Tables that were not brought up to date when they should have been."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta  # noqa: F401 - UTC in the example
from statistics import median
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gluepot.console.flow.run_rights import looking
from gluepot.console.health.recent import recent
from gluepot.crawlers.tables import crawl_tables, crawlers, crawls
from gluepot.jobs.runs.state import RunKind, RunState
from gluepot.jobs.runs.tables import runs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gluepot.console.asking import Ask

LOOKED_AT = 5
"""The successful runs of a name that its rhythm is taken from."""
LEAST = 4
"""With fewer there is no rhythm."""
PATIENCE = 2.5
"""So many times the usual span may pass before something is said."""
GRACE = timedelta(minutes=15)
"""How long a crawl may be late: it is queued behind others, and takes its time."""
SHOWN = 20
_TABLES_OF_ONE = 5


@dataclass(frozen=True, kw_only=True)
class Late:
    """A job or crawler that has not succeeded for longer than it uses to be.

    Attributes:
        kind: Of its runs.
        name: Of itself.
        run_id: Its last run that succeeded; None where there is none.
        last: When that ended.
        usual: The usual span between two; None where a schedule was missed.
        due: When it should have run by its schedule; None where only its rhythm tells.
    """

    kind: RunKind
    name: str
    run_id: str | None
    last: datetime | None
    usual: timedelta | None = None
    due: datetime | None = None


def stale_tables(ask: Ask) -> list[dict[str, Any]]:
    """Return tables that are behind, with what should have brought them up to date."""
    shown: list[dict[str, Any]] = []
    named: set[tuple[RunKind, str]] = set()
    for late in [*_missed_schedules(ask), *_out_of_rhythm(ask)]:
        if (late.kind, late.name) in named or not ask.may(*looking(late.kind, late.name)):
            continue
        named.add((late.kind, late.name))
        tables = [one for one in _fed_by(ask, late) if _may_see(ask, one)]
        usual = None if late.usual is None else late.usual.total_seconds()
        shown.append(
            {
                "kind": late.kind,
                "name": late.name,
                "last": late.last,
                "usual_seconds": usual,
                "due": late.due,
                "tables": tables,
            }
        )
        if len(shown) == SHOWN:
            break
    return shown


def _missed_schedules(ask: Ask) -> Iterator[Late]:
    """Yield crawlers whose crawl by schedule is overdue."""
    overdue = (
        sa.select(crawlers.c.name, crawlers.c.next_crawl_at)
        .where(crawlers.c.next_crawl_at < ask.now - GRACE)
        .order_by(crawlers.c.next_crawl_at)
        .limit(SHOWN)
    )
    with ask.services.engine.connect() as connection:
        rows = connection.execute(overdue).all()
    newest = ask.services.runs.marks(RunKind.CRAWL, [row.name for row in rows], limit=LOOKED_AT)
    for row in rows:
        done = [one for one in newest.get(row.name, ()) if one.state is RunState.SUCCEEDED]
        yield Late(
            kind=RunKind.CRAWL,
            name=row.name,
            run_id=done[0].id if done else None,
            last=done[0].completed_at if done else None,
            due=row.next_crawl_at,
        )


def _out_of_rhythm(ask: Ask) -> Iterator[Late]:
    """Yield jobs and crawlers whose last success is long ago, measured by those before."""
    seen = recent(
        runs.c.number, runs.c.id, runs.c.kind, runs.c.name, runs.c.state, runs.c.completed_at
    )
    place = sa.func.row_number().over(
        partition_by=(seen.c.kind, seen.c.name), order_by=seen.c.number.desc()
    )
    kinds = (RunKind.JOB, RunKind.CRAWL)
    ranked = (
        sa.select(seen, place.label("place"))
        .where(seen.c.state == RunState.SUCCEEDED, seen.c.kind.in_(kinds))
        .subquery()
    )
    query = sa.select(ranked).where(ranked.c.place <= LOOKED_AT).order_by(ranked.c.number.desc())
    found: dict[tuple[str, str], list[Any]] = {}
    with ask.services.engine.connect() as connection:
        for row in connection.execute(query):
            found.setdefault((row.kind, row.name), []).append(row)
    for (kind, name), rows in found.items():
        usual = usual_span([row.completed_at for row in rows])
        last = rows[0].completed_at
        if usual is not None and ask.now - last > max(usual * PATIENCE, GRACE):
            yield Late(kind=RunKind(kind), name=name, run_id=rows[0].id, last=last, usual=usual)


def usual_span(times: list[datetime]) -> timedelta | None:
    """Return the usual span between moments, given the newest first; None for too few.

    Example:
        >>> usual_span([datetime(2026, 1, day, tzinfo=UTC) for day in (9, 8, 7, 3)])
        datetime.timedelta(days=1)
    """
    if len(times) < LEAST:
        return None
    spans = [later - earlier for later, earlier in itertools.pairwise(times)]
    return timedelta(seconds=median(span.total_seconds() for span in spans))


def _fed_by(ask: Ask, late: Late) -> list[tuple[str, str]]:
    if late.run_id is None:
        return []
    if late.kind is RunKind.CRAWL:
        return _crawled(ask, late.name)
    metrics = ask.services.runs.get(late.run_id).metrics
    sinks = [sink for one in metrics.get("passes", ()) for sink in one.get("sinks", ())]
    names = {sink["table"]: None for sink in sinks if sink.get("table")}
    parts = [name.partition(".") for name in names]
    return [(database, table) for database, _, table in parts][:_TABLES_OF_ONE]


def _crawled(ask: Ask, crawler: str) -> list[tuple[str, str]]:
    newest = (
        sa.select(crawls.c.id)
        .where(crawls.c.crawler_name == crawler, crawls.c.state == RunState.SUCCEEDED)
        .order_by(crawls.c.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = (
        sa.select(crawl_tables.c.database_name, crawl_tables.c.table_name)
        .where(crawl_tables.c.crawl_id == newest)
        .limit(_TABLES_OF_ONE)
    )
    with ask.services.engine.connect() as connection:
        return [(row.database_name, row.table_name) for row in connection.execute(query)]


def _may_see(ask: Ask, table: tuple[str, str]) -> bool:
    return ask.may("GetTable", {"DatabaseName": table[0], "Name": table[1]})
