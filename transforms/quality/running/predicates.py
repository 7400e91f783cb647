"""Rules that ask something of each row, as columns that are true where a row complies.

How null is judged: a null row fails, but for ``!=`` and ``not in``, which it passes; where NULL is
itself among the operands it is a value like others. NaN is the greatest number, as Spark holds it.
"""

from __future__ import annotations

from decimal import Decimal
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812

from gluepot.transforms.quality.dqdl.tree import (
    Condition,
    Keyword,
    Kind,
    Number,
    Operator,
    Text,
    Word,
)
from gluepot.transforms.quality.running.frame import UndecidableError
from gluepot.transforms.quality.running.times import day_of, hours_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from pyspark.sql import Column

    from gluepot.transforms.quality.dqdl.tree import Rule
    from gluepot.transforms.quality.running.frame import Frame

_LONG = 2**63
_EQUALITIES = (Operator.EQUAL, Operator.NOT_EQUAL, Operator.IN, Operator.NOT_IN)
_NEGATED = (Operator.NOT_EQUAL, Operator.NOT_IN)


def predicate_of(frame: Frame, rule: Rule, condition: Condition, now: datetime) -> Column:
    """Return the column of a rule on values, with every bound a plain number or a time.

    Raises:
        UndecidableError: The column is not there, or not of a type that can be compared so.
    """
    name = rule.values[0]
    if rule.type == "ColumnLength":
        return lengths(frame.column(name), condition)
    if rule.type == "DataFreshness":
        return _freshness(frame.column(name), condition, now)
    if condition.kind is Kind.NUMBER:
        return _numbers(frame, name, condition)
    if condition.kind is Kind.DATE:
        return _days(frame.column(name), condition, now)
    ignore_case = any(tag.name == "ignoreCase" and _is_true(tag.values[0]) for tag in rule.tags)
    return texts(frame.column(name), condition, ignore_case=ignore_case)


def texts(column: Column, condition: Condition, *, ignore_case: bool = False) -> Column:
    """Return where a column as text is one of some texts, or matches a pattern as a whole."""
    values = [each.value for each in condition.operands if isinstance(each, Text)]
    text = column.cast("string")
    if condition.operator in (Operator.MATCHES, Operator.NOT_MATCHES):
        found = text.rlike(rf"\A(?:{values[0]})\z")
        return found if condition.operator is Operator.MATCHES else ~found
    compared = F.lower(text) if ignore_case else text
    wanted = [value.lower() if ignore_case else value for value in values]
    among = [compared.isin(wanted)] if wanted else []
    words = {each.word for each in condition.operands if isinstance(each, Keyword)}
    if Word.EMPTY in words:
        among.append(text == "")
    if Word.WHITESPACES_ONLY in words:
        among.append(text.rlike(r"\A\s+\z"))
    return _with_null(column, condition, reduce(or_, among) if among else None)


def lengths(column: Column, condition: Condition) -> Column:
    """Return where a value's length complies.

    Null has the length 0 where 0 is an operand. Otherwise it fails, but for ``!=``, ``not in``
    and ``not between``, which it passes.
    """
    length = F.length(column.cast("string"))
    bounds = [_literal(each) for each in condition.operands if isinstance(each, Number)]
    zero = any(isinstance(each, Number) and float(each.text) == 0 for each in condition.operands)
    if zero:
        length = F.coalesce(length, F.lit(0))
        return compared(length, condition.operator, bounds)
    passes = condition.operator in (*_NEGATED, Operator.NOT_BETWEEN)
    return F.coalesce(compared(length, condition.operator, bounds), F.lit(passes))


def compared(column: Column, operator: Operator, bounds: Sequence[Column]) -> Column:
    """Return where a column compares with bounds; null where the column is."""
    tests: dict[Operator, Callable[[], Column]] = {
        Operator.EQUAL: lambda: column == bounds[0],
        Operator.NOT_EQUAL: lambda: column != bounds[0],
        Operator.GREATER: lambda: column > bounds[0],
        Operator.GREATER_OR_EQUAL: lambda: column >= bounds[0],
        Operator.LESS: lambda: column < bounds[0],
        Operator.LESS_OR_EQUAL: lambda: column <= bounds[0],
        Operator.BETWEEN: lambda: (column > bounds[0]) & (column < bounds[1]),
        Operator.NOT_BETWEEN: lambda: (column <= bounds[0]) | (column >= bounds[1]),
        Operator.IN: lambda: reduce(or_, [column == bound for bound in bounds]),
        Operator.NOT_IN: lambda: ~reduce(or_, [column == bound for bound in bounds]),
    }
    return tests[operator]()


def _numbers(frame: Frame, name: str, condition: Condition) -> Column:
    plain = [each for each in condition.operands if isinstance(each, Number)]
    if frame.is_text(name) and condition.operator in _EQUALITIES:
        column = frame.column(name).try_cast("double")
        bounds = [F.lit(float(each.text)) for each in plain]
    elif not plain:
        column, bounds = frame.column(name), []
    else:
        column = frame.number(name)
        narrow = frame.type_of(name).typeName() == "float"
        bounds = [_literal(each).cast("float") if narrow else _literal(each) for each in plain]
    if condition.operator not in _EQUALITIES:
        if len(bounds) < len(condition.operands):
            raise UndecidableError(f"NULL cannot be compared by {condition.operator}")
        return compared(column, condition.operator, bounds)
    among = compared(column, Operator.IN, bounds) if bounds else None
    return _with_null(frame.column(name), condition, among)


def _days(column: Column, condition: Condition, now: datetime) -> Column:
    days = [day_of(each, now) for each in condition.operands if not isinstance(each, Keyword)]
    bounds = [F.lit(day) for day in days]
    day = column.try_cast("date")
    if condition.operator not in _EQUALITIES:
        if len(bounds) < len(condition.operands):
            raise UndecidableError(f"NULL cannot be compared by {condition.operator}")
        return compared(day, condition.operator, bounds)
    among = compared(day, Operator.IN, bounds) if bounds else None
    return _with_null(column, condition, among)


def _freshness(column: Column, condition: Condition, now: datetime) -> Column:
    seconds = F.lit(now.timestamp()) - F.unix_micros(column.try_cast("timestamp")) / 1_000_000
    hours = F.round(seconds / 3600, 2)
    bounds = [F.lit(hours_of(each)) for each in condition.operands]
    return compared(hours, condition.operator, bounds)


def _with_null(column: Column, condition: Condition, among: Column | None) -> Column:
    """Return where a column is, or is not, among operands, of which NULL may be one."""
    named = any(each == Keyword(word=Word.NULL) for each in condition.operands)
    is_among = F.lit(False) if among is None else F.coalesce(among, F.lit(False))  # noqa: FBT003
    if named:
        is_among = is_among | column.isNull()
    return ~is_among if condition.operator in _NEGATED else is_among


def _literal(number: Number) -> Column:
    """Return a number as exact as it is written."""
    if "." in number.text:
        value = Decimal(number.text)
        digits = len(value.as_tuple().digits)
        return F.lit(value) if digits <= 38 else F.lit(float(value))  # noqa: PLR2004 - Spark's most
    whole = int(number.text)
    return F.lit(whole) if -_LONG <= whole < _LONG else F.lit(float(whole))


def _is_true(value: Text | Number) -> bool:
    return isinstance(value, Text) and value.value.lower() == "true"
