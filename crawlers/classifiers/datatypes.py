"""The types that a custom CSV classifier allows, by AWS Glue's names.

Glue's list holds BINARY too; no text is taken for it, since nothing tells it from a string.

Source: AWS Glue API, CreateCsvClassifierRequest, ``CustomDatatypes``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.catalog.types import (
    BIGINT,
    BINARY,
    BOOLEAN,
    DATE,
    DOUBLE,
    FLOAT,
    INT,
    SMALLINT,
    STRING,
    TIMESTAMP,
    Decimal,
    Type,
)
from gluepot.crawlers.classifiers.numerals import decimal_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

ANY_TYPE = frozenset({"BOOLEAN", "LONG", "DOUBLE", "DATE", "TIMESTAMP", "STRING", "BIG"})
"""What is detected where no classifier says otherwise; BIG is what 64 bits do not hold."""

NAMED_TYPES: Mapping[str, Type] = {
    "BINARY": BINARY,
    "BOOLEAN": BOOLEAN,
    "DATE": DATE,
    "DECIMAL": Decimal(38, 18),
    "DOUBLE": DOUBLE,
    "FLOAT": FLOAT,
    "INT": INT,
    "LONG": BIGINT,
    "SHORT": SMALLINT,
    "STRING": STRING,
    "TIMESTAMP": TIMESTAMP,
}
"""The types of columns whose values nobody has seen."""

_BITS = (("SHORT", 15, SMALLINT), ("INT", 31, INT), ("LONG", 63, BIGINT))


def allowed_type(found: Type, values: Collection[str], allowed: frozenset[str]) -> Type:
    """Return the narrowest allowed type that holds values of a type; string where none does.

    >>> allowed_type(BIGINT, ["1", "40000"], frozenset({"SHORT", "INT"}))
    Primitive(name='int')
    """
    if found == BIGINT:
        if allowed is ANY_TYPE:
            return BIGINT
        for name, bits, type_ in _BITS:
            if name in allowed and all(-(2**bits) <= int(value) < 2**bits for value in values):
                return type_
    if found == DATE and "DATE" in allowed:
        return DATE
    if found in {DATE, TIMESTAMP}:
        return TIMESTAMP if "TIMESTAMP" in allowed else STRING
    if found == BOOLEAN:
        return BOOLEAN if "BOOLEAN" in allowed else STRING
    return _allowed_number(found, values, allowed)


def _allowed_number(found: Type, values: Collection[str], allowed: frozenset[str]) -> Type:
    if "DECIMAL" in allowed:
        exact = decimal_of(values)
        if exact is not None:
            return exact
    if isinstance(found, Decimal) and "BIG" in allowed:
        return found
    if "DOUBLE" in allowed:
        return DOUBLE
    return FLOAT if "FLOAT" in allowed else STRING
