"""Choices as Spark knows them: a struct with one nullable member for each type.

Every member of such a struct carries a mark in its metadata, which Spark keeps through
expressions, shuffles and unions, in arrays and maps too, on Connect as well. A value has at most
one member that is not null; a null struct and a struct of nulls are both the null value.
"""

from __future__ import annotations

import json
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql import types as T  # noqa: N812

from gluepot.transforms import gluetypes as G  # noqa: N812

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import Column

CHOICE = "gluepot.choice"
"""The key of the mark in the metadata of a choice's members."""

SPARK_TYPE = "sparkType"
"""Property of an unknown Glue type: Spark's type, which Glue has no name for, as JSON."""

KEY_TYPE = "keyType"
"""Property of a map whose keys are not texts: Spark's type of its keys, as JSON."""

_ATOMIC: dict[type[T.DataType], type[G.DataType]] = {
    T.BinaryType: G.BinaryType,
    T.BooleanType: G.BooleanType,
    T.ByteType: G.ByteType,
    T.DateType: G.DateType,
    T.DoubleType: G.DoubleType,
    T.FloatType: G.FloatType,
    T.IntegerType: G.IntegerType,
    T.LongType: G.LongType,
    T.NullType: G.NullType,
    T.ShortType: G.ShortType,
    T.StringType: G.StringType,
    T.TimestampType: G.TimestampType,
    T.TimestampNTZType: G.TimestampNTZType,
}
_SPARK = {glue: spark for spark, glue in _ATOMIC.items()}


def is_choice(kind: T.DataType) -> bool:
    """Return whether a Spark type is a choice."""
    return (
        isinstance(kind, T.StructType)
        and bool(kind.fields)
        and all(CHOICE in (field.metadata or {}) for field in kind.fields)
    )


def has_choice(kind: T.DataType) -> bool:
    """Return whether a Spark type is a choice or contains one."""
    if isinstance(kind, T.StructType):
        return is_choice(kind) or any(has_choice(field.dataType) for field in kind.fields)
    if isinstance(kind, T.ArrayType):
        return has_choice(kind.elementType)
    return isinstance(kind, T.MapType) and has_choice(kind.valueType)


def choice_type(members: Mapping[str, T.DataType]) -> T.StructType:
    """Return Spark's type of a choice among types by their Glue names."""
    marked = [T.StructField(name, kind, True, {CHOICE: True}) for name, kind in members.items()]  # noqa: FBT003
    return T.StructType(marked)


def choice_column(members: Mapping[str, Column]) -> Column:
    """Return the choice value of which ``members`` are the parts; all null is the null value."""
    parts = [column.alias(name, metadata={CHOICE: True}) for name, column in members.items()]
    present = reduce(or_, (column.isNotNull() for column in members.values()))
    return F.when(present, F.struct(*parts))


def plain_type(kind: T.DataType) -> T.DataType:
    """Return a type whose choices are structs like others."""
    if isinstance(kind, T.StructType):
        return T.StructType(
            [
                T.StructField(
                    field.name,
                    plain_type(field.dataType),
                    field.nullable,
                    {key: value for key, value in (field.metadata or {}).items() if key != CHOICE},
                )
                for field in kind.fields
            ]
        )
    if isinstance(kind, T.ArrayType):
        return T.ArrayType(plain_type(kind.elementType), kind.containsNull)
    if isinstance(kind, T.MapType):
        return T.MapType(kind.keyType, plain_type(kind.valueType), kind.valueContainsNull)
    return kind


def to_glue(kind: T.DataType) -> G.DataType:  # noqa: PLR0911 - a type each
    """Return a Spark type as Glue's."""
    if isinstance(kind, T.StructType):
        if is_choice(kind):
            return G.ChoiceType([to_glue(field.dataType) for field in kind.fields])
        return to_glue_struct(kind)
    if isinstance(kind, T.ArrayType):
        return G.ArrayType(to_glue(kind.elementType))
    if isinstance(kind, T.MapType):
        keys = {} if isinstance(kind.keyType, T.StringType) else {KEY_TYPE: _json(kind.keyType)}
        return G.MapType(to_glue(kind.valueType), keys)
    if isinstance(kind, T.DecimalType):
        return G.DecimalType(kind.precision, kind.scale)
    known = _ATOMIC.get(type(kind))
    if known is not None:
        return known()
    if isinstance(kind, T.CharType | T.VarcharType):
        return G.StringType()
    return G.UnknownType({SPARK_TYPE: _json(kind)})


def to_glue_struct(kind: T.StructType) -> G.StructType:
    """Return the type of a DataFrame's rows as Glue's."""
    return G.StructType([G.Field(field.name, to_glue(field.dataType)) for field in kind.fields])


def to_spark(kind: G.DataType) -> T.DataType:  # noqa: PLR0911 - a type each
    """Return a Glue type as Spark's; of an unknown one, the type of nulls."""
    if isinstance(kind, G.StructType):
        return to_spark_struct(kind)
    if isinstance(kind, G.ChoiceType):
        return choice_type({name: to_spark(choice) for name, choice in kind.choices.items()})
    if isinstance(kind, (G.ArrayType, G.SetType)):
        return T.ArrayType(to_spark(kind.elementType))
    if isinstance(kind, G.MapType):
        keys = kind.properties.get(KEY_TYPE)
        key_type = T.StringType() if keys is None else _from_json(keys)
        return T.MapType(key_type, to_spark(kind.valueType))
    if isinstance(kind, G.DecimalType):
        return T.DecimalType(kind.precision, kind.scale)
    if isinstance(kind, G.EnumType):
        return T.StringType()
    if isinstance(kind, G.UnknownType) and SPARK_TYPE in kind.properties:
        return _from_json(kind.properties[SPARK_TYPE])
    return _SPARK.get(type(kind), T.NullType)()


def to_spark_struct(kind: G.StructType) -> T.StructType:
    """Return the type of Glue's records as Spark's type of rows."""
    return T.StructType([T.StructField(field.name, to_spark(field.dataType)) for field in kind])


def _json(kind: T.DataType) -> str:
    return kind.json()


def _from_json(text: str) -> T.DataType:
    field = {"name": "f", "type": json.loads(text), "nullable": True, "metadata": {}}
    return T.StructType.fromJson({"type": "struct", "fields": [field]}).fields[0].dataType
