"""Numbers and dates read from texts, so that near ones can be told from far ones."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

import numpy as np

from gluepot.transforms.matching.comparing.profile import Kind

if TYPE_CHECKING:
    import pyarrow as pa

_DIGITS = re.compile(r"\d+")
_YEAR = 4
_LATEST_SHORT = 30
"""Years of two digits up to here are of this century."""
_MONTHS = 12
_YEAR_FIRST = re.compile(r"^\s*(\d{4})[-/.]?(\d{1,2})[-/.]?(\d{1,2})(?!\d)")
_DECIMALS = re.compile(r"[.,](\d{1,2})$")


def quantities(texts: pa.Array, kind: Kind) -> np.ndarray:
    """Return each text as a number, or as days since the year 1 for dates; NaN where it is none."""
    reads = _days if kind is Kind.DATE else _number
    encoded = texts.dictionary_encode()
    read = np.array([*map(reads, encoded.dictionary.to_pylist()), np.nan])
    return np.asarray(read[encoded.indices.fill_null(len(read) - 1).to_numpy(zero_copy_only=False)])


def nearness(left: np.ndarray, right: np.ndarray, kind: Kind) -> np.ndarray:
    """Return how near quantities are: 1 for equal ones, 0 from a year, or from nothing in common.

    Numbers are as near as their difference is small beside the larger one.
    """
    apart = np.abs(left - right)
    scale = 366.0 if kind is Kind.DATE else np.maximum(np.abs(left), np.abs(right))
    share = np.divide(apart, scale, out=np.zeros_like(apart), where=apart != 0)
    return np.asarray(np.clip(1 - share, 0, 1))


def _number(text: str) -> float:
    """Return a number that may have separators of thousands.

    A comma or dot before one or two last digits begins the decimals, the only dot always does.
    """
    negative = "-" in text or text.strip().startswith("(")
    kept = re.sub(r"[^\d.,]", "", text)
    decimals = _DECIMALS.search(kept)
    if kept.count(".") == 1 and "," not in kept:
        digits = kept
    elif decimals:
        digits = re.sub(r"[.,]", "", kept[: decimals.start()]) + "." + decimals[1]
    else:
        digits = re.sub(r"[.,]", "", kept)
    try:
        return -float(digits) if negative else float(digits)
    except ValueError:
        return np.nan


def _days(text: str) -> float:
    found = _YEAR_FIRST.match(text)
    if found:
        return _ordinal(int(found[1]), int(found[2]), int(found[3]))
    parts = _DIGITS.findall(text)[:3]
    if len(parts) < len("dmy"):
        return np.nan
    day, month, year = map(int, parts)
    if len(parts[2]) < _YEAR:
        year += 1900 if year > _LATEST_SHORT else 2000
    return _ordinal(year, month, day) if month <= _MONTHS else _ordinal(year, day, month)


def _ordinal(year: int, month: int, day: int) -> float:
    try:
        return float(dt.date(year, month, day).toordinal())
    except ValueError:
        return np.nan
