"""Records with choices as JSON tells them: the value itself, whatever its type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql import types as T  # noqa: N812

from gluepot.transforms.choices import has_choice, is_choice
from gluepot.transforms.paths import quote

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

_NESTED = (T.StructType, T.ArrayType, T.MapType)


def with_variants(frame: DataFrame) -> DataFrame:
    """Return the DataFrame with VARIANTs for choices: Spark writes them as JSON's own values."""
    if not has_choice(frame.schema):
        return frame
    columns = [
        variant_column(F.col(quote(field.name)), field.dataType).alias(field.name)
        for field in frame.schema.fields
    ]
    return frame.select(*columns)


def variant_column(column: Column, kind: T.DataType) -> Column:
    """Return a column with VARIANTs for the choices at any depth of it."""
    if not has_choice(kind):
        return column
    if isinstance(kind, T.StructType) and is_choice(kind):
        return F.coalesce(*(_variant(column.getField(each.name), each.dataType) for each in kind))
    if isinstance(kind, T.StructType):
        members = [
            variant_column(column.getField(each.name), each.dataType).alias(each.name)
            for each in kind
        ]
        return F.when(column.isNotNull(), F.struct(*members))
    if isinstance(kind, T.ArrayType):
        inner = kind.elementType
        return F.transform(column, lambda item: variant_column(item, inner))
    if isinstance(kind, T.MapType):
        values = kind.valueType
        return F.transform_values(column, lambda _, value: variant_column(value, values))
    return column


def _variant(column: Column, kind: T.DataType) -> Column:
    if isinstance(kind, _NESTED):
        return F.to_variant_object(variant_column(column, kind))
    return column.cast(T.VariantType())
