"""Pairs and clusters made to agree with what people said of pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms.matching.grouping.components import components, smallest_members

if TYPE_CHECKING:
    import numpy.typing as npt

    Positions = npt.NDArray[np.int64]
    Probabilities = npt.NDArray[np.float64]


class ImpossibleLabelsError(InvalidInputError):
    """Records must and cannot be the same: ``ImpossibleLabelsError(pairs of positions)``."""

    def __str__(self) -> str:
        """Name the first pairs."""
        (pairs,) = self.args
        return (
            f"{len(pairs)} pairs of records are labelled different, but other labels make them "
            f"the same; the first are the records {[tuple(pair) for pair in pairs[:5]]}"
        )


def enforced_pairs(  # noqa: PLR0913 - a pair is three arrays
    count: int,
    left: Positions,
    right: Positions,
    probability: Probabilities,
    *,
    must: Positions,
    cannot: Positions,
    exclusive: bool = False,
) -> tuple[Positions, Positions, Probabilities]:
    """Return the pairs with 1 for those that must match and 0 for those that cannot.

    Args:
        count: How many records there are.
        left: Positions of records; each pair is there once.
        right: The other record of each pair.
        probability: Of each pair, 0 to 1.
        must: Two positions a row; pairs not among the candidates are added.
        cannot: As ``must``.
        exclusive: A record has one partner at most, so the others of one that must match get 0.

    Returns:
        Pairs in the order of their positions, the smaller in the first array.

    Raises:
        ImpossibleLabelsError: A pair both must and cannot match.
    """
    _check(components(count, must[:, 0], must[:, 1]), cannot)
    low = np.concatenate([np.minimum(left, right), must.min(axis=1), cannot.min(axis=1)])
    high = np.concatenate([np.maximum(left, right), must.max(axis=1), cannot.max(axis=1)])
    given = np.concatenate([probability, np.ones(len(must)), np.zeros(len(cannot))])
    if exclusive:
        taken = np.zeros(count, np.bool_)
        taken[must.ravel()] = True
        given[: len(left)][taken[left] | taken[right]] = 0.0
    keys = low * count + high
    # Of one pair the last entry stands, and labels come last.
    _, last = np.unique(keys[::-1], return_index=True)
    kept = len(keys) - 1 - last
    return low[kept], high[kept], given[kept]


def enforce_clusters(  # noqa: PLR0913 - evidence is three arrays
    clusters: Positions,
    must: Positions,
    cannot: Positions,
    *,
    left: Positions,
    right: Positions,
    probability: Probabilities,
    tie: npt.NDArray[np.uint64] | None = None,
) -> Positions:
    """Return the clusters with all of ``must`` inside one, and none of ``cannot``.

    Clusters that labels join become one. A cluster with a pair that cannot match is taken apart
    and put together again from its strongest evidence to its weakest, without the steps that
    would bring such a pair together: so the weakest link between the two is what is cut. Records
    that no evidence binds to what is left stand alone. Other clusters stay as they are.

    Args:
        clusters: The cluster of each record.
        must: Two positions a row: labelled as matches.
        cannot: Two positions a row: labelled as different.
        left: Positions of the scored pairs; only pairs within clusters are looked at.
        right: The other record of each pair.
        probability: Of each pair, 0 to 1.
        tie: Orders pairs of equal probability; without it positions do.

    Returns:
        The smallest position of its cluster, for each record.

    Raises:
        ImpossibleLabelsError: Pairs of ``cannot`` are the same by ``must``.
    """
    count = len(clusters)
    units = components(count, must[:, 0], must[:, 1])
    _check(units, cannot)
    each = np.arange(count, dtype=np.int64)
    joined = components(
        count,
        np.concatenate([each, must[:, 0]]),
        np.concatenate([smallest_members(clusters), must[:, 1]]),
    )
    broken = cannot[joined[cannot[:, 0]] == joined[cannot[:, 1]]]
    if not len(broken):
        return joined
    affected = np.zeros(count, np.bool_)
    affected[joined[broken[:, 0]]] = True
    inside = (joined[left] == joined[right]) & affected[joined[left]]
    order = _strongest_first(left[inside], right[inside], probability[inside], tie, inside)
    ends = np.stack([units[left[inside][order]], units[right[inside][order]]], axis=1)
    roots = _joined_apart(ends, units[broken])
    result = joined.copy()
    (members,) = np.nonzero(affected[joined])
    result[members] = [roots.get(unit, unit) for unit in units[members].tolist()]
    return smallest_members(result)


def _check(units: Positions, cannot: Positions) -> None:
    impossible = cannot[units[cannot[:, 0]] == units[cannot[:, 1]]]
    if len(impossible):
        raise ImpossibleLabelsError([(int(one), int(other)) for one, other in impossible])


def _strongest_first(
    left: Positions,
    right: Positions,
    probability: Probabilities,
    tie: npt.NDArray[np.uint64] | None,
    inside: npt.NDArray[np.bool_],
) -> Positions:
    low, high = np.minimum(left, right), np.maximum(left, right)
    ties = np.zeros(len(left), np.uint64) if tie is None else tie[inside]
    return np.lexsort((high, low, ties, -probability))


def _joined_apart(ends: Positions, cannot: Positions) -> dict[int, int]:
    """Join the ends of each row, in order, unless that joins two that cannot be one.

    Returns:
        The root of every node that is named.
    """
    root = {node: node for node in np.unique(np.concatenate([ends, cannot])).tolist()}
    enemies: dict[int, set[int]] = {node: set() for node in root}
    for one, other in cannot.tolist():
        enemies[one].add(other)
        enemies[other].add(one)

    def root_of(node: int) -> int:
        while root[node] != node:
            root[node] = root[root[node]]
            node = root[node]
        return node

    for one, other in ends.tolist():
        keeps, goes = root_of(one), root_of(other)
        if keeps == goes or goes in enemies[keeps]:
            continue
        if len(enemies[keeps]) < len(enemies[goes]):
            keeps, goes = goes, keeps
        root[goes] = keeps
        for enemy in enemies.pop(goes):
            enemies[enemy].discard(goes)
            enemies[enemy].add(keeps)
            enemies[keeps].add(enemy)
    return {node: root_of(node) for node in root}
