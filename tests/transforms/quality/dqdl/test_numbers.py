"""Bounds of earlier values, and how metrics compare with bounds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from gluepot.transforms.quality.dqdl import parse_ruleset
from gluepot.transforms.quality.dqdl.history import KeptHistory
from gluepot.transforms.quality.dqdl.numbers import DynamicRuleError, meets, with_values
from gluepot.transforms.quality.dqdl.printer import print_condition
from gluepot.transforms.quality.dqdl.tree import Condition, Rule

if TYPE_CHECKING:
    from collections.abc import Sequence

HISTORY = KeptHistory(runs=[{"m": 4.0}, {"m": 1.0, "other": 9.0}, {"other": 2.0}, {"m": 7.0}])


def condition(text: str) -> Condition:
    (rule,) = parse_ruleset(f"Rules = [ RowCount {text} ]").rules
    assert isinstance(rule, Rule)
    assert rule.condition is not None
    return rule.condition


def earlier(limit: int) -> Sequence[float]:
    return HISTORY.values("m", limit)


@pytest.mark.parametrize(
    ("text", "computed"),
    [
        ("> last()", "> 7.0"),
        ("> last(1) * 2", None),
        ("> avg(last(10))", "> 4.0"),
        ("> average(last(2)) + 0.5", "> 4.5"),
        ("> median(last(3))", "> 4.0"),
        ("> max(last(3)) - min(last(3))", "> 6.0"),
        ("> sum(last(3)) / 3", "> 4.0"),
        ("> std(last(2))", "> 3.0"),
        ("> index(last(3), 0)", "> 7.0"),
        ("> index(last(3), 2)", "> 4.0"),
        ("> abs(0 - last())", "> 7.0"),
        ("between (0.9 * last()) and 1.1 * last()", "between 6.3 and 7.700000000000001"),
        ("> 2 + 3 * 4", "> 14.0"),
        ("> (2 + 3) * 4", "> 20.0"),
        ("= 100", "= 100"),
    ],
)
def test_bounds_are_computed_of_earlier_values(text: str, computed: str | None) -> None:
    if computed is None:
        with pytest.raises(DynamicRuleError, match="results in list, and a single value"):
            with_values(condition(text), earlier)
        return
    assert print_condition(with_values(condition(text), earlier)) == computed


@pytest.mark.parametrize("text", ["> last()", "> avg(last(10))", "> max(last(3))"])
def test_without_history_earlier_values_are_zero(text: str) -> None:
    assert print_condition(with_values(condition(text), lambda _: ())) == "> 0.0"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("> last(3)", "Use aggregation functions to produce a single value"),
        ("> index(last(2), 5)", "out of range"),
        ("> 1 / 0", "divides by zero"),
        ("> 1 / (last() - last())", "divides by zero"),
        ("> averge(last(2))", "Did you mean 'average'"),
        ("> last(0)", "from 1 to"),
        ("> avg()", "takes a list"),
        ("> NULL + 1", None),
    ],
)
def test_what_cannot_be_computed_is_told(text: str, said: str | None) -> None:
    with pytest.raises(DynamicRuleError, match=said):
        with_values(condition(text), earlier)


@pytest.mark.parametrize(
    ("text", "yes", "no"),
    [
        ("= 0.3", [0.3, 0.1 + 0.2, 0.300009], [0.30002]),
        ("!= 0.3", [0.4], [0.300009]),
        ("in [1, 2]", [1.0, 2.000001], [1.5]),
        ("not in [1, 2]", [1.5], [2.0]),
        ("between 1 and 2", [1.5], [1.0, 2.0]),
        ("not between 1 and 2", [1.0, 2.0, 9.0], [1.5]),
        ("> 1", [1.000001, math.inf], [1.0]),
        (">= 1", [1.0], [0.999999]),
        ("< 1", [-math.inf], [1.0]),
        ("<= 1", [1.0], [1.000001]),
        ("= -5", [-5.0], [5.0]),
    ],
)
def test_between_excludes_its_ends_and_equal_is_near(
    text: str, yes: list[float], no: list[float]
) -> None:
    assert all(meets(condition(text), value) for value in yes)
    assert not any(meets(condition(text), value) for value in no)


@pytest.mark.parametrize("text", ["= 1", "!= 1", "> 1", "< 1", "between 0 and 9", "not in [1]"])
def test_nan_meets_no_condition(text: str) -> None:
    assert not meets(condition(text), math.nan)
