# ruff: noqa: N803  (names and signatures are Glue's)
"""SimplifyDDBJson and UnnestDDBJson: DynamoDB's JSON without the wrappers of its types.

An attribute is an object of one member, whose name is a tag for the type: ``{"N": "5"}``. Where
items differ in it, the struct has several tags, and what comes out is a choice.

Sources: DynamoDB developer guide, "DynamoDB table export output format"; Glue developer guide,
"DynamicFrame class", simplify_ddb_json and unnest_ddb_json.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql import types as T  # noqa: N812

from gluepot.transforms.base import GlueTransform
from gluepot.transforms.casts import conformed
from gluepot.transforms.choices import choice_column, choice_type, is_choice, to_glue
from gluepot.transforms.paths import quote
from gluepot.transforms.unnest import check_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import Column, DataFrame

    from gluepot.transforms.frame import DynamicFrame

Value: TypeAlias = "tuple[Column, T.DataType]"

_NULL = "NULL"
_TAGS: dict[str, tuple[type[T.DataType], ...]] = {
    "S": (T.StringType,),
    "N": (T.StringType, T.NumericType),
    "B": (T.StringType, T.BinaryType),
    "M": (T.StructType, T.MapType),
    "L": (T.ArrayType,),
    "SS": (T.ArrayType,),
    "NS": (T.ArrayType,),
    "BS": (T.ArrayType,),
    "BOOL": (T.BooleanType,),
    _NULL: (T.BooleanType,),
}
"""What may be under each tag; an attribute of an item may be called like a tag too."""


class SimplifyDDBJson(GlueTransform):
    """Take the wrappers off; maps become structs, and numbers stay the texts that they are.

    A struct of attributes at the top (``Item``) gives way to its attributes. The elements of a
    list stay as they are where they are maps or of several types, NULL being one.
    """

    def __call__(
        self,
        frame: DynamicFrame,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrame:
        """Return the simple frame; columns that are not in DynamoDB's JSON stay.

        Raises:
            InvalidInputError: Two columns would have one name.
        """
        stage = self.stage(transformation_ctx, info, stageThreshold, totalThreshold)
        return frame.derive(lambda: _plain_rows(self.name(), frame.planned(), unnest=False), stage)


class UnnestDDBJson(GlueTransform):
    """Take the wrappers off, and make the members of maps columns named ``a.b``.

    As SimplifyDDBJson, but that the elements of lists of wrapped values always stay as they are.
    """

    def __call__(
        self,
        frame: DynamicFrame,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrame:
        """Return the flat frame; columns that are not in DynamoDB's JSON stay.

        Raises:
            InvalidInputError: Two columns would have one name.
        """
        stage = self.stage(transformation_ctx, info, stageThreshold, totalThreshold)
        return frame.derive(lambda: _plain_rows(self.name(), frame.planned(), unnest=True), stage)


def _plain_rows(where: str, source: DataFrame, *, unnest: bool) -> DataFrame:
    columns = [
        pair
        for field in source.schema.fields
        for pair in _columns(field.name, F.col(quote(field.name)), field.dataType, unnest=unnest)
    ]
    check_names(where, (name for name, _ in columns))
    return source.select(*(column.alias(name) for name, column in columns))


def _columns(
    name: str, column: Column, kind: T.DataType, *, unnest: bool
) -> Iterator[tuple[str, Column]]:
    """Yield what a column of the top level becomes."""
    if _is_wrapper(kind):
        yield from _attribute(name, column, kind, unnest=unnest)
    elif _is_item(kind):
        for field in _fields(kind):
            inner = column.getField(field.name)
            yield from _attribute(field.name, inner, field.dataType, unnest=unnest)
    else:
        yield name, column


def _attribute(
    name: str, column: Column, kind: T.DataType, *, unnest: bool
) -> Iterator[tuple[str, Column]]:
    tags = {field.name: field.dataType for field in _fields(kind)}
    inner = tags.get("M")
    if unnest and set(tags) <= {"M", _NULL} and isinstance(inner, T.StructType) and inner.fields:
        for field in inner.fields:
            member = column.getField("M").getField(field.name)
            path = f"{name}.{field.name}"
            if _is_wrapper(field.dataType):
                yield from _attribute(path, member, field.dataType, unnest=True)
            else:
                yield path, member
        return
    yield name, _unwrapped(column, kind, lists=not unnest)[0]


def _fields(kind: T.DataType) -> list[T.StructField]:
    return list(kind.fields) if isinstance(kind, T.StructType) else []


def _is_wrapper(kind: T.DataType) -> bool:
    if isinstance(kind, T.StructType) and is_choice(kind):
        return False
    fields = _fields(kind)
    return bool(fields) and all(
        isinstance(field.dataType, (*_TAGS.get(field.name, ()), T.NullType)) and field.name in _TAGS
        for field in fields
    )


def _is_item(kind: T.DataType) -> bool:
    fields = _fields(kind)
    return bool(fields) and all(_is_wrapper(field.dataType) for field in fields)


def _unwrapped(column: Column, kind: T.DataType, *, lists: bool) -> Value:
    """Return the value in a wrapper and its type; of several tags, a choice of their types."""
    found: dict[str, Value] = {}
    for field in _fields(kind):
        if field.name != _NULL:
            value, inner = _content(column.getField(field.name), field, lists=lists)
            name = to_glue(inner).typeName()
            found[name] = _either(found[name], (value, inner)) if name in found else (value, inner)
    if not found:
        return F.lit(None), T.NullType()
    if len(found) == 1:
        return next(iter(found.values()))
    members = dict(sorted(found.items()))
    kinds = choice_type({name: inner for name, (_, inner) in members.items()})
    return choice_column({name: value for name, (value, _) in members.items()}), kinds


def _either(one: Value, two: Value) -> Value:
    """Return the one of two values of a kind that is there: texts and numbers, sets and lists."""
    kind = one[1]
    if kind != two[1]:
        items = T.ArrayType(T.StringType())
        kind = items if isinstance(kind, T.ArrayType) else T.StringType()
    return F.coalesce(conformed(*one, kind), conformed(*two, kind)), kind


def _content(column: Column, field: T.StructField, *, lists: bool) -> Value:
    kind = field.dataType
    if field.name == "M" and isinstance(kind, T.StructType) and kind.fields:
        return _simple_map(column, kind, lists=lists)
    if field.name == "L" and isinstance(kind, T.ArrayType) and lists:
        return _simple_list(column, kind)
    return column, kind


def _simple_map(column: Column, kind: T.StructType, *, lists: bool) -> Value:
    members: dict[str, Value] = {}
    for field in kind.fields:
        member = (column.getField(field.name), field.dataType)
        wrapped = _is_wrapper(field.dataType)
        members[field.name] = _unwrapped(*member, lists=lists) if wrapped else member
    parts = [value.alias(name) for name, (value, _) in members.items()]
    made = T.StructType([T.StructField(name, inner) for name, (_, inner) in members.items()])
    return F.when(column.isNotNull(), F.struct(*parts)), made


def _simple_list(column: Column, kind: T.ArrayType) -> Value:
    element = kind.elementType
    tags = [field.name for field in _fields(element)]
    if not _is_wrapper(element) or len(tags) > 1 or tags == ["M"]:
        return column, kind
    _, inner = _unwrapped(F.lit(None).cast(element), element, lists=True)
    items = F.transform(column, lambda item: _unwrapped(item, element, lists=True)[0])
    return items, T.ArrayType(inner)
