"""Choices between schemas: which there are, and which surely exclude each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gluepot.catalog.registry.json_collections import may_have, required
from gluepot.catalog.registry.json_parts import (
    Part,
    branches,
    expand,
    kinds_of,
    listed,
    value_key,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gluepot.catalog.registry.json_parts import Parts
    from gluepot.catalog.registry.json_sides import Sides


def choices(writer: Parts, sides: Sides) -> Iterator[Parts]:
    """Yield the writer's parts once for each way to choose from its anyOf and oneOf.

    A choice that is met again behind itself is not made again, which only makes the writer wider.
    """
    waiting: list[tuple[Parts, frozenset[tuple[int, str]]]] = [(writer, frozenset())]
    while waiting:
        parts, made = waiting.pop()
        sides.count_pair(parts)
        place, found = _open_choice(parts)
        if found is None:
            yield parts
            continue
        keyword, items = found
        part = parts[place]
        rest = Part(part.schema, part.done | {keyword})
        mark = (id(part.schema), keyword)
        for item in [True] if mark in made else items:
            chosen = expand((*parts[:place], rest, *parts[place + 1 :], item), sides.writer)
            if chosen is not None:
                waiting.append((chosen, made | {mark}))


def _open_choice(parts: Parts) -> tuple[int, tuple[str, list[Any]] | None]:
    for place, part in enumerate(parts):
        for found in branches(part):
            return place, found
    return 0, None


def disjoint(sides: Sides, reader: Any, writer: Parts, only: str | None) -> bool:  # noqa: ANN401
    """Return whether a reader's schema surely refuses all that a writer writes.

    They are told apart by their types, by their listed values, or by a property that is there
    for sure and has other types or listed values on the two sides.
    """
    sides.count_pair(writer)
    refusing = expand((reader,), sides.reader)
    if refusing is None:
        return True
    kinds = kinds_of(refusing) & kinds_of(writer)
    if only is not None:
        kinds &= {only}
    if not kinds or _apart(refusing, writer):
        return True
    return kinds == {"object"} and any(
        _told_apart(sides, refusing, writer, name) for name in required(writer) | required(refusing)
    )


def _told_apart(sides: Sides, reader: Parts, writer: Parts, name: str) -> bool:
    sides.count_pair(writer)
    left, right = may_have(reader, name), may_have(writer, name)
    if name in required(reader) and (right is None or False in right):
        return True
    if name not in required(writer) or left is None or right is None:
        return False
    mine, theirs = expand(left, sides.reader), expand(right, sides.writer)
    if mine is None or theirs is None:
        return True
    return not kinds_of(mine) & kinds_of(theirs) or _apart(mine, theirs)


def _apart(left: Parts, right: Parts) -> bool:
    """Return whether both sides list their values, and none is the same."""
    lists = []
    for parts in (left, right):
        found = [one for part in parts if (one := listed(part)) is not None]
        if not found:
            return False
        lists.append({value_key(value) for value in min(found, key=len)})
    return lists[0].isdisjoint(lists[1])
