"""The walk through a record's type that resolves its choices where a plan says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql import types as T  # noqa: N812

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms.choice_actions import MakeCols, MakeStruct
from gluepot.transforms.choices import choice_column, has_choice, is_choice
from gluepot.transforms.paths import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pyspark.sql import Column, DataFrame

    from gluepot.transforms.choice_actions import Action

    Names = tuple[str, ...]


class Plan(Protocol):
    """Which choices are resolved, and how."""

    def of_choice(self, path: Names, *, element: bool) -> Action | None:
        """Return what is done to the choice of a field, or of the elements of a field's array."""

    def of_plain(self, path: Names, *, element: bool) -> Action | None:
        """Return what is done to a field without a choice, or to the elements of its array."""

    def goes_into(self, path: Names, kind: T.DataType) -> bool:
        """Return whether anything may be done to a field or inside it."""


def rewritten(source: DataFrame, plan: Plan) -> DataFrame:
    """Return the DataFrame with the choices of a plan resolved, each at the place of its field.

    Raises:
        InvalidInputError: A new column has the name of one that is there.
    """
    fields = ((each.name, F.col(quote(each.name)), each.dataType) for each in source.schema.fields)
    columns = _Walk(plan).fields(fields, ())
    return source.select(*(column.alias(name) for name, column in columns.items()))


class _Walk:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def fields(
        self, fields: Iterable[tuple[str, Column, T.DataType]], at: Names
    ) -> dict[str, Column]:
        """Return the columns of one level by name."""
        result: dict[str, Column] = {}
        known = list(fields)
        names = {name for name, _, _ in known}
        for name, column, kind in known:
            parts = self._field(name, column, kind, (*at, name))
            taken = (set(parts) - {name}) & (names | set(result))
            if taken:
                raise InvalidInputError(
                    f"resolveChoice: {name!r} makes a column {min(taken)!r}, which is there already"
                )
            result |= parts
        return result

    def _field(self, name: str, column: Column, kind: T.DataType, path: Names) -> dict[str, Column]:
        if not self._plan.goes_into(path, kind):
            return {name: column}
        choice, element = _choice_in(kind)
        action = None
        if choice is not None:
            action = self._plan.of_choice(path, element=element)
            # An array that is no choice itself may be told without the brackets.
            action = action or self._plan.of_choice(path, element=False)
        elif not has_choice(kind):
            return {name: self._plain(column, kind, path)}
        if choice is None or action is None:
            return {name: self._value(column, kind, path)}

        def part(suffix: str) -> Column:
            return _over(
                column,
                kind,
                lambda value: action.part(suffix, value, choice, self._inner(path)),
            )

        return {f"{name}{suffix}": part(suffix) for suffix in action.suffixes(choice)}

    def _plain(self, column: Column, kind: T.DataType, path: Names) -> Column:
        """Return a field without choices: as an action makes it, or with fields inside changed."""
        action = self._plan.of_plain(path, element=False)
        if action is not None:
            return action.plain(column, kind)
        action = self._plan.of_plain(path, element=True)
        if action is not None and isinstance(kind, T.ArrayType):
            inner = kind.elementType
            return F.transform(column, lambda item: action.plain(item, inner))
        return self._value(column, kind, path)

    def _inner(self, path: Names) -> Callable[[Column, T.DataType], Column]:
        return lambda column, kind: self._value(column, kind, path)

    def _value(self, column: Column, kind: T.DataType, path: Names) -> Column:
        """Return a value with the choices inside it resolved, not one that it is itself."""
        if not self._plan.goes_into(path, kind):
            return column
        if isinstance(kind, T.ArrayType):
            inner = kind.elementType
            return F.transform(column, lambda item: self._item(item, inner, path))
        if isinstance(kind, T.MapType):
            held = kind.valueType
            return F.transform_values(column, lambda _, value: self._item(value, held, path))
        if not isinstance(kind, T.StructType):
            return column
        if is_choice(kind):
            members = {
                each.name: self._value(column.getField(each.name), each.dataType, path)
                for each in kind.fields
            }
            return choice_column(members)
        return self._struct(column, kind, path)

    def _struct(self, column: Column, kind: T.StructType, path: Names) -> Column:
        fields = ((each.name, column.getField(each.name), each.dataType) for each in kind.fields)
        members = self.fields(fields, path)
        parts = [member.alias(name) for name, member in members.items()]
        return F.when(column.isNotNull(), F.struct(*parts))

    def _item(self, item: Column, kind: T.DataType, path: Names) -> Column:
        """Return an element of an array (or a value of a map) that has no name of its own."""
        if isinstance(kind, T.StructType) and is_choice(kind):
            action = self._plan.of_choice(path, element=True)
            # Without a name there are no columns to make; a struct loses nothing either.
            action = MakeStruct() if isinstance(action, MakeCols) else action
            if action is not None:
                return action.part("", item, kind, self._inner(path))
        return self._value(item, kind, path)


def _choice_in(kind: T.DataType) -> tuple[T.StructType | None, bool]:
    """Return the choice that a type is or holds in arrays and maps, and whether it holds it."""
    if isinstance(kind, T.StructType):
        return (kind if is_choice(kind) else None), False
    if isinstance(kind, T.ArrayType | T.MapType):
        inner = kind.elementType if isinstance(kind, T.ArrayType) else kind.valueType
        return _choice_in(inner)[0], True
    return None, False


def _over(column: Column, kind: T.DataType, edit: Callable[[Column], Column]) -> Column:
    """Return a value with ``edit`` done to the choice in its arrays and maps."""
    if isinstance(kind, T.ArrayType):
        inner = kind.elementType
        return F.transform(column, lambda item: _over(item, inner, edit))
    if isinstance(kind, T.MapType):
        held = kind.valueType
        return F.transform_values(column, lambda _, value: _over(value, held, edit))
    return edit(column)
