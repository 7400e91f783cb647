"""What a comparison compares: numbers, texts, dates, durations or sizes."""

from __future__ import annotations

import re
from datetime import date, time
from typing import TYPE_CHECKING

from gluepot.transforms.quality.dqdl.tree import (
    Binary,
    Call,
    Condition,
    DateText,
    Duration,
    Group,
    Keyword,
    Kind,
    Now,
    Number,
    Operand,
    Operator,
    Size,
    Text,
    Variable,
    Word,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gluepot.transforms.quality.dqdl.reading import Comparison

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_CLOCK = re.compile(r"\d{2}:\d{2}|\d{1,2}:\d{2} [AP]M")
_EQUALITIES = (Operator.EQUAL, Operator.NOT_EQUAL, Operator.IN, Operator.NOT_IN)
_PATTERNS = (Operator.MATCHES, Operator.NOT_MATCHES)


def typed(comparison: Comparison, kinds: Iterable[Kind]) -> Condition | None:
    """Return the condition as the first of ``kinds`` that it can be, or None."""
    for kind in kinds:
        operands = _operands(comparison, kind)
        if operands is not None:
            return Condition(kind=kind, operator=comparison.operator, operands=operands)
    return None


def clock(text: str) -> time:
    """Return the time of day that ``09:30`` or ``9:30 PM`` is.

    >>> clock("9:30 PM")
    datetime.time(21, 30)

    Raises:
        ValueError: There is no such time.
    """
    digits, _, half = text.partition(" ")
    hour, minute = map(int, digits.split(":"))
    if not half:
        return time(hour, minute)
    if not 1 <= hour <= 12:  # noqa: PLR2004 - hours of a clock face
        raise ValueError(f"{text!r} is no time")
    return time(hour % 12 + (12 if half == "PM" else 0), minute)


def is_date(text: str) -> bool:
    """Return whether a text is a day, or a time of day, as DQDL writes them."""
    try:
        if _DAY.fullmatch(text):
            date.fromisoformat(text)
            return True
        return _CLOCK.fullmatch(text) is not None and clock(text) is not None
    except ValueError:
        return False


def _operands(comparison: Comparison, kind: Kind) -> tuple[Operand, ...] | None:
    if comparison.is_list and comparison.operator is Operator.EQUAL:
        return None
    given = comparison.operands
    if comparison.operator in _PATTERNS:
        return given if kind is Kind.STRING else None
    if kind is Kind.STRING:
        return given if comparison.operator in _EQUALITIES and _are_texts(given) else None
    found = tuple(_AS[kind](operand) for operand in given)
    if any(operand is None for operand in found):
        return None
    if all(isinstance(operand, Keyword) for operand in found) and kind is not Kind.NUMBER:
        return None
    return found  # type: ignore[return-value]


def _are_texts(operands: tuple[Operand, ...]) -> bool:
    if not all(isinstance(operand, Text | Keyword | Variable) for operand in operands):
        return False
    texts = [operand.value for operand in operands if isinstance(operand, Text)]
    return not texts or not all(map(is_date, texts))


def _number(operand: Operand) -> Operand | None:
    if isinstance(operand, Keyword):
        return operand if operand.word is Word.NULL else None
    return operand if isinstance(operand, Number | Group | Binary | Call) else None


def _date(operand: Operand) -> Operand | None:
    if isinstance(operand, Text):
        return DateText(text=operand.value) if is_date(operand.value) else None
    if isinstance(operand, Keyword):
        return operand if operand.word is Word.NULL else None
    return operand if isinstance(operand, Now | DateText) else None


def _duration(operand: Operand) -> Operand | None:
    return operand if isinstance(operand, Duration) else None


def _size(operand: Operand) -> Operand | None:
    if isinstance(operand, Number) and operand.text.isdigit():
        return Size(amount=int(operand.text), unit="B")
    return operand if isinstance(operand, Size) else None


_AS = {Kind.NUMBER: _number, Kind.DATE: _date, Kind.DURATION: _duration, Kind.SIZE: _size}
