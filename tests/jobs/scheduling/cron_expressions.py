"""Random cron expressions, each with the same thing said in another way, to judge ours by.

Every strategy yields a field as AWS writes it, as Unix cron writes it where it can (else None),
and what it matches as a plain set or function that was never read out of the text.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


@dataclass(frozen=True, kw_only=True)
class Part:
    """One field: its texts, and the numbers it stands for."""

    aws: str
    unix: str | None
    numbers: frozenset[int]


@dataclass(frozen=True, kw_only=True)
class DayPart:
    """Both day fields: their texts, and whether they match a date."""

    aws: tuple[str, str]
    unix: tuple[str, str] | None
    matches: Callable[[date], bool]


@dataclass(frozen=True, kw_only=True)
class Expression:
    """A whole expression."""

    aws: str
    unix: str | None
    minutes: frozenset[int]
    hours: frozenset[int]
    matches_day: Callable[[date], bool]
    months: frozenset[int]
    years: frozenset[int] = field(repr=False)


def _spell(number: int, low: int, names: tuple[str, ...], *, named: bool) -> str:
    return names[number - low] if names and named else str(number)


@st.composite
def _item(  # noqa: PLR0913
    draw: st.DrawFn, *, low: int, high: int, names: tuple[str, ...], shift: int, wraps: bool
) -> Part:
    first = draw(st.integers(low, high))
    last = draw(st.integers(low, high))
    step = draw(st.integers(1, high - low + 1))
    named = draw(st.booleans())
    a, b = (_spell(n, low, names, named=named) for n in (first, last))
    forms = ["one", "all", "from", "every"] + ["range", "range-step"] * (wraps or first <= last)
    form = draw(st.sampled_from(forms))
    around = []
    number = first
    while number != last:
        around.append(number)
        number = number + 1 if number < high else low
    around.append(last)
    # Both judges read 5-5 as every number: no common ground.
    unix_range = f"{first + shift}-{last + shift}" if first < last else None
    match form:
        case "one":
            return Part(aws=a, unix=str(first + shift), numbers=frozenset({first}))
        case "all":
            return Part(aws="*", unix="*", numbers=frozenset(range(low, high + 1)))
        case "from":
            numbers = frozenset(n for n in range(first, high + 1) if (n - first) % step == 0)
            unix = f"{first + shift}-{high + shift}/{step}" if first < high else str(high + shift)
            return Part(aws=f"{a}/{step}", unix=unix, numbers=numbers)
        case "every":
            numbers = frozenset(n for n in range(low, high + 1) if (n - low) % step == 0)
            return Part(aws=f"*/{step}", unix=f"*/{step}", numbers=numbers)
        case "range":
            return Part(aws=f"{a}-{b}", unix=unix_range, numbers=frozenset(around))
        case _:
            unix_step = None if unix_range is None else f"{unix_range}/{step}"
            kept = frozenset(n for i, n in enumerate(around) if i % step == 0)
            return Part(aws=f"{a}-{b}/{step}", unix=unix_step, numbers=kept)


def _field(
    low: int, high: int, names: tuple[str, ...] = (), *, shift: int = 0, wraps: bool = True
) -> st.SearchStrategy[Part]:
    def join(parts: list[Part]) -> Part:
        unix = [part.unix for part in parts]
        return Part(
            aws=",".join(part.aws for part in parts),
            unix=None if None in unix else ",".join(str(text) for text in unix),
            numbers=frozenset().union(*(part.numbers for part in parts)),
        )

    item = _item(low=low, high=high, names=names, shift=shift, wraps=wraps)
    return st.lists(item, min_size=1, max_size=3).map(join)


def _weekday(day: date) -> int:
    return day.isoweekday() % 7 + 1


def _month_of(day: date) -> list[date]:
    count = calendar.monthrange(day.year, day.month)[1]
    return [day.replace(day=number) for number in range(1, count + 1)]


def _last_of_month(day: date) -> bool:
    return (day + timedelta(days=1)).month != day.month


def _nearest(day: date, number: int) -> bool:
    month = _month_of(day)
    if number > len(month):
        return False
    weekdays = [item for item in month if item.isoweekday() <= 5]
    return day == min(weekdays, key=lambda item: abs(item.day - number))


def _last_weekday(day: date) -> bool:
    return day == [item for item in _month_of(day) if item.isoweekday() <= 5][-1]


def _nth(day: date, weekday: int, number: int) -> bool:
    same = [item for item in _month_of(day) if _weekday(item) == weekday]
    return day in same[number - 1 : number] if number > 0 else day == same[-1]


def _by_number(part: Part) -> DayPart:
    unix = None if part.unix is None else (part.unix, "*")
    return DayPart(aws=(part.aws, "?"), unix=unix, matches=lambda day: day.day in part.numbers)


def _by_weekday(part: Part) -> DayPart:
    unix = None if part.unix is None else ("*", part.unix)
    return DayPart(aws=("?", part.aws), unix=unix, matches=lambda d: _weekday(d) in part.numbers)


def _nth_weekday(weekday: int, number: int) -> DayPart:
    text = f"{weekday}L" if number < 0 else f"{WEEKDAYS[weekday - 1]}#{number}"
    # The judges write the last Friday in two ways of their own: it has a test by itself.
    unix = None if number < 0 else ("*", f"{weekday - 1}#{number}")
    return DayPart(aws=("?", text), unix=unix, matches=lambda day: _nth(day, weekday, number))


days = st.one_of(
    _field(1, 31).map(_by_number),
    _field(1, 7, WEEKDAYS, shift=-1).map(_by_weekday),
    st.just(DayPart(aws=("L", "?"), unix=("L", "*"), matches=_last_of_month)),
    st.just(DayPart(aws=("LW", "?"), unix=None, matches=_last_weekday)),
    st.just(DayPart(aws=("?", "L"), unix=("*", "6"), matches=lambda day: _weekday(day) == 7)),
    st.integers(1, 31).map(
        lambda n: DayPart(aws=(f"{n}W", "?"), unix=None, matches=lambda day: _nearest(day, n))
    ),
    st.builds(_nth_weekday, st.integers(1, 7), st.sampled_from([1, 2, 3, 4, 5, -1])),
)

years = st.one_of(
    st.just(Part(aws="*", unix="", numbers=frozenset(range(1970, 2200)))),
    _field(1970, 2199, wraps=False).map(
        lambda part: Part(aws=part.aws, unix=None, numbers=part.numbers)
    ),
)


@st.composite
def expressions(draw: st.DrawFn) -> Expression:
    """Draw an expression of any form that AWS documents."""
    minute, hour, day = draw(_field(0, 59)), draw(_field(0, 23)), draw(days)
    month, year = draw(_field(1, 12, MONTHS)), draw(years)
    parts = [minute.unix, hour.unix, month.unix, year.unix]
    unix = None
    if day.unix is not None and None not in parts:
        unix = f"{minute.unix} {hour.unix} {day.unix[0]} {month.unix} {day.unix[1]}"
    return Expression(
        aws=f"cron({minute.aws} {hour.aws} {day.aws[0]} {month.aws} {day.aws[1]} {year.aws})",
        unix=unix,
        minutes=minute.numbers,
        hours=hour.numbers,
        matches_day=day.matches,
        months=month.numbers,
        years=year.numbers,
    )


def scan(expression: Expression, after: datetime) -> datetime | None:
    """Return the next fire by looking at every day, then at every minute of the one that fits."""
    day = after.date()
    for _ in range(366 * 101):
        fits = day.year in expression.years and day.month in expression.months
        if day.year > after.year + 100:
            return None
        if fits and expression.matches_day(day):
            midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
            for number in range(24 * 60):
                minute = midnight + timedelta(minutes=number)
                wanted = minute.minute in expression.minutes and minute.hour in expression.hours
                if wanted and minute > after:
                    return minute
        day += timedelta(days=1)
    return None
