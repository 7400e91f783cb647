"""Attributes of DynamoDB as Python values, and values of Glue's types as attributes.

Executors get this module by value: of gluepot it imports what they get as well.
"""

from __future__ import annotations

import math
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from gluepot.transforms import gluetypes as G  # noqa: N812

if TYPE_CHECKING:
    from collections.abc import Mapping

    Attribute = Mapping[str, Any]


def from_attribute(attribute: Attribute) -> Any:  # noqa: ANN401, PLR0911 - whatever it holds
    """Return what an attribute holds; sets become lists, numbers ints or floats.

    >>> from_attribute({"M": {"a": {"NS": ["1", "2.5"]}, "b": {"NULL": True}}})
    {'a': [1, 2.5], 'b': None}
    """
    kind, held = next(iter(attribute.items()))
    match kind:
        case "M":
            return {name: from_attribute(item) for name, item in held.items()}
        case "L":
            return [from_attribute(item) for item in held]
        case "N":
            return _number(held)
        case "NS":
            return [_number(item) for item in held]
        case "SS" | "BS":
            return list(held)
        case "NULL":
            return None
        case _:
            return held


def _number(text: str) -> int | float:
    if text.lstrip("-").isdecimal():
        return int(text)
    number = Decimal(text)
    return int(number) if number == number.to_integral_value() else float(number)


def to_item(record: Mapping[str, Any], kind: G.StructType) -> dict[str, Attribute]:
    """Return a record as an item; fields that are null are left out."""
    found = {field.name: to_attribute(record[field.name], field.dataType) for field in kind}
    return {name: attribute for name, attribute in found.items() if attribute is not None}


def to_attribute(value: Any, kind: G.DataType) -> Attribute | None:  # noqa: ANN401
    """Return a value of a Glue type as an attribute, a choice as the member it has.

    Times are texts, as Spark writes them.

    Raises:
        ValueError: A number is none that DynamoDB has.
    """
    if value is None:
        return None
    if isinstance(kind, G.ChoiceType):
        members = ((value.get(name), inner) for name, inner in kind.choices.items())
        found = (to_attribute(member, inner) for member, inner in members)
        return next((attribute for attribute in found if attribute is not None), None)
    if isinstance(kind, G.StructType):
        return {"M": to_item(value, kind)}
    if isinstance(kind, G.MapType):
        pairs = ((key, to_attribute(item, kind.valueType)) for key, item in dict(value).items())
        return {"M": {str(key): item for key, item in pairs if item is not None}}
    if isinstance(kind, (G.ArrayType, G.SetType)):
        items = (to_attribute(item, kind.elementType) for item in value)
        return {"L": [{"NULL": True} if item is None else item for item in items]}
    return _scalar(value)


def _scalar(value: Any) -> Attribute:  # noqa: ANN401
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, bytes):
        return {"B": value}
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"DynamoDB has no number {value}")
    if isinstance(value, int | float | Decimal):
        return {"N": str(value)}
    if isinstance(value, datetime):
        return {"S": str(value.replace(tzinfo=None))}
    if isinstance(value, date):
        return {"S": value.isoformat()}
    return {"S": str(value)}
