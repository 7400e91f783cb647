"""Rules on the columns that are there, and rules that compare whole frames."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812

from gluepot.transforms.quality.dqdl.numbers import is_dynamic, meets, with_values
from gluepot.transforms.quality.dqdl.results import Result
from gluepot.transforms.quality.running.asks import Asked, key_of, rows_asked, rows_key
from gluepot.transforms.quality.running.frame import Frame, UndecidableError
from gluepot.transforms.quality.running.verdict import Check, Verdict, statistic_key, unmet

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import Column, DataFrame

    from gluepot.transforms.quality.dqdl.tree import Rule
    from gluepot.transforms.quality.running.asks import Measured
    from gluepot.transforms.quality.running.verdict import Planning

PRIMARY = "primary"
"""The alias of the frame that is evaluated."""
_AGGREGATE = re.compile(r"\s*(sum|avg)\s*\(\s*(.+?)\s*\)\s*", re.IGNORECASE)


def column_exists(planning: Planning, rule: Rule) -> Check:
    """Return the plan of ColumnExists."""
    name = rule.values[0]
    there = planning.frame.has(name)
    message = None if there else f"Input data does not include column {name}!"
    verdict = Verdict(result=Result.PASS if there else Result.FAIL, message=message)
    return Check(decide=lambda _: verdict)


def names_match(planning: Planning, rule: Rule) -> Check:
    """Return the plan of ColumnNamesMatchPattern.

    Raises:
        UndecidableError: The pattern is none.
    """
    try:
        pattern = re.compile(rule.values[0])
    except re.error as error:
        raise UndecidableError(f"{rule.values[0]!r} is no regular expression: {error}") from error
    names = planning.frame.dataframe.columns
    wrong = [name for name in names if pattern.search(name) is None]
    share = (len(names) - len(wrong)) / len(names) if names else 1.0
    message = f"Columns that do not match the pattern: {', '.join(wrong)}" if wrong else None
    verdict = Verdict(
        result=Result.FAIL if wrong else Result.PASS,
        message=message,
        metrics={"Dataset.*.ColumnNamesPatternMatchRatio": share},
    )
    return Check(decide=lambda _: verdict)


def schema_match(planning: Planning, rule: Rule) -> Check:
    """Return the plan of SchemaMatch."""
    alias = rule.values[0]
    own = planning.frame.dataframe.schema.fields
    other = source_of(planning, alias).schema.fields
    metric = f"Dataset.{alias}.SchemaMatch"
    if len(own) != len(other):
        verdict = bounded(planning, rule, metric, 0.0, "Column counts do not match")
    else:
        known = {(field.name, field.dataType.simpleString()) for field in other}
        same = sum((field.name, field.dataType.simpleString()) in known for field in own)
        verdict = bounded(planning, rule, metric, same / len(own) if own else 1.0)
    return Check(decide=lambda _: verdict)


def row_count_match(planning: Planning, rule: Rule) -> Check:
    """Return the plan of RowCountMatch."""
    alias = rule.values[0]
    other = source_of(planning, alias)

    def decide(found: Measured) -> Verdict:
        theirs = other.count()
        if not theirs:
            return Verdict(result=Result.FAIL, message=f"{alias} has no rows to compare with")
        share = found.count(rows_key()) / theirs
        return bounded(planning, rule, f"Dataset.{alias}.RowCountMatch", share)

    return Check(asked=rows_asked(), decide=decide, queries=1)


def aggregate_match(planning: Planning, rule: Rule) -> Check:
    """Return the plan of AggregateMatch.

    Raises:
        UndecidableError: An aggregate is neither sum nor avg, or its source or column is missing.
    """
    parts = [_aggregate(planning, text) for text in rule.values]
    names = list(dict.fromkeys(part.column for part in parts))
    metric = f"Column.{','.join(names)}.AggregateMatch"

    def decide(found: Measured) -> Verdict:
        first, second = (part.value(found) for part in parts)
        if first is None or second is None:
            message = f"There is no value to compute {metric} of: all input values were NULL"
            return Verdict(result=Result.FAIL, message=message)
        if second == 0:
            return bounded(planning, rule, metric, 1.0 if first == 0 else 0.0)
        return bounded(planning, rule, metric, first / second)

    asked = Asked()
    for part in parts:
        asked |= part.asked
    queries = sum(not part.asked.scalars for part in parts)
    return Check(asked=asked, decide=decide, queries=queries)


def source_of(planning: Planning, alias: str) -> DataFrame:
    """Return an additional frame.

    Raises:
        UndecidableError: There is none of that alias.
    """
    sources: Mapping[str, DataFrame] = planning.options.sources
    if alias not in sources:
        raise UndecidableError(f"{alias} not found in additional sources")
    return sources[alias]


def bounded(  # noqa: PLR0913, PLR0917 - a verdict has these parts
    planning: Planning,
    rule: Rule,
    metric: str,
    value: float,
    why: str | None = None,
    of: str | None = None,
) -> Verdict:
    """Return the verdict on a number that a rule has compared frames by."""
    condition = rule.condition
    if condition is None:
        raise AssertionError(f"{rule.type} has no condition")
    key = statistic_key(metric, None, of)
    plain = with_values(condition, planning.earlier(key))
    holds = meets(plain, value)
    return Verdict(
        result=Result.PASS if holds else Result.FAIL,
        message=None if holds else why or unmet(value, sign="."),
        metrics={metric: value},
        statistics={key: value},
        condition=plain if is_dynamic(condition) else None,
    )


class _Aggregate:
    """A sum or an average, of the frame's own shared pass or of another frame."""

    def __init__(
        self, alias: str | None, column: str, aggregate: Column, other: DataFrame | None
    ) -> None:
        self.column = column
        self._other = other
        self._aggregate = aggregate.cast("double")
        self._key = key_of(f"{alias} aggregate {aggregate}", None, column)
        self.asked = Asked() if other is not None else Asked(scalars={self._key: self._aggregate})

    def value(self, found: Measured) -> float | None:
        if self._other is None:
            return found.number(self._key)
        value = self._other.agg(self._aggregate).collect()[0][0]
        return None if value is None else float(value)


def _aggregate(planning: Planning, text: str) -> _Aggregate:
    parts = _AGGREGATE.fullmatch(text)
    if parts is None:
        raise UndecidableError(f"AggregateMatch takes sum(column) or avg(column), not {text!r}")
    function = {"sum": F.try_sum, "avg": F.avg}[parts[1].lower()]
    alias, dot, rest = parts[2].partition(".")
    known = alias in planning.options.sources or alias == PRIMARY
    if dot and not known and not planning.frame.has(parts[2]):
        raise UndecidableError(f"{alias} not found in additional sources")
    if dot and known and alias != PRIMARY:
        other = planning.options.sources[alias]
        return _Aggregate(alias, rest, function(Frame(other).number(rest)), other)
    column = rest if dot and alias == PRIMARY else parts[2]
    return _Aggregate(None, column, function(planning.frame.number(column)), None)
