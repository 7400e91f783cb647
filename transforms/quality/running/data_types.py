"""ColumnDataType: whether values can be read as a type."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812

from gluepot.catalog.errors import did_you_mean
from gluepot.transforms.quality.dqdl.tree import Operator, Text
from gluepot.transforms.quality.running.frame import UndecidableError

if TYPE_CHECKING:
    from pyspark.sql import Column

    from gluepot.transforms.quality.dqdl.tree import Condition, Rule
    from gluepot.transforms.quality.running.frame import Frame

TYPES = {
    "Boolean": "boolean",
    "Date": "date",
    "Timestamp": "timestamp",
    "Integer": "int",
    "Double": "double",
    "Float": "float",
    "Long": "bigint",
    "String": "string",
}
_BY_FOLDED = {name.lower(): kind for name, kind in TYPES.items()}
"""Glue's guide writes types in capitals too."""
_DECIMAL = re.compile(r"decimal\(\s*(\d+)\s*,\s*(\d+)\s*\)", re.IGNORECASE)
_MOST_DIGITS = 38
FORMATS = tuple(
    order.replace("-", sign)
    for order in (
        "dd-MM-yyyy",
        "MM-dd-yyyy",
        "yyyy-MM-dd",
        "MM-yyyy",
        "yyyy-MM",
        "dd-MM",
        "MM-dd",
    )
    for sign in "-/"
)
"""How a Date may be written."""


def reads_as(frame: Frame, rule: Rule, condition: Condition) -> Column:
    """Return where a value can be read as the type of a condition; null cannot.

    Raises:
        UndecidableError: There is no such type or format, or the operator is neither = nor !=.
    """
    column = frame.column(rule.values[0])
    names = [each.value for each in condition.operands if isinstance(each, Text)]
    wanted = condition.operator in (Operator.EQUAL, Operator.NOT_EQUAL)
    if not wanted or len(names) != 1:
        raise UndecidableError(f"ColumnDataType does not support {condition.operator}")
    pattern = next((tag.values[0] for tag in rule.tags if tag.name == "format"), None)
    if isinstance(pattern, Text):
        read = _dated(column, names[0], pattern.value)
    else:
        read = column.try_cast(_spark_type(names[0]))
    found = read.isNotNull()
    return found if condition.operator is Operator.EQUAL else ~found


def _dated(column: Column, name: str, pattern: str) -> Column:
    if name.lower() != "date":
        raise UndecidableError(f"A format goes with the type Date, not {name}")
    if pattern not in FORMATS:
        hint = did_you_mean(pattern, FORMATS)
        raise UndecidableError(f"Date format {pattern!r} is not supported.{hint}")
    return F.try_to_timestamp(column.cast("string"), F.lit(pattern))


def _spark_type(name: str) -> str:
    found = _DECIMAL.fullmatch(name)
    if found is not None:
        precision, scale = map(int, found.groups())
        if not 0 < precision <= _MOST_DIGITS or scale > precision:
            raise UndecidableError(f"There is no type {name}")
        return f"decimal({precision},{scale})"
    if name.lower() not in _BY_FOLDED:
        hint = did_you_mean(name, (*TYPES, "Decimal(10,2)"))
        raise UndecidableError(f"Data type {name!r} is not supported.{hint}")
    return _BY_FOLDED[name.lower()]
