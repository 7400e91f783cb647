"""Rules in plain words: what must hold, of what, and in how many rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gluepot.transforms.quality.values import cut, json_value

if TYPE_CHECKING:
    from gluepot.transforms.quality.signature import Signature

MOST_SHOWN = 6
"""Members of a set that a sentence names."""
GROUPED_FROM = 10_000
"""Whole bounds from here on are written with commas; 1440 and 2013 are easier without."""
_DEFAULTS = {"match_on": "any", "threshold": "?"}


def sentence(signature: Signature, params: Mapping[str, Any]) -> str:
    """Return a rule as a sentence.

    Example: ``dep_delay is between -60 and 1440 in at least 99 % of rows with a value``.
    """
    told = f"{_subject(params)} {_claim(signature, params)}"
    if params.get("mostly", 1) < 1:
        rows = "rows with a value" if signature.counts == "values" else "rows"
        told += f" in at least {percent(params['mostly'])} of {rows}"
    if params.get("row_condition"):
        told += f", where {cut(params['row_condition'])}"
    return told


def bound(params: Mapping[str, Any], *, is_share: bool) -> str | None:
    """Return in a few words what the observed value must be, or None if the sentence says it all.

    A rule over rows is bound by the share of rows that must hold.
    """
    if is_share:
        mostly = params.get("mostly", 1)
        return f"at least {percent(mostly)}" if mostly < 1 else "100 %"
    if params.get("min_value") is not None or params.get("max_value") is not None:
        return range_words(params)
    return _amount(params["value"]) if "value" in params else None


def range_words(params: Mapping[str, Any]) -> str:
    """Return the bounds in words.

    >>> range_words({"min_value": 0, "max_value": 1440, "strict_max": True})
    'at least 0 and below 1440'
    """
    low, high = params.get("min_value"), params.get("max_value")
    strict_low, strict_high = params.get("strict_min"), params.get("strict_max")
    if low is not None and high is not None and not strict_low and not strict_high:
        return f"between {_amount(low)} and {_amount(high)}"
    parts = []
    if low is not None:
        parts.append(f"{'above' if strict_low else 'at least'} {_amount(low)}")
    if high is not None:
        parts.append(f"{'below' if strict_high else 'at most'} {_amount(high)}")
    return " and ".join(parts)


def percent(share: float) -> str:
    """Return a share as a percentage that is never rounded up to 100 nor down to 0.

    >>> percent(0.99), percent(0.9999999), percent(1), percent(1 / 3)
    ('99 %', 'over 99.99 %', '100 %', '33.33 %')
    """
    if 0 < share < 0.0001:  # noqa: PLR2004 - what two decimals of a percentage can show
        return "under 0.01 %"
    if 0.9999 < share < 1:  # noqa: PLR2004
        return "over 99.99 %"
    return f"{share * 100:.2f}".rstrip("0").rstrip(".") + " %"


def value_words(value: object) -> str:
    """Return a parameter as it is read: a number plain, a long list as its beginning."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {value_words(item)}" for key, item in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        shown = [value_words(item) for item in value[:MOST_SHOWN]]
        more = len(value) - MOST_SHOWN
        return ", ".join([*shown, *([f"and {more:,} more"] if more > 0 else [])])
    if isinstance(value, float):
        return f"{value:.12g}"
    return str(json_value(value))


def _amount(value: object) -> str:
    grouped = isinstance(value, int) and abs(value) >= GROUPED_FROM
    return f"{value:,}" if grouped else value_words(value)


def _subject(params: Mapping[str, Any]) -> str:
    if "column_A" in params:
        return cut(params["column_A"])
    if "column" in params:
        return cut(params["column"])
    if "column_list" in params:
        return value_words(params["column_list"])
    return "The table"


def _claim(signature: Signature, params: Mapping[str, Any]) -> str:
    words = _DEFAULTS | {name: value_words(value) for name, value in params.items()}
    if "value" in params:
        words["value"] = _amount(params["value"])
    bounds = range_words(params)
    of_bounds = bounds if bounds.startswith("between") else f"of {bounds}"
    return signature.claim.format_map(words | {"range": bounds, "of_range": of_bounds})
