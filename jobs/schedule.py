"""Schedules of triggers: ``cron(...)`` and ``rate(...)``, and when they fire next. In UTC."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.cron import Cron, parse_cron

if TYPE_CHECKING:
    from collections.abc import Iterator

HORIZON_YEARS = 100
"""How far ahead a fire is looked for."""

SHORTEST_INTERVAL = timedelta(minutes=5)
"""AWS Glue refuses schedules that fire more often; gluepot takes them for triggers alone.

Source: Glue developer guide, "Time-based schedules for jobs and crawlers".
"""

_UNITS = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
}


class NeverFiresError(InvalidInputError):
    """No minute of the next 100 years matches: ``NeverFiresError(text, after)``."""

    def __init__(self, text: str, after: datetime) -> None:
        super().__init__(text, after)

    def __str__(self) -> str:
        """Say which expression, and from when on."""
        text, after = self.args
        return (
            f"{text} never fires: no day from {after:%Y-%m-%d} on that it names exists in the"
            f" next {HORIZON_YEARS} years"
        )


@dataclass(frozen=True, kw_only=True)
class Rate:
    """A fire every ``period``."""

    text: str
    period: timedelta


Schedule = Cron | Rate


def parse_schedule(text: str) -> Schedule:
    """Read ``cron(...)`` or ``rate(...)``.

    Raises:
        InvalidInputError: The text is neither; the sentence says what would be right.
    """
    stripped = text.strip()
    if stripped.startswith("cron("):
        return parse_cron(stripped)
    if stripped.startswith("rate("):
        return _parse_rate(stripped)
    raise InvalidInputError(
        f"{text!r} is not a schedule; right are cron(15 12 * * ? *) and rate(5 minutes)"
    )


def next_fire(schedule: Schedule, after: datetime, *, anchor: datetime | None = None) -> datetime:
    """Return the first fire strictly after ``after``, in UTC.

    A cron expression fires on whole minutes. A rate fires every period from ``anchor`` on, by
    default from ``after``: with its last due time as the anchor it does not drift.

    Raises:
        NeverFiresError: No minute of the next 100 years matches (30 February).
    """
    utc = after.astimezone(UTC)
    if isinstance(schedule, Cron):
        return _next_match(schedule, utc)
    begin = utc if anchor is None else anchor.astimezone(UTC)
    return begin + ((utc - begin) // schedule.period + 1) * schedule.period


def upcoming(schedule: Schedule, after: datetime) -> Iterator[datetime]:
    """Yield the fires strictly after ``after``, as long as there are any."""
    fire = anchor = after
    while True:
        try:
            fire = next_fire(schedule, fire, anchor=anchor)
        except NeverFiresError:
            return
        yield fire


def _parse_rate(text: str) -> Rate:
    found = re.fullmatch(r"rate\(\s*(\d{1,12})\s+([a-z]+)\s*\)", text, re.ASCII)
    number, unit = (int(found.group(1)), found.group(2)) if found else (0, "")
    singular = unit.removesuffix("s")
    if number < 1 or singular not in _UNITS:
        raise InvalidInputError(
            f"{text!r} is not a rate: right is a whole number from 1 on and minutes, hours or"
            " days, as in rate(5 minutes)"
        )
    right = singular if number == 1 else f"{singular}s"
    if unit != right:
        raise InvalidInputError(f"{text!r}: AWS writes it rate({number} {right})")
    if number > HORIZON_YEARS * 365 * timedelta(days=1) // _UNITS[singular]:
        raise InvalidInputError(f"{text!r}: a rate of more than {HORIZON_YEARS} years never fires")
    return Rate(text=text, period=number * _UNITS[singular])


def _next_match(cron: Cron, after: datetime) -> datetime:
    start = after.replace(second=0, microsecond=0) + timedelta(minutes=1)
    for day in _days_from(cron, start.date()):
        earliest = (start.hour, start.minute) if day == start.date() else (0, 0)
        for hour in cron.hours:
            for minute in cron.minutes:
                if (hour, minute) >= earliest:
                    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)
    raise NeverFiresError(cron.text, after)


def _days_from(cron: Cron, start: date) -> Iterator[date]:
    for year in cron.years:
        if not start.year <= year <= start.year + HORIZON_YEARS:
            continue
        for month in cron.months:
            if (year, month) < (start.year, start.month):
                continue
            for day in cron.days_in(year, month):
                if (found := date(year, month, day)) >= start:
                    yield found
