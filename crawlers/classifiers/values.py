"""What type a column of texts holds, and which value decided it.

What is tried, in this order: boolean (``true``/``false`` in any case), bigint, double, date
(``2013-01-31``), timestamp (ISO 8601, ``T`` or a space, an offset or none), else string. Whole
numbers with leading zeros are text, since postcodes and identifiers lose them as numbers. A word
that stands for null, such as ``NA``, counts as null only where all other values are of one type
that is not string.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from gluepot.catalog.types import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    STRING,
    TIMESTAMP,
    VOID,
    Type,
    print_type,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

ALWAYS_NULL = frozenset({"", "\\N"})
"""Nothing, and Hive's own marker: null in a column of any type but string."""

NULL_WORDS = frozenset({"NA", "N/A", "na", "n/a", "null", "NULL", "Null", "None", "none", "-"})

HIVE_TIMESTAMP = "yyyy-MM-dd HH:mm:ss"
"""The form of a timestamp that Hive reads without being told."""

_BIGINT = re.compile(r"[+-]?(?:0|[1-9]\d{0,18})", re.ASCII)
_DOUBLE = re.compile(
    r"[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|[+-]?(?:NaN|Infinity)", re.ASCII
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIMESTAMP = re.compile(
    r"\d{4}-\d{2}-\d{2}([T ])\d{2}:\d{2}(:\d{2}(?:\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?", re.ASCII
)
_LONGEST_SHOWN = 40
_LARGEST_BIGINT = 2**63 - 1


@dataclass(frozen=True, kw_only=True)
class ValueGuess:
    """The type of a column of texts.

    Attributes:
        type: ``void`` where every value was null.
        reason: Which value, on which row, decided; for people.
        null_words: The words that were taken for null.
        timestamp_patterns: How timestamps are written, where Hive has to be told.
    """

    type: Type
    reason: str
    null_words: frozenset[str] = frozenset()
    timestamp_patterns: frozenset[str] = frozenset()


def guess_type(values: Sequence[str], *, row_names: Callable[[int], str]) -> ValueGuess:
    """Return the narrowest type that every value of a column has.

    Args:
        values: The column, row by row.
        row_names: How to name the row at an index, such as ``line 3``.
    """
    distinct = set(values) - ALWAYS_NULL
    words = frozenset(distinct & NULL_WORDS)
    plain = distinct - words
    if not plain:
        seen = ", ".join(sorted(repr(word) for word in words)) or "empty"
        return ValueGuess(
            type=VOID, reason=f"all {len(values)} values are {seen}", null_words=words
        )
    found = _type_of(plain)
    if found == STRING:
        return ValueGuess(type=STRING, reason=_why_text(values, plain, row_names))
    return ValueGuess(
        type=found,
        reason=_why_typed(found, values, plain, words, row_names),
        null_words=words,
        timestamp_patterns=_patterns(plain) if found == TIMESTAMP else frozenset(),
    )


def type_of_text(text: str) -> Type:
    """Return the type of one value: ``void`` for nothing.

    >>> [print_type(type_of_text(text)) for text in ("007", "7", "7e3")]
    ['string', 'bigint', 'double']
    """
    return VOID if text in ALWAYS_NULL else _type_of((text,))


def _type_of(values: Iterable[str]) -> Type:
    distinct = tuple(values)
    for found, holds in _TESTS:
        if all(map(holds, distinct)):
            return found
    return STRING


def _is_boolean(text: str) -> bool:
    return text.lower() in {"true", "false"}


def _is_bigint(text: str) -> bool:
    if _BIGINT.fullmatch(text) is None:
        return False
    return len(text) < 19 or -_LARGEST_BIGINT - 1 <= int(text) <= _LARGEST_BIGINT  # noqa: PLR2004


def _is_double(text: str) -> bool:
    if _DOUBLE.fullmatch(text) is None:
        return False
    # A whole number of more digits than a bigint has is an identifier: a double would round it.
    return _is_bigint(text) or not text.lstrip("+-").isdigit()


def _is_date(text: str) -> bool:
    if _DATE.fullmatch(text) is None:
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_timestamp(text: str) -> bool:
    if _is_date(text):
        return True
    match = _TIMESTAMP.fullmatch(text)
    if match is None:
        return False
    try:
        # The fraction is left out: Python knows six digits of it, Hive nine.
        datetime.fromisoformat(text[:16] + (match[2] or "")[:3])
    except ValueError:
        return False
    return True


_TESTS: tuple[tuple[Type, Callable[[str], bool]], ...] = (
    (BOOLEAN, _is_boolean),
    (BIGINT, _is_bigint),
    (DOUBLE, _is_double),
    (DATE, _is_date),
    (TIMESTAMP, _is_timestamp),
)


def _patterns(values: Iterable[str]) -> frozenset[str]:
    """Return the patterns that Hive's ``timestamp.formats`` needs for these values."""
    found = set()
    for value in values:
        match = _TIMESTAMP.fullmatch(value)
        if match is None:
            found.add("yyyy-MM-dd")
            continue
        between, seconds, zone = match.groups()
        clock = "HH:mm" if seconds is None else "HH:mm:ss"
        digits = len(seconds) - len(":00.") if seconds and "." in seconds else 0
        fraction = f".{'S' * digits}" if digits else ""
        offset = {None: "", "Z": "'Z'"}.get(zone, "XXX")
        day = "yyyy-MM-dd'T'" if between == "T" else "yyyy-MM-dd "
        found.add(f"{day}{clock}{fraction}{offset}")
    # Hive reads its own form, with any fraction, without being told.
    return frozenset(item for item in found if not item.startswith(HIVE_TIMESTAMP[:19]))


def _why_text(values: Sequence[str], plain: set[str], row_names: Callable[[int], str]) -> str:
    kinds: set[str] = set()
    for index, value in enumerate(values):
        if value in plain:
            found = type_of_text(value)
            if found == STRING:
                return f"{row_names(index)} holds {_shown(value)}"
            kinds.add(print_type(found))
    return f"values are of several types: {', '.join(sorted(kinds))}"


def _why_typed(
    found: Type,
    values: Sequence[str],
    plain: set[str],
    words: frozenset[str],
    row_names: Callable[[int], str],
) -> str:
    index = next(i for i, value in enumerate(values) if value in plain)
    if found == DOUBLE:
        index = next((i for i, v in enumerate(values) if v in plain and not _is_bigint(v)), index)
    nulls = sum(1 for value in values if value not in plain)
    text = f"{len(values) - nulls} of {len(values)} values are {print_type(found)}"
    text += f", such as {_shown(values[index])} on {row_names(index)}"
    if words:
        text += f"; {', '.join(sorted(map(repr, words)))} taken for null"
    return text


def _shown(value: str) -> str:
    return repr(value if len(value) <= _LONGEST_SHOWN else f"{value[:_LONGEST_SHOWN]}...")
