"""A profile as plain data for people and programs: estimates with their errors, no sketches."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from gluepot.transforms.quality.profiling.model import Kind
from gluepot.transforms.quality.values import json_value

if TYPE_CHECKING:
    from gluepot.transforms.quality.profiling.frequent import FrequentValues
    from gluepot.transforms.quality.profiling.model import ColumnProfile, FrameProfile

SHARES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
BINS = 20
MOST_TOLD = 20
_HAS_PLACES = (Kind.DATE, Kind.TIME)


def told(found: FrameProfile) -> dict[str, Any]:
    """Return a profile of rows."""
    return {
        "profiled_at": found.profiled_at.isoformat(),
        "rows": found.whole.rows,
        "passes": found.passes,
        "columns": [told_column(column) for column in found.whole.columns],
        "correlations": [
            {"columns": list(names), "rows": pair.first.count, "correlation": pair.correlation}
            for names, pair in found.whole.pairs.items()
            if not math.isnan(pair.correlation)
        ],
        "keys": [
            {"columns": list(key.columns), "unique_rows": key.unique, "is_key": key.holds}
            for key in found.keys
        ],
        "partitions": [
            {"values": dict(zip(found.partitioned_by, part, strict=True)), "rows": one.rows}
            for part, one in found.parts.items()
        ],
    }


def told_column(column: ColumnProfile) -> dict[str, Any]:
    """Return what is known of a column; of its kind only, so nothing in it is empty for that."""
    shown: dict[str, Any] = {
        "name": column.name,
        "type": column.type,
        "completeness": column.completeness,
        "nulls": column.nulls,
    }
    if column.kind is Kind.NESTED:
        return shown
    distinct = column.distinct
    shown["distinct"] = {"estimate": distinct.estimate(), "standard_error": distinct.error}
    if column.minimum is not None:
        shown |= {"minimum": json_value(column.least), "maximum": json_value(column.greatest)}
    if column.kind.is_number:
        shown |= _of_numbers(column)
    if column.quantiles.count:
        shown |= _places(column)
    if column.lengths.least is not None:
        average = column.lengths.total / column.present
        shown["lengths"] = [column.lengths.least, average, column.lengths.most]
    names = ("frequent", "shapes", "types") if column.kind is Kind.TEXT else ("frequent",)
    if column.kind is Kind.TEXT:
        shown["blank"] = column.blank
    found = {name: _counts(getattr(column, name)) for name in names}
    return shown | {name: counts for name, counts in found.items() if counts["values"]}


def _of_numbers(column: ColumnProfile) -> dict[str, Any]:
    moments = column.moments
    shown: dict[str, Any] = {"zeros": column.zeros, "negative": column.negative}
    if column.kind is Kind.REAL:
        shown |= {"nans": column.nans, "infinite": column.infinite}
    if moments.count:
        shown |= {"mean": json_value(moments.mean), "stddev": json_value(moments.deviation)}
    return shown


def _places(column: ColumnProfile) -> dict[str, Any]:
    sketch = column.quantiles
    values = sketch.quantiles(SHARES)
    bins = sketch.histogram(BINS)
    return {
        "quantiles": {
            str(share): place(column, value) for share, value in zip(SHARES, values, strict=True)
        },
        "rank_error": sketch.error,
        "histogram": [
            {"from": place(column, low), "to": place(column, high), "rows": rows}
            for low, high, rows in bins
        ],
    }


def place(column: ColumnProfile, value: float) -> Any:  # noqa: ANN401 - a number or a text
    """Return a quantile of a column as its values are shown: of times, a time."""
    if column.kind not in _HAS_PLACES:
        return json_value(value)
    return json_value(column.natural(round(value if column.kind is Kind.DATE else value * 1e6)))


def _counts(found: FrequentValues) -> dict[str, Any]:
    top = found.top(MOST_TOLD)
    return {"values": [[value, rows] for value, rows in top], "too_low_by_at_most": found.slack}
