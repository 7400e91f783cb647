"""Casts that never fail: a value that cannot be of the type that is wanted becomes null."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql import types as T  # noqa: N812

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.transforms import gluetypes as G  # noqa: N812
from gluepot.transforms.choice_json import variant_column
from gluepot.transforms.choices import is_choice, to_glue, to_spark

if TYPE_CHECKING:
    from pyspark.sql import Column

_NESTED = (T.StructType, T.ArrayType, T.MapType)
_NUMBERS = (T.NumericType,)
_TIMES = (T.DateType, T.TimestampType, T.TimestampNTZType)
_CASTABLE: tuple[tuple[tuple[type[T.DataType], ...], tuple[type[T.DataType], ...]], ...] = (
    ((T.StringType,), (T.AtomicType,)),
    (_NUMBERS, (T.NumericType, T.BooleanType, T.TimestampType)),
    ((T.BooleanType,), (T.NumericType, T.BooleanType)),
    (_TIMES, _TIMES),
    ((T.TimestampType,), _NUMBERS),
    ((T.BinaryType,), (T.BinaryType,)),
)
"""What Spark casts to what but for text, which all can be, in ANSI mode; see Cast.canAnsiCast."""

_ALIASES = {"bigint": "long", "smallint": "short", "tinyint": "byte", "integer": "int"}
_ALIASES |= {"timestamp_ntz": "timestampntz", "numeric": "decimal", "bool": "boolean"}
_WHOLE = ("struct", "array", "map", "set")
_TEXTS = ("enum",)
_DECIMAL = re.compile(r"decimal\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)")


@dataclass(frozen=True, kw_only=True)
class Target:
    """A type that a script names.

    Attributes:
        name: Glue's name: that of a member of a choice.
        kind: Spark's type; None for a nested type, of which the parts are not told.
    """

    name: str
    kind: T.DataType | None

    @classmethod
    def of(cls, kind: T.DataType | G.DataType) -> Target:
        """Return the target of a type of Spark or of Glue."""
        if isinstance(kind, G.DataType):
            return cls(name=kind.typeName(), kind=to_spark(kind))
        return cls(name=to_glue(kind).typeName(), kind=kind)


def parse_target(text: str, where: str) -> Target:
    """Return the type of a name of Glue's or Spark's, decimals with their digits if they have.

    Raises:
        InvalidInputError: There is no such type; ``where`` says who asked.
    """
    name = text.strip().lower()
    name = _ALIASES.get(name, name)
    digits = _DECIMAL.fullmatch(name)
    if digits is not None:
        precision, scale = int(digits[1]), int(digits[2] or 0)
        if not 1 <= precision <= G.MOST_DIGITS or scale > precision:
            raise InvalidInputError(
                f"{where}: {text!r} is no decimal: it has 1 to {G.MOST_DIGITS} digits,"
                " not more of them after the point"
            )
        return Target(name="decimal", kind=T.DecimalType(precision, scale))
    if name in _WHOLE:
        return Target(name=name, kind=None)
    if name in _TEXTS:
        return Target(name=name, kind=T.StringType())
    kind = G.type_named(name)
    if kind is None or isinstance(kind, G.UnknownType):
        known = [*_WHOLE, *_TEXTS, *_ATOMS]
        raise InvalidInputError(
            f"{where}: there is no type {text!r}.{did_you_mean(name, known)}"
            f" There are: {', '.join(sorted(known))}"
        )
    return Target(name=name, kind=to_spark(kind))


_ATOMS = (
    *("binary", "boolean", "byte", "date", "decimal", "double", "float", "int", "long", "null"),
    *("short", "string", "timestamp", "timestampntz"),
)


def cast_to(column: Column, kind: T.DataType, target: Target) -> Column:
    """Return values of a type, or of a choice, as a target type; of a nested one as they are."""
    if target.kind is not None:
        return conformed(column, kind, target.kind)
    name = "array" if target.name == "set" else target.name
    if isinstance(kind, T.StructType) and is_choice(kind):
        # The mark of a choice's member would go on with a bare getField.
        members = [member for member in (target.name, name) if member in kind.names]
        return F.coalesce(column.getField(members[0])) if members else F.lit(None)
    return column if to_glue(kind).typeName() == name else F.lit(None)


def conformed(column: Column, kind: T.DataType, target: T.DataType) -> Column:
    """Return values as a type, at any depth: fields by name, choices by the value they are.

    Nested values become JSON where text is wanted. What cannot be cast is null.
    """
    if kind == target:
        return column
    if isinstance(kind, T.StructType) and is_choice(kind):
        members = [conformed(column.getField(m.name), m.dataType, target) for m in kind.fields]
        return F.coalesce(*members)
    if isinstance(kind, _NESTED) and isinstance(target, _NESTED):
        return _conformed_nested(column, kind, target)
    if isinstance(kind, _NESTED):
        as_text = isinstance(target, T.StringType)
        return F.to_json(variant_column(column, kind)) if as_text else F.lit(None).cast(target)
    if isinstance(target, _NESTED) or not _castable(kind, target):
        return F.lit(None).cast(target)
    # ANSI mode is on in Spark 4: a plain cast would end the job at the first bad value.
    return column.try_cast(target)


def _castable(kind: T.DataType, target: T.DataType) -> bool:
    if isinstance(kind, (T.NullType, T.VariantType)) or isinstance(target, T.StringType):
        return True
    return any(isinstance(kind, of) and isinstance(target, to) for of, to in _CASTABLE)


def _conformed_nested(column: Column, kind: T.DataType, target: T.DataType) -> Column:
    if isinstance(kind, T.StructType) and isinstance(target, T.StructType):
        found = {field.name.lower(): field for field in kind.fields}
        members = []
        for wanted in target.fields:
            field = found.get(wanted.name.lower())
            member = F.lit(None).cast(wanted.dataType)
            if field is not None:
                member = conformed(column.getField(field.name), field.dataType, wanted.dataType)
            members.append(member.alias(wanted.name, metadata=wanted.metadata or {}))
        return F.when(column.isNotNull(), F.struct(*members))
    if isinstance(kind, T.ArrayType) and isinstance(target, T.ArrayType):
        element, inner = kind.elementType, target.elementType
        return F.transform(column, lambda item: conformed(item, element, inner))
    if isinstance(target, T.MapType):
        return _conformed_map(column, kind, target)
    return F.lit(None).cast(target)


def _conformed_map(column: Column, kind: T.DataType, target: T.MapType) -> Column:
    held = target.valueType
    if isinstance(kind, T.MapType):
        values, keys = kind.valueType, kind.keyType
        changed = F.transform_values(column, lambda _, value: conformed(value, values, held))
        if keys == target.keyType:
            return changed
        return F.lit(None).cast(target)
    if isinstance(kind, T.StructType) and isinstance(target.keyType, T.StringType):
        # A catalog may declare as a map what a document has as an object.
        pairs = [
            part
            for field in kind.fields
            for part in (
                F.lit(field.name),
                conformed(column.getField(field.name), field.dataType, held),
            )
        ]
        present = F.map_filter(
            F.create_map(*pairs).cast(target), lambda _, value: value.isNotNull()
        )
        return F.when(column.isNotNull(), present)
    return F.lit(None).cast(target)
