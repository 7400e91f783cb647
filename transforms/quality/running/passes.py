"""The passes over the data: one aggregation for all single values, one for all groups.

A question that Spark cannot answer (SQL that is wrong, a division by zero) would take all others
down with it, so a failed aggregation is tried again in halves until the faulty ones are found.
"""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

from pyspark.errors import AnalysisException
from pyspark.sql import functions as F  # noqa: N812

from gluepot.transforms.paths import quote
from gluepot.transforms.quality.running.asks import Measured, rows_key
from gluepot.transforms.quality.running.grouping_sets import counts_of, grouped
from gluepot.transforms.quality.running.hashed_groups import counts_by_hash, hashable
from gluepot.transforms.spark_errors import SPARK_ERRORS, reason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import Column, DataFrame

    from gluepot.transforms.quality.running.asks import Asked, Grouping, PassCount
    from gluepot.transforms.quality.running.frame import Frame

MOST_SCALARS = 400
"""Aggregates of one pass: the code that Spark makes of more compiles longer than it saves."""
MOST_GROUPED = 60
"""Columns of one grouping pass: Spark numbers its sets by the bits of a long."""
LEAST_HASHED = 500_000
"""Rows from which groups are counted by hashes: to start Python for fewer takes longer."""
MOST_HASHED = 100
"""Groupings of one pass by hashes."""

_LOG = logging.getLogger(__name__)
_UNHASHED = re.compile(r"\bmap<|\bvariant\b")


def measure(frame: Frame, asked: Asked, counted: PassCount) -> Measured:
    """Return the answers to all questions.

    Raises:
        PySparkException: The frame itself cannot be read.
    """
    measured = Measured()
    scalars = list(asked.scalars.items())
    for start in range(0, len(scalars), MOST_SCALARS):
        _aggregate(frame.dataframe, scalars[start : start + MOST_SCALARS], measured, counted)
    groupings = sorted(asked.groupings, key=_order)
    _group_by_hash(frame, groupings, measured, counted)
    for part in _parts([each for each in groupings if each not in measured.groups]):
        _group(frame, part, measured, counted)
    return measured


def _group_by_hash(
    frame: Frame, groupings: Sequence[Grouping], measured: Measured, counted: PassCount
) -> None:
    """Count the groups of many rows by hashes, where that can be done."""
    rows = measured.scalars.get(rows_key())
    if not isinstance(rows, int) or rows < LEAST_HASHED:
        return
    able = [
        each
        for each in groupings
        if rows_key(each.where) not in measured.failed and hashable(frame, each)
    ]
    for start in range(0, len(able), MOST_HASHED):
        part = able[start : start + MOST_HASHED]

        def passed() -> None:
            counted.grouping += 1

        try:
            measured.groups |= counts_by_hash(frame, part, rows, passed)
        except (ImportError, *SPARK_ERRORS) as error:
            # Executors may lack Python's libraries: Spark alone counts them, or tells its reason.
            _LOG.info("groups are not counted by hashes: %s", reason(error))
            return


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
        planned = grouped(frame, groupings)
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
    measured.groups |= counts_of(groupings, rows)
