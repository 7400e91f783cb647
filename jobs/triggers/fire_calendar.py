"""How often a schedule fires on each day of a month. Pure."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING

from gluepot.jobs.triggers.cron import Cron
from gluepot.jobs.triggers.local_times import is_even, moment
from gluepot.jobs.triggers.schedule import upcoming

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from zoneinfo import ZoneInfo

    from gluepot.jobs.triggers.schedule import Schedule

_DAY = timedelta(days=1)
_TICK = timedelta(microseconds=1)


def fires_per_day(
    schedule: Schedule, first: date, last: date, *, anchor: datetime | None = None
) -> Mapping[date, int]:
    """Return how often a schedule fires on each day that it fires on.

    Days are those of its time zone, of UTC without one. A day on which the clock is changed is
    counted fire by fire.

    Args:
        schedule: The schedule.
        first: The first day.
        last: The last day.
        anchor: A fire from which a rate counts; without it, from the begin of the first day.
    """
    zone = schedule.zone
    if isinstance(schedule.beat, Cron):
        return Counter(dict(_of_cron(schedule, schedule.beat, first, last)))
    start, end = _midnight(first, zone), _midnight(last + _DAY, zone)
    if anchor is not None:
        # A rate begins with its anchor, and no fire comes before.
        start = max(start, anchor.astimezone(UTC))
    fires = upcoming(schedule, start - _TICK, anchor=anchor or start)
    return Counter(
        fire.astimezone(zone or UTC).date() for fire in takewhile(lambda fire: fire < end, fires)
    )


def _of_cron(schedule: Schedule, cron: Cron, first: date, last: date) -> Iterator[tuple[date, int]]:
    days = cron.days_from(first, horizon_years=1)
    matching = set(takewhile(lambda day: day <= last, days))
    each = len(cron.hours) * len(cron.minutes)
    day = first
    while day <= last:
        if schedule.zone is None or is_even(day, schedule.zone):
            found = each if day in matching else 0
        else:
            found = _counted(schedule, day)
        if found:
            yield day, found
        day += _DAY


def _counted(schedule: Schedule, day: date) -> int:
    start, end = _midnight(day, schedule.zone), _midnight(day + _DAY, schedule.zone)
    return sum(1 for _ in takewhile(lambda fire: fire < end, upcoming(schedule, start - _TICK)))


def _midnight(day: date, zone: ZoneInfo | None) -> datetime:
    return moment(datetime(day.year, day.month, day.day), zone or UTC)  # noqa: DTZ001 - local
