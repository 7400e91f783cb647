"""A month of a trigger as a calendar: what is to fire on each day, and what came of what fired."""

from __future__ import annotations

import calendar
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.triggers.fire_calendar import fires_per_day
from gluepot.jobs.triggers.local_times import moment
from gluepot.jobs.triggers.schedule import parse_schedule

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo

    from gluepot.console.asking import Ask
    from gluepot.jobs.runs.history import RunMark
    from gluepot.jobs.triggers.model import Trigger

_DAY = timedelta(days=1)
_FIRST_YEAR, _LAST_YEAR = 1971, 2198


def fire_month(ask: Ask, trigger: Trigger) -> dict[str, Any]:
    """Return the month of the address, or this one, in weeks from Monday on.

    Days are those of the schedule's time zone, of UTC without one.

    Raises:
        InvalidInputError: The address names no month.
    """
    schedule = None if trigger.schedule is None else parse_schedule(trigger.schedule)
    zone = None if schedule is None else schedule.zone
    today = ask.now.astimezone(zone or UTC).date()
    first = _month(ask.option("month") or f"{today:%Y-%m}")
    last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
    planned: Mapping[date, int] = {}
    if schedule is not None:
        anchor = ask.services.triggers.next_fire_at(trigger.name)
        planned = fires_per_day(schedule, first, last, anchor=anchor)
    ended = _outcomes(ask, trigger, first, last, zone)
    days = [_day(first + _DAY * number, planned, ended, today) for number in range(last.day)]
    return {
        "month": f"{first:%Y-%m}",
        "title": f"{first:%B %Y}",
        "zone": "UTC" if zone is None else str(zone),
        "before": f"{first - _DAY:%Y-%m}",
        "after": f"{last + _DAY:%Y-%m}",
        "blank": first.weekday(),
        "days": days,
        "weeks": _weeks(days, first.weekday()),
    }


def _month(text: str) -> date:
    try:
        found = datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC).date()
    except ValueError:
        raise InvalidInputError(f"month is no {text!r}; right is 2026-12") from None
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise InvalidInputError(f"month is of the years {_FIRST_YEAR} to {_LAST_YEAR}")
    return found


def _outcomes(
    ask: Ask, trigger: Trigger, first: date, last: date, zone: ZoneInfo | None
) -> dict[date, Counter[str]]:
    targets = {action.target for action in trigger.actions}
    found: dict[date, Counter[str]] = {}
    marks: Sequence[RunMark] = ask.services.runs.started_by(
        trigger.name, targets, since=_midnight(first, zone), until=_midnight(last + _DAY, zone)
    )
    for mark in marks:
        day = mark.queued_at.astimezone(zone or UTC).date()
        found.setdefault(day, Counter())[str(mark.state)] += 1
    return found


def _midnight(day: date, zone: ZoneInfo | None) -> datetime:
    return moment(datetime(day.year, day.month, day.day), zone or UTC)  # noqa: DTZ001 - local


def _day(
    day: date, planned: Mapping[date, int], ended: Mapping[date, Counter[str]], today: date
) -> dict[str, Any]:
    return {
        "date": day.isoformat(),
        "number": day.day,
        "fires": planned.get(day, 0),
        "runs": dict(ended.get(day, {})),
        "is_past": day < today,
        "is_today": day == today,
    }


def _weeks(days: list[dict[str, Any]], blank: int) -> list[list[dict[str, Any] | None]]:
    cells: list[dict[str, Any] | None] = [None] * blank + list(days)
    cells += [None] * (-len(cells) % 7)
    return [cells[start : start + 7] for start in range(0, len(cells), 7)]
