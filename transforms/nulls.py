# ruff: noqa: N803, PLR0913  (names and signatures are Glue's)
"""DropNullFields: fields that hold nothing."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import ArrayType, DataType, NullType, StructType

from gluepot.transforms.base import GlueTransform
from gluepot.transforms.fields import drop_paths, struct_of
from gluepot.transforms.paths import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import Column, DataFrame

    from gluepot.transforms.frame import DynamicFrame

logger = logging.getLogger(__name__)


class DropNullFields(GlueTransform):
    """Drop the fields whose type is null, inside structs and arrays of structs too.

    As in Glue, arrays and maps of nulls stay, and so does a field of another type that happens to
    be null everywhere. For that there is ``all_null``.
    """

    def __call__(
        self,
        frame: DynamicFrame,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
        *,
        all_null: bool = False,
    ) -> DynamicFrame:
        """Return the frame without the fields; which they were is logged.

        Args:
            frame: Any frame.
            transformation_ctx: See GlueTransform, as for the next three.
            info: Kept for messages.
            stageThreshold: Failed records of this transform that end the job.
            totalThreshold: Failed records so far that end the job.
            all_null: Also drop fields of any type that are null in every record, which takes one
                aggregation over the data when the schema is first needed. A frame without
                records keeps its fields.
        """
        stage = self.stage(transformation_ctx, info, stageThreshold, totalThreshold)

        def drop() -> DataFrame:
            source = frame.planned()
            null = list(_null_types(source.schema))
            if all_null:
                null += _always_null(source)
            paths = sorted(".".join(map(quote, path)) for path in dict.fromkeys(null))
            logger.info("null_fields %s", paths, extra={"action": "null_fields", "fields": paths})
            return drop_paths(source, paths, frame.name)

        return frame.derive(drop, stage, lazily=all_null)


def _null_types(kind: StructType, at: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for field in kind.fields:
        here = (*at, field.name)
        struct = struct_of(field.dataType)
        if isinstance(field.dataType, NullType):
            yield here
        elif struct is not None:
            yield from _null_types(struct, here)


def _always_null(source: DataFrame) -> list[tuple[str, ...]]:
    leaves = [
        (path, column)
        for field in source.schema.fields
        for path, column in _present(F.col(quote(field.name)), field.dataType, (field.name,))
    ]
    if not leaves:
        return []
    found = [F.max(column) for _, column in leaves]
    row = source.agg(F.count(F.lit(1)), *found).first()
    if row is None or row[0] == 0:
        return []
    return [path for (path, _), seen in zip(leaves, row[1:], strict=True) if not seen]


def _present(
    column: Column, kind: DataType, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Column]]:
    """Yield each leaf below ``column`` with the condition that it holds something in a record."""
    if isinstance(kind, StructType) and kind.fields:
        for field in kind.fields:
            yield from _present(column.getField(field.name), field.dataType, (*path, field.name))
    elif isinstance(kind, ArrayType) and isinstance(kind.elementType, StructType):
        # An empty array is a value; only members of its elements can be null everywhere.
        for field in kind.elementType.fields:
            member = (*path, field.name)
            inner = _present(F.lit(None), field.dataType, member)
            for leaf, _ in inner:
                names = leaf[len(path) :]
                yield leaf, _exists(column, names)
    else:
        yield path, column.isNotNull()


def _exists(column: Column, names: tuple[str, ...]) -> Column:
    def holds(item: Column) -> Column:
        for name in names:
            item = item.getField(name)
        return item.isNotNull()

    return F.coalesce(F.exists(column, holds), F.lit(col=False)) | (F.size(column) == 0)
