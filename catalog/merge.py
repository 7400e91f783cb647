"""One schema out of many samples: the union of columns, and the widest type of each.

``widest`` is a least upper bound, so it does not depend on the order of samples, on their
grouping or on repeats; only the order of members follows first sight.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gluepot.catalog.types import (
    BIGINT,
    DATE,
    DOUBLE,
    FLOAT,
    INT,
    MAX_PRECISION,
    SMALLINT,
    STRING,
    TIMESTAMP,
    TINYINT,
    VOID,
    Array,
    Char,
    Decimal,
    Field,
    Map,
    Primitive,
    Struct,
    Type,
    Varchar,
    parse_type,
    print_type,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gluepot.catalog.model import Column

_WIDTHS: Mapping[Type, int] = {TINYINT: 0, SMALLINT: 1, INT: 2, BIGINT: 3, FLOAT: 4, DOUBLE: 5}
_DIGITS: Mapping[Type, int] = {TINYINT: 3, SMALLINT: 5, INT: 10, BIGINT: 19}


@dataclass(frozen=True, kw_only=True)
class ColumnConflict:
    """A column whose two types only a choice would hold."""

    name: str
    left: str
    right: str


@dataclass(frozen=True, kw_only=True)
class MergeResult:
    """The merged columns; one in conflict keeps the type it had first."""

    columns: tuple[Column, ...]
    conflicts: tuple[ColumnConflict, ...] = ()


def widest(left: Type, right: Type) -> Type | None:
    """Return the narrowest type that holds both, or None if only a choice type would.

    A pair never widens to ``string`` here, except shorter text: that is a policy, and it
    belongs to the crawler. Members of structs meet by name, whatever its case.

    >>> print_type(widest(parse_type("int"), parse_type("decimal(4,2)")))
    'decimal(12,2)'
    >>> widest(parse_type("int"), parse_type("date")) is None
    True
    """
    if right in {left, VOID}:
        return left
    match left, right:
        case Primitive("void"), _:
            return right
        case Array(one), Array(other):
            element = widest(one, other)
            return None if element is None else Array(element)
        case Map(one_key, one_value), Map(other_key, other_value):
            key, value = widest(one_key, other_key), widest(one_value, other_value)
            return None if key is None or value is None else Map(key, value)
        case Struct(one_fields), Struct(other_fields):
            return _widest_struct(one_fields, other_fields)
        case _:
            return _widest_scalar(left, right)


def merge_columns(left: Sequence[Column], right: Sequence[Column]) -> MergeResult:
    """Return the union of two column lists, each type the widest; names meet whatever their case.

    The order, the spelling of a name, its comment and parameters follow first sight. A column
    without a type takes the other side's.

    Raises:
        InvalidInputError: A column's type cannot be parsed.
    """
    merged: dict[str, Column] = {}
    conflicts: list[ColumnConflict] = []
    for column in (*left, *right):
        key = column.name.lower()
        known = merged.get(key)
        if known is None:
            merged[key] = column
            continue
        type_, clash = _merged_type(known.type, column.type)
        if clash:
            name = known.name
            conflicts.append(ColumnConflict(name=name, left=clash[0], right=clash[1]))
        merged[key] = replace(
            known,
            type=type_,
            comment=known.comment if known.comment is not None else column.comment,
            parameters=known.parameters if known.parameters is not None else column.parameters,
        )
    return MergeResult(columns=tuple(merged.values()), conflicts=tuple(conflicts))


def _merged_type(left: str | None, right: str | None) -> tuple[str | None, tuple[str, str] | None]:
    """Return the merged type, and the two types if only a choice would hold both."""
    if left is None or right is None:
        return (right if left is None else left), None
    if left == right:
        return left, None
    found = widest(parse_type(left), parse_type(right))
    return (left, (left, right)) if found is None else (print_type(found), None)


def _widest_struct(left: Sequence[Field], right: Sequence[Field]) -> Struct | None:
    merged: dict[str, Field] = {}
    for field in (*left, *right):
        key = field.name.lower()
        known = merged.get(key)
        type_ = field.type if known is None else widest(known.type, field.type)
        if type_ is None:
            return None
        merged[key] = Field(field.name if known is None else known.name, type_)
    return Struct(tuple(merged.values()))


def _widest_scalar(left: Type, right: Type) -> Type | None:
    numbers = {*_WIDTHS}
    if left in numbers and right in numbers:
        return _widest_binary(left, right)
    if isinstance(left, Decimal) or isinstance(right, Decimal):
        return _widest_decimal(left, right)
    if {left, right} == {DATE, TIMESTAMP}:
        return TIMESTAMP
    return _widest_text(left, right)


def _widest_binary(left: Type, right: Type) -> Type:
    wide, narrow = sorted((left, right), key=_WIDTHS.__getitem__, reverse=True)
    # A float has 24 bits for digits: whole numbers beside it need a double.
    return DOUBLE if wide == FLOAT and narrow != FLOAT else wide


def _widest_decimal(left: Type, right: Type) -> Type | None:
    if {left, right} & {FLOAT, DOUBLE}:
        other = left if isinstance(right, Decimal) else right
        return DOUBLE if other in {FLOAT, DOUBLE} else None
    sizes = [_decimal_size(item) for item in (left, right)]
    known = [size for size in sizes if size is not None]
    if len(known) < len(sizes):
        return None
    whole, scale = max(size[0] for size in known), max(size[1] for size in known)
    return Decimal(whole + scale, scale) if whole + scale <= MAX_PRECISION else DOUBLE


def _decimal_size(type_: Type) -> tuple[int, int] | None:
    """Return how many digits before and after the point hold every value, or None."""
    if isinstance(type_, Decimal):
        return type_.precision - type_.scale, type_.scale
    digits = _DIGITS.get(type_)
    return None if digits is None else (digits, 0)


def _widest_text(left: Type, right: Type) -> Type | None:
    match left, right:
        case Char(one), Char(other):
            return Char(max(one, other))
        case ((Char(one) | Varchar(one)), (Char(other) | Varchar(other))):
            return Varchar(max(one, other))
        case ((Char() | Varchar()), Primitive("string")):
            return STRING
        case Primitive("string"), (Char() | Varchar()):
            return STRING
        case _:
            return None
