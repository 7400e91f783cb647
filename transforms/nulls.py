# ruff: noqa: N803, PLR0913  (names and signatures are Glue's)
"""DropNullFields: fields that hold nothing."""

from __future__ import annotations

import logging
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import ArrayType, DataType, NullType, StructType

from gluepot.transforms.base import GlueTransform
from gluepot.transforms.choices import is_choice
from gluepot.transforms.edits import struct_of
from gluepot.transforms.fields import drop_paths
from gluepot.transforms.paths import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import Column, DataFrame

    from gluepot.transforms.frame import DynamicFrame

logger = logging.getLogger(__name__)

_FIRST = 1000
"""Records looked at before all are."""


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
        """Return the frame without the fields; which they are is printed, as Glue does, and logged.

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
            null = list(null_typed(source.schema))
            if all_null:
                null += _always_null(source)
            paths = [".".join(map(_shown, path)) for path in dict.fromkeys(null)]
            print("null_fields", paths)  # noqa: T201 - so does Glue, and jobs' logs are read for it
            logger.info("null_fields %s", paths, extra={"action": "null_fields", "fields": paths})
            return drop_paths(source, paths, frame.name)

        return frame.derive(drop, stage, lazily=all_null)


def null_typed(kind: StructType, at: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the paths of the fields whose type is null, those in arrays of structs too."""
    for field in kind.fields:
        here = (*at, field.name)
        struct = struct_of(field.dataType)
        if isinstance(field.dataType, NullType):
            yield here
        elif struct is not None:
            yield from null_typed(struct, here)


def _shown(name: str) -> str:
    return name if name.isidentifier() else quote(name)


def _always_null(source: DataFrame) -> list[tuple[str, ...]]:
    """Return the leaves that are null in every record.

    Nearly all fields have a value soon, so the first records leave few to look for in all.
    """
    leaves = {
        path: column
        for field in source.schema.fields
        for path, column in _present(F.col(quote(field.name)), field.dataType, (field.name,))
    }
    if not leaves:
        return []
    first = source.select(*leaves.values()).take(_FIRST)
    if not first:
        return []
    seen = [any(values) for values in zip(*first, strict=True)]
    open_ = [path for path, found in zip(leaves, seen, strict=True) if not found]
    if not open_ or len(first) < _FIRST:
        return open_
    row = source.agg(*(F.max(leaves[path]) for path in open_)).first()
    held = [True] * len(open_) if row is None else row
    return [path for path, found in zip(open_, held, strict=True) if not found]


def _present(
    column: Column, kind: DataType, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Column]]:
    """Yield each leaf below ``column`` with the condition that it holds something in a record."""
    if isinstance(kind, StructType) and kind.fields and not is_choice(kind):
        for field in kind.fields:
            yield from _present(column.getField(field.name), field.dataType, (*path, field.name))
    elif (
        isinstance(kind, ArrayType)
        and isinstance(kind.elementType, StructType)
        and not is_choice(kind.elementType)
    ):
        # An empty array is a value; only members of its elements can be null everywhere.
        for field in kind.elementType.fields:
            member = (*path, field.name)
            inner = _present(F.lit(None), field.dataType, member)
            for leaf, _ in inner:
                names = leaf[len(path) :]
                yield leaf, _exists(column, names)
    else:
        yield path, _held(column, kind)


def _held(column: Column, kind: DataType) -> Column:
    """Return whether there is a value; a choice whose members are all null is none."""
    if isinstance(kind, StructType) and is_choice(kind):
        return reduce(or_, (column.getField(name).isNotNull() for name in kind.names))
    return column.isNotNull()


def _exists(column: Column, names: tuple[str, ...]) -> Column:
    def holds(item: Column) -> Column:
        for name in names:
            item = item.getField(name)
        return item.isNotNull()

    return F.coalesce(F.exists(column, holds), F.lit(col=False)) | (F.size(column) == 0)
