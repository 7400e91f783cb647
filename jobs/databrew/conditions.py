"""Conditions of recipes as Spark SQL that is true or false, never null."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

from gluepot.catalog.errors import did_you_mean
from gluepot.jobs.databrew.sql import literal, missing, number_of, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gluepot.jobs.databrew.recipe import Action, Condition

_TEXTS: Mapping[str, Callable[[str, str], str]] = {
    "CONTAINS": lambda text, value: f"contains({text}, {value})",
    "STARTS_WITH": lambda text, value: f"startswith({text}, {value})",
    "ENDS_WITH": lambda text, value: f"endswith({text}, {value})",
}
_ORDERS = {
    "LESS_THAN": "<",
    "LESS_THAN_EQUAL": "<=",
    "GREATER_THAN": ">",
    "GREATER_THAN_EQUAL": ">=",
}
_NOT = {f"NOT_{name}": name for name in _TEXTS}
_MISSING = ("IS_MISSING", "IS_NOT_MISSING")
CONDITIONS = ("IS", "IS_NOT", *_TEXTS, *_NOT, *_ORDERS, "IS_BETWEEN", *_MISSING)
"""Those that are imported; IS_INVALID goes by the types that DataBrew has found for itself."""


def all_hold(action: Action) -> str:
    """Return the SQL of whether all conditions of an action hold.

    Raises:
        InvalidInputError: One is not known, or has a value that it cannot have.
    """
    return " AND ".join(f"COALESCE({_sql(action, each)}, FALSE)" for each in action.conditions)


def _sql(action: Action, condition: Condition) -> str:
    name, text = condition.name, text_of(condition.column)
    if name in _MISSING:
        test = missing(condition.column)
        return test if name == "IS_MISSING" else f"NOT {test}"
    if name not in CONDITIONS:
        hint = did_you_mean(name, CONDITIONS)
        known = ", ".join(CONDITIONS)
        raise action.fault(f"condition {name!r} is not imported.{hint} Those are: {known}")
    if condition.value is None:
        raise action.fault(f"condition {name} needs a Value")
    if name in {"IS", "IS_NOT"}:
        return _one_of(condition, condition.value, negated=name == "IS_NOT")
    if name in _NOT:
        held = _TEXTS[_NOT[name]](text, literal(_single(action, condition)))
        return f"NOT COALESCE({held}, FALSE)"
    if name in _TEXTS:
        return _TEXTS[name](text, literal(_single(action, condition)))
    if name == "IS_BETWEEN":
        return _between(action, condition)
    return _order(action, condition.column, _ORDERS[name], _single(action, condition))


def _values(text: str) -> list[str]:
    try:
        found = json.loads(text)
    except ValueError:
        return [text]
    if not isinstance(found, list):
        return [text]
    return [each if isinstance(each, str) else json.dumps(each) for each in found]


def _single(action: Action, condition: Condition) -> str:
    values = _values(str(condition.value))
    if len(values) != 1:
        raise action.fault(f"condition {condition.name} has one value, not {condition.value!r}")
    return values[0]


def _one_of(condition: Condition, value: str, *, negated: bool) -> str:
    texts = ", ".join(literal(each) for each in _values(value))
    held = f"{text_of(condition.column)} IN ({texts})"
    # A missing value is not the same as any.
    return f"NOT COALESCE({held}, FALSE)" if negated else held


def _between(action: Action, condition: Condition) -> str:
    try:
        bounds = json.loads(str(condition.value))
    except ValueError:
        bounds = None
    if isinstance(bounds, dict):
        found = [bounds.get("GREATER_THAN_EQUAL"), bounds.get("LESS_THAN_EQUAL")]
    else:
        found = bounds if isinstance(bounds, list) else []
    if len(found) != 2 or None in found:  # noqa: PLR2004
        raise action.fault(f"IS_BETWEEN has two bounds, not {condition.value!r}")
    low, high = (str(each) for each in found)
    least = _order(action, condition.column, ">=", low)
    return f"({least} AND {_order(action, condition.column, '<=', high)})"


def _order(action: Action, name: str, sign: str, value: str) -> str:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if math.isfinite(number):
        return f"{number_of(name)} {sign} {number!r}D"
    day = value.strip()
    if not day[:4].isdecimal():
        raise action.fault(f"{value!r} is neither a number nor a date, so nothing is {sign} it")
    stamp = f"TRY_CAST({literal(day)} AS TIMESTAMP)"
    return f"TRY_CAST({text_of(name)} AS TIMESTAMP) {sign} {stamp}"
