"""Kinds of parameters that rules take beside the plain ones: bounds, sets, shares, patterns."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from string import Formatter
from typing import Any

from gluepot.transforms.parameters import text

LARGEST_EXACT = 2**53
"""Great Expectations compares numbers as doubles, which hold whole numbers only up to here."""
_NUMBER = f"a number of at most {LARGEST_EXACT} in size"


def number(value: object) -> str | None:
    """Accept a number that a double holds; not true, false, NaN or infinity."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return "a number"
    right = math.isfinite(value) and not (isinstance(value, int) and abs(value) > LARGEST_EXACT)
    return None if right else _NUMBER


def whole(value: object) -> str | None:
    """Accept a whole number that is not negative: a count or a length."""
    right = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST_EXACT
    return None if right else "a whole number that is not negative"


def share(value: object) -> str | None:
    """Accept a part of the whole, from 0 to 1."""
    right = number(value) is None and 0 <= value <= 1  # type: ignore[operator]
    return None if right else "a share from 0 to 1, such as 0.99 for 99 %"


def number_or_time(value: object) -> str | None:
    """Accept a number, a date, a time, or the ISO text of a date or a time."""
    if isinstance(value, date):
        return None
    if isinstance(value, str):
        return None if _is_time(value) else "a number, a date or a time, not a text"
    return number(value) and "a number, a date or a time"


def comparable(value: object) -> object:
    """Return an ISO text of a date or time as that; anything else as it is."""
    if not isinstance(value, str):
        return value
    return date.fromisoformat(value) if _is_date(value) else datetime.fromisoformat(value)


def order(value: Any) -> Any:  # noqa: ANN401 - whatever compares
    """Return what tells which of two bounds is the greater: a date is its midnight."""
    found = comparable(value)
    if isinstance(found, date) and not isinstance(found, datetime):
        return datetime.combine(found, time())
    return found


def values(value: object) -> str | None:
    """Accept a list of single values that is not empty."""
    right = (
        isinstance(value, Sequence)
        and not isinstance(value, str | bytes)
        and value
        and all(isinstance(item, str | int | float | Decimal | date | bytes) for item in value)
    )
    return None if right else "a list of values that is not empty"


def pairs(value: object) -> str | None:
    """Accept a list of pairs of values."""
    right = (
        isinstance(value, Sequence)
        and not isinstance(value, str)
        and value
        and all(values(pair) is None and len(pair) == 2 for pair in value)  # noqa: PLR2004
    )
    return None if right else "a list of pairs, such as [[JFK, NY], [EWR, NJ]]"


def texts(value: object) -> str | None:
    """Accept a list of texts that is not empty."""
    right = values(value) is None and not any(map(text, value))  # type: ignore[call-overload]
    return None if right else "a list of texts that is not empty"


def columns(value: object) -> str | None:
    """Accept a list of two or more names."""
    right = texts(value) is None and len(set(value)) > 1  # type: ignore[call-overload]
    return None if right else "a list of two or more different columns"


def pattern(value: object) -> str | None:
    """Accept a regular expression.

    Spark's dialect is Java's; Python's is near enough to find brackets that do not match.
    """
    if text(value):
        return "a regular expression"
    try:
        re.compile(str(value))
    except re.error as error:
        return f"a regular expression ({error})"
    return None


def patterns(value: object) -> str | None:
    """Accept a list of regular expressions."""
    if texts(value):
        return "a list of regular expressions"
    wrong = (pattern(item) for item in value)  # type: ignore[attr-defined]
    return next((right for right in wrong if right), None)


def quantile_ranges(value: object) -> str | None:
    """Accept ``{quantiles: [0.5], value_ranges: [[0, 10]]}``; null is no bound."""
    right = "{quantiles: [0.5], value_ranges: [[0, 10]]}, one range for each quantile"
    if not isinstance(value, Mapping) or set(value) != {"quantiles", "value_ranges"}:
        return right
    quantiles, ranges = value["quantiles"], value["value_ranges"]
    if values(quantiles) or any(map(share, quantiles)) or list(quantiles) != sorted(quantiles):
        return "quantiles from 0 to 1 that rise, as in " + right
    if not isinstance(ranges, Sequence) or len(ranges) != len(quantiles):
        return right
    return None if all(map(_is_range, ranges)) else right


def mapping(value: object) -> str | None:
    """Accept a mapping that is not empty."""
    return None if isinstance(value, Mapping) and value else "a mapping that is not empty"


def query(value: object) -> str | None:
    """Accept one SELECT over ``{batch}``, which stands for the rows that are checked."""
    right = "a SELECT over {batch}, such as: SELECT * FROM {batch} WHERE seats < 1"
    if text(value) or not re.match(r"\s*(select|with)\b", str(value), re.IGNORECASE):
        return right
    try:
        fields = {field for _, field, _, _ in Formatter().parse(str(value)) if field is not None}
    except ValueError as error:
        return f"{right} ({error}; a brace that is meant is written twice)"
    return None if fields == {"batch"} else right


def _is_range(value: object) -> bool:
    return (
        isinstance(value, Sequence)
        and len(value) == 2  # noqa: PLR2004
        and all(bound is None or number(bound) is None for bound in value)
    )


def _is_date(value: str) -> bool:
    return re.fullmatch(r"\d{4}-\d{2}-\d{2}", value) is not None and _is_time(value)


def _is_time(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return re.match(r"\d{4}-\d{2}-\d{2}", value) is not None
