"""Schedules of triggers and crawlers, and when they fire next.

A schedule is ``cron(...)``, ``rate(...)`` or ``at(...)`` as AWS writes them, in UTC as in AWS Glue.
Two words of gluepot's own may follow: a time zone, and what becomes of fires that were missed, as
in ``cron(0 8 ? * MON-FRI *) Europe/Berlin missed=all``.

Sources: Glue developer guide, "Time-based schedules for jobs and crawlers"; EventBridge Scheduler
user guide, "Schedule types".
"""

from __future__ import annotations

import functools
import re
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import product, takewhile
from typing import TYPE_CHECKING

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.jobs.triggers.cron import Cron, parse_cron
from gluepot.jobs.triggers.local_times import is_even, moment, moments, read_zone

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from zoneinfo import ZoneInfo

HORIZON_YEARS = 100
"""How far ahead a fire is looked for."""

SHORTEST_INTERVAL = timedelta(minutes=5)
"""AWS Glue refuses schedules that fire more often; gluepot takes them for triggers alone.

Source: Glue developer guide, "Time-based schedules for jobs and crawlers".
"""

GRACE = timedelta(minutes=1)
"""A fire that is served later than this after its time was missed."""

MOST_CAUGHT_UP = 1000
"""``missed=all`` makes up for so many fires of a trigger at most, the latest."""

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
_TICK = timedelta(microseconds=1)
_MISSED = "missed="
_UNITS = {"minute": _MINUTE, "hour": timedelta(hours=1), "day": _DAY}


class NeverFiresError(InvalidInputError):
    """No minute of the next 100 years matches: ``NeverFiresError(text, after)``."""

    def __init__(self, text: str, after: datetime) -> None:
        super().__init__(text, after)

    def __str__(self) -> str:
        """Say which expression, and from when on."""
        text, after = self.args
        return (
            f"{text} never fires: no time that it names comes after {after:%Y-%m-%d %H:%M} UTC"
            f" within {HORIZON_YEARS} years"
        )


class Missed(StrEnum):
    """What becomes of fires that nobody served in time, as when every scheduler was down."""

    SKIP = "skip"
    """They are dropped."""
    ONCE = "once"
    """The first of them fires, for all."""
    ALL = "all"
    """Each of them fires, the oldest first."""


@dataclass(frozen=True, kw_only=True)
class Rate:
    """A fire every ``period``."""

    text: str
    period: timedelta


@dataclass(frozen=True, kw_only=True)
class Once:
    """One fire, at a local time."""

    text: str
    local: datetime


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """When something fires: ``zone`` is that of the expression's times, None for UTC."""

    beat: Cron | Rate | Once
    zone: ZoneInfo | None = None
    missed: Missed = Missed.ONCE


@functools.lru_cache(maxsize=10_000)
def parse_schedule(text: str) -> Schedule:
    """Read an expression, and the words that may follow it.

    Raises:
        InvalidInputError: It is none; the sentence says what would be right.
    """
    expression, ends, rest = text.strip().partition(")")
    beat = _parse_beat(expression + ends)
    if rest and not rest[0].isspace():
        raise InvalidInputError(f"{text!r}: leave a space after {beat.text}")
    zone, missed = None, None
    for word in rest.split():
        if word.startswith(_MISSED) and missed is None:
            missed = _parse_missed(word.removeprefix(_MISSED))
        elif zone is None and not word.startswith(_MISSED):
            zone = read_zone(word)
        else:
            raise InvalidInputError(
                f"{text!r}: after {beat.text} stand at most one time zone, as Europe/Berlin, and"
                f" one {_MISSED}{Missed.ALL}; {word!r} is one too many"
            )
    if zone is not None and isinstance(beat, Rate):
        raise InvalidInputError(f"{text!r}: a rate counts from its last fire, in no time zone")
    return Schedule(beat=beat, zone=zone, missed=missed or Missed.ONCE)


