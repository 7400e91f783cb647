"""Python values of Glue's types to Arrow columns and back, choices among them.

In Arrow as in Spark a choice is a struct with one nullable child for each type; a Python function
sees the plain value. Executors get this module's code inside the pickled function.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from gluepot.transforms import gluetypes as G  # noqa: N812
from gluepot.transforms.arrow_values import ARROW_ERRORS, Mismatch, encode, local_values

if TYPE_CHECKING:
    from collections.abc import Sequence

_INT = range(-(2**31), 2**31)
_LONG = range(-(2**63), 2**63)
_ATOMIC: dict[str, pa.DataType] = {
    "binary": pa.binary(),
    "boolean": pa.bool_(),
    "byte": pa.int8(),
    "date": pa.date32(),
    "double": pa.float64(),
    "enum": pa.string(),
    "float": pa.float32(),
    "int": pa.int32(),
    "long": pa.int64(),
    "null": pa.null(),
    "short": pa.int16(),
    "string": pa.string(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "timestampntz": pa.timestamp("us"),
    "unknown": pa.null(),
}
_NAMES: tuple[tuple[type | tuple[type, ...], tuple[str, ...]], ...] = (
    (bool, ("boolean",)),
    (float, ("double", "float")),
    (str, ("string", "enum")),
    (dict, ("struct", "map")),
    ((list, tuple, set, frozenset), ("array", "set")),
    (bytes, ("binary",)),
    (datetime, ("timestamp", "timestampntz")),
    (date, ("date",)),
    (Decimal, ("decimal",)),
)


def to_arrow(kind: G.DataType) -> pa.DataType:
    """Return the Arrow type of columns of a Glue type."""
    if isinstance(kind, G.StructType):
        return pa.struct([pa.field(field.name, to_arrow(field.dataType)) for field in kind])
    if isinstance(kind, G.ChoiceType):
        return pa.struct([pa.field(name, to_arrow(each)) for name, each in kind.choices.items()])
    if isinstance(kind, (G.ArrayType, G.SetType)):
        return pa.list_(to_arrow(kind.elementType))
    if isinstance(kind, G.MapType):
        return pa.map_(_key_type(kind), to_arrow(kind.valueType))
    if isinstance(kind, G.DecimalType):
        return pa.decimal128(kind.precision, kind.scale)
    return _ATOMIC[kind.typeName()]


def _key_type(kind: G.MapType) -> pa.DataType:
    # Spark's JSON has this one name that is not Glue's.
    name = str(kind.properties.get("keyType", "")).strip('"').replace("integer", "int")
    return _ATOMIC.get(name, pa.string())


def contains_choice(kind: G.DataType) -> bool:
    """Return whether a type is a choice or has one at any depth."""
    if isinstance(kind, G.ChoiceType):
        return True
    return any(contains_choice(part) for part in _parts(kind))


def _parts(kind: G.DataType) -> list[G.DataType]:
    if isinstance(kind, G.StructType):
        return [field.dataType for field in kind]
    if isinstance(kind, (G.ArrayType, G.SetType)):
        return [kind.elementType]
    return [kind.valueType] if isinstance(kind, G.MapType) else []


def encode_values(values: list[Any], kind: G.DataType, *, zone: str = "UTC") -> pa.Array:
    """Return values as a column of a type that holds them all; a naive time is one of ``zone``.

    Raises:
        Mismatch: A value does not fit the type.
    """
    if not contains_choice(kind):
        column, mismatches = encode(values, pa.field("", to_arrow(kind)), zone)
        if mismatches:
            raise mismatches[0][1]
        return column
    if isinstance(kind, G.ChoiceType):
        return _encode_choice(values, kind, zone)
    if isinstance(kind, G.StructType):
        parts = {
            field.name: [None if value is None else value.get(field.name) for value in values]
            for field in kind
        }
        arrays = [encode_values(parts[f.name], f.dataType, zone=zone) for f in kind]
        return _struct(arrays, kind, _missing(values))
    if isinstance(kind, G.MapType):
        maps = [None if value is None else list(value.items()) for value in values]
        pairs = [pair for each in maps if each for pair in each]
        items = encode_values([item for _, item in pairs], kind.valueType, zone=zone)
        keys = pa.array([key for key, _ in pairs], _key_type(kind))
        return pa.MapArray.from_arrays(_offsets(maps), keys, items)
    if isinstance(kind, (G.ArrayType, G.SetType)):
        lists = [None if value is None else list(value) for value in values]
        flat = [item for each in lists if each for item in each]
        items = encode_values(flat, kind.elementType, zone=zone)
        return pa.ListArray.from_arrays(_offsets(lists), items)
    raise TypeError(f"{kind} has no parts")


def encode_fitting(
    values: list[Any], field: pa.Field, kind: G.DataType, zone: str
) -> tuple[pa.Array, list[tuple[int, Mismatch]]]:
    """Return a column of the field's type, and the positions of values that do not fit it.

    What does not fit is null in the column. A naive time is one of ``zone``. A value of a choice
    goes to the member that it belongs to.
    """
    if not contains_choice(kind):
        return encode(values, field, zone)
    try:
        return encode_values(values, kind, zone=zone).cast(field.type), []
    except (*ARROW_ERRORS, AttributeError):
        wrong = [at for at, value in enumerate(values) if not _fits(value, kind, zone)]
    mismatches = [(at, Mismatch(field.name, values[at], str(kind))) for at in wrong]
    bad = set(wrong)
    fitting = [None if at in bad else value for at, value in enumerate(values)]
    return encode_values(fitting, kind, zone=zone).cast(field.type), mismatches


def _fits(value: Any, kind: G.DataType, zone: str) -> bool:  # noqa: ANN401
    try:
        encode_values([value], kind, zone=zone)
    except (*ARROW_ERRORS, AttributeError):
        return False
    return True


def _encode_choice(values: list[Any], kind: G.ChoiceType, zone: str) -> pa.Array:
    found = [member_of(value, kind) for value in values]
    arrays = [
        encode_values(
            [value if at == name else None for value, at in zip(values, found, strict=True)],
            inner,
            zone=zone,
        )
        for name, inner in kind.choices.items()
    ]
    return _struct(arrays, kind, _missing(values))


def _missing(values: list[Any]) -> pa.Array:
    return pa.array([value is None for value in values], pa.bool_())


def _offsets(lists: Sequence[Sequence[Any] | None]) -> pa.Array:
    """Return Arrow's offsets; a null one says that its list is null."""
    offsets: list[int | None] = []
    end = 0
    for each in lists:
        offsets.append(None if each is None else end)
        end += len(each or ())
    return pa.array([*offsets, end], pa.int32())


