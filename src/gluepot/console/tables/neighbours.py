"""What a table comes from and goes to, laid out: a column of boxes for each step."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from gluepot.console.page import href

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from gluepot.jobs.lineage.graph import DatasetNode, Lineage

BOX_WIDTH, BOX_HEIGHT = 220, 34
GAP_X, GAP_Y = 90, 14
MARGIN = 8
CHARACTERS = 27
"""That fit into a box."""
MOST = 60
"""Boxes of one step; the list beside the drawing has all."""
HIDDEN = "not yours to see"


def laid_out(found: Lineage, may_see: Callable[[str], bool]) -> dict[str, Any]:
    """Return boxes and arrows with their places.

    Args:
        found: What is around the table.
        may_see: Whether the caller may get a table of the catalog.
    """
    steps = _steps(found)
    columns: dict[int, list[DatasetNode]] = defaultdict(list)
    nodes = {node.number: node for edge in found.edges for node in (edge.source, edge.target)}
    nodes[found.dataset.number] = found.dataset
    for number, step in sorted(steps.items(), key=lambda pair: nodes[pair[0]].label):
        columns[step].append(nodes[number])
    shown = {step: column[:MOST] for step, column in sorted(columns.items())}
    highest = max(len(column) for column in shown.values())
    boxes: dict[int, dict[str, Any]] = {}
    for at, column in enumerate(shown.values()):
        top = MARGIN + (highest - len(column)) * (BOX_HEIGHT + GAP_Y) / 2
        for row, node in enumerate(column):
            boxes[node.number] = {
                "x": MARGIN + at * (BOX_WIDTH + GAP_X),
                "y": round(top + row * (BOX_HEIGHT + GAP_Y), 1),
                "here": node.number == found.dataset.number,
                **_named(node, may_see),
            }
    return {
        "width": 2 * MARGIN + len(shown) * (BOX_WIDTH + GAP_X) - GAP_X,
        "height": 2 * MARGIN + highest * (BOX_HEIGHT + GAP_Y) - GAP_Y,
        "box": {"width": BOX_WIDTH, "height": BOX_HEIGHT},
        "boxes": list(boxes.values()),
        "arrows": _arrows(found, boxes),
        "left_out": len(nodes) - len(boxes),
    }


def told_edges(found: Lineage, may_see: Callable[[str], bool]) -> list[dict[str, Any]]:
    """Return each step as words: from where, to where, by which job, when last."""
    return [
        {
            "source": _named(edge.source, may_see),
            "target": _named(edge.target, may_see),
            "job": edge.job,
            "at": edge.at.timestamp(),
        }
        for edge in found.edges
    ]


def _steps(found: Lineage) -> dict[int, int]:
    """Return how many steps each dataset is away: before the table negative, behind it positive."""
    before: dict[int, list[int]] = defaultdict(list)
    behind: dict[int, list[int]] = defaultdict(list)
    for edge in found.edges:
        before[edge.target.number].append(edge.source.number)
        behind[edge.source.number].append(edge.target.number)
    steps = {found.dataset.number: 0}
    for ways, sign in ((before, -1), (behind, 1)):
        front: Iterable[int] = [found.dataset.number]
        distance = 0
        while front:
            distance += 1
            front = [one for each in front for one in ways[each] if one not in steps]
            for one in front:
                steps.setdefault(one, sign * distance)
    return steps


def _arrows(found: Lineage, boxes: Mapping[int, Mapping[str, Any]]) -> list[dict[str, str]]:
    arrows = []
    for edge in found.edges:
        source, target = boxes.get(edge.source.number), boxes.get(edge.target.number)
        if source is None or target is None:
            continue
        x, y = source["x"] + BOX_WIDTH, source["y"] + BOX_HEIGHT / 2
        to_x, to_y = target["x"], target["y"] + BOX_HEIGHT / 2
        middle = (x + to_x) / 2
        path = f"M{x},{y} C{middle},{y} {middle},{to_y} {to_x - 5},{to_y}"
        arrows.append({"path": path, "label": f"by {edge.job}"})
    return arrows


def _named(node: DatasetNode, may_see: Callable[[str], bool]) -> dict[str, Any]:
    if node.table is not None and not may_see(node.table):
        return {"label": HIDDEN, "short": HIDDEN, "href": None}
    label = node.label
    # Of an address the end tells most.
    short = label if len(label) <= CHARACTERS else f"…{label[-CHARACTERS + 1 :]}"
    address = None
    if node.table is not None:
        database, _, name = node.table.partition(".")
        address = href("table-lineage", database=database, name=name)
    return {"label": label, "short": short, "href": address}
