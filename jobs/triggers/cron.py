"""AWS cron expressions: six fields, read to what they match.

Source: Glue developer guide, "Time-based schedules for jobs and crawlers"; EventBridge user guide,
"Cron expressions reference". Where those are silent (a range that wraps, ``31W`` in a short
month) the reading is said at the function.
"""

from __future__ import annotations

import calendar
import re
from bisect import bisect_left
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from gluepot.catalog.errors import InvalidInputError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_SATURDAY, _SUNDAY = 7, 1
_FIELD_COUNT = 6


@dataclass(frozen=True, kw_only=True)
class Field:
    """What one of the six fields may hold."""

    title: str
    lowest: int
    highest: int
    names: tuple[str, ...] = ()


MINUTES = Field(title="Minutes", lowest=0, highest=59)
HOURS = Field(title="Hours", lowest=0, highest=23)
DAY_OF_MONTH = Field(title="Day-of-month", lowest=1, highest=31)
MONTH = Field(title="Month", lowest=1, highest=12, names=_MONTHS)
DAY_OF_WEEK = Field(title="Day-of-week", lowest=1, highest=7, names=_WEEKDAYS)
YEAR = Field(title="Year", lowest=1970, highest=2199)


@dataclass(frozen=True, kw_only=True)
class DaysOfMonth:
    """Days by their number."""

    days: frozenset[int]

    def matches(self, year: int, month: int, day: int) -> bool:  # noqa: ARG002
        """Return whether the day is one of them."""
        return day in self.days


@dataclass(frozen=True, kw_only=True)
class DaysOfWeek:
    """Days by their weekday, 1 = Sunday; ``occurrence`` keeps the n-th of a month, -1 the last."""

    weekdays: frozenset[int]
    occurrence: int | None = None

    def matches(self, year: int, month: int, day: int) -> bool:
        """Return whether the day is one of them."""
        if _weekday(year, month, day) not in self.weekdays:
            return False
        if self.occurrence is None:
            return True
        if self.occurrence < 0:
            return day + 7 > _last_day(year, month)
        return (day - 1) // 7 + 1 == self.occurrence


@dataclass(frozen=True, kw_only=True)
class LastDay:
    """The last day of the month, or its last day from Monday to Friday."""

    weekday: bool = False

    def matches(self, year: int, month: int, day: int) -> bool:
        """Return whether the day is it."""
        last = _last_day(year, month)
        return day == (_nearest_weekday(year, month, last) if self.weekday else last)


@dataclass(frozen=True, kw_only=True)
class NearestWeekday:
    """The day from Monday to Friday that is nearest to ``day`` and in the same month.

    A month that has no such day (31W in June) does not match.
    """

    day: int

    def matches(self, year: int, month: int, day: int) -> bool:
        """Return whether the day is it."""
        if self.day > _last_day(year, month):
            return False
        return day == _nearest_weekday(year, month, self.day)


DayRule = DaysOfMonth | DaysOfWeek | LastDay | NearestWeekday


@dataclass(frozen=True, kw_only=True)
class Cron:
    """A cron expression, read: the numbers in ascending order, and the rule of its days."""

    text: str
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: DayRule
    months: tuple[int, ...]
    years: tuple[int, ...]

    @property
    def every_hour(self) -> bool:
        """Return whether it is bound to no hour of the day."""
        return len(self.hours) == HOURS.highest + 1

    def days_from(self, start: date, *, horizon_years: int) -> Iterator[date]:
        """Yield the days from ``start`` on that match, up to so many years later."""
        for year in self.years:
            if not start.year <= year <= start.year + horizon_years:
                continue
            for month in self.months:
                if (year, month) < (start.year, start.month):
                    continue
                for day in self._days_in(year, month):
                    if (found := date(year, month, day)) >= start:
                        yield found

    def time_from(self, hour: int, minute: int) -> tuple[int, int] | None:
        """Return the first matching hour and minute of a day that are not before these."""
        at = bisect_left(self.hours, hour)
        if at < len(self.hours) and self.hours[at] == hour:
            later = bisect_left(self.minutes, minute)
            if later < len(self.minutes):
                return hour, self.minutes[later]
            at += 1
        return (self.hours[at], self.minutes[0]) if at < len(self.hours) else None

    def _days_in(self, year: int, month: int) -> Iterator[int]:
        for day in range(1, _last_day(year, month) + 1):
            if self.days.matches(year, month, day):
                yield day


def parse_cron(text: str) -> Cron:
    """Read ``cron(Minutes Hours Day-of-month Month Day-of-week Year)``.

    Raises:
        InvalidInputError: The text is not one; the field at fault is named.
    """
    found = re.fullmatch(r"cron\(([^()]*)\)", text.strip())
    fields = found.group(1).split() if found else []
    if len(fields) != _FIELD_COUNT:
        raise InvalidInputError(
            f"{text!r} is not a cron expression: it needs six fields,"
            " cron(Minutes Hours Day-of-month Month Day-of-week Year), as in cron(15 12 * * ? *)"
        )
    minutes, hours, day_of_month, month, day_of_week, year = fields
    return Cron(
        text=text.strip(),
        minutes=_numbers(MINUTES, minutes),
        hours=_numbers(HOURS, hours),
        days=_days(day_of_month, day_of_week),
        months=_numbers(MONTH, month),
        years=_numbers(YEAR, year),
    )


