"""Whole numbers in one type: DynamoDB has no int beside long, so there is no choice of both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql import types as T  # noqa: N812

from gluepot.transforms.choices import choice_column, is_choice
from gluepot.transforms.paths import quote

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

_INT, _LONG = "int", "long"


def with_longs(rows: DataFrame) -> DataFrame:
    """Return the rows with every int, at any depth and in choices, as a long."""
    return rows.select(
        *(
            _long(F.col(quote(field.name)), field.dataType).alias(field.name)
            for field in rows.schema.fields
        )
    )


def _long(column: Column, kind: T.DataType) -> Column:
    if not _has_int(kind):
        return column
    if isinstance(kind, T.ArrayType):
        inner = kind.elementType
        return F.transform(column, lambda item: _long(item, inner))
    if not isinstance(kind, T.StructType):
        return column.cast(T.LongType())
    members = {
        field.name: _long(column.getField(field.name), field.dataType) for field in kind.fields
    }
    if not is_choice(kind):
        parts = [member.alias(name) for name, member in members.items()]
        return F.when(column.isNotNull(), F.struct(*parts))
    if _INT in members:
        held = [members.pop(name) for name in (_INT, _LONG) if name in members]
        if not members:
            return F.coalesce(*held)
        members[_LONG] = F.coalesce(*held)
    return choice_column(dict(sorted(members.items())))


def _has_int(kind: T.DataType) -> bool:
    if isinstance(kind, T.ArrayType):
        return _has_int(kind.elementType)
    if isinstance(kind, T.StructType):
        return any(_has_int(field.dataType) for field in kind.fields)
    return isinstance(kind, T.IntegerType)
