"""A JSON schema as parts that hold together: what ``$ref`` and ``allOf`` join is laid side by side.

The values of a schema are split into seven kinds; a number is an ``integer`` or a ``fraction``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gluepot.catalog.registry.json_schema import REFERENCE_ALONE
from gluepot.catalog.registry.json_text import normal_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gluepot.catalog.registry.json_schema import JsonSchema

KINDS = frozenset(("null", "boolean", "integer", "fraction", "string", "array", "object"))

_KINDS_OF_TYPE = {"number": ("integer", "fraction")}
_KINDS_OF_VALUE: dict[type, str] = {
    type(None): "null",
    bool: "boolean",
    int: "integer",
    str: "string",
    list: "array",
    dict: "object",
}


@dataclass(frozen=True, slots=True)
class Part:
    """A schema that is an object; the keywords in ``done`` have been dealt with."""

    schema: dict[str, Any]
    done: frozenset[str] = field(default_factory=frozenset)

    @property
    def key(self) -> tuple[int, tuple[str, ...]]:
        """Return what is equal for the same part."""
        return id(self.schema), tuple(sorted(self.done))

    @property
    def weight(self) -> int:
        """Return how much there is to look at: more than one where values are listed."""
        found = listed(self)
        return 1 + (len(found) if found is not None else 0)

    def get(self, keyword: str, default: Any = None) -> Any:  # noqa: ANN401
        """Return the value of a keyword that has not been dealt with."""
        return default if keyword in self.done else self.schema.get(keyword, default)

    def has(self, keyword: str) -> bool:
        """Return whether there is such a keyword that has not been dealt with."""
        return keyword in self.schema and keyword not in self.done


Parts = tuple[Part, ...]


def expand(schemas: Iterable[Any], source: JsonSchema) -> Parts | None:
    """Return the parts of schemas that must all hold, or None when nothing can fit them."""
    waiting = list(schemas)
    seen: set[Any] = set()
    parts: list[Part] = []
    while waiting:
        one = waiting.pop()
        if one is False:
            return None
        if one is True:
            continue
        part = one if isinstance(one, Part) else Part(one)
        if part.key in seen:
            continue
        seen.add(part.key)
        refers = id(part.schema) in source.targets and "$ref" not in part.done
        if refers:
            waiting.append(source.targets[id(part.schema)])
        if not stands_alone(part.schema, source):
            waiting += part.get("allOf", ())
            parts.append(Part(part.schema, part.done | {"$ref", "allOf"}))
    return tuple(parts)


def stands_alone(schema: dict[str, Any], source: JsonSchema) -> bool:
    """Return whether a schema is a reference beside which nothing counts."""
    return source.draft in REFERENCE_ALONE and id(schema) in source.targets


def kinds_of(parts: Iterable[Part]) -> frozenset[str]:
    """Return the kinds that values of all the parts can have."""
    kinds = KINDS
    for part in parts:
        kinds &= declared_kinds(part)
        found = listed(part)
        if found is not None:
            kinds &= {kind_of(value) for value in found}
    return kinds


def declared_kinds(part: Part) -> frozenset[str]:
    """Return the kinds that the ``type`` of a part names; without it all."""
    if not part.has("type"):
        return KINDS
    types: str | list[str] = part.get("type")
    names = [types] if isinstance(types, str) else types
    return frozenset(kind for name in names for kind in _KINDS_OF_TYPE.get(name, (name,)))


def kind_of(value: Any) -> str:  # noqa: ANN401
    """Return the kind of a JSON value; 1.0 is an integer.

    >>> kind_of(True), kind_of(1.0), kind_of(0.5)
    ('boolean', 'integer', 'fraction')
    """
    if isinstance(value, float):
        return "integer" if value.is_integer() else "fraction"
    return _KINDS_OF_VALUE[type(value)]


def listed(part: Part) -> list[Any] | None:
    """Return the values that ``const`` and ``enum`` allow, or None without these."""
    found = part.get("enum")
    values = found if isinstance(found, list) else None
    if not part.has("const"):
        return values
    only = part.get("const")
    if values is not None and value_key(only) not in map(value_key, values):
        return []
    return [only]


def value_key(value: Any) -> str:  # noqa: ANN401
    """Return text that is equal for values that JSON schema takes as equal.

    >>> value_key([1, True]) == value_key([1.0, True]), value_key(1) == value_key(True)
    (True, False)
    """
    return normal_json(_whole(value))


def _whole(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_whole(item) for item in value]
    if isinstance(value, dict):
        return {key: _whole(item) for key, item in value.items()}
    return value


def item_at(part: Part, draft: str, place: int) -> Any:  # noqa: ANN401
    """Return the schema of the item at a place of an array."""
    first = first_items(part, draft)
    return first[place] if place < len(first) else other_items(part, draft)


def first_items(part: Part, draft: str) -> list[Any]:
    """Return the schemas of the items that have one of their own."""
    found = part.get("prefixItems" if draft == "draft2020" else "items")
    return found if isinstance(found, list) else []


def other_items(part: Part, draft: str) -> Any:  # noqa: ANN401
    """Return the schema of the items after those."""
    if draft != "draft2020" and isinstance(part.get("items"), list):
        return part.get("additionalItems", True)
    return part.get("items", True)


def branches(part: Part) -> Iterator[tuple[str, list[Any]]]:
    """Yield the choices of a part."""
    for keyword in ("anyOf", "oneOf"):
        found = part.get(keyword)
        if isinstance(found, list):
            yield keyword, found
