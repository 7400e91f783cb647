"""Analyzers: metrics that are measured and not judged, AllStatistics and Distribution too."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812

from gluepot.transforms.quality.dqdl.tree import ALL_COLUMNS, Number
from gluepot.transforms.quality.running.asks import Asked
from gluepot.transforms.quality.running.frame import UndecidableError
from gluepot.transforms.quality.running.judging import named
from gluepot.transforms.quality.running.measures import measure_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gluepot.transforms.quality.dqdl.tree import Analyzer
    from gluepot.transforms.quality.running.asks import Measured
    from gluepot.transforms.quality.running.frame import Frame
    from gluepot.transforms.quality.running.measures import Measure

MOST_BINS = 20
MOST_VALUES = 20
_OF_NUMBERS = ("Mean", "StandardDeviation", "Sum")

Distribution = tuple[tuple[str, int], ...]


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """A planned analyzer.

    Attributes:
        distribution: Counts values, by a query of its own; None for all but Distribution.
        queries: The queries of its own.
    """

    asked: Asked
    measures: tuple[Measure, ...] = ()
    distribution: Callable[[Measured], Distribution] | None = None
    queries: int = 0

    def numbers(self, found: Measured) -> dict[str, float]:
        """Return what was measured."""
        values: dict[str, float | None] = {}
        for measure in self.measures:
            values |= measure.numbers(found)
        return {name: value for name, value in values.items() if value is not None}

    def statistics(self, found: Measured) -> dict[str, float]:
        """Return it by the keys that history keeps it by."""
        return named(self.numbers(found), None)


def analysis_of(frame: Frame, analyzer: Analyzer) -> Analysis:
    """Return the plan of an analyzer.

    Raises:
        UndecidableError: A column is not there or of the wrong type.
    """
    if analyzer.type == "Distribution":
        return _distribution(frame, analyzer)
    if analyzer.type != "AllStatistics":
        return _of([measure_of(frame, analyzer.type, analyzer.values, None)])
    found = [measure_of(frame, "RowCount", (), None)]
    for name in _columns(frame, analyzer.values[0]):
        found += [measure_of(frame, kind, (name,), None) for kind in _kinds(frame, name)]
    return _of(found)


def _of(measures: Sequence[Measure]) -> Analysis:
    asked = reduce(or_, (measure.asked for measure in measures), Asked())
    return Analysis(asked=asked, measures=tuple(measures))


def _kinds(frame: Frame, name: str) -> tuple[str, ...]:
    both = ("Completeness", "Uniqueness")
    if frame.is_text(name):
        return (*both, "ColumnLength")
    return (*both, "ColumnValues", *_OF_NUMBERS) if frame.is_numeric(name) else both


def _columns(frame: Frame, name: str) -> list[str]:
    if name == ALL_COLUMNS and not frame.has(ALL_COLUMNS):
        return list(frame.dataframe.columns)
    return [name]


@dataclass(frozen=True, kw_only=True)
class _Counting:
    frame: Frame
    bins: int
    names: Sequence[str] = field(default_factory=list)


def _distribution(frame: Frame, analyzer: Analyzer) -> Analysis:
    bins = next((tag.values[0] for tag in analyzer.tags if tag.name == "bins"), None)
    number = int(float(bins.text)) if isinstance(bins, Number) else MOST_BINS
    if not 1 <= number <= MOST_BINS:
        raise UndecidableError(f"bins is a number from 1 to {MOST_BINS}, not {number}")
    names = _columns(frame, analyzer.values[0])
    ends = [
        measure_of(frame, "ColumnValues", (each,), None) for each in names if frame.is_numeric(each)
    ]
    counting = _Counting(frame=frame, bins=number, names=names)
    for name in names:
        frame.column(name)

    def count(found: Measured) -> Distribution:
        several = len(names) > 1
        return tuple(
            (f"{name}: {label}" if several else label, rows)
            for name in names
            for label, rows in _counted(counting, name, found)
        )

    asked = reduce(or_, (measure.asked for measure in ends), Asked())
    return Analysis(asked=asked, distribution=count, queries=len(names))


def _counted(counting: _Counting, name: str, found: Measured) -> Distribution:
    if not counting.frame.is_numeric(name):
        return _frequent(counting.frame, name)
    measure = measure_of(counting.frame, "ColumnValues", (name,), None)
    low, high = measure.numbers(found).values()
    if low is None or high is None:
        return ()
    return _histogram(counting, name, low, high)


def _histogram(counting: _Counting, name: str, low: float, high: float) -> Distribution:
    """Return equal bins from the least value to the greatest, which the last one holds too."""
    width = (high - low) / counting.bins
    if not 0 < width < float("inf"):
        bins, place = 1, F.lit(0)
    else:
        bins = counting.bins
        at = F.floor((counting.frame.column(name).cast("double") - low) / width)
        place = F.least(at, F.lit(bins - 1))
    values = counting.frame.dataframe.where(counting.frame.column(name).isNotNull())
    counted = values.groupBy(place.cast("int").alias("bin")).count().collect()
    rows = {row["bin"]: row["count"] for row in counted}
    edges = [low + width * at for at in range(bins)] + [high]
    return tuple(
        (f"[{edges[at]:.6g}, {edges[at + 1]:.6g}{']' if at == bins - 1 else ')'}", rows.get(at, 0))
        for at in range(bins)
    )


def _frequent(frame: Frame, name: str) -> Distribution:
    column = frame.column(name)
    value = column.cast("string").alias("value")
    counted = frame.dataframe.where(column.isNotNull()).groupBy(value).count()
    top = counted.orderBy(F.desc("count"), "value").limit(MOST_VALUES).collect()
    return tuple((row["value"], row["count"]) for row in top)
