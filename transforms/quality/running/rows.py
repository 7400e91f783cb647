"""Outcomes of rows: for each, which rules it passed and failed, in Glue's columns."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812

from gluepot.transforms.quality.dqdl.tree import Logic, Rule
from gluepot.transforms.quality.running.options import FilteredRows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import Column, DataFrame

    from gluepot.transforms.quality.dqdl.tree import AnyRule
    from gluepot.transforms.quality.running.verdict import Check

PASSED_RULES = "DataQualityRulesPass"
FAILED_RULES = "DataQualityRulesFail"
SKIPPED_RULES = "DataQualityRulesSkip"
ROW_RESULT = "DataQualityEvaluationResult"
FAILED_IDS = "DataQualityRuleIdsFail"
"""Not one of Glue's: the names of the failed rules in the result, such as ``Rule_2``."""
_MARK = "__gluepot_rule_{}"
_NO_RULES = "array<string>"


@dataclass(frozen=True, kw_only=True)
class Marked:
    """A frame with one more column for each rule that has outcomes of rows.

    Attributes:
        names: The column of a rule, which is null where the rule's filter leaves a row out.
    """

    dataframe: DataFrame
    names: Mapping[Rule, str]

    def outcome(self, rule: AnyRule) -> Column | None:
        """Return the outcome of a rule or a composite; None if a part of it has none."""
        if isinstance(rule, Rule):
            return F.col(self.names[rule]) if rule in self.names else None
        parts = [self.outcome(each) for each in rule.rules]
        known = [part for part in parts if part is not None]
        if len(known) < len(parts):
            return None
        return reduce(and_ if rule.logic is Logic.AND else or_, map(_passing, known))


def mark_rows(dataframe: DataFrame, checks: Mapping[Rule, Check], filtered: FilteredRows) -> Marked:
    """Return a frame with the outcomes of its rows."""
    names = {
        rule: _MARK.format(at) for at, (rule, check) in enumerate(checks.items()) if check.has_rows
    }
    joined = dataframe
    for rule, name in names.items():
        join = checks[rule].join
        joined = joined if join is None else join(joined, name)
    marks = [
        _mark(rule, column, filtered).alias(name)
        for rule, name in names.items()
        if (column := checks[rule].mark) is not None
    ]
    return Marked(dataframe=joined.select("*", *marks), names=names)


def row_outcomes(
    marked: Marked, rules: Sequence[tuple[AnyRule, str]], ids: Sequence[str] = ()
) -> DataFrame:
    """Return the rows with Glue's columns; rules without outcomes of rows are skipped.

    Args:
        marked: The rows with a column for each rule.
        rules: Each with the text that it is named by.
        ids: A shorter name of each; with them there is one more column, of those that failed.
    """
    outcomes = [(marked.outcome(rule), text) for rule, text in rules]
    known = [(column, text) for column, text in outcomes if column is not None]
    passed = _texts([F.when(column, text) for column, text in known])
    failed = _texts([F.when(~column, text) for column, text in known])
    without = [F.lit(text) for column, text in outcomes if column is None]
    skipped = _texts([*without, *(F.when(column.isNull(), text) for column, text in known)])
    result = F.when(F.size(FAILED_RULES) == 0, "Passed").otherwise("Failed")
    named = [
        F.when(~column, name)
        for (column, _), name in zip(outcomes, ids, strict=bool(ids))
        if column is not None
    ]
    told = marked.dataframe.select(
        "*",
        passed.alias(PASSED_RULES),
        failed.alias(FAILED_RULES),
        skipped.alias(SKIPPED_RULES),
        *([_texts(named).alias(FAILED_IDS)] if ids else []),
    )
    return told.withColumn(ROW_RESULT, result).drop(*marked.names.values())


def _mark(rule: Rule, column: Column, filtered: FilteredRows) -> Column:
    complies = F.coalesce(column, F.lit(False))  # noqa: FBT003
    if rule.where is None:
        return complies
    left_out = F.lit(True if filtered is FilteredRows.PASSED else None).cast("boolean")
    return F.when(F.expr(rule.where), complies).otherwise(left_out)


def _passing(column: Column) -> Column:
    return F.coalesce(column, F.lit(True))  # noqa: FBT003


def _texts(columns: Sequence[Column]) -> Column:
    if not columns:
        return F.array().cast(_NO_RULES)
    return F.array_compact(F.array(*columns))
