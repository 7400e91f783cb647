"""Boxes and arrows put in their places: columns by the longest way, few crossings, straight arrows.

Source: K. Sugiyama, S. Tagawa, M. Toda, "Methods for visual understanding of hierarchical system
structures" (1981). Within a column, places are the closest to where the neighbours pull that keep
the order (isotonic regression).
"""

from __future__ import annotations

import itertools
from bisect import bisect_right, insort
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from statistics import fmean
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

BOX_WIDTH, BOX_HEIGHT = 184, 36
COLUMN, ROW, LANE = 252, 52, 18
"""From one column to the next, from one box to the next below it, and the same for arrows."""

MARGIN = 16
SWEEPS, FEW_SWEEPS = 12, 4
MANY_SPOTS = 2500
"""How often columns are gone through, and from how many boxes and bends on less often."""

LONGEST_BEND = 16
"""An arrow over more columns than this is drawn straight: it would need a bend in each."""

Edge = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Where everything goes, in pixels.

    Attributes:
        width: Of the whole.
        height: Of the whole.
        boxes: The left upper corner of each node's box.
        ways: The path of each arrow, as SVG's ``d`` has it, from its source to its end.
        back: The arrows that lead back to where they come from.
    """

    width: int
    height: int
    boxes: Mapping[str, tuple[int, int]]
    ways: Mapping[Edge, str]
    back: frozenset[Edge]


@lru_cache(maxsize=64)
def lay_out(nodes: tuple[str, ...], edges: tuple[Edge, ...]) -> Layout:
    """Return the places of nodes and arrows; the same for the same graph.

    ``edges`` are between ``nodes``; those from a node to itself are left out.
    """
    links = tuple(dict.fromkeys(edge for edge in edges if edge[0] != edge[1]))
    back = _leading_back(nodes, links)
    forward = {edge: (edge[1], edge[0]) if edge in back else edge for edge in links}
    columns_of = _columns(nodes, forward.values())
    chains, columns = _with_bends(columns_of, forward)
    neighbours = _neighbours(chains.values())
    sweeps = SWEEPS if len(columns_of) <= MANY_SPOTS else FEW_SWEEPS
    _reduce_crossings(columns, neighbours, sweeps)
    heights = _heights(columns, neighbours, sweeps)
    top = min(heights.values(), default=0.0)
    places = {
        spot: (MARGIN + column * COLUMN, round(MARGIN + heights[spot] - top))
        for column, spots in enumerate(columns)
        for spot in spots
    }
    return Layout(
        width=2 * MARGIN + max(len(columns) - 1, 0) * COLUMN + BOX_WIDTH,
        height=MARGIN + BOX_HEIGHT + max((y for _, y in places.values()), default=0),
        boxes={node: places[node] for node in nodes},
        ways={edge: _way(chains[edge], places, turned=edge in back) for edge in links},
        back=frozenset(back),
    )


def _leading_back(nodes: Sequence[str], edges: Sequence[Edge]) -> set[Edge]:
    """Return edges without which there is no way round in a circle."""
    following: dict[str, list[str]] = defaultdict(list)
    led_to = set()
    for start, end in edges:
        following[start].append(end)
        led_to.add(end)
    back: set[Edge] = set()
    done: set[str] = set()
    for root in sorted(nodes, key=lambda node: node in led_to):
        if root in done:
            continue
        path, turns = {root}, [(root, iter(following[root]))]
        while turns:
            node, rest = turns[-1]
            following_one = next(rest, None)
            if following_one is None:
                turns.pop()
                path.remove(node)
                done.add(node)
            elif following_one in path:
                back.add((node, following_one))
            elif following_one not in done:
                path.add(following_one)
                turns.append((following_one, iter(following[following_one])))
    return back


def _columns(nodes: Sequence[str], edges: Iterable[Edge]) -> dict[str, int]:
    """Return the column of each node: as far on as the longest way to it, the first close to it."""
    following: dict[str, list[str]] = defaultdict(list)
    open_ends = dict.fromkeys(nodes, 0)
    for start, end in edges:
        following[start].append(end)
        open_ends[end] += 1
    starts = [node for node in nodes if not open_ends[node]]
    columns = dict.fromkeys(nodes, 0)
    order = list(starts)
    for node in order:
        for end in following[node]:
            columns[end] = max(columns[end], columns[node] + 1)
            open_ends[end] -= 1
            if not open_ends[end]:
                order.append(end)
    for node in starts:
        if following[node]:
            columns[node] = min(columns[end] for end in following[node]) - 1
    return columns


def _with_bends(
    columns_of: dict[str, int], edges: Mapping[Edge, Edge]
) -> tuple[dict[Edge, list[str]], list[list[str]]]:
    """Return what each edge passes, and the columns; bends are added to ``columns_of``."""
    columns: list[list[str]] = [[] for _ in range(max(columns_of.values(), default=-1) + 1)]
    for node, column in columns_of.items():
        columns[column].append(node)
    chains = {}
    for number, (edge, (start, end)) in enumerate(edges.items()):
        first, last = columns_of[start], columns_of[end]
        between = range(first + 1, last) if last - first <= LONGEST_BEND else range(0)
        bends = []
        for column in between:
            # No name of a node holds this: it would not be text.
            bend = f"\x00{number}\x00{column}"
            bends.append(bend)
            columns_of[bend] = column
            columns[column].append(bend)
        chains[edge] = [start, *bends, end]
    return chains, columns


def _neighbours(chains: Iterable[Sequence[str]]) -> dict[str, tuple[list[str], list[str]]]:
    found: dict[str, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for chain in chains:
        for start, end in itertools.pairwise(chain):
            found[start][1].append(end)
            found[end][0].append(start)
    return found


def _reduce_crossings(
    columns: list[list[str]],
    neighbours: Mapping[str, tuple[list[str], list[str]]],
    sweeps: int,
) -> None:
    """Sort each column by the middle of its neighbours before, then after, and so on.

    Of all orders that are come by, the one with the fewest crossings is kept.
    """
    first = _depth_first(columns, neighbours)
    for column in columns:
        column.sort(key=first.__getitem__)
    best, fewest = [list(column) for column in columns], _crossings(columns, neighbours)
    place = {spot: float(at) for column in columns for at, spot in enumerate(column)}
    for sweep in range(sweeps):
        if not fewest:
            break
        side = sweep % 2
        for column in columns if side == 0 else reversed(columns):
            wanted = {}
            for spot in column:
                others = neighbours[spot][side] if spot in neighbours else []
                wanted[spot] = fmean(map(place.__getitem__, others)) if others else place[spot]
            column.sort(key=wanted.__getitem__)
            # Of columns of different length, the same share of the way down is the same place.
            share = 1000 / max(len(column), 1)
            place.update((spot, (at + 0.5) * share) for at, spot in enumerate(column))
        count = _crossings(columns, neighbours)
        if count < fewest:
            best, fewest = [list(column) for column in columns], count
    columns[:] = best


def _depth_first(
    columns: Sequence[Sequence[str]], neighbours: Mapping[str, tuple[list[str], list[str]]]
) -> dict[str, int]:
    """Return the order in which spots are come by from the first columns on: no tree crosses."""
    found: dict[str, int] = {}
    for root in (spot for column in columns for spot in column):
        waiting = [root]
        while waiting:
            spot = waiting.pop()
            if spot not in found:
                found[spot] = len(found)
                if spot in neighbours:
                    waiting += reversed(neighbours[spot][1])
    return found


def _crossings(
    columns: Sequence[Sequence[str]], neighbours: Mapping[str, tuple[list[str], list[str]]]
) -> int:
    """Return how many pairs of arrows between neighbouring columns cross."""
    place = {spot: at for column in columns for at, spot in enumerate(column)}
    count = 0
    for column in columns:
        ends: list[int] = []
        for spot in column:
            if spot not in neighbours:
                continue
            here = sorted(place[end] for end in neighbours[spot][1])
            count += sum(len(ends) - bisect_right(ends, end) for end in here)
            for end in here:
                insort(ends, end)
    return count


def _heights(
    columns: Sequence[Sequence[str]],
    neighbours: Mapping[str, tuple[list[str], list[str]]],
    sweeps: int,
) -> dict[str, float]:
    """Return how far down each spot is, close to its neighbours, none on another."""
    heights: dict[str, float] = {}
    offsets = [_offsets(column) for column in columns]
    for column, below in zip(columns, offsets, strict=True):
        middle = below[-1] / 2 if below else 0.0
        heights.update((spot, at - middle) for spot, at in zip(column, below, strict=True))
    for sweep in range(sweeps):
        turns = range(len(columns)) if sweep % 2 == 0 else range(len(columns) - 1, -1, -1)
        for number in turns:
            column, below = columns[number], offsets[number]
            pulled = [_pull(spot, heights, neighbours, sweep % 2) for spot in column]
            fitted = _rising([want - at for want, at in zip(pulled, below, strict=True)])
            heights.update(
                (spot, fit + at) for spot, fit, at in zip(column, fitted, below, strict=True)
            )
    return heights


def _pull(
    spot: str,
    heights: Mapping[str, float],
    neighbours: Mapping[str, tuple[list[str], list[str]]],
    side: int,
) -> float:
    both = neighbours.get(spot, ([], []))
    others = both[side] or both[1 - side]
    return fmean(heights[other] for other in others) if others else heights[spot]


def _offsets(column: Sequence[str]) -> list[float]:
    """Return the least distance of each spot from the first."""
    found, at = [], 0.0
    for before, spot in zip((None, *column), column, strict=False):
        if before is not None:
            at += (_room(before) + _room(spot)) / 2
        found.append(at)
    return found


def _room(spot: str) -> int:
    return LANE if spot.startswith("\x00") else ROW


def _rising(wanted: Sequence[float]) -> list[float]:
    """Return the numbers closest to ``wanted`` of which none is less than the one before it.

    >>> _rising([1.0, 3.0, 2.0, 5.0])
    [1.0, 2.5, 2.5, 5.0]
    """
    blocks: list[tuple[float, int]] = []
    for value in wanted:
        mean, size = value, 1
        while blocks and blocks[-1][0] > mean:
            other, count = blocks.pop()
            mean, size = (mean * size + other * count) / (size + count), size + count
        blocks.append((mean, size))
    return [mean for mean, size in blocks for _ in range(size)]


def _way(chain: Sequence[str], places: Mapping[str, tuple[int, int]], *, turned: bool) -> str:
    """Return the curve through a chain of spots; the last comes to the edge of the box."""
    half = BOX_HEIGHT // 2
    points = [(places[chain[0]][0] + BOX_WIDTH, places[chain[0]][1] + half)]
    for bend in chain[1:-1]:
        x, y = places[bend][0], places[bend][1] + half
        points += [(x, y), (x + BOX_WIDTH, y)]
    points.append((places[chain[-1]][0], places[chain[-1]][1] + half))
    if turned:
        points.reverse()
    return f"M{points[0][0]} {points[0][1]}" + "".join(
        _curve(start, end, straight=number % 2 == 1)
        for number, (start, end) in enumerate(itertools.pairwise(points))
    )


def _curve(start: tuple[int, int], end: tuple[int, int], *, straight: bool) -> str:
    if straight:
        return f"L{end[0]} {end[1]}"
    middle = (start[0] + end[0]) // 2
    return f"C{middle} {start[1]} {middle} {end[1]} {end[0]} {end[1]}"
