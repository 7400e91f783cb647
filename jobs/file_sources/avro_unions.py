"""Avro's unions as choices: Spark reads a union as a struct with a member for each branch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql import types as T  # noqa: N812

from gluepot.transforms.choices import choice_column, to_glue
from gluepot.transforms.paths import quote

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame


def with_choices(rows: DataFrame) -> DataFrame:
    """Return rows of Avro files with unions made choices, at any depth."""
    return rows.select(
        *(
            _changed(F.col(quote(field.name)), field.dataType).alias(field.name)
            for field in rows.schema.fields
        )
    )


def _changed(column: Column, kind: T.DataType) -> Column:
    if not _has_union(kind):
        return column
    if isinstance(kind, T.ArrayType):
        element = kind.elementType
        return F.transform(column, lambda item: _changed(item, element))
    if isinstance(kind, T.MapType):
        held = kind.valueType
        return F.transform_values(column, lambda _, value: _changed(value, held))
    if not isinstance(kind, T.StructType):
        raise TypeError(f"{kind} has no union inside")
    members = {
        field.name: _changed(column.getField(field.name), field.dataType) for field in kind.fields
    }
    if _is_union(kind):
        return choice_column(dict(sorted(zip(_names(kind), members.values(), strict=True))))
    parts = (member.alias(name) for name, member in members.items())
    return F.when(column.isNotNull(), F.struct(*parts))


def _has_union(kind: T.DataType) -> bool:
    if isinstance(kind, T.ArrayType):
        return _has_union(kind.elementType)
    if isinstance(kind, T.MapType):
        return _has_union(kind.valueType)
    if not isinstance(kind, T.StructType):
        return False
    return _is_union(kind) or any(_has_union(field.dataType) for field in kind.fields)


def _is_union(kind: T.StructType) -> bool:
    """Return whether a struct is one that Spark makes of a union of different types.

    Two records in a union have one type name, which a choice has once only: those stay structs.
    """
    members = [f"member{at}" for at in range(len(kind.fields))]
    names = _names(kind)
    return len(members) > 1 and kind.names == members and len(set(names)) == len(names)


def _names(kind: T.StructType) -> list[str]:
    return [to_glue(field.dataType).typeName() for field in kind.fields]
