"""Values of BSON as Python's that Spark has types for, and values of Glue's types as BSON.

Executors get this module by value: of gluepot it imports what they get as well.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from gluepot.transforms import gluetypes as G  # noqa: N812

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY = "_id"
_OID = "oid"
_OID_DIGITS = 24


def from_bson(value: Any) -> Any:  # noqa: ANN401 - whatever it is
    """Return a value of BSON as Python's; an ObjectId is the text of its digits."""
    from bson import Decimal128, Int64, Timestamp  # noqa: PLC0415 - an extra

    if isinstance(value, Int64):
        return int(value)
    if isinstance(value, dict):
        return {name: from_bson(item) for name, item in value.items()}
    if isinstance(value, list):
        return [from_bson(item) for item in value]
    if isinstance(value, Decimal128):
        number = value.to_decimal()
        return number if number.is_finite() else str(number)
    if isinstance(value, Timestamp):
        return value.as_datetime()
    known = (bool, int, float, str, bytes, datetime)
    return value if value is None or isinstance(value, known) else str(value)


def to_document(record: Mapping[str, Any], kind: G.StructType, *, extended: bool) -> dict[str, Any]:
    """Return a record as a document.

    Args:
        record: By the names of fields.
        kind: Its type.
        extended: A struct of one text ``oid`` is an ObjectId, and so is an ``_id`` of 24 digits.
    """
    found = {
        field.name: to_bson(record[field.name], field.dataType, extended=extended) for field in kind
    }
    if extended and KEY in found:
        found[KEY] = _object_id(found[KEY])
    return found


def to_bson(value: Any, kind: G.DataType, *, extended: bool) -> Any:  # noqa: ANN401, PLR0911
    """Return a value of a Glue type as BSON's, a choice as the member that it has."""
    if value is None:
        return None
    if isinstance(kind, G.ChoiceType):
        members = ((value.get(name), inner) for name, inner in kind.choices.items())
        held = ((member, inner) for member, inner in members if member is not None)
        return next((to_bson(item, inner, extended=extended) for item, inner in held), None)
    if isinstance(kind, G.StructType):
        if extended and [field.name for field in kind] == [_OID]:
            return _object_id(value[_OID])
        return {
            field.name: to_bson(value[field.name], field.dataType, extended=extended)
            for field in kind
        }
    if isinstance(kind, G.MapType):
        pairs = dict(value).items()
        return {str(key): to_bson(item, kind.valueType, extended=extended) for key, item in pairs}
    if isinstance(kind, (G.ArrayType, G.SetType)):
        return [to_bson(item, kind.elementType, extended=extended) for item in value]
    return _scalar(value, kind)


def _scalar(value: Any, kind: G.DataType) -> Any:  # noqa: ANN401
    from bson import Decimal128, Int64  # noqa: PLC0415 - an extra

    if isinstance(kind, G.LongType):
        return Int64(value)
    if isinstance(value, Decimal):
        return Decimal128(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time(), tzinfo=UTC)
    return value


def _object_id(value: Any) -> Any:  # noqa: ANN401
    from bson import ObjectId  # noqa: PLC0415 - an extra

    fits = isinstance(value, str) and len(value) == _OID_DIGITS and ObjectId.is_valid(value)
    return ObjectId(value) if fits else value
