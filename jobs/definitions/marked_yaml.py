"""YAML by the safe loader, with the line and column of every key and item."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.errors import DefinitionError, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Place = tuple[str | int, ...]
"""Keys and positions from the top, such as ``("steps", 0, "input")``."""

MAX_BYTES = 1_000_000
MAX_NODES = 20_000
MAX_DEPTH = 30
"""Aliases can make a small file enormous; real definitions stay far below these."""


@dataclass(frozen=True, kw_only=True)
class Document:
    """A YAML file: its value, and where each of its keys and items stands."""

    file: Path
    value: Any
    marks: Mapping[Place, tuple[int, int]]

    def problem(self, place: Place, message: str) -> Problem:
        """Return a problem at ``place``, or at the nearest thing around it that has a mark."""
        while place and place not in self.marks:
            place = place[:-1]
        line, column = self.marks.get(place, (1, 1))
        return Problem(line=line, column=column, message=message)

    def line(self, place: Place) -> int:
        """Return the line of ``place``."""
        return self.problem(place, "").line


def read_document(file: Path) -> Document:
    """Read a YAML file.

    Raises:
        InvalidInputError: It cannot be opened, or is too large.
        DefinitionError: It is not YAML, has a key twice, or is not a mapping.
    """
    try:
        data = file.read_bytes()
    except OSError as error:
        raise InvalidInputError(f"{file} cannot be read: {error.strerror}") from error
    return parse_document(file, data)


def parse_document(file: Path, data: bytes | str) -> Document:
    """Read the text of a YAML file, which need not be there yet; it raises as ``read_document``."""
    if len(data) > MAX_BYTES:
        raise InvalidInputError(f"{file} has {len(data)} bytes; at most {MAX_BYTES} are read")
    try:
        return _compose(file, data)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        text = error.problem or error.context or "this is not YAML"
        problem = Problem(line=line, column=column, message=f"YAML: {text}")
        raise DefinitionError(file, (problem,)) from error
    except yaml.YAMLError as error:
        problem = Problem(line=1, column=1, message=f"YAML: {error}")
        raise DefinitionError(file, (problem,)) from error


def _compose(file: Path, data: bytes | str) -> Document:
    loader = yaml.SafeLoader(data)
    try:
        node = loader.get_single_node()
        if not isinstance(node, yaml.MappingNode):
            problem = Problem(line=1, column=1, message="a job is a mapping: name, sources, sinks")
            raise DefinitionError(file, (problem,))
        walk = _Walk(loader)
        walk.visit(node, ())
        if walk.problems:
            raise DefinitionError(file, tuple(walk.problems))
        value = loader.construct_document(node)
    finally:
        loader.dispose()
    return Document(file=file, value=value, marks=walk.marks)


class _Walk:
    """Notes the mark of every node, and the keys that stand twice."""

    def __init__(self, loader: yaml.SafeLoader) -> None:
        self.loader = loader
        self.marks: dict[Place, tuple[int, int]] = {}
        self.problems: list[Problem] = []

    def visit(self, node: yaml.Node, place: Place, key: yaml.Node | None = None) -> None:
        mark = (key or node).start_mark
        self.marks[place] = (mark.line + 1, mark.column + 1)
        if len(self.marks) > MAX_NODES or len(place) > MAX_DEPTH:
            raise yaml.MarkedYAMLError(problem="too much or too deep", problem_mark=mark)
        if isinstance(node, yaml.SequenceNode):
            for number, item in enumerate(node.value):
                self.visit(item, (*place, number))
        elif isinstance(node, yaml.MappingNode):
            self._visit_mapping(node, place)

    def _visit_mapping(self, node: yaml.MappingNode, place: Place) -> None:
        seen = set()
        for key, value in node.value:
            name = str(getattr(key, "value", key))
            if name in seen:
                mark = key.start_mark
                self.problems.append(
                    Problem(
                        line=mark.line + 1,
                        column=mark.column + 1,
                        message=f"key {name!r} stands here a second time",
                    )
                )
            seen.add(name)
            self.visit(value, (*place, name), key)
