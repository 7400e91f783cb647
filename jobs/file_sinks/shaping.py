"""Rows made fit for a format: types that it cannot hold become text, or go."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import (
    ArrayType,
    BinaryType,
    DataType,
    DateType,
    DecimalType,
    MapType,
    NullType,
    StringType,
    StructField,
    StructType,
    TimestampNTZType,
    TimestampType,
    VariantType,
)

from gluepot.transforms.fields import drop_paths
from gluepot.transforms.nulls import null_typed
from gluepot.transforms.paths import quote

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import Column, DataFrame

    from gluepot.jobs.file_sinks.formats import FileFormat

logger = logging.getLogger(__name__)

_LOGICAL = (DateType, TimestampType, TimestampNTZType, DecimalType)
_NESTED = (ArrayType, MapType, StructType, VariantType)


def fit(rows: DataFrame, file_format: FileFormat, sink: str) -> DataFrame:
    """Return rows whose types the format holds.

    Fields of which no record has ever a value have no type: CSV keeps such a column empty, and
    other formats leave it out, which is logged except for JSON, where nothing else is written
    anyway. CSV takes arrays, maps and structs as JSON, and bytes in base 64. Avro 1.7 takes dates,
    timestamps and decimals as text.

    Source: the AWS Glue developer guide, "Using the Avro format in AWS Glue", for Avro's types.
    """
    if file_format.name == "csv":
        return _picked(rows, _as_csv)
    rows = _without_nulls(rows, sink, quietly=file_format.name == "json")
    if file_format.has_logical_types:
        return _picked(rows, _typed)
    return _picked(rows, lambda column, kind: _cast(column, kind, _without_logical(_known(kind))))


def _picked(rows: DataFrame, change: Callable[[Column, DataType], Column]) -> DataFrame:
    return rows.select(
        *(
            change(F.col(quote(field.name)), field.dataType).alias(field.name)
            for field in rows.schema.fields
        )
    )


def _as_csv(column: Column, kind: DataType) -> Column:
    if isinstance(kind, NullType):
        return column.cast("string")
    if isinstance(kind, BinaryType):
        return F.base64(column)
    return F.to_json(column) if isinstance(kind, _NESTED) else column


def _typed(column: Column, kind: DataType) -> Column:
    return _cast(column, kind, _known(kind))


def _cast(column: Column, kind: DataType, wanted: DataType) -> Column:
    return column if kind == wanted else column.cast(wanted)


def _without_nulls(rows: DataFrame, sink: str, *, quietly: bool) -> DataFrame:
    paths = [".".join(map(quote, names)) for names in null_typed(rows.schema)]
    if not paths:
        return rows
    if not quietly:
        logger.warning(
            "Sink %s: fields without any value have no type and are left out: %s",
            *(sink, ", ".join(paths)),
            extra={"action": "null_fields_dropped", "sink": sink, "fields": paths},
        )
    return drop_paths(rows, paths, sink)


def _known(kind: DataType) -> DataType:
    """Return a type in which what is left of null types, items of arrays and maps, is text."""
    return _mapped(kind, lambda leaf: StringType() if isinstance(leaf, NullType) else leaf)


def _without_logical(kind: DataType) -> DataType:
    return _mapped(kind, lambda leaf: StringType() if isinstance(leaf, _LOGICAL) else leaf)


def _mapped(kind: DataType, change: Callable[[DataType], DataType]) -> DataType:
    if isinstance(kind, StructType):
        fields = [
            StructField(field.name, _mapped(field.dataType, change), field.nullable, field.metadata)
            for field in kind.fields
        ]
        return StructType(fields)
    if isinstance(kind, ArrayType):
        return ArrayType(_mapped(kind.elementType, change), kind.containsNull)
    if isinstance(kind, MapType):
        key, value = _mapped(kind.keyType, change), _mapped(kind.valueType, change)
        return MapType(key, value, kind.valueContainsNull)
    return change(kind)
