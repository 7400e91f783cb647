"""Results as reports tell them: plain words, and no values of masked columns."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from gluepot.transforms.quality.dqdl import parse_ruleset
from gluepot.transforms.quality.dqdl.results import Result, RuleResult, RulesetResult
from gluepot.transforms.quality.dqdl.rule_types import BY_NAME
from gluepot.transforms.quality.dqdl.sentences import sentence_of
from gluepot.transforms.quality.dqdl.telling import told
from gluepot.transforms.quality.result import Measure, QualityResult, Reason, Verdict
from tests.transforms.quality.dqdl.rules import PRINTED

NOW = dt.datetime(2024, 6, 1, tzinfo=dt.UTC)


def report(rule: str, mask: tuple[str, ...] = (), **known: Any) -> QualityResult:  # noqa: ANN401
    ruleset = parse_ruleset(f"Rules = [ {rule} ]")
    known = {"result": Result.FAIL, "statistics": known.get("metrics", {}), **known}
    made = RuleResult(name="Rule_1", rule=rule, **known)
    result = RulesetResult(
        context="c", rules=(made,), row_count=4, started_at=NOW, completed_at=NOW
    )
    return told(result, ruleset, name="gate", mask=mask)


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ("RowCount between 1 and 9", "The number of rows is more than 1 and less than 9"),
        ('IsComplete "a" where "b > 1"', "a is never null, where b > 1"),
        ('ColumnValues "a" in ["x","y"]', "Every a is one of x, y"),
        ('ColumnValues "a" > (now() - 3 days)', "Every a is after (now() - 3 days)"),
        (
            'ColumnValues "a" matches "[0-9]+" with threshold > 0.9',
            "Every a matches [0-9]+; the share of such rows is more than 0.9",
        ),
        (
            '(RowCount > 1) AND (IsUnique "a" "b")',
            "The number of rows is more than 1; and a, b is different in every row",
        ),
    ],
)
def test_rules_are_told_in_plain_words(rule: str, sentence: str) -> None:
    assert sentence_of(parse_ruleset(f"Rules = [ {rule} ]").rules[0]) == sentence


def test_every_type_has_a_sentence_of_its_own() -> None:
    told_types = set()
    for text in PRINTED:
        rule = parse_ruleset(f"Rules = [ {text} ]").rules[0]
        assert "{" not in sentence_of(rule) or "{" in text
        told_types |= {name for name in BY_NAME if text.startswith(f"{name} ")}
        assert not sentence_of(rule).startswith(text.split()[0]) or text.startswith("(")
    assert len(told_types) > 25


def test_a_result_tells_what_was_found_and_what_it_must_be() -> None:
    found = report(
        'Completeness "a" > 0.9', message="Value: 0.5 ...", metrics={"Column.a.Completeness": 0.5}
    )
    (rule,) = found.rules
    assert found.verdict is Verdict.FAILED
    assert (rule.observed, rule.measure, rule.bound) == (0.5, Measure.SHARE, "> 0.9")
    assert (rule.columns, rule.description) == (("a",), "Value: 0.5 ...")
    assert QualityResult.from_json(found.to_json()) == found


def test_what_could_not_be_decided_has_its_reason() -> None:
    message = "Input data does not include column a!"
    (rule,) = report('Mean "a" > 1', result=Result.ERROR, message=message).rules
    assert rule.error is not None
    assert (rule.error.reason, rule.error.message) == (Reason.UNKNOWN_COLUMN, message)


def test_no_value_of_a_masked_column_is_told() -> None:
    metrics = {"Column.pay.Minimum": 17.0, "Column.pay.ColumnValues.Compliance": 0.5}
    masked = report(
        'ColumnValues "pay" > 20', mask=("PAY",), message="Value: 17.0 ...", metrics=metrics
    )
    assert masked.rules[0].observed == 0.5
    assert "17.0" not in str(masked)
    error = report(
        'IsComplete "x" where "pay > 1"', mask=("pay",), result=Result.ERROR, message="'17.0'"
    )
    assert "17.0" not in str(error.rules)
    other = report('ColumnValues "paid" > 20', mask=("pay",), message="Value: 17.0 ...")
    assert "17.0" in str(other.rules)
