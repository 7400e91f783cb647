"""Column types paired with Arrow's.

Arrow is imported here and not in ``types``: its import alone takes longer than most commands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyarrow import types as kinds

from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.type_tree import (
    BIGINT,
    BINARY,
    BOOLEAN,
    DATE,
    DOUBLE,
    FLOAT,
    INT,
    MAX_PRECISION,
    SMALLINT,
    STRING,
    TIMESTAMP,
    TINYINT,
    VOID,
    Array,
    Char,
    Decimal,
    Field,
    Map,
    Primitive,
    Struct,
    Type,
    Union,
    Varchar,
    print_type,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_TO_ARROW: Mapping[Type, pa.DataType] = {
    BOOLEAN: pa.bool_(),
    TINYINT: pa.int8(),
    SMALLINT: pa.int16(),
    INT: pa.int32(),
    BIGINT: pa.int64(),
    FLOAT: pa.float32(),
    DOUBLE: pa.float64(),
    STRING: pa.string(),
    BINARY: pa.binary(),
    DATE: pa.date32(),
    TIMESTAMP: pa.timestamp("us"),
    Primitive("timestamp_ntz"): pa.timestamp("us"),
    Primitive("timestamp with local time zone"): pa.timestamp("us", tz="UTC"),
    VOID: pa.null(),
}

# Unsigned numbers take the next wider type, so that each value has its place. Hive has no time of
# day and no duration: they come as the whole number that Parquet stores.
_FROM_ARROW: tuple[tuple[Callable[[Any], bool], Type], ...] = (
    (kinds.is_boolean, BOOLEAN),
    (kinds.is_int8, TINYINT),
    (kinds.is_uint8, SMALLINT),
    (kinds.is_int16, SMALLINT),
    (kinds.is_uint16, INT),
    (kinds.is_int32, INT),
    (kinds.is_uint32, BIGINT),
    (kinds.is_int64, BIGINT),
    (kinds.is_uint64, Decimal(20, 0)),
    (kinds.is_float16, FLOAT),
    (kinds.is_float32, FLOAT),
    (kinds.is_float64, DOUBLE),
    (kinds.is_string, STRING),
    (kinds.is_large_string, STRING),
    (kinds.is_string_view, STRING),
    (kinds.is_binary, BINARY),
    (kinds.is_large_binary, BINARY),
    (kinds.is_binary_view, BINARY),
    (kinds.is_fixed_size_binary, BINARY),
    (kinds.is_date, DATE),
    (kinds.is_timestamp, TIMESTAMP),
    (kinds.is_time32, INT),
    (kinds.is_time64, BIGINT),
    (kinds.is_duration, BIGINT),
    (kinds.is_null, VOID),
)


def type_from_arrow(type_: pa.DataType) -> Type:
    """Return the column type of an Arrow type; ``types.from_arrow`` explains it."""
    if kinds.is_dictionary(type_) or kinds.is_run_end_encoded(type_):
        return type_from_arrow(type_.value_type)
    if isinstance(type_, pa.BaseExtensionType):
        return type_from_arrow(type_.storage_type)
    if kinds.is_nested(type_):
        return _nested_from_arrow(type_)
    if kinds.is_decimal(type_):
        return _decimal_from_arrow(type_)
    for is_kind, found in _FROM_ARROW:
        if is_kind(type_):
            return found
    raise InvalidInputError(f"Arrow type {type_} has no column type; cast it before writing")


def type_to_arrow(type_: Type) -> pa.DataType:
    """Return the Arrow type of a column type; ``types.to_arrow`` explains it."""
    match type_:
        case Map(Primitive("void"), _):
            raise InvalidInputError(f"Arrow has no map whose keys are null: {print_type(type_)}")
        case Array(element):
            return pa.list_(type_to_arrow(element))
        case Map(key, value):
            return pa.map_(type_to_arrow(key), type_to_arrow(value))
        case Struct(fields):
            return pa.struct([(field.name, type_to_arrow(field.type)) for field in fields])
        case Union(members):
            return pa.dense_union(
                [pa.field(print_type(item), type_to_arrow(item)) for item in members]
            )
        case _:
            return _scalar_to_arrow(type_)


def _scalar_to_arrow(type_: Type) -> pa.DataType:
    if isinstance(type_, Decimal):
        return pa.decimal128(type_.precision, type_.scale)
    if isinstance(type_, Char | Varchar):
        return pa.string()
    found = _TO_ARROW.get(type_)
    if found is None:
        raise InvalidInputError(f"Type {print_type(type_)} has no Arrow type")
    return found


def _nested_from_arrow(type_: Any) -> Type:  # noqa: ANN401
    if kinds.is_map(type_):
        return Map(type_from_arrow(type_.key_type), type_from_arrow(type_.item_type))
    members = [type_.field(place) for place in range(type_.num_fields)]
    if kinds.is_struct(type_):
        return Struct(tuple(Field(item.name, type_from_arrow(item.type)) for item in members))
    if kinds.is_union(type_):
        return Union(tuple(type_from_arrow(item.type) for item in members))
    return Array(type_from_arrow(type_.value_type))


def _decimal_from_arrow(type_: Any) -> Type:  # noqa: ANN401
    scale = max(type_.scale, 0)
    # A negative scale leaves out zeros before the point; they are digits all the same.
    precision = max(type_.precision - min(type_.scale, 0), scale)
    if precision > MAX_PRECISION:
        raise InvalidInputError(
            f"Arrow type {type_} has {precision} digits; a decimal column holds {MAX_PRECISION}"
        )
    return Decimal(precision, scale)
