"""Choices taken out of Spark's VARIANT values, at any depth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql import types as T  # noqa: N812

from gluepot.transforms import gluetypes as G  # noqa: N812
from gluepot.transforms.choices import CHOICE, to_spark
from gluepot.transforms.paths import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pyspark.sql import Column

_BITS = {"byte": 8, "short": 16, "int": 32, "long": 64}
_FRACTIONS = ("double", "float", "decimal")
_GROUPS = {
    "fraction": _FRACTIONS,
    "text": ("string", "enum", "timestamp", "timestampntz", "date", "binary"),
    "OBJECT<": ("struct", "map"),
    "ARRAY<": ("array", "set"),
    "BOOLEAN": ("boolean",),
}
"""JSON tells apart no more kinds than these; the first of a choice's types of each takes it."""

_NO_VALUE = (G.NullType, G.UnknownType)


def contains(kind: G.DataType, *wanted: type[G.DataType]) -> bool:
    """Return whether a type is one of those wanted or contains one; choices are not entered."""
    if isinstance(kind, G.StructType):
        return any(contains(field.dataType, *wanted) for field in kind)
    if isinstance(kind, (G.ArrayType, G.SetType)):
        return contains(kind.elementType, *wanted)
    if isinstance(kind, G.MapType):
        return contains(kind.valueType, *wanted)
    return isinstance(kind, wanted)


def parsed_type(kind: G.DataType) -> T.DataType:
    """Return the Spark type that a JSON parser is to be given: VARIANT for choices."""
    if isinstance(kind, G.ChoiceType):
        return T.VariantType()
    if isinstance(kind, G.StructType):
        members = [T.StructField(field.name, parsed_type(field.dataType)) for field in kind]
        return T.StructType(members)
    if isinstance(kind, (G.ArrayType, G.SetType)):
        return T.ArrayType(parsed_type(kind.elementType))
    if isinstance(kind, G.MapType):
        return T.MapType(T.StringType(), parsed_type(kind.valueType))
    return to_spark(kind)


def resolved(column: Column, kind: G.DataType) -> Column:
    """Return a column of ``parsed_type(kind)`` with the variants in it made choices."""
    if isinstance(kind, G.ChoiceType):
        return _choice(column, kind)
    return _rebuilt(column, kind, resolved) if contains(kind, G.ChoiceType) else column


def from_variant(variant: Column, kind: G.DataType) -> Column:
    """Return a VARIANT as a value of a type; null where it is of another."""
    if isinstance(kind, G.ChoiceType):
        return _choice(variant, kind)
    return _members(variant, [kind])[kind.typeName()]


def _choice(variant: Column, kind: G.ChoiceType) -> Column:
    members = _members(variant, list(kind.choices.values()))
    parts = [column.alias(name, metadata={CHOICE: True}) for name, column in members.items()]
    return F.when(F.schema_of_variant(variant) != "VOID", F.struct(*parts))


def _members(variant: Column, kinds: Sequence[G.DataType]) -> dict[str, Column]:
    """Return, for each type, the value where the variant is of it and null elsewhere."""
    names = [kind.typeName() for kind in kinds]
    return {
        kind.typeName(): F.when(_is_of(variant, kind.typeName(), names), _value(variant, kind))
        for kind in kinds
    }


def _is_of(variant: Column, name: str, names: Sequence[str]) -> Column:
    """Return whether a value belongs to a type when its choice has types of these ``names``."""
    found = F.schema_of_variant(variant)
    if name in _BITS:
        return (found == "BIGINT") & ~_fits_narrower(variant, name, names)
    if name in _FRACTIONS:
        return _is_fraction(variant, name, names)
    group = next((key for key, members in _GROUPS.items() if name in members), None)
    if group is None or name != _first(group, names):
        return F.lit(False)  # noqa: FBT003
    if group.endswith("<"):
        return found.startswith(group)
    return found == ("STRING" if group == "text" else group)


def _first(group: str, names: Sequence[str]) -> str:
    return next(member for member in _GROUPS[group] if member in names)


def _fits_narrower(variant: Column, name: str, names: Sequence[str]) -> Column:
    narrower = [_BITS[other] for other in names if _BITS.get(other, 64) < _BITS[name]]
    if not narrower:
        return F.lit(False)  # noqa: FBT003
    half = 2 ** (max(narrower) - 1)
    return F.try_variant_get(variant, "$", "bigint").between(-half, half - 1)


def _is_fraction(variant: Column, name: str, names: Sequence[str]) -> Column:
    found = F.schema_of_variant(variant)
    # A variant has 1.0 as a decimal of no fraction; only what a long cannot hold is whole.
    beyond = found.like("DECIMAL(%,0)") & F.try_variant_get(variant, "$", "bigint").isNull()
    if name != _first("fraction", names):
        return beyond if name == "decimal" else F.lit(False)  # noqa: FBT003
    fractions = found.startswith("DECIMAL") | found.isin("DOUBLE", "FLOAT")
    if "decimal" in names and name != "decimal":
        fractions &= ~beyond
    return fractions if set(names) & set(_BITS) else fractions | (found == "BIGINT")


def _value(variant: Column, kind: G.DataType) -> Column:
    if isinstance(kind, _NO_VALUE):
        return F.lit(None).cast(to_spark(kind))
    return _finished(F.try_variant_get(variant, "$", _ddl(kind)), kind)


def _finished(column: Column, kind: G.DataType) -> Column:
    """Return a column of the type that ``_ddl`` tells as one of ``kind``."""
    if isinstance(kind, G.ChoiceType):
        return _choice(column, kind)
    if isinstance(kind, _NO_VALUE):
        return F.lit(None).cast(to_spark(kind))
    unlike = contains(kind, G.ChoiceType, *_NO_VALUE)
    return _rebuilt(column, kind, _finished) if unlike else column


def _rebuilt(
    column: Column, kind: G.DataType, inner: Callable[[Column, G.DataType], Column]
) -> Column:
    """Return a struct, array or map with ``inner`` done to each of its values; null stays null."""
    if isinstance(kind, (G.ArrayType, G.SetType)):
        element = kind.elementType
        return F.transform(column, lambda item: inner(item, element))
    if isinstance(kind, G.MapType):
        held = kind.valueType
        return F.transform_values(column, lambda _, value: inner(value, held))
    if not isinstance(kind, G.StructType):
        raise TypeError(f"{kind} has no values inside")
    members = [
        inner(column.getField(field.name), field.dataType).alias(field.name) for field in kind
    ]
    return F.when(column.isNotNull(), F.struct(*members))


def _ddl(kind: G.DataType) -> str:
    """Return a type as Spark's DDL, VARIANT for what a variant cannot be cast to."""
    if isinstance(kind, G.StructType):
        members = ",".join(f"{quote(field.name)}:{_ddl(field.dataType)}" for field in kind)
        return f"struct<{members}>"
    if isinstance(kind, (G.ArrayType, G.SetType)):
        return f"array<{_ddl(kind.elementType)}>"
    if isinstance(kind, G.MapType):
        return f"map<string,{_ddl(kind.valueType)}>"
    if isinstance(kind, (G.ChoiceType, *_NO_VALUE)):
        return "variant"
    return to_spark(kind).simpleString()
