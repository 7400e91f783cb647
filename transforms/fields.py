# ruff: noqa: N803, PLR0913, PLR0917  (names and signatures are Glue's)
"""DropFields, SelectFields, RenameField: which fields a record has, and their names."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import ArrayType, DataType, StructType

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.transforms.base import GlueTransform
from gluepot.transforms.paths import UnknownFieldError, as_paths, parse_path, quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pyspark.sql import Column, DataFrame

    from gluepot.transforms.frame import DynamicFrame

    Edit = Callable[[Column], Column]

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
        goes too: Spark has no struct without members to write.
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
        """Return the frame with these fields only, in the frame's order; unknown are ignored."""
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

        Raises:
            UnknownFieldError: There is no field ``old_name``.
            InvalidInputError: There is a field ``new_name`` already, or the two paths have
                different parents, which is a mapping (ApplyMapping) and no renaming.
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
    dropped = _whole_structs(source.schema, set(known))
    return _drop(source, dropped)


def _drop(source: DataFrame, paths: Iterable[tuple[str, ...]]) -> DataFrame:
    tops = {names[0] for names in paths if len(names) == 1}
    nested: dict[str, list[tuple[str, ...]]] = {}
    for names in paths:
        if names[0] not in tops:
            nested.setdefault(names[0], []).append(names[1:])
    columns = [
        _without(F.col(quote(name)), source.schema[name].dataType, nested[name]).alias(name)
        if name in nested
        else F.col(quote(name))
        for name in source.columns
        if name not in tops
    ]
    return source.select(*columns) if tops or nested else source


def _without(column: Column, kind: DataType, paths: Iterable[tuple[str, ...]]) -> Column:
    for names in sorted(paths):
        column = edit_parent(column, kind, names[:-1], _dropping(names[-1]))
    return column


def _dropping(name: str) -> Edit:
    return lambda parent: parent.dropFields(quote(name))


def edit_parent(column: Column, kind: DataType, parents: tuple[str, ...], edit: Edit) -> Column:
    """Return ``column`` with ``edit`` done to each struct at ``parents``, through arrays.

    A struct that is null stays null.
    """
    if isinstance(kind, ArrayType):
        inner = kind.elementType
        return F.transform(column, lambda item: edit_parent(item, inner, parents, edit))
    if not parents or not isinstance(kind, StructType):
        return edit(column)
    name = parents[0]
    member = edit_parent(column.getField(name), kind[name].dataType, parents[1:], edit)
    return column.withField(quote(name), member)


def find_level(kind: DataType, names: tuple[str, ...]) -> tuple[list[str], int]:
    """Return the names at the level where ``names`` stop to lead on, and how many did lead.

    Arrays are looked through.
    """
    level: list[str] = []
    for depth, name in enumerate(names):
        struct = struct_of(kind)
        level = list(struct.names) if struct is not None else []
        if struct is None or name not in level:
            return level, depth
        kind = struct[name].dataType
    return level, len(names)


def key_column(where: str, path: str, frame: DynamicFrame) -> tuple[Column, DataType]:
    """Return the column at a path, and its type.

    Raises:
        UnknownFieldError: There is none; ``where`` says who looked for it.
        InvalidInputError: It lies inside an array, so a record has not one value of it.
    """
    names = parse_path(path)
    schema = frame.planned().schema
    level, depth = find_level(schema, names)
    if depth < len(names):
        raise UnknownFieldError(where, path, frame.name, tuple(level))
    column, kind = F.col(quote(names[0])), schema[names[0]].dataType
    for name in names[1:]:
        if not isinstance(kind, StructType):
            raise InvalidInputError(f"{where}: {path!r} lies inside an array; it has many values")
        column, kind = column.getField(name), kind[name].dataType
    return column, kind


def struct_of(kind: DataType) -> StructType | None:
    """Return the struct that a type is, or is an array of (at any depth); None for others."""
    while isinstance(kind, ArrayType):
        kind = kind.elementType
    return kind if isinstance(kind, StructType) else None


def _whole_structs(
    schema: StructType, paths: set[tuple[str, ...]], at: tuple[str, ...] = ()
) -> set[tuple[str, ...]]:
    """Replace the paths of all members of a struct by the path of the struct."""
    result = {path for path in paths if len(path) == len(at) + 1}
    for field in schema.fields:
        here = (*at, field.name)
        inner = {path for path in paths if path[: len(here)] == here and path != here}
        struct = struct_of(field.dataType)
        if here in result or struct is None or not inner:
            continue
        below = _whole_structs(struct, inner, here)
        gone = {path for path in below if len(path) == len(here) + 1}
        result |= {here} if len(gone) == len(struct.fields) else below
    return result


def _rename(frame: DynamicFrame, old_name: str, new_name: str) -> DataFrame:
    source = frame.planned()
    old, new = parse_path(old_name), parse_path(new_name)
    level, depth = find_level(source.schema, old)
    if depth < len(old):
        raise UnknownFieldError("RenameField", old_name, frame.name, tuple(level))
    if old[:-1] != new[:-1]:
        raise InvalidInputError(
            f"RenameField: {old_name!r} and {new_name!r} are in different structs;"
            " to move a field use ApplyMapping"
        )
    if old == new:
        return source
    if new[-1] in level:
        raise InvalidInputError(f"RenameField: there is a field {new_name!r} already")
    if len(old) == 1:
        rest = [quote(name) for name in source.columns if name != old[0]]
        return source.select(*rest, F.col(quote(old[0])).alias(new[0]))

    def edit(parent: Column) -> Column:
        added = parent.withField(quote(new[-1]), parent.getField(old[-1]))
        return added.dropFields(quote(old[-1]))

    top = old[0]
    changed = edit_parent(F.col(quote(top)), source.schema[top].dataType, old[1:-1], edit)
    return source.withColumns({top: changed})


def _log_unknown(where: str, path: str, known: Iterable[str], frame_name: str) -> None:
    hint = did_you_mean(parse_path(path)[-1] if path else path, known)
    logger.warning(
        "%s: frame %r has no field %r; ignored.%s",
        *(where, frame_name, path, hint),
        extra={"action": "unknown_field_ignored", "field": path},
    )
