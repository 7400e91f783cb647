"""When the schedules of crawlers start them. Pure."""

from __future__ import annotations

from itertools import islice, pairwise
from typing import TYPE_CHECKING

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.triggers.schedule import (
    SHORTEST_INTERVAL,
    NeverFiresError,
    next_fire,
    parse_schedule,
    upcoming,
)

if TYPE_CHECKING:
    from datetime import datetime

    from gluepot.crawlers.store import StoredCrawler


_LOOKED_AT = 300
"""More crawls than a day has at the shortest interval: a closer pair would be among these."""


def first_crawl(schedule: str | None, now: datetime) -> datetime | None:
    """Return when a schedule that comes into force now starts its crawler; None without one.

    Raises:
        InvalidInputError: It is not a schedule, matches no time to come, or starts the crawler
            more often than every five minutes, which AWS Glue refuses.
    """
    if not schedule:
        return None
    parsed = parse_schedule(schedule)
    first = next_fire(parsed, now)
    for earlier, later in pairwise(islice(upcoming(parsed, now), _LOOKED_AT)):
        if later - earlier < SHORTEST_INTERVAL:
            raise InvalidInputError(
                f"{schedule} starts the crawler at {earlier:%H:%M} and again at {later:%H:%M};"
                " the shortest interval is 5 minutes, as in cron(0/5 * * * ? *)"
            )
    return first


def crawl_after(stored: StoredCrawler, now: datetime) -> datetime | None:
    """Return when a crawler that is due is due again after ``now``, or None for never."""
    schedule = stored.definition.get("Schedule")
    if not schedule:
        return None
    try:
        return next_fire(parse_schedule(schedule), now, anchor=stored.next_crawl_at)
    except NeverFiresError:
        return None


def crawl_key(stored: StoredCrawler) -> str:
    """Return the unique key of the run that a crawler's schedule starts when it is due."""
    due = stored.next_crawl_at
    return f"crawler {stored.name}@{'' if due is None else due.isoformat()}"
