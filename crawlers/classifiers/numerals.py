"""Numbers and booleans as text, a column at once: one expression over all values, each on a line.

Numbers are what Java's parsers read, since Hive, Athena, Trino and Spark use these. ``inf`` and
``nan`` in other spellings are numbers too, although only Spark reads them: elsewhere they are null.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gluepot.catalog.types import BIGINT, DOUBLE, STRING, Decimal

if TYPE_CHECKING:
    from collections.abc import Collection

    from gluepot.catalog.types import Type

BIG_INTEGER = Decimal(38, 0)
"""What holds whole numbers beyond 64 bits exactly."""

LARGEST_BIGINT = 2**63 - 1

_MOST_DIGITS = 38
_SURE_DIGITS = 18
"""Any number of so many digits fits 64 bits."""

_NUMBER = r"[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
_WORDS = r"[+-]?(?:NaN|Infinity|nan|inf|Inf|INF)"
# Possessive, since a text that fails in the middle must not be tried again in other ways.
_SMALL = re.compile(rf"(?:[+-]?(?:0|[1-9]\d{{0,{_SURE_DIGITS - 1}}})\n)*+", re.ASCII)
_WHOLE = re.compile(r"(?:[+-]?(?:0|[1-9]\d*+)\n)*+", re.ASCII)
_NUMBERS = re.compile(rf"(?:(?:{_NUMBER}|{_WORDS})\n)*+", re.ASCII)
_BOOLEANS = re.compile(r"(?:(?:true|false)\n)*+", re.ASCII | re.IGNORECASE)
_ONE_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)


def are_booleans(joined: str) -> bool:
    """Return whether all values, each of which ends in a line break, are true or false."""
    return _BOOLEANS.fullmatch(joined) is not None


def is_whole(text: str) -> bool:
    """Return whether a number is a whole one."""
    return _ONE_WHOLE.fullmatch(text) is not None


def type_of_numbers(joined: str, values: Collection[str]) -> Type | None:
    """Return the type of values that are numbers; string for whole ones that no type holds.

    Args:
        joined: The values, each followed by a line break.
        values: The same values.
    """
    if _SMALL.fullmatch(joined):
        return BIGINT
    if _WHOLE.fullmatch(joined):
        digits = max(len(value.lstrip("+-")) for value in values)
        if digits > _MOST_DIGITS:
            return STRING
        fits = all(-LARGEST_BIGINT - 1 <= int(value) <= LARGEST_BIGINT for value in values)
        return BIGINT if fits else BIG_INTEGER
    if not _NUMBERS.fullmatch(joined):
        return None
    # A whole number that decimal(38,0) cannot hold is an identifier: a double would round it.
    longest = max((len(value.lstrip("+-")) for value in values if is_whole(value)), default=0)
    return STRING if longest > _MOST_DIGITS else DOUBLE


def decimal_of(values: Collection[str]) -> Decimal | None:
    """Return the decimal that holds plain numbers, None where one needs an exponent or more digits.

    It has room for 18 digits before the point at least, since a head shows few of the values.

    >>> decimal_of(["1.50", "-20"])
    Decimal(precision=20, scale=2)
    """
    whole = scale = 0
    for value in values:
        before, _, after = value.lstrip("+-").partition(".")
        if not f"{before}{after}".isdecimal():
            return None
        whole, scale = max(whole, len(before)), max(scale, len(after))
    if whole + scale > _MOST_DIGITS:
        return None
    return Decimal(min(max(whole, _SURE_DIGITS) + scale, _MOST_DIGITS), scale)
