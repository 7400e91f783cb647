"""Whether a JSON schema takes a value, where that can be told without running expressions."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from gluepot.catalog.registry.json_keywords import DYNAMIC
from gluepot.catalog.registry.json_parts import (
    Part,
    declared_kinds,
    item_at,
    kind_of,
    listed,
    stands_alone,
    value_key,
)
from gluepot.catalog.registry.json_scalars import bounds, divides

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gluepot.catalog.registry.json_schema import JsonSchema

_COST = 10
"""What one look costs, in the steps of a comparison."""

_MAX_DEPTH = 100
"""How far references are followed for one value."""

_UNKNOWN = {
    "string": ("pattern", "format"),
    "array": ("contains", "unevaluatedItems", "uniqueItems"),
    "object": (
        "dependencies",
        "dependentRequired",
        "dependentSchemas",
        "patternProperties",
        "propertyNames",
        "unevaluatedProperties",
    ),
}


class ValueCheck:
    """Checks values against one schema; True and False are certain, None is that it is not known.

    Each pair of schema and value is looked at once. The values must outlive the check.
    """

    def __init__(self, source: JsonSchema, spend: Callable[[int], None]) -> None:
        self._source = source
        self._spend = spend
        self._lists: dict[int, frozenset[str]] = {}
        self._known: dict[tuple[int, int], bool | None] = {}
        self._depth = 0

    def accepts(self, schema: Any, value: Any) -> bool | None:  # noqa: ANN401
        """Return whether ``schema`` takes ``value``."""
        if isinstance(schema, bool):
            return schema
        self._spend(1)
        pair = (id(schema), id(value))
        if pair not in self._known and self._depth < _MAX_DEPTH:
            self._spend(_COST)
            self._depth += 1
            self._known[pair] = None  # the answer where it is met inside itself
            self._known[pair] = _all(self._votes(schema, value))
            self._depth -= 1
        return self._known.get(pair)

    def _votes(self, schema: dict[str, Any], value: Any) -> Iterable[bool | None]:  # noqa: ANN401
        if id(schema) in self._source.targets:
            yield self.accepts(self._source.targets[id(schema)], value)
        if stands_alone(schema, self._source):
            return
        part = Part(schema)
        kind = kind_of(value)
        yield kind in declared_kinds(part)
        allowed = listed(part)
        if allowed is not None:
            yield value_key(value) in self._keys(schema, allowed)
        yield from self._combined(part, value)
        if any(part.has(keyword) for keyword in (*DYNAMIC, *_UNKNOWN.get(kind, ()))):
            yield None
        match kind:
            case "integer" | "fraction":
                yield _number(part, value)
            case "string":
                yield part.get("minLength", 0) <= len(value) <= part.get("maxLength", len(value))
            case "array":
                yield from self._array(part, value)
            case "object":
                yield from self._object(part, value)

    def _keys(self, schema: dict[str, Any], allowed: list[Any]) -> frozenset[str]:
        if id(schema) not in self._lists:
            self._lists[id(schema)] = frozenset(value_key(one) for one in allowed)
        return self._lists[id(schema)]

    def _combined(self, part: Part, value: Any) -> Iterable[bool | None]:  # noqa: ANN401
        yield from (self.accepts(one, value) for one in part.get("allOf", ()))
        if part.has("anyOf"):
            yield _any([self.accepts(one, value) for one in part.get("anyOf")])
        if part.has("oneOf"):
            votes = [self.accepts(one, value) for one in part.get("oneOf")]
            yield None if None in votes else votes.count(True) == 1
        if part.has("not"):
            vote = self.accepts(part.get("not"), value)
            yield None if vote is None else not vote
        if part.has("if"):
            yield None

    def _array(self, part: Part, value: list[Any]) -> Iterable[bool | None]:
        yield part.get("minItems", 0) <= len(value) <= part.get("maxItems", len(value))
        draft = self._source.draft
        for place, item in enumerate(value):
            yield self.accepts(item_at(part, draft, place), item)

    def _object(self, part: Part, value: dict[str, Any]) -> Iterable[bool | None]:
        yield set(part.get("required", ())) <= set(value)
        yield part.get("minProperties", 0) <= len(value) <= part.get("maxProperties", len(value))
        named = part.get("properties", {})
        for name, item in value.items():
            yield self.accepts(named.get(name, part.get("additionalProperties", True)), item)


def _number(part: Part, value: float) -> bool:
    low, high = bounds(part.schema)
    number = Decimal(str(value))
    within = (low is None or low.allows(number)) and (high is None or high.allows(number))
    return within and divides(part.get("multipleOf"), number)


def _all(votes: Iterable[bool | None]) -> bool | None:
    found: bool | None = True
    for vote in votes:
        if vote is False:
            return False
        if vote is None:
            found = None
    return found


def _any(votes: list[bool | None]) -> bool | None:
    if True in votes:
        return True
    return None if None in votes else False
