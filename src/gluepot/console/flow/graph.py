"""A graph of work as plain data with places: what templates draw, and the JSON twin holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gluepot.console.flow.layout import BOX_HEIGHT, BOX_WIDTH, lay_out

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gluepot.jobs.workflows.edges import Leads

SHOWN_LETTERS = 24


@dataclass(frozen=True, kw_only=True)
class Node:
    """A box.

    Attributes:
        id: What edges name it by.
        label: Its name.
        kind: ``trigger``, ``job``, ``crawl``, or the type of a state.
        href: Where it leads.
        state: What became of it.
        note: More of it, shown when it is pointed at.
    """

    id: str
    label: str
    kind: str
    href: str | None = None
    state: str | None = None
    note: str = ""


def drawn(nodes: Iterable[Node], edges: Sequence[Leads]) -> dict[str, Any]:
    """Return a graph with the places of its boxes and arrows, in pixels."""
    by_id = {node.id: node for node in nodes}
    known = [edge for edge in edges if edge.start in by_id and edge.end in by_id]
    layout = lay_out(tuple(by_id), tuple((edge.start, edge.end) for edge in known))
    words: dict[tuple[str, str], list[str]] = {}
    for edge in known:
        words.setdefault((edge.start, edge.end), []).append(edge.when)
    return {
        "width": layout.width,
        "height": layout.height,
        "box": {"width": BOX_WIDTH, "height": BOX_HEIGHT},
        "nodes": [_node(node, layout.boxes[node.id]) for node in by_id.values()],
        "edges": [
            {
                "start": edge[0],
                "end": edge[1],
                "when": "; ".join(filter(None, words[edge])),
                "way": way,
                "back": edge in layout.back,
            }
            for edge, way in layout.ways.items()
        ],
    }


def _node(node: Node, place: tuple[int, int]) -> dict[str, Any]:
    x, y = place
    short = node.label
    if len(short) > SHOWN_LETTERS:
        short = f"{short[: SHOWN_LETTERS - 1]}…"
    return {
        "id": node.id,
        "label": node.label,
        "short": short,
        "kind": node.kind,
        "href": node.href,
        "state": node.state,
        "note": node.note,
        "x": x,
        "y": y,
    }
