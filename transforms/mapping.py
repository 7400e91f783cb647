# ruff: noqa: N803, PLR0913, PLR0917, FBT001, FBT002  (names and signatures are Glue's)
"""ApplyMapping: pick fields, rename them, nest and unnest them, cast them."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyspark.errors import AnalysisException
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import ArrayType, DataType, MapType, NullType, StructType

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.transforms.base import GlueTransform
from gluepot.transforms.choices import is_choice
from gluepot.transforms.edits import as_struct
from gluepot.transforms.paths import parse_path, quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pyspark.sql import Column, DataFrame

    from gluepot.transforms.frame import DynamicFrame

    Found = tuple["Mapping", Column, DataType]

logger = logging.getLogger(__name__)

_NAMES = {
    "timestampntz": "timestamp_ntz",
    "enum": "string",
    "decimal": "decimal(10,2)",
    "set": "array",
}
"""Glue's names of types that Spark has others for; its plain decimal has another scale."""
_GLUE_NAMES = {"bigint": "long", "smallint": "short", "tinyint": "byte", "integer": "int"}
_NESTED = {"struct", "array", "map"}
"""Types that a mapping may name without their parts; the value keeps its own."""
_NESTED_TYPES = (StructType, ArrayType, MapType)
_WHOLE = {"choice", "unknown"}
"""Types that leave a value as it is."""


@dataclass(frozen=True, kw_only=True)
class Mapping:
    """One mapping; ``target_type`` None keeps the type of the source.

    ``source_type`` is Glue's name of a type, ``target_type`` as Spark parses it or one of Glue's
    that Spark has not.
    """

    source: tuple[str, ...]
    target: tuple[str, ...]
    source_type: str | None = None
    target_type: str | None = None


@dataclass(frozen=True, kw_only=True)
class _Level:
    """Fields of the result at one level: a column, or a level below."""

    members: dict[str, Column | _Level] = field(default_factory=dict)


