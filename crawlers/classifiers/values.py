"""What type a column of texts holds, and which value decided it.

What is tried, in this order: boolean (``true``/``false`` in any case), bigint, decimal(38,0) for
whole numbers that 64 bits do not hold, double, date (``2013-01-31``), timestamp (the notations of
``date_notations``), else string. A word that stands for null, such as ``NA``, counts as null only
where all other values are of one type that is not string.

Hive, Athena, Trino and Spark decide what counts, since a value that the registered type does not
read is null. So these stay text, and the reason says why: whole numbers with leading zeros, which
identifiers lose as numbers; thousands separators and decimal commas; yes and no, t and f. Decimals
are double, as AWS Glue infers them; ``decimal(p,s)`` is for classifiers that ask for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from gluepot.catalog.types import (
    BOOLEAN,
    DATE,
    DOUBLE,
    STRING,
    TIMESTAMP,
    VOID,
    Type,
    print_type,
)
from gluepot.crawlers.classifiers.datatypes import ANY_TYPE, allowed_type
from gluepot.crawlers.classifiers.date_notations import EITHER, Moments, read_moments
from gluepot.crawlers.classifiers.numerals import are_booleans, is_whole, type_of_numbers
from gluepot.crawlers.classifiers.text_reasons import oddity_of, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

ALWAYS_NULL = frozenset({"", "\\N"})
"""Nothing, and Hive's own marker: null in a column of any type but string."""

NULL_WORDS = frozenset(
    {"NA", "N/A", "na", "n/a", "#N/A", "<NA>", "null", "NULL", "Null", "None", "none", "nil", "-"}
)
"""Words that stand for null among values of a type."""


@dataclass(frozen=True, kw_only=True)
class ValueGuess:
    """The type of a column of texts.

    Attributes:
        type: ``void`` where every value was null.
        reason: Which value, on which row, decided; for people.
        null_words: The words that were taken for null.
        moments: How its dates are written, where it holds dates that a classifier allows.
    """

    type: Type
    reason: str
    null_words: frozenset[str] = frozenset()
    moments: Moments | None = None

    @property
    def timestamp_patterns(self) -> frozenset[str]:
        """Return how timestamps are written, where Hive has to be told."""
        return self.moments.told if self.moments and self.type == TIMESTAMP else frozenset()


def guess_type(
    values: Sequence[str],
    *,
    row_names: Callable[[int], str],
    allowed: frozenset[str] = ANY_TYPE,
) -> ValueGuess:
    """Return the narrowest type that every value of a column has.

    Args:
        values: The column, row by row.
        row_names: How to name the row at an index, such as ``line 3``.
        allowed: Glue's names of the types that may be detected.
    """
    plain = set(values) - ALWAYS_NULL
    words = frozenset(plain & NULL_WORDS)
    plain -= words
    if not plain:
        seen = ", ".join(sorted(repr(word) for word in words)) or "empty"
        told = f"all {len(values)} values are {seen}"
        return ValueGuess(type=VOID, reason=told, null_words=words)
    column = _Column(values, plain, words, row_names)
    found, moments = _find(plain)
    if moments is not None and moments.order == EITHER:
        usable = moments if "TIMESTAMP" in allowed else None
        return ValueGuess(type=STRING, reason=column.why_undecided(moments), moments=usable)
    if found == STRING:
        return ValueGuess(type=STRING, reason=column.why_text())
    chosen = allowed_type(found, plain, allowed)
    if chosen == STRING:
        return ValueGuess(type=STRING, reason=column.why_refused(found))
    return ValueGuess(
        type=chosen,
        reason=column.why_typed(chosen, moments),
        null_words=words,
        moments=moments,
    )


@lru_cache(maxsize=8192)
def type_of_text(text: str) -> Type:
    """Return the type of one value: ``void`` for nothing.

    >>> [print_type(type_of_text(text)) for text in ("007", "7", "7e3")]
    ['string', 'bigint', 'double']
    """
    return VOID if text in ALWAYS_NULL else _find((text,))[0]


def _find(values: Collection[str]) -> tuple[Type, Moments | None]:
    """Return the type of values none of which is null, and how they write dates.

    Dates whose order of day and month is open are string with moments.
    """
    joined = "\n".join(values) + "\n"
    if joined.count("\n") != len(values):
        return STRING, None  # A line break inside a value.
    if are_booleans(joined):
        return BOOLEAN, None
    number = type_of_numbers(joined, values)
    if number is not None:
        return number, None
    moments = read_moments(values)
    if moments is None:
        return STRING, None
    if moments.order == EITHER:
        return STRING, moments
    return (DATE if moments.dates else TIMESTAMP), moments


@dataclass(frozen=True)
class _Column:
    """A column about which reasons are given; ``plain`` are its values that are not null."""

    values: Sequence[str]
    plain: set[str]
    words: frozenset[str]
    row_names: Callable[[int], str]

    def why_text(self) -> str:
        kinds: set[str] = set()
        for index, value in enumerate(self.values):
            if value not in self.plain:
                continue
            found, moments = _find((value,))
            if found == STRING and moments is None:
                return f"{self.row_names(index)} holds {shown(value)}{oddity_of(value)}"
            kinds.add("timestamp" if found == STRING else print_type(found))
        if len(kinds) == 1:  # Days that exist in different orders of day and month.
            return f"all values are {kinds.pop()}, but in no one order of day and month"
        return f"values are of several types: {', '.join(sorted(kinds))}"

    def why_refused(self, found: Type) -> str:
        return (
            f"its values are {print_type(found)}, such as {self._example()}, which is not among the"
            " classifier's datatypes"
        )

    def why_undecided(self, moments: Moments) -> str:
        day, month = min(moments.day_first), min(moments.month_first)
        return (
            f"all values, such as {self._example()}, are dates both as {day} and as {month}: no"
            " day above 12 tells which"
        )

    def why_typed(self, chosen: Type, moments: Moments | None) -> str:
        index = self._first()
        if chosen == DOUBLE:
            index = next(
                (
                    i
                    for i, value in enumerate(self.values)
                    if value in self.plain and not is_whole(value)
                ),
                index,
            )
        nulls = sum(map(self.values.count, ("", "\\N", *self.words)))
        text = f"{len(self.values) - nulls} of {len(self.values)} values are {print_type(chosen)}"
        text += f", such as {shown(self.values[index])} on {self.row_names(index)}"
        if moments is not None and not moments.dates:
            text += f", written as {' or '.join(sorted(moments.patterns))}"
            if moments.order:
                text += f": a number above 12 tells that the {moments.order} comes first"
        if self.words:
            text += f"; {', '.join(sorted(map(repr, self.words)))} taken for null"
        return text

    def _first(self) -> int:
        return next(i for i, value in enumerate(self.values) if value in self.plain)

    def _example(self) -> str:
        index = self._first()
        return f"{shown(self.values[index])} on {self.row_names(index)}"
