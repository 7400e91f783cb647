"""The types of BSON's values, in files and from servers."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from gluepot.catalog.types import (
    BIGINT,
    BINARY,
    BOOLEAN,
    DOUBLE,
    INT,
    STRING,
    TIMESTAMP,
    VOID,
    Decimal,
    Type,
)
from gluepot.crawlers.nested_types import MAX_DEPTH, array_of, struct_of

if TYPE_CHECKING:
    from decimal import Decimal as Number

_DECIMAL = Decimal(38, 18)


def type_of(value: object, depth: int = 0) -> Type:
    """Return the type of a value of BSON.

    An ObjectId is the string of its digits. A Decimal128 has its own number of digits each time;
    one that 20 digits before the point and 18 behind it do not hold is string.
    """
    if depth > MAX_DEPTH:
        return STRING
    if isinstance(value, dict):
        return struct_of((key, type_of(item, depth + 1)) for key, item in value.items())
    if isinstance(value, list):
        return array_of(type_of(item, depth + 1) for item in value)
    known = next((type_ for class_, type_ in _scalars() if isinstance(value, class_)), STRING)
    if known == _DECIMAL:
        return _decimal_type(value)
    return known


@functools.cache
def _scalars() -> tuple[tuple[type, Type], ...]:
    """Return the types of BSON's classes; the first that fits counts, and the rest is string."""
    from bson import DatetimeMS, Decimal128, Int64, Timestamp  # noqa: PLC0415 - an extra

    return (
        (str, STRING),
        (bool, BOOLEAN),
        (Int64, BIGINT),
        (int, INT),
        (float, DOUBLE),
        (type(None), VOID),
        (DatetimeMS, TIMESTAMP),
        (Timestamp, TIMESTAMP),
        (Decimal128, _DECIMAL),
        (bytes, BINARY),
    )


def _decimal_type(value: Any) -> Type:  # noqa: ANN401 - BSON's Decimal128
    number: Number = value.to_decimal()
    if not number.is_finite():
        return STRING
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)  # noqa: S101 - it is finite
    whole = _DECIMAL.precision - _DECIMAL.scale
    fits = -exponent <= _DECIMAL.scale and number.adjusted() < whole
    return _DECIMAL if fits else STRING
