"""When the schedules of crawlers start them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.jobs.schedule import NeverFiresError, next_fire, parse_schedule

if TYPE_CHECKING:
    from datetime import datetime

    from gluepot.crawlers.store import StoredCrawler


def first_crawl(schedule: str | None, now: datetime) -> datetime | None:
    """Return when a schedule that comes into force now starts its crawler; None without one.

    Raises:
        InvalidInputError: It is not a schedule, or matches no time to come.
    """
    return next_fire(parse_schedule(schedule), now) if schedule else None


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
