"""Spark's analyzed plan as text, read into a tree.

The text comes from ``DataFrame.explain``, which needs no JVM in this process: it is the same over
Spark Connect. What cannot be read for certain is refused, never guessed.
"""

from __future__ import annotations

import contextlib
import io
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import DataFrame

_PREFIX = re.compile(r"^(?:[: ] {2})*(?:[:+]- )?")
_ID_AT_END = re.compile(r"#(\d+)L?$")
_ATTRIBUTE = re.compile(r"(.+?)#(\d+)L?(?:, ?|$)")
_REFERENCE = re.compile(r"[^\s(,\[#]#(\d+)")
_OPENING, _CLOSING = "([{", ")]}"
_WIDTH = 3
"""How far each level is indented."""

_ALL_FIELDS = "100000"
_FIELDS_SETTING = "spark.sql.debug.maxToStringFields"


class UnclearPlanError(Exception):
    """The text cannot be read for certain."""


@dataclass(kw_only=True)
class Node:
    """One operator of a plan.

    Attributes:
        kind: Its first word, such as ``Project``.
        rest: What follows that.
        children: What it takes its rows from.
        subplans: The plans of subqueries in its expressions.
    """

    kind: str
    rest: str
    children: list[Node] = field(default_factory=list)
    subplans: list[Node] = field(default_factory=list)

    @property
    def lists(self) -> list[str]:
        """Return the contents of the bracketed lists that are not inside of anything else."""
        return list(_bracketed(self.rest))


@dataclass(frozen=True, kw_only=True)
class Item:
    """An expression of a list: its column's id and name, and the ids that it refers to."""

    id: int
    name: str
    references: tuple[int, ...]
    expression: str

    @property
    def plain(self) -> bool:
        """Return whether it is a column as it is."""
        return not self.expression or bool(re.fullmatch(r"[^\s()]+#\d+L?", self.expression))


def analyzed_plan(frame: DataFrame) -> str:
    """Return the text of a frame's analyzed plan, with every field in it."""
    session = frame.sparkSession
    before = session.conf.get(_FIELDS_SETTING)
    session.conf.set(_FIELDS_SETTING, _ALL_FIELDS)
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said):
            frame.explain("extended")
    finally:
        session.conf.set(_FIELDS_SETTING, str(before))
    text = said.getvalue().partition("== Analyzed Logical Plan ==\n")[2]
    return text.partition("\n== Optimized Logical Plan ==")[0]


def parse_plan(text: str) -> Node:
    """Return the root of an analyzed plan; its first line, the schema, is skipped.

    Raises:
        UnclearPlanError: A literal with a line break in it, or nothing, makes the tree unclear.
    """
    lines = [line for line in text.splitlines()[1:] if line.strip()]
    open_nodes: list[tuple[int, Node]] = []
    root: Node | None = None
    for line in lines:
        depth, node = _node(line)
        while open_nodes and open_nodes[-1][0] >= depth:
            open_nodes.pop()
        if not open_nodes:
            if root is not None:
                raise UnclearPlanError("two roots")
            root = node
        else:
            above, parent = open_nodes[-1]
            # Plans of subqueries stand one level deeper than children.
            (parent.children if depth == above + 1 else parent.subplans).append(node)
        open_nodes.append((depth, node))
    if root is None:
        raise UnclearPlanError("no plan")
    return root


def _node(line: str) -> tuple[int, Node]:
    found = _PREFIX.match(line)
    prefix = found[0] if found else ""
    text = line[len(prefix) :]
    word = re.match(r"[A-Z][A-Za-z0-9]*", text)
    if word is None or (prefix and not prefix.endswith("- ")):
        raise UnclearPlanError(text)
    rest = text[len(word[0]) :].strip()
    return len(prefix) // _WIDTH, Node(kind=word[0], rest=rest)


def _bracketed(text: str) -> Iterator[str]:
    depth, begin = 0, 0
    for at, char in enumerate(text):
        if char in _OPENING:
            if depth == 0:
                begin = at
            depth += 1
        elif char in _CLOSING:
            depth -= 1
            if depth < 0:
                raise UnclearPlanError(text)
            if depth == 0 and text[begin] == "[":
                yield text[begin + 1 : at]
    if depth:
        raise UnclearPlanError(text)


def references(text: str) -> tuple[int, ...]:
    """Return the ids of the columns that an expression refers to.

    >>> references("(price#9 > cast(id#5L as double))")
    (9, 5)
    """
    return tuple(int(found) for found in _REFERENCE.findall(text))


def items_of(text: str) -> list[Item]:
    """Return the items of a list, each of which has a column's id.

    >>> [(item.name, item.references) for item in items_of("id#5, (a#6 + b#7) AS c, d#8L")]
    [('id', (5,)), ('c, d', (6, 7))]

    Raises:
        UnclearPlanError: One has no id.
    """
    found: list[Item] = []
    begun = ""
    for part in split(text):
        begun = f"{begun}, {part}" if begun else part
        if _ID_AT_END.search(begun):
            found.append(_item(begun))
            begun = ""
    if begun:
        raise UnclearPlanError(begun)
    return found


def attributes_of(text: str) -> list[Item]:
    """Return the columns of a leaf, which some leaves write without a space after the comma.

    >>> [item.name for item in attributes_of("id#5,a, b#6L,c#7")]
    ['id', 'a, b', 'c']
    """
    return [
        Item(id=int(number), name=name, references=(), expression="")
        for name, number in _ATTRIBUTE.findall(text)
    ]


def _item(text: str) -> Item:
    ended = _ID_AT_END.search(text)
    if ended is None:
        raise UnclearPlanError(text)
    head, number = text[: ended.start()], int(ended[1])
    at = _alias(head)
    if at is None:
        return Item(id=number, name=head, references=(number,), expression="")
    expression = head[:at]
    return Item(
        id=number,
        name=head[at + len(" AS ") :],
        references=references(expression),
        expression=expression,
    )


def _alias(text: str) -> int | None:
    depth = 0
    for at, char in enumerate(text):
        depth += (char in _OPENING) - (char in _CLOSING)
        if depth == 0 and text.startswith(" AS ", at):
            return at
    return None


def split(text: str) -> list[str]:
    """Return the parts of a list between the commas that are not inside of anything.

    >>> split("a#1, f(b#2, c#3) AS d#4")
    ['a#1', 'f(b#2, c#3) AS d#4']
    """
    parts, depth, begin = [], 0, 0
    for at, char in enumerate(text):
        depth += (char in _OPENING) - (char in _CLOSING)
        if depth == 0 and text.startswith(", ", at):
            parts.append(text[begin:at])
            begin = at + len(", ")
    if depth:
        raise UnclearPlanError(text)
    return [*parts, text[begin:]] if text else []
