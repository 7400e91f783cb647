"""Rules on the values of rows: the share of rows that comply is what is judged."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812

from gluepot.transforms.quality.dqdl.numbers import DynamicRuleError, is_dynamic, meets, with_values
from gluepot.transforms.quality.dqdl.printer import print_rule
from gluepot.transforms.quality.dqdl.results import Result
from gluepot.transforms.quality.dqdl.tree import Condition, Kind, Operator, Rule
from gluepot.transforms.quality.running.asks import Asked, filtered, key_of, rows_key
from gluepot.transforms.quality.running.data_types import reads_as
from gluepot.transforms.quality.running.frame import UndecidableError
from gluepot.transforms.quality.running.judging import named
from gluepot.transforms.quality.running.measures import Measure, completeness_of, measure_of
from gluepot.transforms.quality.running.predicates import predicate_of
from gluepot.transforms.quality.running.verdict import (
    Check,
    Verdict,
    row_metrics,
    statistic_key,
    unmet,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gluepot.transforms.quality.running.asks import Measured
    from gluepot.transforms.quality.running.verdict import Planning

_LOW = (Operator.GREATER, Operator.GREATER_OR_EQUAL)
_HIGH = (Operator.LESS, Operator.LESS_OR_EQUAL)
_SHARES = {
    "ColumnValues": "ColumnValues.Compliance",
    "ColumnLength": "LengthCompliance",
    "ColumnDataType": "ColumnDataType.Compliance",
    "DataFreshness": "DataFreshness.Compliance",
}


def complying(planning: Planning, rule: Rule) -> Check:
    """Return the plan of ColumnValues, ColumnLength, ColumnDataType or DataFreshness."""
    condition = _plain(rule)
    if rule.type == "ColumnDataType":
        mark = reads_as(planning.frame, rule, condition)
    else:
        mark = predicate_of(planning.frame, rule, condition, planning.options.now)
    text = print_rule(replace(rule, threshold=None, labels=()))
    key = key_of("complying", rule.where, text)
    counted = F.count(filtered(F.when(mark, 1), rule.where))
    ends = _ends(planning, rule)
    present = key_of("present", rule.where, rule.values[0])
    # Completeness asks how many rows there are, and how many of them have a value.
    asked = completeness_of(planning.frame, rule.values[0], rule.where).asked
    asked = asked | Asked(scalars={key: counted})

    def decide(found: Measured) -> Verdict:
        counts = (found.count(key), found.count(present), found.count(rows_key(rule.where)))
        numbers = {} if ends is None else dict(ends.numbers(found))
        return _decided(planning, rule, counts, numbers)

    return Check(asked=asked if ends is None else asked | ends.asked, decide=decide, mark=mark)


def share_verdict(planning: Planning, rule: Rule, metric: str, share: float, why: str) -> Verdict:
    """Return the verdict on a share of complying rows, by the rule's threshold or else all."""
    text = print_rule(replace(rule, threshold=None, labels=()))
    key = statistic_key(metric, None, text)
    threshold = None
    if rule.threshold is None:
        holds = share == 1
    else:
        threshold = with_values(rule.threshold, planning.earlier(key))
        holds = meets(threshold, share)
    return Verdict(
        result=Result.PASS if holds else Result.FAIL,
        message=None if holds else why,
        metrics={metric: share},
        statistics={key: share},
        threshold=threshold if is_dynamic(rule.threshold) else None,
    )


def _plain(rule: Rule) -> Condition:
    condition = rule.condition
    if condition is None:
        raise AssertionError(f"{rule.type} has no condition")
    if is_dynamic(condition):
        raise UndecidableError(
            f"{rule.type} rule only supports numeric operands or NULL keyword in conditions."
        )
    if condition.kind is not Kind.NUMBER:
        return condition
    try:
        return with_values(condition, lambda _: ())
    except DynamicRuleError as error:
        raise UndecidableError(str(error)) from error


def _ends(planning: Planning, rule: Rule) -> Measure | None:
    """Return the least and the greatest value or length, which the rule's metrics are."""
    is_length = rule.type == "ColumnLength"
    of_numbers = rule.type == "ColumnValues" and planning.frame.is_numeric(rule.values[0])
    if not is_length and not of_numbers:
        return None
    return measure_of(planning.frame, rule.type, rule.values, rule.where)


def _decided(
    planning: Planning,
    rule: Rule,
    counts: tuple[int, int, int],
    numbers: dict[str, float | None],
) -> Verdict:
    complied, present, rows = counts
    metric = f"Column.{rule.values[0]}.{_SHARES[rule.type]}"
    if not rows:
        message = f"There are no rows to compute {metric} of"
        return Verdict(result=Result.FAIL, message=message)
    share = complied / rows
    why = _why(rule, share, list(numbers.values()), has_null=present < rows)
    verdict = share_verdict(planning, rule, metric, share, why)
    known = {name: value for name, value in numbers.items() if value is not None}
    return replace(
        verdict,
        metrics={**known, **verdict.metrics},
        statistics={**named(numbers, rule.where), **verdict.statistics},
        row_metrics=row_metrics(complied, rows),
    )


def _why(rule: Rule, share: float, ends: Sequence[float | None], *, has_null: bool) -> str:
    if rule.type == "DataFreshness":
        return f"{share * 100:.2f}% of rows passed"
    if rule.type == "ColumnDataType" or rule.threshold is not None:
        return unmet(share, sign=".")
    operator = rule.condition.operator if rule.condition is not None else None
    if operator not in (*_LOW, *_HIGH) or not ends:
        return unmet(share)
    parts = []
    end = ends[0] if operator in _LOW else ends[1]
    if end is not None and rule.condition is not None:
        bounded = with_values(rule.condition, lambda _: ())
        parts += [] if meets(bounded, end) else [unmet(end)]
    return "\n".join([*parts, *([unmet(None)] if has_null or not parts else [])])
