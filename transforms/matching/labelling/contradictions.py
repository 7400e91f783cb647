"""Labels that contradict one another: found, named, and left out of learning."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms.matching.grouping.components import components

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from gluepot.transforms.matching.labelling.labels import Labels, PairPlace

_FEW = 3
_Neighbours = dict[int, list[tuple[int, int]]]


@dataclass(frozen=True, kw_only=True)
class Contradiction:
    """Two records that labels call different, and that other labels make the same.

    Attributes:
        left: The values of the one record by column.
        right: Those of the other.
        distinct: The number of the labelled pair that calls them different.
        matches: Numbers of the fewest matching pairs that lead from the one to the other; a
            single pair if somebody labelled these two records both ways.
        distinct_place: Where they are called different; None if nobody knows.
        match_places: Where each of ``matches`` was labelled.
        ids: Of the two records, where known.
        match_ids: Of the two records of each of ``matches``, where known.
    """

    left: Mapping[str, Any]
    right: Mapping[str, Any]
    distinct: int
    matches: tuple[int, ...]
    distinct_place: PairPlace | None
    match_places: tuple[PairPlace, ...]
    ids: tuple[str, str] | None = None
    match_ids: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        """Say which records, by their ids where they have some, and what says which."""
        same = ", ".join(map(str, self.match_places)) or f"labels {list(self.matches)}"
        if self.match_ids:
            places: Sequence[object] = self.match_places or [f"label {at}" for at in self.matches]
            named = zip(self.match_ids, places, strict=True)
            same = ", ".join(f"{place} ({one!r} = {other!r})" for (one, other), place in named)
        one, other = map(repr, self.ids) if self.ids else (dict(self.left), dict(self.right))
        apart = self.distinct_place or f"label {self.distinct}"
        return f"{one} and {other}: the same by {same}; not by {apart}"


class ContradictingLabelsError(InvalidInputError):
    """Labels contradict one another: ``ContradictingLabelsError(contradictions)``."""

    def __str__(self) -> str:
        """Name the first contradictions, and how many there are."""
        (found,) = self.args
        shown = "; ".join(map(str, found[:_FEW]))
        more = f"; and {len(found) - _FEW} more" if len(found) > _FEW else ""
        return f"labels contradict one another {len(found)} times: {shown}{more}"


def contradictions(
    labels: Labels, nodes: npt.NDArray[np.int64] | None = None
) -> tuple[Contradiction, ...]:
    """Return every pair labelled different that is the same by a label or by several.

    Records are known by their content, so labels of different sets and files are compared. Two
    records of equal content may be called different: that alone contradicts nothing.

    Args:
        labels: What people said.
        nodes: A number for each labelled record, below their number and the same for what is one
            record; without it, those of equal content are.
    """
    nodes = labels.nodes() if nodes is None else nodes
    left, right = nodes[labels.left], nodes[labels.right]
    (same,) = np.nonzero(labels.match)
    root = components(len(nodes), left[same], right[same])
    neighbours: _Neighbours = defaultdict(list)
    for pair in same.tolist():
        neighbours[int(left[pair])].append((int(right[pair]), pair))
        neighbours[int(right[pair])].append((int(left[pair]), pair))
    (doubtful,) = np.nonzero(~labels.match & (root[left] == root[right]))
    found = []
    for pair in doubtful.tolist():
        path = _path(neighbours, int(left[pair]), int(right[pair]))
        if path:
            found.append(_contradiction(labels, pair, path))
    return tuple(found)


def _path(neighbours: _Neighbours, start: int, end: int) -> tuple[int, ...]:
    """Return the fewest pairs that lead from the one node to the other, if any do."""
    if start == end:
        return tuple(pair for other, pair in neighbours[start] if other == end)[:1]
    came_by: dict[int, tuple[int, int]] = {start: (start, -1)}
    queue = deque([start])
    while end not in came_by:
        node = queue.popleft()
        for other, pair in neighbours[node]:
            if other not in came_by:
                came_by[other] = (node, pair)
                queue.append(other)
    pairs, node = [], end
    while node != start:
        node, pair = came_by[node]
        pairs.append(pair)
    return tuple(reversed(pairs))


def _contradiction(labels: Labels, distinct: int, matches: tuple[int, ...]) -> Contradiction:
    places = labels.places
    return Contradiction(
        left=_row(labels, int(labels.left[distinct])),
        right=_row(labels, int(labels.right[distinct])),
        distinct=distinct,
        matches=matches,
        distinct_place=places[distinct] if places else None,
        match_places=tuple(places[pair] for pair in matches) if places else (),
        ids=_ids(labels, distinct) if labels.ids is not None else None,
        match_ids=tuple(_ids(labels, pair) for pair in matches) if labels.ids is not None else (),
    )


def _ids(labels: Labels, pair: int) -> tuple[str, str]:
    if labels.ids is None:
        raise AssertionError("only labels with ids are asked for them")
    one, other = (labels.ids[int(end[pair])].as_py() for end in (labels.left, labels.right))
    return str(one), str(other)


def _row(labels: Labels, position: int) -> dict[str, Any]:
    row: dict[str, Any] = {}
    if labels.records.num_columns:
        (row,) = labels.records.slice(position, 1).to_pylist()
    elif labels.ids is not None:
        row = {"id": labels.ids[position].as_py()}
    return row


def without(
    labels: Labels,
    found: Sequence[Contradiction],
    nodes: npt.NDArray[np.int64] | None = None,
) -> Labels:
    """Return the labels less every pair of records that a contradiction names.

    Nobody knows which side is wrong, so both go, wherever the same two records are labelled.

    Args:
        labels: What people said.
        found: As ``contradictions`` told, of the same ``nodes``.
        nodes: See there.
    """
    named = np.array(
        [pair for each in found for pair in (each.distinct, *each.matches)], dtype=np.int64
    )
    nodes = labels.nodes() if nodes is None else nodes
    left, right = nodes[labels.left], nodes[labels.right]
    keys = np.minimum(left, right) * len(nodes) + np.maximum(left, right)
    return labels.take(~np.isin(keys, keys[named]))
