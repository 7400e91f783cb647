"""Types of nested values out of what was seen in single ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.catalog.merge import widest
from gluepot.catalog.types import STRING, VOID, Array, Field, Struct, Type

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_DEPTH = 32
"""How deep documents are followed; what lies deeper is string. DynamoDB allows no deeper ones."""

MAX_MEMBERS = 1_000
"""How many members a nested document may have in all; with more it is a map, and string here."""


def hold_both(left: Type, right: Type) -> Type:
    """Return the type that holds both, member by member; string where only text would.

    >>> from gluepot.catalog.types import parse_type, print_type
    >>> print_type(hold_both(parse_type("struct<a:int,b:date>"), parse_type("struct<a:string>")))
    'struct<a:string,b:date>'
    """
    both = widest(left, right)
    if both is not None:
        return both
    match left, right:
        case Array(one), Array(other):
            return Array(hold_both(one, other))
        case Struct(ones), Struct(others):
            merged = {item.name.lower(): item for item in ones}
            for item in others:
                known = merged.get(item.name.lower())
                type_ = item.type if known is None else hold_both(known.type, item.type)
                merged[item.name.lower()] = Field(known.name if known else item.name, type_)
            return Struct(tuple(merged.values()))
        case _:
            return STRING


def struct_of(members: Iterable[tuple[str, Type]]) -> Type:
    """Return the type of a nested document; an empty one says nothing.

    Members that differ by case alone are one: Hive reads them by name in any case.
    """
    merged: dict[str, Field] = {}
    for name, type_ in members:
        known = merged.get(name.lower())
        both = type_ if known is None else hold_both(known.type, type_)
        merged[name.lower()] = Field(name if known is None else known.name, both)
        if len(merged) > MAX_MEMBERS:
            return STRING
    return Struct(tuple(merged.values())) if merged else VOID


def array_of(elements: Iterable[Type]) -> Type:
    """Return the type of a list; elements that only text would hold together are string."""
    merged: Type = VOID
    for type_ in elements:
        if type_ != merged:
            merged = hold_both(merged, type_)
    return Array(merged)
