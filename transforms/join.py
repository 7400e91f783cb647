# ruff: noqa: N803, PLR0913, PLR0917  (names and signatures are Glue's)
"""Join and Union: two frames into one."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import (
    DataType,
    DateType,
    NullType,
    NumericType,
    StringType,
    TimestampNTZType,
    TimestampType,
)

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms.base import GlueTransform
from gluepot.transforms.fields import key_column
from gluepot.transforms.paths import as_paths, parse_path, quote
from gluepot.transforms.registry import JOIN_KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyspark.sql import Column, DataFrame

    from gluepot.transforms.frame import DynamicFrame

_TIMES = (DateType, TimestampType, TimestampNTZType)


class Join(GlueTransform):
    """Join two frames where their keys are equal; a null key equals nothing."""

    def __call__(
        self,
        frame1: DynamicFrame,
        frame2: DynamicFrame,
        keys1: str | Iterable[str],
        keys2: str | Iterable[str],
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
        *,
        how: str = "inner",
    ) -> DynamicFrame:
        """Return the joined frame: all fields of both, keys of both sides too.

        A name that both frames have gets a dot before it where it comes from ``frame1``
        (``.zip`` and ``zip``), as Glue does. Kinds of join that return only ``frame1``'s fields
        leave its names alone.

        Raises:
            UnknownFieldError: A key is not in its frame.
            InvalidInputError: The lists of keys differ in length, a pair of keys differs in kind
                (text and number), or ``how`` is not one of JOIN_KINDS.
        """
        stage = self.stage(transformation_ctx, info, stageThreshold, totalThreshold)
        pairs = _pairs(as_paths(keys1), as_paths(keys2))
        if how not in JOIN_KINDS:
            raise InvalidInputError(f"Join: how is one of {', '.join(JOIN_KINDS)}, not {how!r}")
        return frame1.derive(lambda: _join(frame1, frame2, pairs, how), stage, frame2)


class Union(GlueTransform):
    """Put the records of two frames together."""

    def __call__(
        self,
        frame1: DynamicFrame,
        frame2: DynamicFrame,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrame:
        """Return all records of both; fields are brought together by name, missing ones are null.

        Raises:
            InvalidInputError: A field is of kinds that do not mix (text and number).
        """
        stage = self.stage(transformation_ctx, info, stageThreshold, totalThreshold)
        return frame1.derive(lambda: _union(frame1, frame2), stage, frame2)


def _pairs(keys1: tuple[str, ...], keys2: tuple[str, ...]) -> list[tuple[str, str]]:
    if not keys1 or len(keys1) != len(keys2):
        raise InvalidInputError(
            f"Join: keys1 has {len(keys1)} fields and keys2 has {len(keys2)};"
            " they are compared in pairs, so give as many of both, and at least one"
        )
    return list(zip(keys1, keys2, strict=True))


def _join(
    frame1: DynamicFrame, frame2: DynamicFrame, pairs: list[tuple[str, str]], how: str
) -> DataFrame:
    left, right = frame1.planned(), frame2.planned()
    for key1, key2 in pairs:
        _, kind1 = key_column("Join, keys1", key1, frame1)
        _, kind2 = key_column("Join, keys2", key2, frame2)
        if not _mix(kind1, kind2):
            raise InvalidInputError(
                f"Join: {key1!r} is {kind1.simpleString()} but {key2!r} is"
                f" {kind2.simpleString()}; give them one type with ApplyMapping first"
            )
    names = _prefixed(left.columns, right.columns)
    left = left.select(*(F.col(quote(old)).alias(new) for old, new in names.items()))
    equal = [_key(key1, names) == _key(key2, {}) for key1, key2 in pairs]
    joined = left.join(right, reduce(lambda one, two: one & two, equal), how)
    if how in {"left_semi", "left_anti"}:
        return joined.select(*(F.col(quote(new)).alias(old) for old, new in names.items()))
    return joined


def _prefixed(left: list[str], right: list[str]) -> dict[str, str]:
    # Spark looks names up without case, so ID and id would be ambiguous too.
    taken = {name.lower() for name in right}
    names = {}
    for name in left:
        new = name
        while new.lower() in taken:
            new = f".{new}"
        names[name] = new
        taken.add(new.lower())
    return names


def _key(path: str, names: dict[str, str]) -> Column:
    first, *rest = parse_path(path)
    column = F.col(quote(names.get(first, first)))
    for name in rest:
        column = column.getField(name)
    return column


def _mix(one: DataType, two: DataType) -> bool:
    """Tell whether values of both types can be compared without a cast that may fail."""
    if one == two or isinstance(one, NullType) or isinstance(two, NullType):
        return True
    for family in (NumericType, _TIMES, StringType):
        if isinstance(one, family) and isinstance(two, family):
            return True
    return type(one) is type(two) and not isinstance(one, (NumericType, StringType))


def _union(frame1: DynamicFrame, frame2: DynamicFrame) -> DataFrame:
    one, two = frame1.planned(), frame2.planned()
    others = {field.name.lower(): field for field in two.schema.fields}
    for field in one.schema.fields:
        other = others.get(field.name.lower())
        if other is not None and not _mix(field.dataType, other.dataType):
            raise InvalidInputError(
                f"Union: {field.name!r} is {field.dataType.simpleString()} in frame"
                f" {frame1.name!r} but {other.dataType.simpleString()} in {frame2.name!r};"
                " give them one type with ApplyMapping first"
            )
    return one.unionByName(two, allowMissingColumns=True)
