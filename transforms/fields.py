# ruff: noqa: N803, PLR0913, PLR0917  (names and signatures are Glue's)
"""DropFields, SelectFields, RenameField: which fields a record has, and their names."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import DataType, StructType

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.transforms.base import GlueTransform
from gluepot.transforms.choices import is_choice
from gluepot.transforms.edits import edit_parent, find_level, key_column, remaining, tree_of
from gluepot.transforms.paths import UnknownFieldError, as_paths, parse_path, quote

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyspark.sql import Column, DataFrame

    from gluepot.transforms.edits import Names
    from gluepot.transforms.frame import DynamicFrame

logger = logging.getLogger(__name__)


class DropFields(GlueTransform):
    """Drop fields by path, nested ones and those inside arrays of structs too."""

    def __call__(
        self,
        frame: DynamicFrame,
        paths: str | Iterable[str],
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrame:
        """Return the frame without the fields.

        Unknown paths are ignored, as Glue does, and logged. A struct that loses its last member
        goes too: Spark has no struct without members to write. A path through a choice means the
        field in those of its values that are structs.

        Args:
            frame: Any frame.
            paths: Full paths of the fields; one may be given as a text.
            transformation_ctx: See GlueTransform, as for the next three.
            info: Kept for messages.
            stageThreshold: Failed records of this transform that end the job.
            totalThreshold: Failed records so far that end the job.

        Raises:
            InvalidInputError: A path does not parse.
        """
        stage = self.stage(transformation_ctx, info, stageThreshold, totalThreshold)
        wanted = as_paths(paths)
        return frame.derive(lambda: drop_paths(frame.planned(), wanted, frame.name), stage)


class SelectFields(GlueTransform):
    """Keep some top-level fields."""

    def __call__(
        self,
        frame: DynamicFrame,
        paths: str | Iterable[str],
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrame:
        """Return the frame with these fields only, in the frame's order.

        Unknown fields are ignored, as Glue does, and logged.

        Args:
            frame: Any frame.
            paths: Names of the fields; one may be given as a text.
            transformation_ctx: See GlueTransform, as for the next three.
            info: Kept for messages.
            stageThreshold: Failed records of this transform that end the job.
            totalThreshold: Failed records so far that end the job.

        Raises:
            InvalidInputError: A path does not parse.
        """
        stage = self.stage(transformation_ctx, info, stageThreshold, totalThreshold)
        names = {parse_path(path) for path in as_paths(paths)}

        def select() -> DataFrame:
            source = frame.planned()
            kept = [name for name in source.columns if (name,) in names]
            for unknown in sorted(names - {(name,) for name in kept}):
                _log_unknown("SelectFields", ".".join(unknown), source.columns, frame.name)
            return source.select(*map(quote, kept))

        return frame.derive(select, stage)


class RenameField(GlueTransform):
    """Rename or move one field; it becomes the last of its level."""

    def __call__(
        self,
        frame: DynamicFrame,
        old_name: str,
        new_name: str,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrame:
        """Return the frame with the field under its new path.

        The new path may lead into another struct, which is made when it is not there; then neither
        path may go through an array or a choice.

        Args:
            frame: Any frame.
            old_name: Full path of the field; a name with dots is put in back-ticks.
            new_name: Its new full path.
            transformation_ctx: See GlueTransform, as for the next three.
            info: Kept for messages.
            stageThreshold: Failed records of this transform that end the job.
            totalThreshold: Failed records so far that end the job.

        Raises:
            UnknownFieldError: There is no field ``old_name``.
            InvalidInputError: There is a field ``new_name`` already, a path does not parse, or the
                field would move into or out of an array.
        """
        stage = self.stage(transformation_ctx, info, stageThreshold, totalThreshold)
        return frame.derive(lambda: _rename(frame, old_name, new_name), stage)


def drop_paths(source: DataFrame, paths: Iterable[str], frame_name: str = "") -> DataFrame:
    """Return the DataFrame without the fields at ``paths``; unknown ones are logged."""
    known = []
    for path in paths:
        names = parse_path(path)
        level, depth = find_level(source.schema, names)
        if depth == len(names):
            known.append(names)
        else:
            _log_unknown("DropFields", path, level, frame_name)
    return source.select(*remaining(source, tree_of(known)).values()) if known else source


def _rename(frame: DynamicFrame, old_name: str, new_name: str) -> DataFrame:
    source = frame.planned()
    old, new = parse_path(old_name), parse_path(new_name)
    level, depth = find_level(source.schema, old)
    if depth < len(old):
        raise UnknownFieldError("RenameField", old_name, frame.name, tuple(level))
    if old == new:
        return source
    if find_level(source.schema, new)[1] == len(new):
        raise InvalidInputError(f"RenameField: there is a field {new_name!r} already")
    if old[:-1] != new[:-1]:
        columns = _moved(frame, old_name, new_name)
        return source.select(*(column.alias(name) for name, column in columns.items()))
    if len(old) == 1:
        rest = [quote(name) for name in source.columns if name != old[0]]
        return source.select(*rest, F.col(quote(old[0])).alias(new[0]))

    def edit(parent: Column, kind: StructType) -> Column:
        if old[-1] not in kind.names:
            return parent
        added = parent.withField(quote(new[-1]), parent.getField(old[-1]))
        return added.dropFields(quote(old[-1]))

    top = old[0]
    changed = edit_parent(F.col(quote(top)), source.schema[top].dataType, old[1:-1], edit)
    return source.withColumns({top: changed})


def _moved(frame: DynamicFrame, old_name: str, new_name: str) -> dict[str, Column]:
    source = frame.planned()
    old, new = parse_path(old_name), parse_path(new_name)
    value, kind = key_column("RenameField", old_name, frame)
    _refuse_choices(source.schema, old, old_name)
    columns = remaining(source, tree_of([old]))
    if len(new) == 1:
        return {**columns, new[0]: value}
    parent = new[0]
    if parent not in columns:
        return {**columns, parent: _nested(new[1:], value)}
    columns[parent] = _put(columns[parent], _kind_after(source, columns, parent), new, value, kind)
    return columns


def _kind_after(source: DataFrame, columns: dict[str, Column], name: str) -> DataType:
    return source.select(columns[name].alias(name)).schema[name].dataType


def _put(
    column: Column, kind: DataType, path: Names, value: Column, value_kind: DataType
) -> Column:
    """Return a struct with ``value`` at ``path``, whose first name is the struct's own."""
    if not isinstance(kind, StructType) or is_choice(kind):
        raise InvalidInputError(
            f"RenameField: {path[0]!r} is no struct that a field could be moved to"
        )
    name = path[1]
    member = column.getField(name) if name in kind.names else None
    if member is not None:
        inside = _put(member, kind[name].dataType, path[1:], value, value_kind)
    else:
        inside = _nested(path[2:], value)
    # Spark adds nothing to a null struct, but the value moved there must not be lost.
    empty = F.struct(*(F.lit(None).cast(each.dataType).alias(each.name) for each in kind.fields))
    base = F.when(column.isNull() & value.isNotNull(), empty).otherwise(column)
    return base.withField(quote(name), inside)


def _nested(names: Names, value: Column) -> Column:
    for name in reversed(names):
        value = F.struct(value.alias(name))
    return value


def _refuse_choices(kind: DataType, names: Names, path: str) -> None:
    for name in names[:-1]:
        kind = kind[name].dataType if isinstance(kind, StructType) else kind
        if is_choice(kind):
            raise InvalidInputError(
                f"RenameField: {path!r} goes through a choice; resolve it with resolveChoice first"
            )


def _log_unknown(where: str, path: str, known: Iterable[str], frame_name: str) -> None:
    hint = did_you_mean(parse_path(path)[-1] if path else path, known)
    logger.warning(
        "%s: frame %r has no field %r; ignored.%s",
        *(where, frame_name, path, hint),
        extra={"action": "unknown_field_ignored", "field": path},
    )
