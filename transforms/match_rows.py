"""What matching compares, brought from a frame to the driver, and its answers brought back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql import types as T  # noqa: N812

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms.choices import is_choice
from gluepot.transforms.paths import UnknownFieldError, quote

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import Column, DataFrame

    from gluepot.transforms.frame import DynamicFrame

MATCH_ID, SCORE, SOURCE = "match_id", "match_confidence_score", "match_source"
"""The columns that matching adds, and never compares."""

_KEY = "__gluepot_match_key"
_NOT_IN_ARROW = (T.VariantType, T.YearMonthIntervalType, T.DayTimeIntervalType)
_NO_KEY = (T.ArrayType, T.MapType, T.StructType, T.VariantType, T.NullType)


def key_type(where: str, frame: DynamicFrame, id_column: str) -> T.DataType:
    """Return the type of the column that tells records apart.

    Raises:
        UnknownFieldError: There is no such column.
        InvalidInputError: It is a choice, or holds no single values.
    """
    source = frame.planned()
    if id_column not in source.columns:
        raise UnknownFieldError(where, id_column, frame.name, tuple(source.columns))
    kind = source.schema[id_column].dataType
    if is_choice(kind):
        raise InvalidInputError(
            f"{where}: {id_column!r} is a choice; resolve it with resolveChoice first"
        )
    if isinstance(kind, _NO_KEY):
        raise InvalidInputError(
            f"{where}: {id_column!r} is {kind.simpleString()}; a primary key is one value"
        )
    return kind


def to_driver(where: str, frame: DynamicFrame, id_column: str, columns: Sequence[str]) -> pa.Table:
    """Return a frame's id and some columns, in the order of the ids' texts.

    Of a choice, the text of the value that it holds. The order makes the numbers of matches the
    same however the rows lie.

    Args:
        where: What the sentence of an error begins with.
        frame: Any frame.
        id_column: The column that tells records apart.
        columns: Top-level columns.

    Raises:
        UnknownFieldError: A column is not there.
        InvalidInputError: The id is null somewhere, or no single value.
    """
    from gluepot.transforms.matching.records import as_texts  # noqa: PLC0415 - it imports numpy

    key_type(where, frame, id_column)
    source = frame.planned()
    for name in columns:
        if name not in source.columns:
            raise UnknownFieldError(where, name, frame.name, tuple(source.columns))
    wanted = [id_column, *columns]
    rows = source.select(*(_plain(source.schema[name]).alias(name) for name in wanted)).toArrow()
    ids = as_texts(rows.column(id_column))
    if ids.null_count:
        raise InvalidInputError(
            f"{where}: the primary key {id_column!r} is null in {ids.null_count} records of"
            f" {len(ids)}; every record needs one"
        )
    return rows.take(pc.sort_indices(ids))


def with_answers(
    source: DataFrame, id_column: str, ids: pa.ChunkedArray, answers: Mapping[str, pa.Array]
) -> DataFrame:
    """Return all rows of a DataFrame as they are, with columns that are told by id.

    Args:
        source: Rows whose ids are different; it may have columns of the answers' names, which
            are replaced.
        id_column: The column of the ids.
        ids: The ids, as ``to_driver`` returned them.
        answers: int64 or float64 a column, one value for each id.
    """
    # Names of their own: a condition must not find the columns that are replaced.
    inside = {name: f"__gluepot_{name}" for name in answers}
    kinds = {pa.int64(): T.LongType(), pa.float64(): T.DoubleType()}
    schema = T.StructType(
        [
            T.StructField(_KEY, source.schema[id_column].dataType),
            *(T.StructField(inside[name], kinds[each.type]) for name, each in answers.items()),
        ]
    )
    table = pa.table([ids, *answers.values()], names=[_KEY, *inside.values()])
    told = source.sparkSession.createDataFrame(table, schema)
    rows = source.join(told, F.col(quote(id_column)) == F.col(_KEY), "left")
    kept = [name for name in source.columns if name not in answers]
    return rows.select(
        *map(quote, kept), *(F.col(mine).alias(name) for name, mine in inside.items())
    )


def _plain(field: T.StructField) -> Column:
    column = F.col(quote(field.name))
    kind = field.dataType
    if isinstance(kind, T.StructType) and is_choice(kind):
        return F.coalesce(*(column.getField(name).cast("string") for name in kind.names))
    return column.cast("string") if isinstance(kind, _NOT_IN_ARROW) else column
