"""Which element of an XML document is the row, where nobody says so."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DEEPEST = 6
"""How deep rows are looked for."""

MOST_ELEMENTS = 10_000
"""How many elements with different paths are told apart."""


@dataclass
class Outline:
    """All elements of one path: their children by name, and how often one parent had each.

    ``is_record`` says that one of them has attributes or children.
    """

    name: str
    children: dict[str, Outline] = field(default_factory=dict)
    most: int = 1
    is_record: bool = False


class OutlineReader:
    """Gathers the outline of a document from the events of a parser."""

    def __init__(self) -> None:
        self.root: Outline | None = None
        self._stack: list[tuple[Outline | None, dict[str, int]]] = []
        self._count = 0

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Take the start of an element."""
        node = self._node(name)
        if node is not None and attributes:
            node.is_record = True
        self._stack.append((node, {}))

    def end(self, name: str) -> None:
        """Take the end of an element."""
        del name
        self._stack.pop()

    def _node(self, name: str) -> Outline | None:
        if not self._stack:
            self.root = self.root or Outline(name)
            return self.root
        parent, seen = self._stack[-1]
        if parent is None:
            return None
        parent.is_record = True
        seen[name] = seen.get(name, 0) + 1
        node = parent.children.get(name)
        if node is None and len(self._stack) <= DEEPEST and self._count < MOST_ELEMENTS:
            self._count += 1
            node = parent.children[name] = Outline(name)
        if node is not None:
            node.most = max(node.most, seen[name])
        return node


def row_tag(root: Outline) -> str:
    """Return the name of the element that is the row.

    The children that one parent has most often, nearest to the root, among those with attributes
    or children; else the children of the root, if they repeat; else the root, as the only row.
    """
    level = [root]
    while level:
        children = [child for node in level for child in node.children.values()]
        found = _most_repeated(child for child in children if child.is_record)
        if found is not None:
            return found
        level = children
    return _most_repeated(root.children.values()) or root.name


def _most_repeated(nodes: Iterable[Outline]) -> str | None:
    repeated = [node for node in nodes if node.most > 1]
    return max(repeated, key=lambda node: node.most).name if repeated else None
