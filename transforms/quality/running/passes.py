"""The passes over the data: one aggregation for all single values, one for all groups.

A question that Spark cannot answer (SQL that is wrong, a division by zero) would take all others
down with it, so a failed aggregation is tried again in halves until the faulty ones are found.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.errors import AnalysisException
from pyspark.sql import functions as F  # noqa: N812

from gluepot.transforms.paths import quote
from gluepot.transforms.quality.running.asks import GroupCounts, Grouping, Measured
from gluepot.transforms.quality.running.spark_errors import SPARK_ERRORS, reason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import Column, DataFrame, Row

    from gluepot.transforms.quality.running.asks import Asked
    from gluepot.transforms.quality.running.frame import Frame

MOST_SCALARS = 400
"""Aggregates of one pass: the code that Spark makes of more compiles longer than it saves."""
MOST_GROUPED = 60
"""Columns of one grouping pass: Spark numbers its sets by the bits of a long."""


_UNHASHED = re.compile(r"\bmap<|\bvariant\b")


@dataclass(kw_only=True)
class PassCount:
    """Passes that were made."""

    aggregate: int = 0
    grouping: int = 0


def measure(frame: Frame, asked: Asked, counted: PassCount) -> Measured:
    """Return the answers to all questions.

    Raises:
        PySparkException: The frame itself cannot be read.
    """
    measured = Measured()
    scalars = list(asked.scalars.items())
    for start in range(0, len(scalars), MOST_SCALARS):
        _aggregate(frame.dataframe, scalars[start : start + MOST_SCALARS], measured, counted)
    for part in _parts(sorted(asked.groupings, key=_order)):
        _group(frame, part, measured, counted)
    return measured


def _order(grouping: Grouping) -> tuple[tuple[str, ...], str]:
    return grouping.columns, grouping.where or ""


def _aggregate(
    dataframe: DataFrame,
    scalars: Sequence[tuple[str, Column]],
    measured: Measured,
    counted: PassCount,
) -> None:
    try:
        columns = [column.alias(f"m{at}") for at, (_, column) in enumerate(scalars)]
        planned = dataframe.agg(*columns)
        _ = planned.schema
        counted.aggregate += 1
        row = planned.collect()[0]
    except SPARK_ERRORS as error:
        if not isinstance(error, AnalysisException):
            _check_readable(dataframe)
        if len(scalars) == 1:
            measured.failed[scalars[0][0]] = reason(error)
            return
        middle = len(scalars) // 2
        _aggregate(dataframe, scalars[:middle], measured, counted)
        _aggregate(dataframe, scalars[middle:], measured, counted)
        return
    measured.scalars |= {key: row[at] for at, (key, _) in enumerate(scalars)}


def _check_readable(dataframe: DataFrame) -> None:
    """Read all rows, with all columns that have a hash.

    What fails here is no rule's fault, and goes through.
    """
    names = [
        quote(field.name)
        for field in dataframe.schema.fields
        if not _UNHASHED.search(field.dataType.simpleString())
    ]
    # Spark would not compute what a count alone asks for.
    dataframe.select(F.max(F.xxhash64(F.lit(0), *names))).collect()


def _parts(groupings: Sequence[Grouping]) -> list[list[Grouping]]:
    """Return groupings in as few parts as Spark's sets can number."""
    parts: list[list[Grouping]] = []
    used: set[str] = set()
    for grouping in groupings:
        if not parts or len(used | set(grouping.columns)) > MOST_GROUPED:
            parts.append([])
            used = set()
        parts[-1].append(grouping)
        used |= set(grouping.columns)
    return parts


def _group(
    frame: Frame, groupings: Sequence[Grouping], measured: Measured, counted: PassCount
) -> None:
    try:
        planned = _planned(frame, groupings)
        _ = planned.schema
        counted.grouping += 1
        rows = planned.collect()
    except SPARK_ERRORS as error:
        if not isinstance(error, AnalysisException):
            _check_readable(frame.dataframe)
        if len(groupings) == 1:
            measured.failed[groupings[0]] = reason(error)
            return
        middle = len(groupings) // 2
        _group(frame, groupings[:middle], measured, counted)
        _group(frame, groupings[middle:], measured, counted)
        return
    measured.groups |= _counts(groupings, rows)


def _planned(frame: Frame, groupings: Sequence[Grouping]) -> DataFrame:
    """Return one row for each set of columns: how many groups, and of which sizes.

    Spark's grouping sets send each row once for each set, through one shuffle of one scan.
    """
    columns, wheres = _columns(groupings), _wheres(groupings)
    flags = [
        (F.lit(True) if where is None else F.expr(where)).alias(f"w{at}")  # noqa: FBT003
        for at, where in enumerate(wheres)
    ]
    keys = [frame.column(name).alias(f"k{at}") for at, name in enumerate(columns)]
    names = [f"k{at}" for at in range(len(columns))]
    sets = [[f"k{columns.index(name)}" for name in each] for each in _sets(groupings)]
    sizes = [F.count(F.when(F.col(f"w{at}"), 1)).alias(f"n{at}") for at in range(len(wheres))]
    source = frame.dataframe.select(*keys, *flags)
    groups = source.groupingSets(sets, *names).agg(F.grouping_id(*names).alias("which"), *sizes)
    known = F.lit(False)  # noqa: FBT003
    for name in names:
        known = known | F.col(name).isNotNull()
    found = [part for at in range(len(wheres)) for part in _folded(at)]
    return groups.where(known).groupBy("which").agg(*found)


def _folded(at: int) -> tuple[Column, ...]:
    size = F.col(f"n{at}")
    many = size > 0
    return (
        F.sum(size).alias(f"rows{at}"),
        F.count(F.when(many, 1)).alias(f"distinct{at}"),
        F.count(F.when(size == 1, 1)).alias(f"unique{at}"),
        F.sum(F.when(many, size * F.ln(size))).alias(f"weighted{at}"),
    )


def _counts(groupings: Sequence[Grouping], rows: Sequence[Row]) -> dict[Grouping, GroupCounts]:
    columns, wheres = _columns(groupings), _wheres(groupings)
    found = {row["which"]: row for row in rows}
    counts = {}
    for grouping in groupings:
        row = found.get(_number(grouping.columns, columns))
        at = wheres.index(grouping.where)
        counts[grouping] = GroupCounts(
            rows=0 if row is None else row[f"rows{at}"],
            distinct=0 if row is None else row[f"distinct{at}"],
            unique=0 if row is None else row[f"unique{at}"],
            weighted=0.0 if row is None else row[f"weighted{at}"] or 0.0,
        )
    return counts


def _number(chosen: Sequence[str], columns: Sequence[str]) -> int:
    """Return Spark's number of a grouping set: a bit for each column that is not in it."""
    bits = "".join("0" if name in chosen else "1" for name in columns)
    return int(bits, 2)


def _columns(groupings: Sequence[Grouping]) -> list[str]:
    return list(dict.fromkeys(name for each in groupings for name in each.columns))


def _sets(groupings: Sequence[Grouping]) -> list[tuple[str, ...]]:
    return list(dict.fromkeys(tuple(sorted(set(each.columns))) for each in groupings))


def _wheres(groupings: Sequence[Grouping]) -> list[str | None]:
    return list(dict.fromkeys(each.where for each in groupings))
