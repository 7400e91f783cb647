"""From what Great Expectations returns to what a result tells: one shape for all expectations."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gluepot.transforms.quality.result import Measure, Reason, RuleError, RuleResult
from gluepot.transforms.quality.sentences import bound
from gluepot.transforms.quality.values import MASK, cut, json_value, plain_json

if TYPE_CHECKING:
    from gluepot.transforms.quality.masking import Masking
    from gluepot.transforms.quality.rules import Rule

EXAMPLES = 10
"""Failing values that are fetched for a rule."""
QUERY = "unexpected_rows_expectation"
"""The expectation whose observed value is the number of rows that its SQL finds."""
SHOWS_VALUES = frozenset(
    {
        "expect_column_min_to_be_between",
        "expect_column_max_to_be_between",
        "expect_column_median_to_be_between",
        "expect_column_quantile_values_to_be_between",
        "expect_column_most_common_value_to_be_in_set",
        "expect_column_distinct_values_to_be_in_set",
        "expect_column_distinct_values_to_contain_set",
        "expect_column_distinct_values_to_equal_set",
    }
)
"""Expectations of aggregates whose observed value is a value of some row."""

_HIDDEN = "the message may quote values that are masked, so it is not kept"
_REASONS = (
    (r"^parameters:", Reason.BAD_PARAMETER),
    (r"No provider found|does not currently support", Reason.NOT_SUPPORTED),
    (r"UNRESOLVED_COLUMN|BatchData does not exist", Reason.UNKNOWN_COLUMN),
    (r"DATATYPE_MISMATCH|CAST_INVALID|cannot be computed on column of type", Reason.WRONG_TYPE),
    (r"Expected numeric column type|can.t compare|not supported between", Reason.WRONG_TYPE),
    (r"PARSE_SYNTAX_ERROR|PARSE_|UNRESOLVED_ROUTINE|TABLE_OR_VIEW", Reason.BAD_EXPRESSION),
    (r"DIVIDE_BY_ZERO|ARITHMETIC_OVERFLOW|MISSING_AGGREGATION", Reason.BAD_EXPRESSION),
)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What the library says of one rule; ``failure`` is its exception's message, if it raised."""

    passed: bool
    details: Mapping[str, Any] = field(default_factory=dict)
    failure: str | None = None


def rule_result(rule: Rule, outcome: Outcome, masking: Masking) -> RuleResult:
    """Return what became of a rule that ran."""
    hides = masking.hides(rule)
    if outcome.failure is not None:
        return _result(rule, passed=False, masked=hides, error=_error(outcome.failure, hides))
    details = outcome.details
    broken = details.get("partial_unexpected_list") or _found_rows(details)
    examples = masking.examples(rule, broken)
    known = _share(rule, details) if "element_count" in details else _value(rule, details, hides)
    return _result(
        rule,
        passed=outcome.passed,
        unexpected_count=details.get("unexpected_count"),
        examples=examples,
        masked=known.get("observed") == MASK or (bool(broken) and hides) or MASK in str(examples),
        **known,
    )


def undecided(rule: Rule, error: RuleError) -> RuleResult:
    """Return a rule that never ran as a failed one."""
    return _result(rule, passed=False, error=error)


def _share(rule: Rule, details: Mapping[str, Any]) -> dict[str, Any]:
    missing = details.get("missing_count") or 0
    checked = details["element_count"] - missing
    return {
        "measure": Measure.SHARE,
        "observed": (checked - details["unexpected_count"]) / checked if checked else None,
        "bound": bound(rule.parameters, is_share=True),
        "checked_count": checked,
        "missing_count": missing,
    }


def _value(rule: Rule, details: Mapping[str, Any], hides: bool) -> dict[str, Any]:  # noqa: FBT001
    is_query = rule.expectation == QUERY
    return {
        "observed": _observed(details, hides and rule.expectation in SHOWS_VALUES),
        "bound": "0 rows" if is_query else bound(rule.parameters, is_share=False),
    }


def _result(rule: Rule, *, passed: bool, **known: Any) -> RuleResult:  # noqa: ANN401
    return RuleResult(
        name=rule.name,
        sentence=rule.sentence,
        description=rule.description,
        expectation=rule.expectation,
        columns=rule.columns,
        severity=rule.severity,
        passed=passed,
        parameters=plain_json(rule.parameters),
        **known,
    )


def _observed(details: Mapping[str, Any], hides: bool) -> Any:  # noqa: ANN401, FBT001
    mismatched = (details.get("details") or {}).get("mismatched")
    if isinstance(mismatched, Mapping):
        return json_value(mismatched)
    if details.get("partial_missing_list"):
        return MASK if hides else {"missing": json_value(details["partial_missing_list"])}
    found = json_value(details.get("observed_value"))
    return MASK if hides and found is not None else found


def _found_rows(details: Mapping[str, Any]) -> Sequence[Any]:
    rows = (details.get("details") or {}).get("unexpected_rows") or ()
    return rows[:EXAMPLES] if isinstance(rows, Sequence) else ()


def _error(failure: str, hides: bool) -> RuleError:  # noqa: FBT001
    reasons = (reason for pattern, reason in _REASONS if re.search(pattern, failure))
    reason = next(reasons, Reason.NOT_COMPUTED)
    lines = [line.strip() for line in failure.splitlines() if line.strip()]
    # Spark's sentence ends where its state, its plan or the place in its source begins.
    sentence = re.split(r"\s*SQLSTATE:|; line \d+", lines[0] if lines else failure)[0]
    # Errors of Spark quote the value that they stumbled over.
    return RuleError(reason=reason, message=_HIDDEN if hides else cut(sentence))
