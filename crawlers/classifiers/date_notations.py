"""How dates and timestamps are written in text: what is tried, and which pattern values have.

``DAYS``, ``CLOCKS`` and ``ZONES`` are the whole list. A value is a day, or a day and a clock, or
these and a zone. Patterns are written as Hive's ``timestamp.formats`` wants them (Joda's letters,
in which ``ZZ`` is an offset with a colon); names of months and of days of the week are English.

Where the day may come first or the month (``01/02/2013``), a value above twelve decides. Where no
value does, both are right, and the column is no timestamp: half of its values would be wrong.
Years of two digits, days without a year and clocks without a day are no timestamps either, and
whole numbers (``20130131``, seconds since 1970) are numbers.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ISO_DAY = "yyyy-MM-dd"
"""The one form that a column of type ``date`` may have: Hive reads no other as a date."""

HIVE_TIMESTAMP = "yyyy-MM-dd HH:mm:ss"
"""The form of a timestamp that Hive reads without being told, with or without a fraction."""


@dataclass(frozen=True, kw_only=True)
class Notation:
    """A part of a date that is tried.

    Attributes:
        pattern: As Hive is told.
        shape: A regular expression over values whose digits are 9 and whose letters are a.
        example: A value.
        swapped: The pattern with the month first, where the values have to decide.
    """

    pattern: str
    shape: str
    example: str
    swapped: str | None = None


DAYS: tuple[Notation, ...] = (
    Notation(pattern=ISO_DAY, shape="(?P<y>9999)-(?P<m>99)-(?P<d>99)", example="2013-01-31"),
    Notation(pattern="yyyy/MM/dd", shape="(?P<y>9999)/(?P<m>99?)/(?P<d>99?)", example="2013/01/31"),
    Notation(
        pattern="yyyy.MM.dd", shape=r"(?P<y>9999)\.(?P<m>99?)\.(?P<d>99?)", example="2013.01.31"
    ),
    Notation(
        pattern="dd.MM.yyyy", shape=r"(?P<d>99?)\.(?P<m>99?)\.(?P<y>9999)", example="31.01.2013"
    ),
    Notation(
        pattern="dd/MM/yyyy",
        shape="(?P<d>99?)/(?P<m>99?)/(?P<y>9999)",
        example="31/01/2013",
        swapped="MM/dd/yyyy",
    ),
    Notation(
        pattern="dd-MM-yyyy",
        shape="(?P<d>99?)-(?P<m>99?)-(?P<y>9999)",
        example="31-01-2013",
        swapped="MM-dd-yyyy",
    ),
    Notation(
        pattern="dd-MMM-yyyy", shape="(?P<d>99?)-(?P<m>[aT]{3})-(?P<y>9999)", example="31-Jan-2013"
    ),
    Notation(
        pattern="dd MMM yyyy", shape="(?P<d>99?) (?P<m>[aT]{3}) (?P<y>9999)", example="31 Jan 2013"
    ),
    Notation(
        pattern="dd/MMM/yyyy", shape="(?P<d>99?)/(?P<m>[aT]{3})/(?P<y>9999)", example="31/Jan/2013"
    ),
    Notation(
        pattern="MMM dd, yyyy",
        shape="(?P<m>[aT]{3}) (?P<d>99?), (?P<y>9999)",
        example="Jan 31, 2013",
    ),
    Notation(
        pattern="EEE, dd MMM yyyy",
        shape="[aT]{3}, (?P<d>99?) (?P<m>[aT]{3}) (?P<y>9999)",
        example="Thu, 31 Jan 2013",
    ),
)
"""Days, in the order in which they are tried; ``d`` and ``M`` may have one digit or two."""

CLOCKS: tuple[Notation, ...] = (
    Notation(pattern="HH:mm", shape="(?P<h>99?):(?P<i>99)", example="10:05"),
    Notation(pattern="HH:mm:ss", shape="(?P<h>99?):(?P<i>99):(?P<s>99)", example="10:05:59"),
    Notation(
        pattern="HH:mm:ss.SSS",
        shape="(?P<h>99?):(?P<i>99):(?P<s>99)(?P<point>[.,])(?P<f>9{1,9})",
        example="10:05:59.123",
    ),
    Notation(pattern="hh:mm a", shape="(?P<h>99?):(?P<i>99) (?P<half>aa)", example="10:05 PM"),
    Notation(
        pattern="hh:mm:ss a",
        shape="(?P<h>99?):(?P<i>99):(?P<s>99) (?P<half>aa)",
        example="10:05:59 PM",
    ),
)
"""What may follow a day after a space, a ``T``, or, as Apache writes it, a colon."""

ZONES: tuple[Notation, ...] = (
    Notation(pattern="'Z'", shape="Z", example="Z"),
    Notation(pattern="ZZ", shape="[+-]99:99", example="+01:00"),
    Notation(pattern="Z", shape="[+-]9999", example="+0100"),
    Notation(pattern="'UTC'", shape="aTa", example="UTC"),
    Notation(pattern="'GMT'", shape="aaT", example="GMT"),
)
"""What may follow a clock, after a space or at once."""

DAY, MONTH, EITHER = "day", "month", "either"
"""What may come first in a date."""

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_WEEK_DAYS = frozenset({"mon", "tue", "wed", "thu", "fri", "sat", "sun"})
_SHAPES = str.maketrans(
    {
        **dict.fromkeys("0123456789", "9"),
        **dict.fromkeys("abcdefghijklmnopqrstuvwxyz", "a"),
        # T and Z stay what they are: they have a meaning of their own.
        **dict.fromkeys("ABCDEFGHIJKLMNOPQRSUVWXY", "a"),
    }
)
_LONGEST = 45
_BETWEEN = r"(?P<between>[T :])"
_LAST_HOUR, _LAST_HALF_HOUR, _LAST_MINUTE = 23, 12, 59


@dataclass(frozen=True, kw_only=True)
class Moments:
    """How a column of dates or timestamps is written.

    Attributes:
        dates: All are days in ISO form.
        patterns: How the values are written; empty where the order of day and month is open.
        day_first: The patterns if the day comes first; empty where no value has such an order.
        month_first: The patterns if the month comes first.
        order: ``day`` or ``month`` where values decided, ``either`` where none did, else empty.
    """

    dates: bool = False
    patterns: frozenset[str] = frozenset()
    day_first: frozenset[str] = frozenset()
    month_first: frozenset[str] = frozenset()
    order: str = ""

    @property
    def told(self) -> frozenset[str]:
        """Return the patterns that Hive has to be told."""
        return told_patterns(self.patterns)


def told_patterns(patterns: Iterable[str]) -> frozenset[str]:
    """Return the patterns that Hive does not know by itself.

    >>> sorted(told_patterns({"yyyy-MM-dd HH:mm:ss.SSS", "yyyy/MM/dd"}))
    ['yyyy/MM/dd']
    """
    known = re.compile(rf"{HIVE_TIMESTAMP}(\.S+)?")
    return frozenset(item for item in patterns if known.fullmatch(item) is None)


def read_moments(values: Iterable[str]) -> Moments | None:
    """Return how values are written, None where one of them is no date or timestamp.

    >>> sorted(read_moments(["31.01.2013", "1.2.2013"]).patterns)
    ['d.M.yyyy', 'dd.MM.yyyy']
    >>> read_moments(["01/02/2013"]).order
    'either'
    """
    members: dict[_Shape, list[str]] = defaultdict(list)
    for value in values:
        shape = _shape_of(value.translate(_SHAPES)) if len(value) <= _LONGEST else None
        if shape is None:
            return None
        members[shape].append(value)
    if not all(_in_range(shape, held) for shape, held in members.items()):
        return None
    return _moments(list(members.items()))


@dataclass(frozen=True, kw_only=True, eq=False)
class _Shape:
    """Where the parts of values of one shape stand, and the pattern that reads them."""

    day: Notation
    pattern: str
    swapped: str | None
    parts: Mapping[str, slice]


def _moments(found: list[tuple[_Shape, list[str]]]) -> Moments | None:
    patterns = frozenset(shape.pattern for shape, _ in found)
    orders = _orders(found)
    if orders is None:
        fits = [_days_exist(shape, members, "y", "m", "d") for shape, members in found]
        if not all(fits):
            return None
        return Moments(dates=patterns == {ISO_DAY}, patterns=patterns)
    day_first, month_first = orders
    if not (day_first or month_first):
        return None
    swapped = frozenset(shape.swapped or shape.pattern for shape, _ in found)
    if day_first and month_first:
        return Moments(order=EITHER, day_first=patterns, month_first=swapped)
    return Moments(
        order=DAY if day_first else MONTH,
        patterns=patterns if day_first else swapped,
        day_first=patterns,
        month_first=swapped,
    )


def _orders(found: list[tuple[_Shape, list[str]]]) -> tuple[bool, bool] | None:
    """Return whether the day can come first, and whether the month; None where all is fixed."""
    if all(shape.swapped is None for shape, _ in found):
        return None
    day_first = month_first = True
    for shape, members in found:
        as_written = _days_exist(shape, members, "y", "m", "d")
        day_first = day_first and as_written
        month_first = month_first and (
            as_written if shape.swapped is None else _days_exist(shape, members, "y", "d", "m")
        )
    return day_first, month_first


def _days_exist(shape: _Shape, members: list[str], *parts: str) -> bool:
    year, month, day = (shape.parts[part] for part in parts)
    return all(
        _is_day(*texts) for texts in {(item[year], item[month], item[day]) for item in members}
    )


@lru_cache(maxsize=65_536)
def _is_day(year: str, month: str, day: str) -> bool:
    number = int(month) if month.isdigit() else _MONTHS.get(month.lower(), 0)
    try:
        date(int(year), number, int(day))
    except ValueError:
        return False
    return True


def _in_range(shape: _Shape, members: list[str]) -> bool:
    """Return whether clocks and words are possible ones."""
    parts = shape.parts
    for name, last in (("i", _LAST_MINUTE), ("s", _LAST_MINUTE)):
        if name in parts and any(
            int(text) > last for text in {item[parts[name]] for item in members}
        ):
            return False
    if "h" in parts:
        hours = {int(item[parts["h"]]) for item in members}
        if "half" not in parts:
            return max(hours) <= _LAST_HOUR and _words_fit(shape, members)
        halves = {item[parts["half"]].upper() for item in members}
        return halves <= {"AM", "PM"} and 0 < min(hours) <= max(hours) <= _LAST_HALF_HOUR
    return _words_fit(shape, members)


def _words_fit(shape: _Shape, members: list[str]) -> bool:
    if shape.pattern.startswith("EEE") and {item[:3].lower() for item in members} - _WEEK_DAYS:
        return False
    zone = shape.pattern[-5:]
    return zone not in {"'UTC'", "'GMT'"} or {item[-3:] for item in members} == {zone[1:4]}


@lru_cache(maxsize=4096)
def _shape_of(shape: str) -> _Shape | None:
    for day, compiled in _COMPILED:
        match = compiled.fullmatch(shape)
        if match is None:
            continue
        parts = {name: slice(*match.span(name)) for name, text in match.groupdict().items() if text}
        rest = _clock_pattern(match) + _zone_pattern(match)
        return _Shape(
            day=day,
            pattern=_with_digits(day.pattern, match) + rest,
            swapped=day.swapped and _with_digits(day.swapped, match) + rest,
            parts=parts,
        )
    return None


def _with_digits(pattern: str, match: re.Match[str]) -> str:
    """Return a day's pattern with ``d`` and ``M``, which read two digits too, if one has one."""
    if len(match["d"]) == 1 or len(match["m"]) == 1:
        pattern = pattern.replace("dd", "d")
        return pattern if "MMM" in pattern else pattern.replace("MM", "M")
    return pattern


