"""Choice rules: comparisons of a variable, and And, Or and Not over them.

A comparison with a value of another type is false. Source: states-language.net, "Choice State".
"""

from __future__ import annotations

import operator
import re
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from gluepot.jobs.workflows.paths import Data, Json, matches, pick

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_ORDERS: Mapping[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "GreaterThan": operator.gt,
    "LessThanEquals": operator.le,
    "GreaterThanEquals": operator.ge,
}


def is_number(value: Json) -> bool:
    """Return whether a value is a JSON number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def read_timestamp(value: Json) -> datetime | None:
    """Return a text of RFC 3339 with a capital T, and Z or an offset, as a time; else None."""
    if not isinstance(value, str) or not _TIMESTAMP.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def _is_timestamp(value: Json) -> bool:
    return read_timestamp(value) is not None


_TYPES: Mapping[str, Callable[[Json], bool]] = {
    "String": lambda value: isinstance(value, str),
    "Numeric": is_number,
    "Boolean": lambda value: isinstance(value, bool),
    "Timestamp": _is_timestamp,
}
TESTS: Mapping[str, Callable[[Json], bool]] = {
    "IsNull": lambda value: value is None,
    "IsString": _TYPES["String"],
    "IsNumeric": is_number,
    "IsBoolean": _TYPES["Boolean"],
    "IsTimestamp": _is_timestamp,
}
"""Of what type a value is; each stands beside true or false."""

PRESENT = "IsPresent"
MATCHES = "StringMatches"


def _comparisons() -> dict[str, tuple[str, str]]:
    ordered = {
        f"{kind}{order}": (kind, order)
        for kind in ("String", "Numeric", "Timestamp")
        for order in _ORDERS
    }
    return ordered | {"BooleanEquals": ("Boolean", "Equals")}


COMPARISONS = _comparisons()
"""Each operator, the type of its values, and how they are compared."""

OPERATORS = (
    *COMPARISONS,
    *(f"{name}Path" for name in COMPARISONS),
    *TESTS,
    PRESENT,
    MATCHES,
)
"""Every operator that stands beside ``Variable``."""


def of_operand_type(name: str, operand: Json) -> bool:
    """Return whether an operator, one without ``Path``, may be compared with ``operand``."""
    if name in COMPARISONS:
        return _TYPES[COMPARISONS[name][0]](operand)
    return isinstance(operand, str) if name == MATCHES else isinstance(operand, bool)


def holds(rule: Mapping[str, Any], data: Data) -> bool:
    """Return whether a choice rule holds.

    Raises:
        StateFault: A path finds nothing, where that is not what is asked.
    """
    if "Not" in rule:
        return not holds(rule["Not"], data)
    if "And" in rule:
        return all(holds(item, data) for item in rule["And"])
    if "Or" in rule:
        return any(holds(item, data) for item in rule["Or"])
    name = next(key for key in rule if key in _KNOWN)
    if name == PRESENT:
        return bool(matches(rule["Variable"], data)) is rule[name]
    return _compare(name, pick(rule["Variable"], data), rule[name], data)


def _compare(name: str, value: Json, operand: Json, data: Data) -> bool:
    if name in TESTS:
        return TESTS[name](value) is operand
    if name == MATCHES:
        return isinstance(value, str) and _matches_pattern(value, operand)
    if name.endswith("Path"):
        operand = pick(operand, data)
    kind, order = COMPARISONS[name.removesuffix("Path")]
    if not _TYPES[kind](value) or not _TYPES[kind](operand):
        return False
    if kind == "Timestamp":
        value, operand = read_timestamp(value), read_timestamp(operand)
    return _ORDERS[order](value, operand)


@lru_cache(maxsize=1024)
def _literals(pattern: str) -> tuple[str, ...]:
    r"""Return what stands between the asterisks; ``\*`` is an asterisk and ``\\`` a backslash."""
    parts = re.findall(r"\\[\\*]|[^\\]|\\", pattern)
    literals = [""]
    for part in parts:
        if part == "*":
            literals.append("")
        else:
            literals[-1] += part[1:] if part in {r"\*", r"\\"} else part
    return tuple(literals)


def _matches_pattern(value: str, pattern: str) -> bool:
    first, *others = _literals(pattern)
    if not others:
        return value == first
    last = others.pop()
    if len(value) < len(first) + len(last) or not value.startswith(first):
        return False
    place, end = len(first), len(value) - len(last)
    # The leftmost place of each text leaves most for the others, so that nothing is tried twice.
    for literal in others:
        place = value.find(literal, place, end)
        if place < 0:
            return False
        place += len(literal)
    return value.endswith(last)


_KNOWN = frozenset(OPERATORS)
