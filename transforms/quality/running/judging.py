"""Rules that judge a metric: a number of the whole frame, compared with a bound."""

from __future__ import annotations

from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.window import Window

from gluepot.transforms.quality.dqdl.numbers import is_dynamic, meets, with_values
from gluepot.transforms.quality.dqdl.results import Result
from gluepot.transforms.quality.running.asks import filtered, rows_key
from gluepot.transforms.quality.running.measures import completeness_of, measure_of
from gluepot.transforms.quality.running.verdict import (
    Check,
    Verdict,
    row_metrics,
    statistic_key,
    unmet,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import Column

    from gluepot.transforms.quality.dqdl.tree import Rule
    from gluepot.transforms.quality.running.asks import Measured
    from gluepot.transforms.quality.running.measures import Measure
    from gluepot.transforms.quality.running.verdict import Planning

_ROWLESS = ("Dataset.*.RowCount", "Dataset.*.ColumnCount")
"""Metrics that an empty frame has."""
_WITH_ITS_COLUMN = 2
"""Measures of a key of one column: that it is unique, which no null is, and complete."""


def judged(planning: Planning, rule: Rule) -> Check:
    """Return the plan of a rule whose metric is compared."""
    measure = measure_of(planning.frame, rule.type, rule.values, rule.where)
    return Check(
        asked=measure.asked,
        decide=lambda found: judge(planning, rule, measure, found),
        mark=_mark(planning, rule),
    )


def complete(planning: Planning, rule: Rule) -> Check:
    """Return the plan of IsComplete."""
    measure = completeness_of(planning.frame, rule.values[0], rule.where)
    return Check(
        asked=measure.asked,
        decide=lambda found: _all_of(rule, [measure], found),
        mark=planning.frame.column(rule.values[0]).isNotNull(),
    )


def unique(planning: Planning, rule: Rule) -> Check:
    """Return the plan of IsUnique, and of IsPrimaryKey, whose columns are never null besides."""
    measures = [measure_of(planning.frame, "Uniqueness", rule.values, rule.where)]
    mark = once(planning, rule.values, rule.where)
    if rule.type == "IsPrimaryKey":
        measures += [completeness_of(planning.frame, name, rule.where) for name in rule.values]
        present = [planning.frame.column(name).isNotNull() for name in rule.values]
        mark = mark & reduce(and_, present)
    asked = reduce(lambda left, right: left | right, (each.asked for each in measures))
    return Check(asked=asked, decide=lambda found: _all_of(rule, measures, found), mark=mark)


def judge(planning: Planning, rule: Rule, measure: Measure, found: Measured) -> Verdict:
    """Return the verdict on a measured number."""
    numbers = measure.numbers(found)
    name, value = next(iter(numbers.items()))
    statistics = named(numbers, rule.where)
    condition = rule.condition
    if condition is None:
        raise AssertionError(f"{rule.type} has no condition")
    earlier = planning.earlier(statistic_key(name, rule.where))
    bounded = with_values(condition, earlier)
    holds = value is not None and meets(bounded, value)
    return Verdict(
        result=Result.PASS if holds else Result.FAIL,
        message=None if holds else _why(rule, name, value, measure, found),
        metrics=_known(numbers),
        statistics=statistics,
        condition=bounded if is_dynamic(condition) else None,
        row_metrics=_rows(rule, measure, found),
    )


def once(planning: Planning, columns: Sequence[str], where: str | None) -> Column:
    """Return where a row's values are those of no other row; all null is no value."""
    names = [planning.frame.column(name) for name in columns]
    rows = F.count(filtered(F.lit(1), where)).over(Window.partitionBy(*names))
    return (rows == 1) & reduce(or_, [name.isNotNull() for name in names])


def named(numbers: Mapping[str, float | None], where: str | None) -> dict[str, float]:
    """Return known metrics by their keys in history."""
    return {statistic_key(name, where): value for name, value in _known(numbers).items()}


def _mark(planning: Planning, rule: Rule) -> Column | None:
    if rule.type == "Completeness":
        return planning.frame.column(rule.values[0]).isNotNull()
    if rule.type == "Uniqueness":
        return once(planning, rule.values, rule.where)
    return None


def _all_of(rule: Rule, measures: Sequence[Measure], found: Measured) -> Verdict:
    numbers: dict[str, float | None] = {}
    for measure in measures:
        numbers |= measure.numbers(found)
    short = [(name, value) for name, value in numbers.items() if value != 1]
    message = "\n".join(_why(rule, name, value, measures[0], found) for name, value in short)
    return Verdict(
        result=Result.FAIL if short else Result.PASS,
        message=message or None,
        metrics=_known(numbers),
        statistics=named(numbers, rule.where),
        # The rows of a key of several columns pass by more than the first measure says.
        row_metrics=_rows(rule, measures[0], found) if len(measures) <= _WITH_ITS_COLUMN else {},
    )


def _rows(rule: Rule, measure: Measure, found: Measured) -> dict[str, float]:
    if measure.passed is None:
        return {}
    return row_metrics(measure.passed(found), found.count(rows_key(rule.where)))


def _why(rule: Rule, name: str, value: float | None, measure: Measure, found: Measured) -> str:
    if value is not None:
        return unmet(int(value) if measure.whole else value)
    if name not in _ROWLESS and not found.count(rows_key(rule.where)):
        return f"There are no rows to compute {name} of"
    return f"There is no value to compute {name} of: all input values were NULL"


def _known(numbers: Mapping[str, float | None]) -> dict[str, float]:
    return {name: value for name, value in numbers.items() if value is not None}