def _days(day_of_month: str, day_of_week: str) -> DayRule:
    if (day_of_month == "?") == (day_of_week == "?"):
        raise InvalidInputError(
            f"Exactly one of Day-of-month ({day_of_month}) and Day-of-week ({day_of_week})"
            " must be ?; put ? in the one that does not matter"
        )
    if day_of_week == "?":
        return _day_of_month(day_of_month.upper())
    return _day_of_week(day_of_week.upper())


def _day_of_month(text: str) -> DayRule:
    if text in {"L", "LW"}:
        return LastDay(weekday=text == "LW")
    if text.endswith("W"):
        return NearestWeekday(day=_number(DAY_OF_MONTH, text[:-1], text))
    return DaysOfMonth(days=frozenset(_numbers(DAY_OF_MONTH, text)))


def _day_of_week(text: str) -> DayRule:
    if text == "L":
        return DaysOfWeek(weekdays=frozenset({_SATURDAY}))
    if "#" in text:
        day, _, occurrence = text.partition("#")
        if occurrence not in {"1", "2", "3", "4", "5"}:
            raise _fault(DAY_OF_WEEK, text, "after # stands 1 to 5, and nothing else")
        weekdays = frozenset({_number(DAY_OF_WEEK, day, text)})
        return DaysOfWeek(weekdays=weekdays, occurrence=int(occurrence))
    if text.endswith("L"):
        weekdays = frozenset({_number(DAY_OF_WEEK, text[:-1], text)})
        return DaysOfWeek(weekdays=weekdays, occurrence=-1)
    return DaysOfWeek(weekdays=frozenset(_numbers(DAY_OF_WEEK, text)))


def _numbers(field: Field, text: str) -> tuple[int, ...]:
    found = {number for part in text.split(",") for number in _part(field, part, text)}
    return tuple(sorted(found))


def _part(field: Field, part: str, text: str) -> Sequence[int]:
    """Return what ``*``, ``5``, ``5-9``, or one of them with ``/step`` stands for.

    A range that ends before it begins wraps around (``SAT-MON``), except for years. ``5/10``
    goes on to the field's highest number.
    """
    base, slash, step_text = part.partition("/")
    step = _step(field, step_text, text) if slash else 1
    first, dash, last = base.partition("-")
    if base == "*":
        start, end = field.lowest, field.highest
    else:
        start = _number(field, first, text)
        end = _number(field, last, text) if dash else field.highest if slash else start
    if start <= end:
        return range(start, end + 1, step)
    if field is YEAR:
        raise _fault(field, text, f"the range {base} ends before it begins")
    around = [*range(start, field.highest + 1), *range(field.lowest, end + 1)]
    return around[::step]


def _step(field: Field, step: str, text: str) -> int:
    span = field.highest - field.lowest + 1
    if not _is_number(step) or not 1 <= int(step) <= span:
        raise _fault(field, text, f"after / stands a step from 1 to {span}, not {step!r}")
    return int(step)


def _number(field: Field, word: str, text: str) -> int:
    if word.upper() in field.names:
        return field.names.index(word.upper()) + field.lowest
    if not _is_number(word):
        hint = did_you_mean(word.upper(), field.names)
        raise _fault(field, text, f"{word!r} is neither a number nor a name", hint)
    if not field.lowest <= int(word) <= field.highest:
        raise _fault(field, text, f"{word} is not from {field.lowest} to {field.highest}")
    return int(word)


def _is_number(word: str) -> bool:
    # Four digits hold every year; a longer text is never a number of any field.
    return word.isascii() and word.isdigit() and len(word) <= len(str(YEAR.highest))


def _fault(field: Field, text: str, why: str, hint: str = "") -> InvalidInputError:
    extra = {DAY_OF_MONTH.title: ", ?, L or 15W", DAY_OF_WEEK.title: ", ?, L, 6L or 6#3"}
    names = f" or {field.names[0]}-{field.names[-1]}" if field.names else ""
    right = f"{field.lowest}-{field.highest}{names} with , - * /{extra.get(field.title, '')}"
    return InvalidInputError(f"{field.title} field {text!r}: {why}; right is {right}.{hint}")


def _last_day(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]


def _weekday(year: int, month: int, day: int) -> int:
    # Python counts from Monday = 0, AWS from Sunday = 1.
    return (calendar.weekday(year, month, day) + 1) % 7 + 1


def _nearest_weekday(year: int, month: int, day: int) -> int:
    weekday = _weekday(year, month, day)
    if weekday == _SATURDAY:
        return day - 1 if day > 1 else day + 2
    if weekday == _SUNDAY:
        return day + 1 if day < _last_day(year, month) else day - 2
    return day
