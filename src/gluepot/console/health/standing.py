"""What the catalog holds, what fires next, which rules fail, and what is wrong with the place."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gluepot.catalog.partition_tables import partitions
from gluepot.catalog.tables import databases, tables
from gluepot.console.page import href
from gluepot.console.quality.results import latest_results
from gluepot.crawlers.tables import crawlers
from gluepot.jobs.runs.state import RunState
from gluepot.jobs.runs.tables import runs, triggers

if TYPE_CHECKING:
    from gluepot.console.asking import Ask

SHOWN = 10
MOST_PARTITIONS = 1_000_000
"""Beyond this they are not counted any more: counting would take longer than the page."""
PATIENCE = timedelta(minutes=2)
"""A scheduler looks every few seconds: what was due before that has no scheduler."""
_PASSED = "PASSED"


def figures(ask: Ask) -> dict[str, Any] | None:
    """Return how much the catalog holds; None for those who may not see all of it."""
    if not ask.may("SearchTables"):
        return None
    bounded = sa.select(sa.literal(1)).select_from(partitions).limit(MOST_PARTITIONS + 1)
    query = sa.select(
        sa.select(sa.func.count()).select_from(databases).scalar_subquery().label("databases"),
        sa.select(sa.func.count()).select_from(tables).scalar_subquery().label("tables"),
        sa.select(sa.func.count()).select_from(bounded.subquery()).scalar_subquery().label("parts"),
    )
    with ask.services.engine.connect() as connection:
        row = connection.execute(query).one()
    return {
        "databases": row.databases,
        "tables": row.tables,
        "partitions": min(row.parts, MOST_PARTITIONS),
        "more_partitions": row.parts > MOST_PARTITIONS,
    }


def failing_rules(ask: Ask) -> list[dict[str, Any]]:
    """Return the newest results in which a rule fails, each with the first such rule.

    Those whose failing rules only warn go after the others.
    """
    if not ask.may("ListDataQualityResults"):
        return []
    found = latest_results(ask.services, start=0, limit=SHOWN)
    shown = []
    for one in found:
        if one.verdict == _PASSED or not ask.may("GetDataQualityResult", {"ResultId": one.id}):
            continue
        kept = ask.services.jobs.quality.get(one.id)
        broken = [rule["sentence"] for rule in kept.result["rules"] if not rule["passed"]]
        shown.append(
            {
                "id": one.id,
                "verdict": one.verdict,
                "gate": one.gate,
                "name": one.name,
                "checked_at": one.checked_at,
                "sentence": broken[0] if broken else None,
                "more": max(0, len(broken) - 1),
                "href": href("quality-result", id=one.id),
            }
        )
    return shown


def coming(ask: Ask) -> list[dict[str, Any]]:
    """Return what fires next by the clock: triggers and crawlers, the first one first."""
    fires = (
        (triggers.c.name, triggers.c.next_fire_at, "trigger", "GetTrigger"),
        (crawlers.c.name, crawlers.c.next_crawl_at, "crawler", "GetCrawler"),
    )
    found = []
    with ask.services.engine.connect() as connection:
        for name, at, kind, operation in fires:
            query = sa.select(name, at).where(at.is_not(None)).order_by(at).limit(SHOWN)
            found += [
                {"kind": kind, "name": row[0], "at": row[1], "href": href(kind, name=row[0])}
                for row in connection.execute(query)
                if ask.may(operation, {"Name": row[0]})
            ]
    return sorted(found, key=lambda each: each["at"])[:SHOWN]


def warnings(ask: Ask) -> list[dict[str, str]]:
    """Return what is wrong with the installation itself, each with what to do."""
    found = []
    waits = _idle_since(ask)
    if waits is not None:
        found.append(
            {
                "tone": "bad",
                "sentence": f"No scheduler has been at work lately: {waits}.",
                "command": "gluepot scheduler run",
            }
        )
    if not ask.services.settings.auth.required:
        found.append(
            {
                "tone": "soft",
                "sentence": "Nobody is asked for a key; the console answers this machine alone."
                " Before others use it, make a key and set GLUEPOT_AUTH__REQUIRED=true.",
                "command": "gluepot auth key create NAME --policy gluepot:admin",
            }
        )
    return found


def _idle_since(ask: Ask) -> str | None:
    """Return what a scheduler that is at work would not have left lying; None without any."""
    before = ask.now - PATIENCE
    due = ask.services.triggers.any_due(before) or ask.services.crawlers.any_due(before)
    if due:
        return "a trigger or a crawl is overdue"
    under_way = sa.select(runs.c.id).where(
        runs.c.completed_at.is_(None), runs.c.state != RunState.WAITING
    )
    waiting = sa.select(runs.c.queued_at).where(
        runs.c.state == RunState.WAITING,
        runs.c.queued_at < before,
        sa.or_(runs.c.not_before.is_(None), runs.c.not_before < before),
    )
    with ask.services.engine.connect() as connection:
        if connection.execute(under_way.limit(1)).first() is not None:
            return None  # Whoever waits may wait for those.
        first = connection.execute(waiting.order_by(runs.c.number).limit(1)).scalar()
    return None if first is None else f"a run waits since {first:%Y-%m-%d %H:%M} UTC"
