"""The two schemas of a comparison, how much it may cost, and what says the same in both."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gluepot.catalog.registry.json_keywords import DYNAMIC

if TYPE_CHECKING:
    from gluepot.catalog.registry.json_parts import Parts
    from gluepot.catalog.registry.json_schema import JsonSchema

_MAX_COST = 500_000
_PAIR_COST = 20

MAX_DEPTH = 80
"""How deep pairs of schemas are compared inside each other."""


class TooLargeError(Exception):
    """The comparison needs more steps or depth than any schema that is not made to be slow."""


@dataclass(kw_only=True, slots=True)
class Sides:
    """A reader's and a writer's schema."""

    reader: JsonSchema
    writer: JsonSchema
    cost: int = field(default=0)

    def count_pair(self, parts: Parts) -> None:
        """Note that a schema is compared with parts of another.

        Raises:
            TooLargeError: It is too much.
        """
        self.spend(_PAIR_COST + sum(part.weight for part in parts))

    def spend(self, cost: int) -> None:
        """Note some steps, each of about a microsecond or a few.

        Raises:
            TooLargeError: It is too much.
        """
        self.cost += cost
        if self.cost > _MAX_COST:
            raise TooLargeError

    def same(self, reader: Any, writer: Any) -> bool:  # noqa: ANN401
        """Return whether two places say the same word for word, references followed.

        Raises:
            TooLargeError: It is too much.
        """
        seen: set[tuple[int, int]] = set()
        waiting = [(reader, writer)]
        while waiting:
            left, right = waiting.pop()
            self.spend(1)
            if type(left) is not type(right):
                return False
            if isinstance(left, dict):
                if (id(left), id(right)) in seen:
                    continue
                seen.add((id(left), id(right)))
                inside = self._inside(left, right)
                if inside is None:
                    return False
                waiting += inside
            elif isinstance(left, list):
                if len(left) != len(right):
                    return False
                waiting += zip(left, right, strict=True)
            elif left != right:
                return False
        return True

    def _inside(self, left: dict[str, Any], right: dict[str, Any]) -> list[tuple[Any, Any]] | None:
        """Return the pairs that must say the same, or None if the two surely do not."""
        if set(left) != set(right) or any(word in left for word in DYNAMIC):
            return None
        refers = id(left) in self.reader.targets
        if refers is not (id(right) in self.writer.targets):
            return None
        pairs = [(left[name], right[name]) for name in left if not (refers and name == "$ref")]
        if refers:
            pairs.append((self.reader.targets[id(left)], self.writer.targets[id(right)]))
        return pairs
