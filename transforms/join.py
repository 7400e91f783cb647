# ruff: noqa: N803, PLR0913, PLR0917  (names and signatures are Glue's)
"""Join and Union: two frames into one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import (
    DataType,
    DateType,
    NullType,
    NumericType,
    StructType,
    TimestampNTZType,
    TimestampType,
)

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms.base import GlueTransform
from gluepot.transforms.choices import is_choice
from gluepot.transforms.edits import as_struct, key_column
from gluepot.transforms.merging import conformed, merged_struct
from gluepot.transforms.paths import as_paths, parse_path, quote
from gluepot.transforms.registry import JOIN_KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyspark.sql import Column, DataFrame

    from gluepot.transforms.frame import DynamicFrame

_TIMES = (DateType, TimestampType, TimestampNTZType)


@dataclass(frozen=True, kw_only=True)
class _Key:
    """One key of one side."""

    path: str
    column: Column
    kind: DataType

    @property
    def word(self) -> str:
        """Return the type in a message's words."""
        if isinstance(self.kind, StructType) and is_choice(self.kind):
            return "a choice of " + " and ".join(self.kind.names)
        return self.kind.simpleString()

    def families(self) -> dict[str, Column]:
        """Return the values by the families of types they can be compared in."""
        if not (isinstance(self.kind, StructType) and is_choice(self.kind)):
            return {_family(self.kind): self.column}
        members: dict[str, list[Column]] = {}
        for member in self.kind.fields:
            value = self.column.getField(member.name)
            members.setdefault(_family(member.dataType), []).append(value)
        return {family: F.coalesce(*values) for family, values in members.items()}


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
        leave its names alone. The result has the name of ``frame1``.

        A value of a choice equals a value of the same kind: number and number, text and text; 1 is
        not "1". Resolve the choice first where it should be.

        Args:
            frame1: Any frame.
            frame2: Any frame; it may be the same.
            keys1: Paths of the fields of ``frame1`` that are compared.
            keys2: As many paths of fields of ``frame2``, in the same order.
            transformation_ctx: See GlueTransform, as for the next three.
            info: Kept for messages.
            stageThreshold: Failed records of this transform that end the job.
            totalThreshold: Failed records so far that end the job.
            how: One of JOIN_KINDS; Glue has the inner join only.

        Raises:
            UnknownFieldError: A key is not in its frame.
            InvalidInputError: The lists of keys differ in length, a pair of keys differs in kind
                (text and number), or ``how`` is not one of JOIN_KINDS.
        """
        stage = self.stage(transformation_ctx, info, stageThreshold, totalThreshold)
        pairs = paired(as_paths(keys1), as_paths(keys2))
        if how not in JOIN_KINDS:
            raise InvalidInputError(f"Join: how is one of {', '.join(JOIN_KINDS)}, not {how!r}")
        return frame1.derive(lambda: joined(frame1, frame2, pairs, how), stage, frame2)


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
        """Return all records of both, their fields brought together by name, at any depth.

        A field that one side lacks is null in its records. A field of different types becomes a
        choice, as in Glue: int and long too. The fields of ``frame1`` come first.

        Args:
            frame1: Any frame; its name is the result's.
            frame2: Any frame.
            transformation_ctx: See GlueTransform, as for the next three.
            info: Kept for messages.
            stageThreshold: Failed records of this transform that end the job.
            totalThreshold: Failed records so far that end the job.

        Raises:
            InvalidInputError: A field's types differ and one has no name in Glue (a variant).
        """
        stage = self.stage(transformation_ctx, info, stageThreshold, totalThreshold)
        return frame1.derive(lambda: united(frame1.planned(), frame2.planned()), stage, frame2)


def united(one: DataFrame, two: DataFrame) -> DataFrame:
    """Return the rows of both, as rows of the merged type; see Union."""
    target = merged_struct(one.schema, two.schema)
    return conformed(one, target).union(conformed(two, target))


def paired(keys1: tuple[str, ...], keys2: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return the keys of both sides, two by two.

    Raises:
        InvalidInputError: There are none, or not as many of both.
    """
    if not keys1 or len(keys1) != len(keys2):
        raise InvalidInputError(
            f"Join: keys1 has {len(keys1)} fields and keys2 has {len(keys2)};"
            " they are compared in pairs, so give as many of both, and at least one"
        )
    return list(zip(keys1, keys2, strict=True))


def joined(
    frame1: DynamicFrame, frame2: DynamicFrame, pairs: list[tuple[str, str]], how: str
) -> DataFrame:
    """Return the rows of both frames where their keys are equal; see Join.

    Raises:
        UnknownFieldError: A key is not in its frame.
        InvalidInputError: A pair of keys differs in kind.
    """
    left, right = frame1.planned(), frame2.planned()
    kinds = [
        (key_column("Join, keys1", key1, frame1)[1], key_column("Join, keys2", key2, frame2)[1])
        for key1, key2 in pairs
    ]
    names = _prefixed(left.columns, right.columns)
    left = left.select(*(_renamed(old, new) for old, new in names.items()))
    equal = [
        _equal(
            _Key(path=key1, column=_key(key1, frame1, names), kind=kind1),
            _Key(path=key2, column=_key(key2, frame2, {}), kind=kind2),
        )
        for (key1, key2), (kind1, kind2) in zip(pairs, kinds, strict=True)
    ]
    result = left.join(right, reduce(lambda one, two: one & two, equal), how)
    if how in {"left_semi", "left_anti"}:
        return result.select(*(_renamed(new, old) for old, new in names.items()))
    return result


def _renamed(name: str, to: str) -> Column | str:
    return quote(name) if name == to else F.col(quote(name)).alias(to)


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


def _key(path: str, frame: DynamicFrame, names: dict[str, str]) -> Column:
    first, *rest = parse_path(path)
    column = F.col(quote(names.get(first, first)))
    kind = frame.planned().schema[first].dataType
    for name in rest:
        column, struct = as_struct(column, kind)
        if struct is None:
            raise AssertionError("key_column has seen that the path leads through structs")
        column, kind = column.getField(name), struct[name].dataType
    return column


def _equal(one: _Key, two: _Key) -> Column:
    """Return the condition that two keys are equal, in a form that Spark can hash by.

    A choice has a value for each family of types, at most one of them not null. Two keys are equal
    when all families that both have are, nulls included, and one of them is not null.
    """
    values1, values2 = one.families(), two.families()
    both = [family for family in values1 if family in values2]
    if isinstance(one.kind, NullType) or isinstance(two.kind, NullType):
        return one.column == two.column
    if not both:
        raise InvalidInputError(
            f"Join: {one.path!r} is {one.word} but {two.path!r} is {two.word};"
            " give them one type with ApplyMapping (or resolveChoice) first"
        )
    if not (is_choice(one.kind) or is_choice(two.kind)):
        return one.column == two.column
    same = [values1[family].eqNullSafe(values2[family]) for family in both]
    present = [values1[family].isNotNull() for family in both]
    return reduce(and_, same) & reduce(or_, present)


def _family(kind: DataType) -> str:
    """Return what values can be compared with: no cast that may fail is needed in a family."""
    if isinstance(kind, NumericType):
        return "number"
    if isinstance(kind, _TIMES):
        return "time"
    return kind.typeName()
