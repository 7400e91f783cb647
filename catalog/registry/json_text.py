"""Reading the JSON text of a definition: its size and nesting are bounded."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from gluepot.catalog.registry.errors import InvalidDefinitionError

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_LEVELS = 64
"""How deep objects and lists may nest; what walks a definition recurses."""

MAX_VALUES = 20_000
"""How many values a definition may hold; checking each costs a part of a millisecond."""

_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)


def read_json(data_format: str, text: str) -> Any:  # noqa: ANN401
    """Return the JSON value of a definition.

    Raises:
        InvalidDefinitionError: It is not JSON, or nests or holds more than the limits.
    """
    if "\0" in text:
        raise InvalidDefinitionError(data_format, "it holds the character NUL")
    if _levels(text) > MAX_LEVELS:
        raise InvalidDefinitionError(
            data_format, f"it nests deeper than {MAX_LEVELS} objects and lists"
        )
    try:
        found = json.loads(text, parse_constant=_refuse)
    except ValueError as error:
        raise InvalidDefinitionError(data_format, f"it is not JSON: {error}") from None
    if sum(1 for _ in _values(found)) > MAX_VALUES:
        raise InvalidDefinitionError(data_format, f"it holds more than {MAX_VALUES} values")
    return found


def normal_json(value: object) -> str:
    """Return the one text of a JSON value: members in order, no blanks, ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def pointer(*parts: str | int) -> str:
    """Return the JSON pointer of a place.

    >>> pointer("fields", 2, "a/b")
    '/fields/2/a~1b'
    """
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in parts)


def _levels(text: str) -> int:
    deepest = level = 0
    for match in _TOKENS.finditer(text):
        if match[0] in "[{":
            level += 1
            deepest = max(deepest, level)
        elif match[0] in "]}":
            level -= 1
    return deepest


def _values(value: Any) -> Iterator[Any]:  # noqa: ANN401
    waiting = [value]
    while waiting:
        one = waiting.pop()
        yield one
        if isinstance(one, dict):
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)


def _refuse(name: str) -> Any:  # noqa: ANN401
    raise ValueError(f"{name} is not a JSON number")
