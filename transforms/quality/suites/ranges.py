"""Bounds in both languages: operators and numbers on one side, least and most on the other."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from gluepot.transforms.quality.dqdl.numbers import (
    TOLERANCE,
    DynamicRuleError,
    is_dynamic,
    shown,
    with_values,
)
from gluepot.transforms.quality.dqdl.tree import Condition, DateText, Number, Operator
from gluepot.transforms.quality.suites.model import NotTheSameError

if TYPE_CHECKING:
    from collections.abc import Mapping

COMPUTED = "its bound is computed of earlier values, which expectations have none of"
NO_RANGE = "no expectation has the bound `{}`"


@dataclass(frozen=True, kw_only=True)
class Range:
    """What lies between two ends, each of which may be missing or left out itself."""

    least: Any = None
    most: Any = None
    above: bool = False
    below: bool = False

    def kwargs(self) -> dict[str, Any]:
        """Return it as the parameters of an expectation."""
        found: dict[str, Any] = {}
        if self.least is not None:
            found |= {"min_value": self.least} | ({"strict_min": True} if self.above else {})
        if self.most is not None:
            found |= {"max_value": self.most} | ({"strict_max": True} if self.below else {})
        return found

    @classmethod
    def of_kwargs(cls, kwargs: Mapping[str, Any]) -> Range:
        """Return what an expectation's parameters say."""
        return cls(
            least=kwargs.get("min_value"),
            most=kwargs.get("max_value"),
            above=bool(kwargs.get("strict_min")),
            below=bool(kwargs.get("strict_max")),
        )

    def conditions(self) -> list[str]:
        """Return it as conditions of DQDL, all of which must hold."""
        if self.least is not None and self.most is not None and self.above and self.below:
            return [f"between {written(self.least)} and {written(self.most)}"]
        found = []
        if self.least is not None:
            found.append(f"{'>' if self.above else '>='} {written(self.least)}")
        if self.most is not None:
            found.append(f"{'<' if self.below else '<='} {written(self.most)}")
        return found


def plain(condition: Condition) -> Condition:
    """Return a condition whose bounds are numbers, not expressions.

    Raises:
        NotTheSameError: They are computed of earlier values, or of nothing.
    """
    if is_dynamic(condition):
        raise NotTheSameError(COMPUTED)
    try:
        return with_values(condition, lambda _: ())
    except DynamicRuleError as error:
        raise NotTheSameError(str(error)) from error


def of_numbers(condition: Condition) -> Range:
    """Return what a condition on a number that is measured means.

    Raises:
        NotTheSameError: It is no range.
    """
    bounds = [_number(each) for each in plain(condition).operands]
    match condition.operator:
        case Operator.EQUAL:
            return Range(least=bounds[0] - TOLERANCE, most=bounds[0] + TOLERANCE)
        case Operator.GREATER:
            return Range(least=bounds[0], above=True)
        case Operator.GREATER_OR_EQUAL:
            return Range(least=bounds[0])
        case Operator.LESS:
            return Range(most=bounds[0], below=True)
        case Operator.LESS_OR_EQUAL:
            return Range(most=bounds[0])
        case Operator.BETWEEN:
            return Range(least=bounds[0], most=bounds[1], above=True, below=True)
    raise NotTheSameError(NO_RANGE.format(condition.operator))


def of_counts(condition: Condition) -> Range:
    """Return what a condition on a count means, in whole numbers, both ends within.

    Raises:
        NotTheSameError: It is no range, or no count lies in it.
    """
    found = of_numbers(condition)
    if condition.operator is Operator.EQUAL:
        (value,) = (_number(each) for each in plain(condition).operands)
        found = Range(least=value, most=value)
    low, high = found.least, found.most
    least = None if low is None else math.floor(low) + 1 if found.above else math.ceil(low)
    most = None if high is None else math.ceil(high) - 1 if found.below else math.floor(high)
    if least is not None and most is not None and least > most:
        raise NotTheSameError("no count meets its bound")
    return Range(least=least, most=most)


def of_days(condition: Condition) -> Range:
    """Return what a condition on days means, the same of dates and of times.

    Raises:
        NotTheSameError: It is no range, or moves with the clock.
    """
    if not all(isinstance(each, DateText) and "-" in each.text for each in condition.operands):
        raise NotTheSameError("its bound moves with the clock")
    days = [date.fromisoformat(each.text) for each in condition.operands]  # type: ignore[union-attr]
    after = [day + timedelta(days=1) for day in days]
    low: date | None
    high: date | None
    match condition.operator:
        case Operator.EQUAL:
            low, high = days[0], after[0]
        case Operator.GREATER:
            low, high = after[0], None
        case Operator.GREATER_OR_EQUAL:
            low, high = days[0], None
        case Operator.LESS:
            low, high = None, days[0]
        case Operator.LESS_OR_EQUAL:
            low, high = None, after[0]
        case Operator.BETWEEN:
            low, high = after[0], days[1]
        case _:
            raise NotTheSameError(NO_RANGE.format(condition.operator))
    return Range(
        least=None if low is None else low.isoformat(),
        most=None if high is None else high.isoformat(),
        below=high is not None,
    )


def written(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return a bound as DQDL writes it.

    >>> written(3), written(0.5), written("2024-01-31")
    ('3', '0.5', '"2024-01-31"')

    Raises:
        NotTheSameError: It is no number and no day.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str | date):
        raise NotTheSameError(f"{value!r} is no number and no day")
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise NotTheSameError(f"DQDL cannot write {value}")
        return shown(value)
    return f'"{_day(value)}"'


def _day(value: str | date) -> str:
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    if not isinstance(at, datetime):
        return at.isoformat()
    if at.time() != datetime.min.time() or at.tzinfo is not None:
        raise NotTheSameError(f"{value} is a time within a day, and DQDL compares days")
    return at.date().isoformat()


def _number(operand: object) -> int | float:
    if not isinstance(operand, Number):
        raise NotTheSameError("NULL is no bound of a range")
    value = float(operand.text)
    return int(operand.text) if operand.text.lstrip("-").isdigit() else value
