"""Numbers of a condition: expressions of earlier values computed, and values compared."""

from __future__ import annotations

import math
import statistics
from dataclasses import replace
from typing import TYPE_CHECKING

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.transforms.quality.dqdl.tree import (
    Binary,
    Call,
    Condition,
    Group,
    Keyword,
    Number,
    Operator,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gluepot.transforms.quality.dqdl.tree import NumberExpression, Operand

TOLERANCE = 0.00001
"""How near numbers are that are held to be equal; the DQDL model's own figure."""
MOST_EARLIER = 1000
"""Earlier values that ``last`` may ask for."""
_UNREDUCED = (
    "Rule threshold results in list, and a single value is expected."
    " Use aggregation functions to produce a single value."
)
Value = float | list[float]


class DynamicRuleError(InvalidInputError):
    """A bound cannot be computed from earlier values."""


def is_dynamic(condition: Condition | None) -> bool:
    """Return whether a condition asks for earlier values."""
    operands = () if condition is None else condition.operands
    return any(_asks(operand) for operand in operands)


def with_values(condition: Condition, earlier: Callable[[int], Sequence[float]]) -> Condition:
    """Return a condition of numbers with every expression computed.

    Args:
        condition: With numbers, expressions, or NULL.
        earlier: Returns up to so many earlier values, newest first.

    Raises:
        DynamicRuleError: A function is unknown or given what it does not take, a bound is a list,
            or a number is divided by zero.
    """
    operands = tuple(_single(operand, earlier) for operand in condition.operands)
    return replace(condition, operands=operands)


def meets(condition: Condition, value: float) -> bool:
    """Return whether a metric is what a condition of plain numbers says; NaN is nothing."""
    if math.isnan(value):
        return False
    bounds = [float(each.text) for each in condition.operands if isinstance(each, Number)]
    operator = condition.operator
    among = any(_equal(value, bound) for bound in bounds)
    if operator in (Operator.EQUAL, Operator.IN):
        return among
    if operator in (Operator.NOT_EQUAL, Operator.NOT_IN):
        return not among
    return _ordered(operator, value, bounds)


def _ordered(operator: Operator, value: float, bounds: Sequence[float]) -> bool:
    if operator is Operator.BETWEEN:
        return bounds[0] < value < bounds[1]
    if operator is Operator.NOT_BETWEEN:
        return value <= bounds[0] or value >= bounds[1]
    tests: dict[Operator, Callable[[float, float], bool]] = {
        Operator.GREATER: float.__gt__,
        Operator.GREATER_OR_EQUAL: float.__ge__,
        Operator.LESS: float.__lt__,
        Operator.LESS_OR_EQUAL: float.__le__,
    }
    return len(bounds) == 1 and tests[operator](value, bounds[0])


def shown(value: float) -> str:
    """Return a number as DQDL can read it back.

    >>> shown(2.0), shown(0.1), shown(1e-7)
    ('2.0', '0.1', '0.0000001')
    """
    text = repr(float(value))
    if "e" in text:
        text = f"{value:.20f}".rstrip("0")
        text = text + "0" if text.endswith(".") else text
    return text


def _equal(value: float, bound: float) -> bool:
    return value == bound or abs(value - bound) <= TOLERANCE


def _asks(operand: Operand) -> bool:
    if isinstance(operand, Group):
        return _asks(operand.inner)
    if isinstance(operand, Binary):
        return _asks(operand.left) or _asks(operand.right)
    return isinstance(operand, Call)


def _single(operand: Operand, earlier: Callable[[int], Sequence[float]]) -> Operand:
    if isinstance(operand, Number | Keyword) or not isinstance(operand, Group | Binary | Call):
        return operand
    value = _computed(operand, earlier)
    if isinstance(value, list):
        raise DynamicRuleError(_UNREDUCED)
    if not math.isfinite(value):
        raise DynamicRuleError(f"Rule threshold results in {value}, and a number is expected.")
    return Number(text=shown(value))


def _computed(expression: NumberExpression, earlier: Callable[[int], Sequence[float]]) -> Value:
    match expression:
        case Number(text=text):
            return float(text)
        case Group(inner=inner):
            return _computed(inner, earlier)
        case Binary(sign=sign, left=left, right=right):
            return _binary(sign, _computed(left, earlier), _computed(right, earlier))
        case Call(name=name, arguments=arguments):
            return _called(name, [_computed(each, earlier) for each in arguments], earlier)
        case Keyword(word=word):
            raise DynamicRuleError(f"{word} cannot be part of a computed threshold")


def _binary(sign: str, left: Value, right: Value) -> float:
    if isinstance(left, list) or isinstance(right, list):
        raise DynamicRuleError(_UNREDUCED)
    if sign == "/" and right == 0:
        raise DynamicRuleError("Rule threshold divides by zero")
    return {
        "+": left + right,
        "-": left - right,
        "*": left * right,
        "/": left / right if right else math.nan,
    }[sign]


def _called(name: str, arguments: list[Value], earlier: Callable[[int], Sequence[float]]) -> Value:
    if name == "last":
        return _last(arguments, earlier)
    if name == "index":
        return _index(arguments)
    if name == "abs":
        return _abs(arguments)
    if name not in _REDUCERS:
        hint = did_you_mean(name, ("last", "index", "abs", *_REDUCERS))
        raise DynamicRuleError(f"There is no function {name} for thresholds.{hint}")
    values = [item for each in arguments for item in (each if isinstance(each, list) else [each])]
    if not values:
        raise DynamicRuleError(f"{name} takes a list such as last(10)")
    return float(_REDUCERS[name](values))


def _last(arguments: list[Value], earlier: Callable[[int], Sequence[float]]) -> Value:
    if not arguments:
        found = earlier(1)
        return float(found[0]) if found else 0.0
    count = arguments[0]
    if len(arguments) > 1 or isinstance(count, list) or not 1 <= count <= MOST_EARLIER:
        raise DynamicRuleError(f"last takes one number from 1 to {MOST_EARLIER}")
    return [float(value) for value in earlier(int(count))] or [0.0]


def _index(arguments: list[Value]) -> float:
    match arguments:
        case [list(values), place]:
            pass
        case _:
            raise DynamicRuleError("index takes a list and a place, as in index(last(3), 0)")
    if isinstance(place, list) or not 0 <= place < len(values):
        raise DynamicRuleError(f"index {place} is out of range: there are {len(values)} values")
    return values[int(place)]


def _abs(arguments: list[Value]) -> Value:
    if len(arguments) != 1:
        raise DynamicRuleError("abs takes one value, or one list")
    only = arguments[0]
    return [abs(value) for value in only] if isinstance(only, list) else abs(only)


_REDUCERS: dict[str, Callable[[list[float]], float]] = {
    "avg": statistics.fmean,
    "average": statistics.fmean,
    "mean": statistics.fmean,
    "median": statistics.median,
    "max": max,
    "min": min,
    "sum": math.fsum,
    "std": statistics.pstdev,
}
