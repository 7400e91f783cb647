"""Which columns of its sources the columns of a frame come from, by its analyzed plan.

Sources are known by the counters that are in their frames (``jobs.metrics.observed``): their names
stay in the plan whatever is done to the rows. Rows that went through Python are opaque: each of
their columns may come from every column that went in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

from py4j.protocol import Py4JJavaError  # type: ignore[import-untyped]
from pyspark.errors import PySparkException

from gluepot.jobs.lineage.plan_text import (
    Item,
    Node,
    UnclearPlanError,
    analyzed_plan,
    attributes_of,
    items_of,
    parse_plan,
    references,
    split,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyspark.sql import DataFrame

_MARK = re.compile(r"(rows-[0-9a-f]{32}),")
_SUBQUERY = re.compile(r"(?:subquery|exists|list)#\d+")
_ONE_SIDED = ("LeftSemi", "LeftAnti")


class Way(IntEnum):
    """How a value comes from another; the greater wins where both are on the way."""

    IDENTITY = 0
    TRANSFORMATION = 1
    AGGREGATION = 2


@dataclass(frozen=True, kw_only=True)
class Origin:
    """A column of a source, which is named by its counter."""

    mark: str
    column: str


Origins: TypeAlias = Mapping[Origin, Way]


@dataclass(frozen=True, kw_only=True)
class PlanLineage:
    """What a frame's columns come from.

    Attributes:
        columns: The origins of each column, by its name.
        deciding: Origins that decide which rows there are: conditions, keys of groups and orders.
        marks: Every source that is in the plan.
    """

    columns: Mapping[str, Origins]
    deciding: frozenset[Origin]
    marks: frozenset[str]


def plan_lineage(frame: DataFrame) -> PlanLineage | None:
    """Return what a frame's columns come from; None where its plan cannot be read for certain."""
    try:
        return lineage_of_text(analyzed_plan(frame), frame.columns)
    except (PySparkException, Py4JJavaError):
        return None  # Whoever writes the frame meets the same, and tells of it.


def lineage_of_text(text: str, columns: list[str]) -> PlanLineage | None:
    """Return the lineage that a plan's text tells of a frame of ``columns``, or None."""
    flow = _Flow()
    try:
        found = flow.columns(parse_plan(text))
    except (UnclearPlanError, IndexError, ValueError):
        return None  # An operator that is not written as it is known here.
    if [column.name for column in found] != columns:
        return None
    return PlanLineage(
        columns={column.name: column.origins for column in found},
        deciding=frozenset(flow.deciding),
        marks=frozenset(flow.marks),
    )


@dataclass(frozen=True, kw_only=True)
class _Column:
    id: int
    name: str
    origins: Origins


