"""Cron expressions by the thousand, each with what it matches said by sets that nobody parsed.

Beside ``cron_expressions`` because drawing is what takes its time; these are not made smaller
when one fails, and the seed that is printed makes the same ones again.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
Numbers = frozenset[int]


@dataclass(frozen=True, kw_only=True)
class RandomCron:
    """An expression, and what it matches."""

    text: str
    minutes: Numbers
    hours: Numbers
    matches_day: Callable[[date], bool]
    months: Numbers
    years: Numbers


def random_cron(chance: random.Random) -> RandomCron:
    """Return an expression of any form that AWS documents."""
    minute, minutes = _field(chance, 0, 59)
    hour, hours = _field(chance, 0, 23)
    month, months = _field(chance, 1, 12, MONTHS)
    year, years = "*", frozenset(range(1970, 2200))
    if chance.random() < 0.2:
        first = chance.randint(1990, 2100)
        last = chance.randint(first, 2110)
        year, years = f"{first}-{last}", frozenset(range(first, last + 1))
    day, weekday, matches = _days(chance)
    return RandomCron(
        text=f"cron({minute} {hour} {day} {month} {weekday} {year})",
        minutes=minutes,
        hours=hours,
        matches_day=matches,
        months=months,
        years=years,
    )


def scan(cron: RandomCron, after: datetime) -> datetime | None:
    """Return the next fire by looking at every day, and at every minute of the right one."""
    day = after.date()
    while day.year <= after.year + 100:
        if day.year not in cron.years:
            day = date(day.year + 1, 1, 1)
            continue
        if day.month in cron.months and cron.matches_day(day):
            for hour in range(24):
                for minute in range(60):
                    if hour in cron.hours and minute in cron.minutes:
                        found = datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)
                        if found > after:
                            return found
        day += timedelta(days=1)
    return None


def _field(
    chance: random.Random, low: int, high: int, names: tuple[str, ...] = ()
) -> tuple[str, Numbers]:
    items = [_item(chance, low, high, names) for _ in range(chance.choice((1, 1, 1, 2, 3)))]
    return ",".join(text for text, _ in items), frozenset().union(*(found for _, found in items))


def _item(
    chance: random.Random, low: int, high: int, names: tuple[str, ...]
) -> tuple[str, Numbers]:
    first, last = chance.randint(low, high), chance.randint(low, high)
    step = chance.randint(1, high - low + 1)
    named = bool(names) and chance.random() < 0.5
    a, b = (names[number - low] if named else str(number) for number in (first, last))
    # Around the end and on from the beginning, where the range ends before it begins.
    around = list(range(first, last + 1))
    if last < first:
        around = [*range(first, high + 1), *range(low, last + 1)]
    match chance.randrange(6):
        case 0:
            return "*", frozenset(range(low, high + 1))
        case 1:
            return f"{a}-{b}", frozenset(around)
        case 2:
            return f"{a}-{b}/{step}", frozenset(around[::step])
        case 3:
            return f"{a}/{step}", frozenset(range(first, high + 1, step))
        case 4:
            return f"*/{step}", frozenset(range(low, high + 1, step))
        case _:
            return a, frozenset({first})


def _days(chance: random.Random) -> tuple[str, str, Callable[[date], bool]]:
    number, weekday = chance.randint(1, 31), chance.randint(1, 7)
    nth = chance.randint(1, 5)
    match chance.randrange(8):
        case 0 | 1:
            text, days = _field(chance, 1, 31)
            return text, "?", lambda day: day.day in days
        case 2 | 3:
            text, weekdays = _field(chance, 1, 7, WEEKDAYS)
            return "?", text, lambda day: _weekday(day) in weekdays
        case 4:
            return "L", "?", lambda day: (day + timedelta(days=1)).day == 1
        case 5:
            return f"{number}W", "?", lambda day: day == _nearest(day, number)
        case 6:
            same = f"{weekday}#{nth}"
            return "?", same, lambda day: _weekday(day) == weekday and _count(day) == nth
        case _:
            last = f"{WEEKDAYS[weekday - 1]}L"
            return "?", last, lambda day: _weekday(day) == weekday and _is_last(day)


def _weekday(day: date) -> int:
    return day.isoweekday() % 7 + 1


def _count(day: date) -> int:
    """Return which of its weekday in its month a day is, by counting back."""
    found = 0
    before = day
    while before.month == day.month:
        found += 1
        before -= timedelta(days=7)
    return found


def _is_last(day: date) -> bool:
    return (day + timedelta(days=7)).month != day.month


def _nearest(day: date, number: int) -> date | None:
    length = calendar.monthrange(day.year, day.month)[1]
    if number > length:
        return None
    month = (day.replace(day=each) for each in range(1, length + 1))
    work = [each for each in month if each.isoweekday() <= 5]
    return min(work, key=lambda each: abs(each.day - number))