def _struct(arrays: list[pa.Array], kind: G.DataType, missing: pa.Array) -> pa.Array:
    fields = list(to_arrow(kind))
    if not fields:
        return pa.array([None if gone else {} for gone in missing.to_pylist()], pa.struct([]))
    return pa.StructArray.from_arrays(arrays, fields=fields, mask=missing)


def member_of(value: Any, kind: G.ChoiceType) -> str | None:  # noqa: ANN401
    """Return the name of the choice's member that a Python value belongs to; text as a last way.

    >>> member_of(3, G.ChoiceType([G.IntegerType(), G.StringType()]))
    'int'
    >>> member_of(2**40, G.ChoiceType([G.IntegerType(), G.LongType()]))
    'long'
    """
    if value is None:
        return None
    for name in _candidates(value):
        if name in kind.choices:
            return name
    return "string" if "string" in kind.choices else next(iter(kind.choices))


def _candidates(value: Any) -> tuple[str, ...]:  # noqa: ANN401
    if isinstance(value, int) and not isinstance(value, bool):
        # Of a subclass of int a range asks item by item.
        number = int(value)
        if number in _INT:
            return ("int", "short", "byte", "long")
        if number in _LONG:
            return ("long",)
        return ("decimal",) if abs(number) < 10**G.MOST_DIGITS else ("double",)
    return next((names for kinds, names in _NAMES if isinstance(value, kinds)), ())


