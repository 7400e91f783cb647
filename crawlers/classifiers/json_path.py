"""JSON paths of custom classifiers: which values of a document are the rows of a table.

Source: AWS Glue developer guide, "Writing JSON custom classifiers": ``$``, ``*``, ``.name``,
``['name']`` and ``[n]``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from gluepot.catalog.errors import InvalidInputError
from gluepot.crawlers.classifiers.json_types import told_place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gluepot.crawlers.classifiers.json_types import Place

_STEP = re.compile(
    r"\.(?P<every>\*)|\.(?P<name>[^.\[\]'\"*\s]+)|\['(?P<quoted>[^']+)'\]"
    r"|\[(?P<each>\*)\]|\[(?P<index>\d{1,9})\]"
)


@dataclass(frozen=True)
class Every:
    """All elements of an array, or all members of an object."""


Step: TypeAlias = "str | int | Every"
EVERY = Every()


@dataclass(frozen=True, kw_only=True)
class JsonPath:
    """A path from the root of a document; ``text`` is how it was written."""

    text: str
    steps: tuple[Step, ...]

    @property
    def column(self) -> str:
        """Return the column that values which are no objects are put in: the last name."""
        names = [step for step in self.steps if isinstance(step, str)]
        return names[-1] if names else "value"


def parse_path(text: str) -> JsonPath:
    """Return the steps of a path.

    >>> parse_path("$.data[*]['first name']").steps
    ('data', Every(), 'first name')

    Raises:
        InvalidInputError: It has other operators than those of Glue.
    """
    steps: list[Step] = []
    position = 1
    while text.startswith("$") and (found := _STEP.match(text, position)) is not None:
        position = found.end()
        name = found["name"] or found["quoted"]
        if found["index"] is not None:
            steps.append(int(found["index"]))
        else:
            steps.append(EVERY if name is None else name)
    if position != len(text):
        raise InvalidInputError(
            f"JsonPath {text[:80]!r} is not made of $, .name, ['name'], [n], .* and [*]"
        )
    return JsonPath(text=text, steps=tuple(steps))


def select(path: JsonPath, documents: Sequence[tuple[int, Any]]) -> list[tuple[Place, Any]]:
    """Return the values that a path leads to, each with the path to it alone."""
    if not path.steps:
        return list(documents)
    several = len(documents) > 1
    found: list[tuple[str, Any]] = [
        (f"{told_place(line)}: $" if several else "$", value) for line, value in documents
    ]
    for step in path.steps:
        found = list(_follow(step, found))
    return list(found)


def _follow(step: Step, values: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    for place, value in values:
        if isinstance(step, Every):
            if isinstance(value, list):
                yield from ((f"{place}[{at}]", item) for at, item in enumerate(value))
            elif isinstance(value, dict):
                yield from ((f"{place}.{name[:40]}", item) for name, item in value.items())
        elif isinstance(step, int):
            if isinstance(value, list) and step < len(value):
                yield f"{place}[{step}]", value[step]
        elif isinstance(value, dict) and step in value:
            yield f"{place}.{step}", value[step]