def next_fire(schedule: Schedule, after: datetime, *, anchor: datetime | None = None) -> datetime:
    """Return the first fire strictly after ``after``, in UTC.

    A cron expression fires on whole minutes. A rate fires every period from ``anchor`` on, by
    default from ``after``: with its last due time as the anchor it does not drift.

    In a time zone, a local time that is skipped as clocks are put forward fires at that moment,
    several of them once; one that comes twice as clocks are put back fires the first time. An
    expression for every hour (``*``) is bound to none: it fires as its minutes come, in the hour
    that comes twice too.

    Raises:
        NeverFiresError: No minute of the next 100 years matches (30 February).
    """
    utc, beat = after.astimezone(UTC), schedule.beat
    if isinstance(beat, Rate):
        begin = utc if anchor is None else anchor.astimezone(UTC)
        return begin + ((utc - begin) // beat.period + 1) * beat.period
    if isinstance(beat, Once):
        found = moment(beat.local, schedule.zone or UTC)
        if found <= utc:
            raise NeverFiresError(beat.text, utc)
        return found
    return _next_match(beat, utc) if schedule.zone is None else _next_in(beat, utc, schedule.zone)


def upcoming(
    schedule: Schedule, after: datetime, *, anchor: datetime | None = None
) -> Iterator[datetime]:
    """Yield the fires strictly after ``after``, as long as there are any."""
    fire, begin = after, anchor or after
    while True:
        try:
            fire = next_fire(schedule, fire, anchor=begin)
        except NeverFiresError:
            return
        yield fire


def to_serve(schedule: Schedule, due: datetime, now: datetime) -> tuple[datetime, ...]:
    """Return which fires of those from ``due`` to ``now`` are to be served, the oldest first.

    ``due`` is a fire of the schedule; which of those that follow it are served as well is up to
    the policy for missed ones.
    """
    if schedule.missed is Missed.ONCE:
        return (due,)
    if schedule.missed is Missed.ALL:
        return _latest(schedule, due, now)
    return tuple(fire for fire in _latest(schedule, due, now) if now - fire <= GRACE)


def _latest(schedule: Schedule, due: datetime, now: datetime) -> tuple[datetime, ...]:
    """Return the latest fires from ``due`` to ``now``, as many as are made up for."""
    window = MOST_CAUGHT_UP * _MINUTE  # No schedule fires more often.
    while True:
        begin = max(due, now - window)
        fires = upcoming(schedule, begin - _TICK, anchor=due)
        found = deque(takewhile(lambda fire: fire <= now, fires), maxlen=MOST_CAUGHT_UP)
        if begin == due or len(found) == MOST_CAUGHT_UP:
            return tuple(found)
        window *= 4


def _parse_beat(text: str) -> Cron | Rate | Once:
    if text.startswith("cron("):
        return parse_cron(text)
    if text.startswith("rate("):
        return _parse_rate(text)
    if text.startswith("at("):
        return _parse_once(text)
    raise InvalidInputError(
        f"{text!r} is not a schedule; right are cron(15 12 * * ? *), rate(5 minutes) and"
        " at(2026-12-24T18:00:00)"
    )


def _parse_missed(word: str) -> Missed:
    try:
        return Missed(word)
    except ValueError:
        hint = did_you_mean(word, list(Missed))
        raise InvalidInputError(
            f"{_MISSED}{word}: right are {', '.join(_MISSED + item for item in Missed)}.{hint}"
        ) from None


def _parse_once(text: str) -> Once:
    found = re.fullmatch(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)", text, re.ASCII)
    try:
        return Once(text=text, local=datetime.fromisoformat(found.group(1) if found else ""))
    except ValueError:
        raise InvalidInputError(
            f"{text!r} is not a time; right is at(yyyy-mm-ddThh:mm:ss), as in"
            " at(2026-12-24T18:00:00)"
        ) from None


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
    if number > HORIZON_YEARS * 365 * _DAY // _UNITS[singular]:
        raise InvalidInputError(f"{text!r}: a rate of more than {HORIZON_YEARS} years never fires")
    return Rate(text=text, period=number * _UNITS[singular])


def _next_match(cron: Cron, after: datetime) -> datetime:
    start = after.replace(second=0, microsecond=0) + _MINUTE
    for day in cron.days_from(start.date(), horizon_years=HORIZON_YEARS):
        earliest = (start.hour, start.minute) if day == start.date() else (0, 0)
        found = cron.time_from(*earliest)
        if found is not None:
            return datetime(day.year, day.month, day.day, *found, tzinfo=UTC)
    raise NeverFiresError(cron.text, after)


def _next_in(cron: Cron, after: datetime, zone: ZoneInfo) -> datetime:
    local = after.astimezone(zone).replace(tzinfo=None)
    start = local.replace(second=0, microsecond=0) + _MINUTE
    # A fire of the day before may have been put off past midnight.
    for day in cron.days_from(local.date() - _DAY, horizon_years=HORIZON_YEARS):
        if not is_even(day, zone):
            fires = _fires_of_uneven(cron, day, zone)
            found = next((fire for fire in fires if fire > after), None)
        else:
            found = _first_of_even(cron, day, start, zone)
        if found is not None:
            return found
    raise NeverFiresError(cron.text, after)


def _first_of_even(cron: Cron, day: date, start: datetime, zone: ZoneInfo) -> datetime | None:
    """Return the first fire of a local day from the local time ``start`` on, if there is one."""
    if day < start.date():
        return None
    time = cron.time_from(*((start.hour, start.minute) if day == start.date() else (0, 0)))
    if time is None:
        return None
    return datetime(day.year, day.month, day.day, *time, tzinfo=zone).astimezone(UTC)


def _fires_of_uneven(cron: Cron, day: date, zone: ZoneInfo) -> list[datetime]:
    """Return the fires of a local day on which the clock is changed."""
    times = product(cron.hours, cron.minutes)
    locals_ = (datetime(day.year, day.month, day.day, *time) for time in times)  # noqa: DTZ001
    if cron.every_hour:
        return sorted({found for local in locals_ for found in moments(local, zone)})
    return sorted({moment(local, zone) for local in locals_})