def _clock_pattern(match: re.Match[str]) -> str:
    if match["h"] is None:
        return ""
    letter = "h" if match["half"] else "H"
    clock = letter * len(match["h"]) + ":mm" + (":ss" if match["s"] else "")
    if match["f"]:
        clock += match["point"] + "S" * len(match["f"])
    between = "'T'" if match["between"] == "T" else match["between"]
    return between + clock + (" a" if match["half"] else "")


def _zone_pattern(match: re.Match[str]) -> str:
    zone = match["zone"]
    if not zone:
        return ""
    found = next(item for item in ZONES if re.fullmatch(item.shape, zone.strip()))
    return " " * zone.startswith(" ") + found.pattern


def _rest() -> str:
    """Return the expression of all that may follow a day: ``CLOCKS`` and ``ZONES`` in one."""
    zone = "|".join(item.shape for item in ZONES)
    clock = (
        r"(?P<h>99?):(?P<i>99)(?::(?P<s>99)(?:(?P<point>[.,])(?P<f>9{1,9}))?)?"
        r"(?: (?P<half>aa))?"
    )
    return rf"(?:{_BETWEEN}{clock}(?P<zone> ?(?:{zone}))?)?"


_COMPILED = tuple((day, re.compile(day.shape + _rest())) for day in DAYS)