class ApplyMapping(GlueTransform):
    """Make records of mapped fields only, in the order of the mappings."""

    def __call__(
        self,
        frame: DynamicFrame,
        mappings: Iterable[Sequence[str]] | tuple[str, ...],
        case_sensitive: bool = False,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrame:
        """Return the frame of mapped fields.

        Args:
            frame: Any frame.
            mappings: ``(source, target)``, ``(source, target, type)`` or ``(source, source type,
                target, type)``, or one of these alone. Dots nest and unnest on both sides; not
                through arrays. A value that cannot be cast becomes null. Types have Glue's names
                or Spark's; ``struct``, ``array``, ``map`` and ``choice`` without their parts
                leave a value as it is. A source that is not there is a null field when a type
                is given, else no field at all; it is logged. Of a choice, a source type takes
                its values only; without one (or with ``choice``) all values are cast, and kept
                as a choice when there is no target type or it is ``choice``.
            case_sensitive: Whether sources are looked up with their case.
            transformation_ctx: See GlueTransform, as for the next three.
            info: Kept for messages.
            stageThreshold: Failed records of this transform that end the job.
            totalThreshold: Failed records so far that end the job.

        Raises:
            InvalidInputError: A mapping has another length, its type does not parse or can never
                be had from the source's, or two mappings have one target.
        """
        stage = self.stage(transformation_ctx, info, stageThreshold, totalThreshold)
        parsed = [parse_mapping(mapping) for mapping in _as_list(mappings)]
        return frame.derive(lambda: _apply(frame, parsed, case_sensitive=case_sensitive), stage)


def _as_list(mappings: Iterable[Sequence[str]] | tuple[str, ...]) -> list[Sequence[str]]:
    given = list(mappings)
    texts = [each for each in given if isinstance(each, str)]
    return [texts] if isinstance(mappings, tuple) and texts else given


def parse_mapping(mapping: Sequence[str]) -> Mapping:
    """Return one of Glue's tuples as a Mapping.

    Raises:
        InvalidInputError: It has not two, three or four texts.
    """
    texts = () if isinstance(mapping, str) else tuple(mapping)
    shape = {2: (0, None, 1, None), 3: (0, None, 1, 2), 4: (0, 1, 2, 3)}.get(len(texts))
    if shape is None:
        raise InvalidInputError(
            f"ApplyMapping: {mapping!r} is no mapping; write (source, target),"
            " (source, target, type) or (source, source type, target, type)"
        )
    source, source_kind, target, kind = shape
    return Mapping(
        source=parse_path(texts[source]),
        target=parse_path(texts[target]),
        source_type=None if source_kind is None else _glue_name(texts[source_kind]),
        target_type=None if kind is None else _spark_name(texts[kind]),
    )


def _glue_name(kind: str) -> str:
    """Return the name that a type has as a member of a choice."""
    name = re.split(r"[<(]", kind.strip().lower(), maxsplit=1)[0].strip()
    return _GLUE_NAMES.get(name, name)


def _spark_name(kind: str) -> str:
    # Names of a struct's members keep their case.
    name = kind.strip() if "<" in kind else kind.strip().lower()
    return _NAMES.get(name, name)


def _apply(frame: DynamicFrame, mappings: list[Mapping], *, case_sensitive: bool) -> DataFrame:
    source = frame.planned()
    found = [
        _source(source.schema, mapping.source, case_sensitive=case_sensitive)
        for mapping in mappings
    ]
    for mapping, missing in zip(mappings, found, strict=True):
        if missing is None:
            _log_missing(frame, mapping)
    known = [
        (mapping, *(each or (F.lit(None), NullType())))
        for mapping, each in zip(mappings, found, strict=True)
        if each is not None or mapping.target_type is not None
    ]
    try:
        return _mapped(source, known)
    except AnalysisException as error:
        raise _refused(source, known, error) from error


def _mapped(source: DataFrame, known: list[Found]) -> DataFrame:
    root = _Level()
    for mapping, column, kind in known:
        _put(root, mapping.target, mapped_column(column, kind, mapping))
    columns = [_column(member).alias(name) for name, member in root.members.items()]
    result = source.select(*columns)
    _ = result.schema  # Connect finds out only now what cannot be cast.
    return result


def _refused(source: DataFrame, known: list[Found], error: AnalysisException) -> InvalidInputError:
    """Return the error that names the mapping whose cast Spark refuses."""
    for mapping, column, kind in known:
        try:
            _ = source.select(mapped_column(column, kind, mapping)).schema
        except AnalysisException as reason:
            return InvalidInputError(
                f"ApplyMapping: {'.'.join(mapping.source)!r} cannot become"
                f" {mapping.target_type!r}: {_first_line(reason)}"
            )
    return InvalidInputError(f"ApplyMapping: {_first_line(error)}")


def _first_line(error: AnalysisException) -> str:
    return next(line for line in str(error).splitlines() if line.strip())


def _source(
    schema: StructType, names: tuple[str, ...], *, case_sensitive: bool
) -> tuple[Column, DataType] | None:
    """Return the column at a path and its type, or None when there is none."""
    column: Column | None = None
    kind: DataType = schema
    for name in names:
        struct: StructType | None = schema
        if column is not None:
            column, struct = as_struct(column, kind)
        if struct is None:
            return None
        known = {(found if case_sensitive else found.lower()): found for found in struct.names}
        # An exact name wins over one that is equal but for case.
        found = name if name in struct.names else known.get(_cased(name, same=case_sensitive))
        if found is None:
            return None
        column = F.col(quote(found)) if column is None else column.getField(found)
        kind = struct[found].dataType
    return None if column is None else (column, kind)


def _cased(name: str, *, same: bool) -> str:
    return name if same else name.lower()


def mapped_column(column: Column, kind: DataType, mapping: Mapping) -> Column:
    """Return a source's values as its mapping wants them.

    Of a choice only the values of the mapping's source type are taken, if it names one of the
    choice's types; else all are cast, each from its own type.
    """
    if isinstance(kind, StructType) and is_choice(kind):
        wanted = mapping.source_type
        if wanted is not None and wanted in kind.names:
            return _cast(column.getField(wanted), kind[wanted].dataType, mapping)
        if wanted is not None and wanted not in _WHOLE:
            return _cast(F.lit(None), NullType(), mapping)
        return _cast_choice(column, kind, mapping)
    return _cast(column, kind, mapping)


def _cast_choice(column: Column, kind: StructType, mapping: Mapping) -> Column:
    target = mapping.target_type
    if target is None or target in _WHOLE:
        return column
    if target in _NESTED:
        return column.getField(target) if target in kind.names else F.lit(None)
    return F.coalesce(
        *(
            _as_text(column.getField(member.name), member.dataType)
            if target == "string"
            else _cast_or_null(column.getField(member.name), member.dataType, target)
            for member in kind.fields
        )
    )


def _as_text(column: Column, kind: DataType) -> Column:
    return F.to_json(column) if isinstance(kind, _NESTED_TYPES) else column.cast("string")


def _cast_or_null(column: Column, kind: DataType, target: str) -> Column:
    # A cast that can never be (a struct to a number) would end the job instead of being null.
    nested = isinstance(kind, _NESTED_TYPES)
    return F.lit(None).cast(target) if nested else column.try_cast(target)


def _cast(column: Column, kind: DataType, mapping: Mapping) -> Column:
    target = mapping.target_type
    if target is None or target in _WHOLE:
        return column
    if target in _NESTED:
        if kind.typeName() != target and not isinstance(kind, NullType):
            raise InvalidInputError(
                f"ApplyMapping: {'.'.join(mapping.source)!r} cannot become {target!r}:"
                f" it is {kind.simpleString()}"
            )
        return column
    # ANSI mode is on in Spark 4: a plain cast would end the job at the first bad value.
    return column.try_cast(target)


def _put(level: _Level, names: tuple[str, ...], column: Column) -> None:
    for name in names[:-1]:
        below = level.members.setdefault(name, _Level())
        if not isinstance(below, _Level):
            raise _taken(names)
        level = below
    if names[-1] in level.members:
        raise _taken(names)
    level.members[names[-1]] = column


def _taken(names: tuple[str, ...]) -> InvalidInputError:
    path = ".".join(names)
    return InvalidInputError(f"ApplyMapping: two mappings have the target {path!r} or a part of it")


def _column(member: Column | _Level) -> Column:
    if not isinstance(member, _Level):
        return member
    return F.struct(*(_column(inner).alias(name) for name, inner in member.members.items()))


def _log_missing(frame: DynamicFrame, mapping: Mapping) -> None:
    path = ".".join(mapping.source)
    logger.warning(
        "ApplyMapping: frame %r has no field %r.%s",
        *(frame.name, path, did_you_mean(mapping.source[0], frame.planned().columns)),
        extra={"action": "unknown_field_ignored", "field": path},
    )
