"""A profile as AWS Glue's column statistics."""

from __future__ import annotations

import base64
import datetime as dt
import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from gluepot.transforms.quality.profiling.model import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.transforms.quality.profiling.model import ColumnProfile, Profile

_MICROS = 1_000_000


def column_statistics(
    profile: Profile, types: Mapping[str, str], *, now: dt.datetime
) -> list[dict[str, Any]]:
    """Return the statistics of columns as UpdateColumnStatisticsForTable takes them.

    Nested columns have none.

    Args:
        profile: Of a table or a partition.
        types: The catalog's types of its columns; those that are not here are left out.
        now: When the profile was made; aware.
    """
    return [
        {
            "ColumnName": column.name,
            "ColumnType": types[column.name],
            "AnalyzedTime": now.timestamp(),
            "StatisticsData": _data(column),
        }
        for column in profile.columns
        if column.kind is not Kind.NESTED and column.name in types
    ]


def _data(column: ColumnProfile) -> dict[str, Any]:
    kind, member, values = _MEMBERS[column.kind]
    data = {"NumberOfNulls": column.nulls, **values(column)}
    return {"Type": kind, f"{member}ColumnStatisticsData": data}


def _truths(column: ColumnProfile) -> dict[str, Any]:
    counts = column.frequent.counts
    return {"NumberOfTrues": counts.get("true", 0), "NumberOfFalses": counts.get("false", 0)}


def _lengths(column: ColumnProfile) -> dict[str, Any]:
    longest = column.lengths.most or 0
    average = column.lengths.total / column.present if column.present else 0.0
    return {"MaximumLength": longest, "AverageLength": average}


def _texts(column: ColumnProfile) -> dict[str, Any]:
    return {**_lengths(column), "NumberOfDistinctValues": column.distinct.estimate()}


def _ends(column: ColumnProfile) -> dict[str, Any]:
    ends = {
        "MinimumValue": _end(column, column.minimum),
        "MaximumValue": _end(column, column.maximum),
    }
    shown = {name: value for name, value in ends.items() if value is not None}
    return {**shown, "NumberOfDistinctValues": column.distinct.estimate()}


def _end(column: ColumnProfile, value: Any) -> Any:  # noqa: ANN401 - by the column's kind
    if value is None:
        return None
    if column.kind is Kind.DATE:
        day = dt.datetime.combine(dt.date(1970, 1, 1), dt.time(), dt.UTC)
        return (day + dt.timedelta(days=value)).timestamp()
    if column.kind is Kind.TIME:
        return value // _MICROS
    if column.kind is Kind.DECIMAL:
        return _decimal(Decimal(value))
    # JSON has no infinite numbers.
    return value if math.isfinite(value) else None


def _decimal(value: Decimal) -> dict[str, Any]:
    sign, digits, exponent = value.as_tuple()
    number = int("".join(map(str, digits))) * (-1 if sign else 1)
    size = number.bit_length() // 8 + 1
    unscaled = number.to_bytes(size, "big", signed=True)
    return {"UnscaledValue": base64.b64encode(unscaled).decode(), "Scale": -int(exponent)}


_MEMBERS = {
    Kind.WHOLE: ("LONG", "Long", _ends),
    Kind.REAL: ("DOUBLE", "Double", _ends),
    Kind.DECIMAL: ("DECIMAL", "Decimal", _ends),
    Kind.TEXT: ("STRING", "String", _texts),
    Kind.TRUTH: ("BOOLEAN", "Boolean", _truths),
    Kind.DATE: ("DATE", "Date", _ends),
    Kind.TIME: ("LONG", "Long", _ends),
    Kind.BYTES: ("BINARY", "Binary", _lengths),
}
"""Times are seconds since 1970, as Hive keeps them."""
