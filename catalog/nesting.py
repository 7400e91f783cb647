"""How deep data of JSON is nested: what is too deep is refused before anything recurses into it."""

from __future__ import annotations

MOST_LEVELS = 64
"""JSON is nested no deeper; requests of clients have up to ten levels."""


def is_too_deep(value: object) -> bool:
    """Return whether data of JSON is nested deeper than ``MOST_LEVELS``.

    >>> is_too_deep({"a": [1, {"b": 2}]})
    False
    """
    layer = [value]
    for _ in range(MOST_LEVELS):
        layer = [
            child
            for node in layer
            for child in (node.values() if isinstance(node, dict) else node)  # type: ignore[attr-defined]
            if type(child) is dict or type(child) is list
        ]
        if not layer:
            return False
    return True
