"""Rules on numbers: ranges with room to both sides, and means."""

from __future__ import annotations

import math
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING

from gluepot.transforms.quality.profiling.model import Kind
from gluepot.transforms.quality.recommending.advice import (
    FEW,
    Advice,
    nearly_all,
    subject,
    where_present,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gluepot.transforms.quality.profiling.model import ColumnProfile

ROOM = 1.0
"""How far beyond its ends a range goes, in widths of the range."""
_LEAST_ROOM = 0.1
"""The same in parts of the greatest distance from zero: values that are all alike have no width."""
_DIGITS = 2
"""Of the room that a bound leaves, which is as exact as it needs to be."""
_SHIFT = 0.5
"""A mean may move by this many standard deviations."""


def on_numbers(column: ColumnProfile, *, is_key: bool) -> Iterator[Advice]:
    """Yield rules on a column of numbers; the range of keys says nothing, they grow."""
    if not column.present or column.minimum is None or column.maximum is None:
        return
    low, high = float(column.minimum), float(column.maximum)
    if column.infinite or not math.isfinite(high - low) or column.nans == column.present:
        return
    if not is_key:
        yield from _range(column, low, high)
    elif low >= 0:
        rule = f"{subject('ColumnValues', column)} >= 0{where_present(column)}"
        yield Advice(rule=rule, evidence=f"the least of its values is {_told(column.least)}")
    if not is_key and column.moments.count >= FEW and column.moments.deviation > 0:
        yield _mean(column)


def _range(column: ColumnProfile, low: float, high: float) -> Iterator[Advice]:
    room = max((high - low) * ROOM, _LEAST_ROOM * max(abs(low), abs(high)), 1.0)
    least, most = (
        _rounded(low - room, room, ROUND_FLOOR),
        _rounded(high + room, room, ROUND_CEILING),
    )
    values = subject("ColumnValues", column)
    rest = f"{where_present(column)}{nearly_all(column.present)}"
    told = f"its values go from {_told(column.least)} to {_told(column.greatest)}"
    if low < 0 or low > room:
        yield Advice(rule=f"{values} between {least} and {most}{rest}", evidence=told)
    elif column.kind is Kind.WHOLE:
        rule = f"{values} between -1 and {most}{rest}"
        yield Advice(rule=rule, evidence=f"{told}, none is negative")
    else:
        # Between leaves out its ends, and zero is one that is right.
        yield Advice(rule=f"{values} >= 0{rest}", evidence="none of its values is negative")
        yield Advice(rule=f"{values} <= {most}{rest}", evidence=told)


def _mean(column: ColumnProfile) -> Advice:
    mean, deviation = column.moments.mean, column.moments.deviation
    room = deviation * max(_SHIFT, 8 * math.sqrt(2 / column.moments.count))
    low, high = _rounded(mean - room, room, ROUND_FLOOR), _rounded(mean + room, room, ROUND_CEILING)
    positive = mean - room < 0 <= float(column.minimum or 0)
    bound = f"< {high}" if positive else f"between {low} and {high}"
    rule = f"{subject('Mean', column)} {bound}{where_present(column)}"
    return Advice(
        rule=rule,
        evidence=f"its mean is {mean:.4g}, with a standard deviation of {deviation:.3g}",
    )


def _rounded(value: float, room: float, direction: str) -> str:
    """Return a bound in few digits, never inside of what it bounds."""
    last = math.floor(math.log10(room)) - _DIGITS + 1
    bound = Decimal(value).quantize(Decimal(1).scaleb(last), rounding=direction)
    # Without an exponent, as DQDL has none.
    return format(bound, "f")


def _told(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
