"""Two types into one that has the values of both, and columns brought to it.

The rules are Glue's (``gluetypes.mergeDataTypes``): structs have the fields of both, nulls give
way, and where the types differ the merged one is a choice. Names meet without regard to case, as
Spark looks them up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql import types as T  # noqa: N812

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms import gluetypes as G  # noqa: N812
from gluepot.transforms.choices import choice_column, choice_type, is_choice, to_glue, to_spark
from gluepot.transforms.paths import quote

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame


def merged_struct(one: T.StructType, two: T.StructType) -> T.StructType:
    """Return the struct with the fields of both, those of ``one`` first.

    Raises:
        InvalidInputError: A field has a type on one side that Glue has no name for (a variant, an
            interval), so that no choice can have it, and another on the other side.
    """
    fields = []
    for field in one.fields:
        other = _find(two, field.name)
        kind = field.dataType
        if other is not None:
            kind = _merged(field.dataType, other.dataType, field.name)
        nullable = field.nullable or other is None or other.nullable
        fields.append(T.StructField(field.name, kind, nullable, field.metadata))
    known = T.StructType(list(one.fields))
    fields += [
        T.StructField(field.name, field.dataType, True, field.metadata)  # noqa: FBT003
        for field in two.fields
        if _find(known, field.name) is None
    ]
    return T.StructType(fields)


def conformed(frame: DataFrame, target: T.StructType) -> DataFrame:
    """Return a DataFrame as rows of a type that its own was merged into."""
    if _as_they_are(frame.schema, target):
        return frame
    columns = []
    for field in target.fields:
        own = _find(frame.schema, field.name)
        if own is None:
            column = F.lit(None).cast(field.dataType)
        else:
            column = conformed_column(F.col(quote(own.name)), own.dataType, field.dataType)
        columns.append(column.alias(field.name, metadata=field.metadata or {}))
    return frame.select(*columns)


def _as_they_are(own: T.StructType, target: T.StructType) -> bool:
    """Return whether all columns are there already, in order, with what is said of them."""
    told = [[(field.name, field.metadata or {}) for field in each.fields] for each in (own, target)]
    return told[0] == told[1] and all(
        _same(one.dataType, other.dataType)
        for one, other in zip(own.fields, target.fields, strict=True)
    )


def conformed_column(column: Column, kind: T.DataType, target: T.DataType) -> Column:
    """Return a column as one of a type that its own was merged into."""
    if _same(kind, target):
        return column
    if isinstance(target, T.StructType) and is_choice(target):
        return _as_choice(column, kind, target)
    if isinstance(kind, T.StructType) and isinstance(target, T.StructType):
        return F.when(column.isNotNull(), F.struct(*_members(column, kind, target)))
    if isinstance(kind, T.ArrayType) and isinstance(target, T.ArrayType):
        before, after = kind.elementType, target.elementType
        return F.transform(column, lambda item: conformed_column(item, before, after))
    if isinstance(kind, T.MapType) and isinstance(target, T.MapType):
        before, after = kind.valueType, target.valueType
        return F.transform_values(column, lambda _, value: conformed_column(value, before, after))
    return column.cast(target)


def _members(column: Column, kind: T.StructType, target: T.StructType) -> list[Column]:
    members = []
    for field in target.fields:
        own = _find(kind, field.name)
        if own is None:
            member = F.lit(None).cast(field.dataType)
        else:
            member = conformed_column(column.getField(own.name), own.dataType, field.dataType)
        members.append(member.alias(field.name, metadata=field.metadata or {}))
    return members


def _as_choice(column: Column, kind: T.DataType, target: T.StructType) -> Column:
    if isinstance(kind, T.NullType):
        return F.lit(None).cast(target)
    if isinstance(kind, T.StructType) and is_choice(kind):
        own = {member.name: (column.getField(member.name), member.dataType) for member in kind}
    else:
        own = {to_glue(kind).typeName(): (column, kind)}
    return choice_column(
        {
            member.name: conformed_column(*own[member.name], member.dataType)
            if member.name in own
            else F.lit(None).cast(member.dataType)
            for member in target.fields
        }
    )


def _merged(one: T.DataType, two: T.DataType, name: str) -> T.DataType:  # noqa: PLR0911 - a type each
    if _same(one, two) or isinstance(two, T.NullType):
        return one
    if isinstance(one, T.NullType):
        return two
    if isinstance(one, T.StructType) and isinstance(two, T.StructType):
        if not is_choice(one) and not is_choice(two):
            return merged_struct(one, two)
    elif isinstance(one, T.ArrayType) and isinstance(two, T.ArrayType):
        return T.ArrayType(_merged(one.elementType, two.elementType, name))
    elif isinstance(one, T.MapType) and isinstance(two, T.MapType) and one.keyType == two.keyType:
        return T.MapType(one.keyType, _merged(one.valueType, two.valueType, name))
    elif isinstance(one, T.DecimalType) and isinstance(two, T.DecimalType):
        return to_spark(G.mergeDataTypes(to_glue(one), to_glue(two)))
    members = _choices(one, name)
    for member, kind in _choices(two, name).items():
        members[member] = _merged(members.get(member, T.NullType()), kind, name)
    if len(members) == 1:
        return next(iter(members.values()))
    return choice_type({member: members[member] for member in sorted(members)})


def _choices(kind: T.DataType, name: str) -> dict[str, T.DataType]:
    if isinstance(kind, T.StructType) and is_choice(kind):
        return {member.name: member.dataType for member in kind.fields}
    glue = to_glue(kind)
    if isinstance(glue, G.UnknownType) or (isinstance(glue, G.MapType) and glue.properties):
        raise InvalidInputError(
            f"{name!r} is {kind.simpleString()} in one frame and of another type in the other;"
            " Glue has no name for the type, so no choice can have it: give both fields one type"
        )
    return {glue.typeName(): kind}


def _same(one: T.DataType, two: T.DataType) -> bool:
    """Tell whether two types are the same but for what may be null and what fields are for."""
    if isinstance(one, T.StructType) and isinstance(two, T.StructType):
        return (
            is_choice(one) == is_choice(two)
            and one.names == two.names
            and all(map(_same, _kinds(one), _kinds(two)))
        )
    if isinstance(one, T.ArrayType) and isinstance(two, T.ArrayType):
        return _same(one.elementType, two.elementType)
    if isinstance(one, T.MapType) and isinstance(two, T.MapType):
        return one.keyType == two.keyType and _same(one.valueType, two.valueType)
    return one == two


def _kinds(struct: T.StructType) -> list[T.DataType]:
    return [field.dataType for field in struct.fields]


def _find(struct: T.StructType, name: str) -> T.StructField | None:
    if name in struct.names:
        return struct[name]
    return next((field for field in struct.fields if field.name.lower() == name.lower()), None)