@dataclass(kw_only=True)
class _Flow:
    """The walk through one plan, from its leaves up."""

    deciding: set[Origin] = field(default_factory=set)
    marks: set[str] = field(default_factory=set)
    shared: dict[str, list[_Column]] = field(default_factory=dict)

    def columns(self, node: Node) -> list[_Column]:
        """Return the columns of the rows that a node gives."""
        below = [self.columns(child) for child in node.children]
        inner = [column for plan in node.subplans for column in self.columns(plan)]
        make = _KINDS.get(node.kind)
        if make is not None:
            return make(self, node, below, inner)
        if not below:
            return self._leaf(node)
        if node.kind in _DECIDING:
            self._decide(node.rest, [*_all(below), *inner])
        return _all(below)

    def _leaf(self, node: Node) -> list[_Column]:
        lists = node.lists
        if not lists:
            return []
        return [_Column(id=one.id, name=one.name, origins={}) for one in attributes_of(lists[0])]

    def marked(self, node: Node, below: list[list[_Column]], _: list[_Column]) -> list[_Column]:
        """Columns of a source begin at its counter."""
        found = _MARK.match(node.rest)
        if found is None:
            return below[0]
        self.marks.add(found[1])
        return [
            _Column(
                id=column.id,
                name=column.name,
                origins={Origin(mark=found[1], column=column.name): Way.IDENTITY},
            )
            for column in below[0]
        ]

    def projected(
        self, node: Node, below: list[list[_Column]], inner: list[_Column]
    ) -> list[_Column]:
        """A list of expressions."""
        return self._made(items_of(node.lists[0]), below, inner, Way.TRANSFORMATION)

    def aggregated(
        self, node: Node, below: list[list[_Column]], inner: list[_Column]
    ) -> list[_Column]:
        """Groups decide, and what is made of each is an aggregation."""
        *keys, made = node.lists
        self._decide(" ".join(keys), _all(below))
        return self._made(items_of(made), below, inner, Way.AGGREGATION)

    def windowed(
        self, node: Node, below: list[list[_Column]], inner: list[_Column]
    ) -> list[_Column]:
        """What is made of a window comes behind what was there."""
        made, *rest = node.lists
        self._decide(" ".join(rest), below[0])
        return below[0] + self._made(items_of(made), below, inner, Way.AGGREGATION)

    def generated(
        self, node: Node, below: list[list[_Column]], inner: list[_Column]
    ) -> list[_Column]:
        """What a row is exploded to comes behind what was there."""
        made = node.lists[-1]
        refers = references(node.rest.removesuffix(f"[{made}]"))
        origins = _joined(refers, _by_id([*below[0], *inner]), Way.TRANSFORMATION)
        new = [_Column(id=one.id, name=one.name, origins=origins) for one in items_of(made)]
        return below[0] + new

    def expanded(self, node: Node, below: list[list[_Column]], _: list[_Column]) -> list[_Column]:
        """Each row becomes several, whose values come by their places."""
        rows, made = node.lists
        made_items = items_of(made)
        places = [split(row[1:-1]) for row in split(rows)]
        if any(len(row) != len(made_items) for row in places):
            raise UnclearPlanError(node.rest)
        known = _by_id(below[0])
        found = []
        for item, parts in zip(made_items, zip(*places, strict=True), strict=True):
            origins: dict[Origin, Way] = {}
            for part in parts:
                plain = re.fullmatch(r"\S+#\d+L?", part) is not None
                way = Way.IDENTITY if plain else Way.TRANSFORMATION
                _add(origins, _joined(references(part), known, way))
            found.append(_Column(id=item.id, name=item.name, origins=origins))
        return found

    def united(self, _node: Node, below: list[list[_Column]], _: list[_Column]) -> list[_Column]:
        """Columns of several frames come by their places; names and ids are those of the first."""
        first, *others = below
        if any(len(other) != len(first) for other in others):
            raise UnclearPlanError("Union")
        found = []
        for at, column in enumerate(first):
            origins = dict(column.origins)
            for other in others:
                _add(origins, other[at].origins)
            found.append(_Column(id=column.id, name=column.name, origins=origins))
        return found

    def joined(self, node: Node, below: list[list[_Column]], inner: list[_Column]) -> list[_Column]:
        """Conditions decide; some joins give the left side only."""
        both = _all(below)
        self._decide(node.rest, [*both, *inner])
        return below[0] if node.rest.startswith(_ONE_SIDED) else both

    def opaque(self, node: Node, below: list[list[_Column]], _: list[_Column]) -> list[_Column]:
        """Nobody sees into Python: all that goes in may be in all that comes out."""
        origins: dict[Origin, Way] = {}
        for column in _all(below):
            _add(origins, dict.fromkeys(column.origins, Way.TRANSFORMATION))
        made = items_of(node.lists[-1])
        return [_Column(id=one.id, name=one.name, origins=origins) for one in made]

    def defined(self, node: Node, below: list[list[_Column]], _: list[_Column]) -> list[_Column]:
        """A plan that others refer to by its number."""
        self.shared[node.rest.partition(",")[0]] = below[0]
        return []

    def referred(self, node: Node, _: list[list[_Column]], __: list[_Column]) -> list[_Column]:
        """A plan that was defined before, under new ids."""
        there = self.shared.get(node.rest.partition(",")[0], [])
        items = items_of(node.lists[0])
        if len(there) != len(items):
            raise UnclearPlanError(node.rest)
        return [
            _Column(id=item.id, name=item.name, origins=column.origins)
            for item, column in zip(items, there, strict=True)
        ]

    def _made(
        self, items: Iterable[Item], below: list[list[_Column]], inner: list[_Column], way: Way
    ) -> list[_Column]:
        known, asked = _by_id(_all(below)), _by_id(inner)
        made = []
        for item in items:
            origins = _joined(item.references, known, Way.IDENTITY if item.plain else way)
            if asked and _SUBQUERY.search(item.expression):
                _add(origins, _joined(asked, asked, Way.TRANSFORMATION))
            made.append(_Column(id=item.id, name=item.name, origins=origins))
        return made

    def _decide(self, text: str, known: Iterable[_Column]) -> None:
        self.deciding.update(_joined(references(text), _by_id(known), Way.IDENTITY))


def _all(below: Iterable[list[_Column]]) -> list[_Column]:
    return list(chain.from_iterable(below))


def _by_id(columns: Iterable[_Column]) -> dict[int, dict[Origin, Way]]:
    found: dict[int, dict[Origin, Way]] = {}
    for column in columns:
        _add(found.setdefault(column.id, {}), column.origins)
    return found


def _joined(refers: Iterable[int], known: Mapping[int, Origins], way: Way) -> dict[Origin, Way]:
    found: dict[Origin, Way] = {}
    for number in refers:
        origins = known.get(number, {})
        _add(found, {origin: max(way, before) for origin, before in origins.items()})
    return found


def _add(found: dict[Origin, Way], more: Origins) -> None:
    for origin, way in more.items():
        found[origin] = max(way, found.get(origin, Way.IDENTITY))


_Make: TypeAlias = Callable[[_Flow, Node, list[list[_Column]], list[_Column]], list[_Column]]
_KINDS: Mapping[str, _Make] = {
    "CollectMetrics": _Flow.marked,
    "Project": _Flow.projected,
    "Aggregate": _Flow.aggregated,
    "Window": _Flow.windowed,
    "Generate": _Flow.generated,
    "Expand": _Flow.expanded,
    "Union": _Flow.united,
    "Join": _Flow.joined,
    "CTERelationDef": _Flow.defined,
    "CTERelationRef": _Flow.referred,
    **dict.fromkeys(
        (
            *("MapInArrow", "MapInPandas", "PythonMapInArrow", "FlatMapGroupsInPandas"),
            *("FlatMapGroupsInArrow", "FlatMapCoGroupsInPandas", "FlatMapCoGroupsInArrow"),
            "SerializeFromObject",
        ),
        _Flow.opaque,
    ),
}
_DECIDING = frozenset({"Filter", "Sort", "Deduplicate"})
