"""A column's type as a tree of its members."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.type_tree import Array, Map, Struct, Type, Union, print_type
from gluepot.catalog.types import parse_type

MOST_MEMBERS = 400
"""Of one column; a type with more is also shown as text."""
LONG = 60


@dataclass
class _Left:
    members: int = field(default=MOST_MEMBERS)


def type_tree(text: str | None) -> dict[str, Any]:
    """Return a type's kind, its members by name, and how many are left out.

    A type that nobody knows has none.

    >>> tree = type_tree("array<struct<a:int>>")
    >>> tree["kind"], tree["members"][0]["name"], tree["members"][0]["members"]
    ('array<struct>', 'a', [])
    """
    whole = text or "string"
    try:
        parsed = parse_type(whole)
    except InvalidInputError:
        return {"kind": whole, "members": [], "text": whole, "cut": 0}
    left = _Left()
    members = _members(parsed, left)
    return {
        "kind": _kind(parsed),
        "members": members,
        "text": whole,
        "cut": max(-left.members, 0),
    }


def _members(type_: Type, left: _Left) -> list[dict[str, Any]]:
    match type_:
        case Array(element):
            return _members(element, left)
        case Map(key, value):
            pairs: list[tuple[str, Type]] = [("key", key), ("value", value)]
        case Struct(fields):
            pairs = [(item.name, item.type) for item in fields]
        case Union(members):
            pairs = [(f"choice {at}", item) for at, item in enumerate(members)]
        case _:
            return []
    if isinstance(type_, Map) and not _members(value, _Left()) and not _members(key, _Left()):
        return []
    found = []
    for name, item in pairs:
        left.members -= 1
        if left.members >= 0:
            found.append({"name": name, "kind": _kind(item), "members": _members(item, left)})
    return found


def _kind(type_: Type) -> str:
    match type_:
        case Array(element):
            return f"array<{_kind(element)}>"
        case Map():
            text = print_type(type_)
            return text if len(text) <= LONG else "map"
        case Struct():
            return "struct"
        case Union():
            return "choice"
        case _:
            return print_type(type_)
