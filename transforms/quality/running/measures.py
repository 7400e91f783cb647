"""What each type of rule and analyzer measures: its questions, and numbers made of the answers."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812

from gluepot.transforms.quality.running.asks import (
    Asked,
    Grouping,
    Measured,
    filtered,
    key_of,
    rows_asked,
    rows_key,
)
from gluepot.transforms.quality.running.frame import UndecidableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pyspark.sql import Column

    from gluepot.transforms.quality.running.frame import Frame


@dataclass(frozen=True, kw_only=True)
class Measure:
    """Numbers that are made of answers.

    Attributes:
        asked: The questions.
        numbers: Makes the metrics, by Glue's names; the first is the one that is judged. None
            where there was nothing to measure.
        whole: Whether the metrics count something, and are told without a decimal point.
        passed: Counts the rows that comply by themselves, where the measure is their share.
    """

    asked: Asked
    numbers: Callable[[Measured], Mapping[str, float | None]]
    whole: bool = False
    passed: Callable[[Measured], int] | None = None


@dataclass(frozen=True, kw_only=True)
class _Subject:
    frame: Frame
    columns: Sequence[str]
    where: str | None

    @property
    def name(self) -> str:
        """Return how metrics name the columns."""
        level = "Column" if len(self.columns) == 1 else "Multicolumn"
        return f"{level}.{','.join(self.columns)}"


def measure_of(frame: Frame, kind: str, columns: Sequence[str], where: str | None) -> Measure:
    """Return what a type of rule measures.

    Raises:
        UndecidableError: A column is not there or of the wrong type, or the type measures nothing.
    """
    if kind not in _MEASURES:
        raise UndecidableError(f"{kind} measures no number")
    key = (kind, tuple(columns), where)
    if key not in frame.measures:
        subject = _Subject(frame=frame, columns=tuple(columns), where=where)
        frame.measures[key] = _MEASURES[kind](subject)
    return frame.measures[key]


def completeness_of(frame: Frame, column: str, where: str | None) -> Measure:
    """Return the share of rows where a column is not null."""
    return measure_of(frame, "Completeness", (column,), where)


def measures_all(kind: str) -> bool:
    """Return whether a type is one of numbers that are made of answers."""
    return kind in _MEASURES


def _row_count(subject: _Subject) -> Measure:
    key = rows_key(subject.where)
    return Measure(
        asked=rows_asked(subject.where),
        numbers=lambda found: {"Dataset.*.RowCount": found.number(key)},
        whole=True,
    )


def _column_count(subject: _Subject) -> Measure:
    count = float(len(subject.frame.dataframe.columns))
    return Measure(asked=Asked(), numbers=lambda _: {"Dataset.*.ColumnCount": count}, whole=True)


def _completeness(subject: _Subject) -> Measure:
    column = subject.frame.column(subject.columns[0])
    key = key_of("present", subject.where, subject.columns[0])
    asked = Asked(scalars={key: F.count(filtered(column, subject.where))})
    total = rows_key(subject.where)

    def numbers(found: Measured) -> dict[str, float | None]:
        return {f"{subject.name}.Completeness": ratio(found.count(key), found.count(total))}

    return Measure(
        asked=asked | rows_asked(subject.where),
        numbers=numbers,
        passed=lambda found: found.count(key),
    )


def _grouped(
    subject: _Subject,
    metric: str,
    number: Callable[[Measured, Grouping], float | None],
    *,
    whole: bool = False,
) -> Measure:
    for name in subject.columns:
        subject.frame.column(name)
    grouping = Grouping(columns=tuple(subject.columns), where=subject.where)
    asked = Asked(groupings=frozenset({grouping})) | rows_asked(subject.where)
    return Measure(
        asked=asked,
        numbers=lambda found: {f"{subject.name}.{metric}": number(found, grouping)},
        whole=whole,
    )


def _uniqueness(subject: _Subject) -> Measure:
    grouping = Grouping(columns=tuple(subject.columns), where=subject.where)
    measure = _grouped(subject, "Uniqueness", _unique)
    return replace(measure, passed=lambda found: found.group(grouping).unique)


def _unique(found: Measured, grouping: Grouping) -> float | None:
    return ratio(found.group(grouping).unique, found.count(rows_key(grouping.where)))


def _unique_ratio(found: Measured, grouping: Grouping) -> float | None:
    counts = found.group(grouping)
    return ratio(counts.unique, counts.distinct)


def _distinct(found: Measured, grouping: Grouping) -> float | None:
    return float(found.group(grouping).distinct)


def _entropy(found: Measured, grouping: Grouping) -> float | None:
    counts = found.group(grouping)
    if not counts.rows:
        return None
    return max(0.0, math.log(counts.rows) - counts.weighted / counts.rows)


def _duplicates(subject: _Subject) -> Measure:
    named = bool(subject.columns)
    columns = tuple(subject.columns or subject.frame.dataframe.columns)
    level = f"Multicolumn.{','.join(columns)}" if named else "Dataset.*"
    grouping = Grouping(columns=columns, where=subject.where)
    for name in columns:
        subject.frame.column(name)

    def numbers(found: Measured) -> dict[str, float | None]:
        counts, rows = found.group(grouping), found.count(rows_key(subject.where))
        # Rows of nulls alone are one more group, which the grouping leaves out.
        groups = counts.distinct + (rows > counts.rows)
        return {f"{level}.DuplicateRowCount": float(rows - groups)}

    asked = Asked(groupings=frozenset({grouping})) | rows_asked(subject.where)
    return Measure(asked=asked, numbers=numbers, whole=True)


def _aggregate(
    subject: _Subject,
    metric: str,
    aggregate: Callable[[Column], Column],
    *,
    whole: bool = False,
) -> Measure:
    name = subject.columns[0]
    column = filtered(subject.frame.number(name), subject.where)
    key = key_of(metric, subject.where, name)
    return Measure(
        asked=Asked(scalars={key: aggregate(column)}) | rows_asked(subject.where),
        numbers=lambda found: {f"{subject.name}.{metric}": found.number(key)},
        whole=whole,
    )


def _double(function: Callable[[Column], Column]) -> Callable[[Column], Column]:
    return lambda column: function(column.cast("double"))


def _sum(subject: _Subject) -> Measure:
    # Whole numbers may overflow a long, which a double does not; decimals stay exact.
    decimal = subject.frame.type_of(subject.columns[0]).typeName() == "decimal"
    total = F.try_sum if decimal else _double(F.sum)
    return _aggregate(subject, "Sum", total)


def _quartiles(column: Column) -> Column:
    found = F.percentile(column.cast("double"), F.array(F.lit(0.25), F.lit(0.75)))
    return found[1] - found[0]


def _zeros(column: Column) -> Column:
    return F.count(F.when(column == 0, 1))


def _range(column: Column) -> Column:
    return F.max(column).cast("double") - F.min(column).cast("double")


def _correlation(subject: _Subject) -> Measure:
    first, second = (
        filtered(subject.frame.number(name), subject.where).cast("double")
        for name in subject.columns
    )
    key = key_of("corr", subject.where, *subject.columns)
    return Measure(
        asked=Asked(scalars={key: F.corr(first, second)}) | rows_asked(subject.where),
        numbers=lambda found: {f"{subject.name}.ColumnCorrelation": found.number(key)},
    )


def _ends(subject: _Subject, values: Column, kind: str, names: tuple[str, str]) -> Measure:
    column = filtered(values, subject.where)
    low = key_of(f"min {kind}", subject.where, subject.columns[0])
    high = key_of(f"max {kind}", subject.where, subject.columns[0])
    scalars = {low: F.min(column).cast("double"), high: F.max(column).cast("double")}

    def numbers(found: Measured) -> dict[str, float | None]:
        ends = zip(names, (found.number(low), found.number(high)), strict=True)
        return {f"{subject.name}.{name}": value for name, value in ends}

    return Measure(asked=Asked(scalars=scalars) | rows_asked(subject.where), numbers=numbers)


def _lengths(subject: _Subject) -> Measure:
    name = subject.columns[0]
    length = F.length(subject.frame.column(name).cast("string"))
    return _ends(subject, length, "length", ("MinimumLength", "MaximumLength"))


def _values(subject: _Subject) -> Measure:
    column = subject.frame.number(subject.columns[0])
    return _ends(subject, column, "value", ("Minimum", "Maximum"))


def ratio(part: float, whole: float) -> float | None:
    """Return a share, or None of nothing."""
    return part / whole if whole else None


_MEASURES: dict[str, Callable[[_Subject], Measure]] = {
    "RowCount": _row_count,
    "ColumnCount": _column_count,
    "Completeness": _completeness,
    "Uniqueness": _uniqueness,
    "UniqueValueRatio": partial(_grouped, metric="UniqueValueRatio", number=_unique_ratio),
    "DistinctValuesCount": partial(_grouped, metric="DistinctValuesCount", number=_distinct),
    "Entropy": partial(_grouped, metric="Entropy", number=_entropy),
    "DuplicateRowCount": _duplicates,
    "Mean": partial(_aggregate, metric="Mean", aggregate=_double(F.avg)),
    "Sum": _sum,
    "StandardDeviation": partial(
        _aggregate, metric="StandardDeviation", aggregate=_double(F.stddev_pop)
    ),
    "Variance": partial(_aggregate, metric="Variance", aggregate=_double(F.var_pop)),
    "Skewness": partial(_aggregate, metric="Skewness", aggregate=_double(F.skewness)),
    "Kurtosis": partial(_aggregate, metric="Kurtosis", aggregate=_double(F.kurtosis)),
    "ZerosCount": partial(_aggregate, metric="ZerosCount", aggregate=_zeros, whole=True),
    "Range": partial(_aggregate, metric="Range", aggregate=_range),
    "InterquartileRange": partial(_aggregate, metric="InterquartileRange", aggregate=_quartiles),
    "ColumnCorrelation": _correlation,
    "ColumnLength": _lengths,
    "ColumnValues": _values,
}
