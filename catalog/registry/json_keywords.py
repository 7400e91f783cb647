"""Where schemas stand inside a JSON schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

DYNAMIC = ("$dynamicRef", "$recursiveRef")
"""References whose place depends on the way to them; they are not followed."""

_ONE = frozenset(
    (
        "additionalItems",
        "additionalProperties",
        "contains",
        "contentSchema",
        "else",
        "if",
        "items",
        "not",
        "propertyNames",
        "then",
        "unevaluatedItems",
        "unevaluatedProperties",
    )
)
_LISTS = frozenset(("allOf", "anyOf", "items", "oneOf", "prefixItems"))
_MAPS = frozenset(
    (
        "$defs",
        "definitions",
        "dependencies",
        "dependentSchemas",
        "patternProperties",
        "properties",
    )
)


def subschemas(
    schema: Any,  # noqa: ANN401
    *,
    deep: bool = True,
) -> Iterator[tuple[tuple[str | int, ...], dict[str, Any]]]:
    """Yield the schemas inside a schema that are objects, each with its path.

    With ``deep`` the schema itself and all below it; without, those directly inside.
    """
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), schema)]
    while waiting:
        path, one = waiting.pop()
        if not isinstance(one, dict):
            continue
        if deep or path:
            yield path, one
        if deep or not path:
            waiting += [((*path, *more), item) for more, item in _inside(one)]


def _inside(schema: dict[str, Any]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    for key, value in schema.items():
        if key in _ONE and isinstance(value, dict):
            yield (key,), value
        elif key in _LISTS and isinstance(value, list):
            yield from (((key, place), item) for place, item in enumerate(value))
        elif key in _MAPS and isinstance(value, dict):
            yield from (((key, name), item) for name, item in value.items())
