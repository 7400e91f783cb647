"""What can be done with a choice: its values cast, some kept, or all kept side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from pyspark.sql import functions as F  # noqa: N812

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.transforms.casts import Target, cast_to, conformed, parse_target

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import Column
    from pyspark.sql.types import DataType, StructType

    Inner = Callable[[Column, DataType], Column]
    """What is done to a member's own fields."""

_CAST, _PROJECT = "cast:", "project:"
_ACTIONS = (_CAST, _PROJECT, "make_cols", "make_struct", "match_catalog")


class Action(Protocol):
    """One way to resolve a choice."""

    def suffixes(self, kind: StructType) -> tuple[str, ...]:
        """Return what the names of the resulting fields end in; most make one of the same name."""

    def part(self, suffix: str, column: Column, kind: StructType, inner: Inner) -> Column:
        """Return the values of one resulting field."""

    def plain(self, column: Column, kind: DataType) -> Column:
        """Return the values of a field that is no choice, when a script names it."""


@dataclass(frozen=True, kw_only=True)
class _SameName:
    """An action whose result takes the choice's place."""

    def suffixes(self, kind: StructType) -> tuple[str, ...]:  # noqa: ARG002
        """Return one empty suffix."""
        return ("",)

    def plain(self, column: Column, kind: DataType) -> Column:  # noqa: ARG002
        """Return the values as they are."""
        return column


@dataclass(frozen=True, kw_only=True)
class Cast(_SameName):
    """Cast every value; what cannot be cast is null."""

    target: Target

    def part(self, suffix: str, column: Column, kind: StructType, inner: Inner) -> Column:  # noqa: ARG002
        """Return all values as the target type."""
        return cast_to(column, kind, self.target)

    def plain(self, column: Column, kind: DataType) -> Column:
        """Return the values cast."""
        return cast_to(column, kind, self.target)


@dataclass(frozen=True, kw_only=True)
class Project(_SameName):
    """Keep the values that are of a type; others are null."""

    target: Target

    def part(self, suffix: str, column: Column, kind: StructType, inner: Inner) -> Column:  # noqa: ARG002
        """Return the values of the target type."""
        if self.target.name not in kind.names:
            empty = F.lit(None)
            return empty if self.target.kind is None else empty.cast(self.target.kind)
        member = kind[self.target.name].dataType
        values = inner(column.getField(self.target.name), member)
        if self.target.name == "decimal" and self.target.kind is not None:
            return conformed(values, member, self.target.kind)
        return _unmarked(values)


@dataclass(frozen=True, kw_only=True)
class MakeStruct(_SameName):
    """Keep all values in a struct of one field a type."""

    def part(self, suffix: str, column: Column, kind: StructType, inner: Inner) -> Column:  # noqa: ARG002
        """Return the struct."""
        members = [
            _unmarked(inner(column.getField(member.name), member.dataType)).alias(member.name)
            for member in kind.fields
        ]
        return F.when(column.isNotNull(), F.struct(*members))


@dataclass(frozen=True, kw_only=True)
class MakeCols:
    """Keep all values in fields of one type each, beside each other."""

    def suffixes(self, kind: StructType) -> tuple[str, ...]:
        """Return ``_<type>`` for each type."""
        return tuple(f"_{name}" for name in kind.names)

    def part(self, suffix: str, column: Column, kind: StructType, inner: Inner) -> Column:
        """Return the values of one type."""
        name = suffix.removeprefix("_")
        return _unmarked(inner(column.getField(name), kind[name].dataType))

    def plain(self, column: Column, kind: DataType) -> Column:  # noqa: ARG002
        """Return the values as they are."""
        return column


def parse_action(text: str) -> Action:
    """Return the action that a script names; match_catalog is none of a single field.

    Raises:
        InvalidInputError: There is no such action or type.
    """
    action = text.strip()
    if action.startswith(_CAST):
        return Cast(target=parse_target(action.removeprefix(_CAST), "resolveChoice"))
    if action.startswith(_PROJECT):
        return Project(target=parse_target(action.removeprefix(_PROJECT), "resolveChoice"))
    if action.lower() == "make_cols":
        return MakeCols()
    if action.lower() == "make_struct":
        return MakeStruct()
    hint = did_you_mean(action, _ACTIONS)
    if action == "match_catalog":
        hint = " match_catalog is for all choices: give it as choice, without specs."
    raise InvalidInputError(
        f"resolveChoice: there is no action {text!r}.{hint} There are: cast:TYPE, project:TYPE,"
        " make_cols, make_struct and, as choice only, match_catalog"
    )


def _unmarked(values: Column) -> Column:
    # A bare getField hands on the metadata that marks a choice's member.
    return F.coalesce(values)