def decode_values(column: pa.Array, kind: G.DataType) -> list[Any]:
    """Return a column as Python values: choices as what they hold, times naive.

    A choice that holds nothing is None.
    """
    if not contains_choice(kind):
        return local_values(column)
    if isinstance(kind, G.ChoiceType):
        members = [
            decode_values(column.field(at), inner) for at, inner in enumerate(kind.choices.values())
        ]
        return [next((v for v in row if v is not None), None) for row in zip(*members, strict=True)]
    present = column.is_valid().to_pylist()
    if isinstance(kind, G.StructType):
        names = [field.name for field in kind]
        parts = [decode_values(column.field(at), f.dataType) for at, f in enumerate(kind)]
        rows = [dict(zip(names, row, strict=True)) for row in zip(*parts, strict=True)]
        return [row if there else None for row, there in zip(rows, present, strict=True)]
    offsets = column.offsets.to_pylist()
    spans = [slice(a, b) for a, b in pairwise(offsets)]
    if isinstance(kind, G.MapType):
        keys, values = column.keys.to_pylist(), decode_values(column.items, kind.valueType)
        found: list[Any] = [dict(zip(keys[at], values[at], strict=True)) for at in spans]
    elif isinstance(kind, (G.ArrayType, G.SetType)):
        items = decode_values(column.values, kind.elementType)
        found = [items[at] for at in spans]
    else:
        raise TypeError(f"{kind} has no parts")
    return [value if there else None for value, there in zip(found, present, strict=True)]


def conform(column: pa.Array, kind: G.DataType, wanted: G.DataType) -> pa.Array:
    """Return a column of one type as a column of a type that the first was merged into."""
    if kind == wanted:
        return column
    if isinstance(kind, (G.NullType, G.UnknownType)):
        return pa.nulls(len(column), to_arrow(wanted))
    missing = column.is_null()
    parts = _conformed_parts(column, kind, wanted)
    if parts is not None:
        return _struct(parts, wanted, missing)
    if isinstance(wanted, (G.ArrayType, G.SetType)) and isinstance(kind, (G.ArrayType, G.SetType)):
        items = conform(column.values, kind.elementType, wanted.elementType)
        return pa.ListArray.from_arrays(column.offsets, items, mask=missing)
    if isinstance(wanted, G.MapType) and isinstance(kind, G.MapType):
        items = conform(column.items, kind.valueType, wanted.valueType)
        return pa.MapArray.from_arrays(column.offsets, column.keys, items, mask=missing)
    return pc.cast(column, to_arrow(wanted))


def _conformed_parts(
    column: pa.Array, kind: G.DataType, wanted: G.DataType
) -> list[pa.Array] | None:
    if isinstance(wanted, G.ChoiceType):
        return _conformed_choices(column, kind, wanted)
    if isinstance(wanted, G.StructType) and isinstance(kind, G.StructType):
        known = {f.name: (column.field(at), f.dataType) for at, f in enumerate(kind)}
        return [
            conform(*known[field.name], field.dataType)
            if field.name in known
            else pa.nulls(len(column), to_arrow(field.dataType))
            for field in wanted
        ]
    return None


def _conformed_choices(column: pa.Array, kind: G.DataType, wanted: G.ChoiceType) -> list[pa.Array]:
    found: dict[str, list[pa.Array]] = {name: [] for name in wanted.choices}
    if isinstance(kind, G.ChoiceType):
        held = [(column.field(at), inner) for at, inner in enumerate(kind.choices.values())]
    else:
        held = [(column, kind)]
    for part, inner in held:
        name = _held_as(inner.typeName(), wanted)
        found[name].append(conform(part, inner, wanted.choices[name]))
    return [
        _first_present(parts) if parts else pa.nulls(len(column), to_arrow(wanted.choices[name]))
        for name, parts in found.items()
    ]


def _held_as(name: str, wanted: G.ChoiceType) -> str:
    """Return the member that values of a type went to when their type was merged."""
    if name in wanted.choices:
        return name
    wider = {"byte": "int", "short": "int", "float": "double"}.get(name, "string")
    return wider if wider in wanted.choices else "string"


def _first_present(parts: list[pa.Array]) -> pa.Array:
    return parts[0] if len(parts) == 1 else pc.coalesce(*parts)
