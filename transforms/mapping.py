# ruff: noqa: N803, PLR0913, PLR0917, FBT001, FBT002  (names and signatures are Glue's)
"""ApplyMapping: pick fields, rename them, nest and unnest them, cast them."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyspark.errors import AnalysisException
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import DataType, StructType

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.transforms.base import GlueTransform
from gluepot.transforms.paths import parse_path, quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pyspark.sql import Column, DataFrame

    from gluepot.transforms.frame import DynamicFrame

logger = logging.getLogger(__name__)

_SPARK_NAMES = {"timestampntz": "timestamp_ntz"}


@dataclass(frozen=True, kw_only=True)
class Mapping:
    """One mapping; ``target_type`` None keeps the type of the source."""

    source: tuple[str, ...]
    target: tuple[str, ...]
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
        mappings: Iterable[Sequence[str]],
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
                target, type)``. Dots nest and unnest on both sides; not through arrays. A value
                that cannot be cast becomes null. A source that is not there is a null field when
                a type is given, else no field at all; it is logged.
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
        parsed = [parse_mapping(mapping) for mapping in mappings]
        return frame.derive(lambda: _apply(frame, parsed, case_sensitive=case_sensitive), stage)


def parse_mapping(mapping: Sequence[str]) -> Mapping:
    """Return one of Glue's tuples as a Mapping.

    Raises:
        InvalidInputError: It has not two, three or four texts.
    """
    texts = () if isinstance(mapping, str) else tuple(mapping)
    shape = {2: (0, 1, None), 3: (0, 1, 2), 4: (0, 2, 3)}.get(len(texts))
    if shape is None:
        raise InvalidInputError(
            f"ApplyMapping: {mapping!r} is no mapping; write (source, target),"
            " (source, target, type) or (source, source type, target, type)"
        )
    source, target, kind = shape
    return Mapping(
        source=parse_path(texts[source]),
        target=parse_path(texts[target]),
        target_type=None if kind is None else texts[kind],
    )


def _apply(frame: DynamicFrame, mappings: list[Mapping], *, case_sensitive: bool) -> DataFrame:
    source = frame.planned()
    root = _Level()
    for mapping in mappings:
        column = _source(source.schema, mapping.source, case_sensitive=case_sensitive)
        if column is None:
            _log_missing(frame, mapping)
            column = F.lit(None)
            if mapping.target_type is None:
                continue
        if mapping.target_type is not None:
            column = _cast(source, column, mapping)
        _put(root, mapping.target, column)
    return source.select(*(_column(member).alias(name) for name, member in root.members.items()))


def _source(schema: StructType, names: tuple[str, ...], *, case_sensitive: bool) -> Column | None:
    """Return the column at a path, or None when there is none."""
    column: Column | None = None
    kind: DataType = schema
    for name in names:
        if not isinstance(kind, StructType):
            return None
        known = {(found if case_sensitive else found.lower()): found for found in kind.names}
        # An exact name wins over one that is equal but for case.
        found = name if name in kind.names else known.get(name if case_sensitive else name.lower())
        if found is None:
            return None
        column = F.col(quote(found)) if column is None else column.getField(found)
        kind = kind[found].dataType
    return column


def _cast(source: DataFrame, column: Column, mapping: Mapping) -> Column:
    given = mapping.target_type or ""
    try:
        # ANSI mode is on in Spark 4: a plain cast would end the job at the first bad value.
        cast = column.try_cast(_SPARK_NAMES.get(given.lower(), given))
        _ = source.select(cast).schema
    except AnalysisException as error:
        raise InvalidInputError(
            f"ApplyMapping: {'.'.join(mapping.source)!r} cannot become {given!r}:"
            f" {str(error).splitlines()[0]}"
        ) from error
    return cast


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
