"""Clusters of records by the average evidence between them, so that weak links do not chain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gluepot.transforms.matching.grouping.absence import absence, firm
from gluepot.transforms.matching.grouping.bonds import Bonds, mutual_best
from gluepot.transforms.matching.grouping.components import components, smallest_members
from gluepot.transforms.matching.grouping.evidence import bounded_evidence, scattered, ties_of
from gluepot.transforms.matching.grouping.partners import Scored

if TYPE_CHECKING:
    import numpy.typing as npt

    Positions = npt.NDArray[np.int64]
    Sources = npt.NDArray[np.int8]

MOST = 7.0
"""Natural units towards which one pair's evidence is bent: no single pair outweighs a crowd."""

LEAST = 1.5
"""The same for evidence against: pairs of one cluster that look different are common."""


def clusters(  # noqa: PLR0913 - a pair is three arrays
    count: int,
    left: Positions,
    right: Positions,
    probability: npt.NDArray[np.float64],
    *,
    threshold: float,
    tie: npt.NDArray[np.uint64] | None = None,
    source: Sources | None = None,
    start: Positions | None = None,
) -> Positions:
    """Return for each of ``count`` records the smallest position in its cluster.

    The two clusters with the highest average evidence between them become one, again and again,
    while that average is not below the threshold's. A pair that was scored low counts against
    them with its evidence, one that was never scored with that of ``absence``. Pairs that the
    partners of their records speak against are left for last (``firm``), so that one strong wrong
    link does not tear two groups apart before they are made.

    Clusters that are each other's best are joined all at once: the average between joined
    clusters lies between those of their parts, so a round does what single joins would.
    Source: Murtagh, "A survey of recent advances in hierarchical clustering algorithms", The
    Computer Journal 26 (4), 1983, on reciprocal nearest neighbours.

    Args:
        count: How many records there are.
        left: Positions of the scored pairs; each pair is there once, in either direction.
        right: The other record of each pair.
        probability: Of each pair, 0 to 1.
        threshold: From here on a pair speaks for a match.
        tie: A different number for each pair, made from its content: orders equal averages, so
            that the order of records does not matter. Without it positions do.
        source: Of each record. If given, only pairs across sources count as never compared.
        start: Clusters that are there already and are not taken apart.

    >>> weak = np.array([0.99, 0.55])
    >>> clusters(3, np.array([0, 1]), np.array([1, 2]), weak, threshold=0.5).tolist()
    [0, 0, 2]
    """
    begun = np.arange(count, dtype=np.int64) if start is None else smallest_members(start)
    said = bounded_evidence(probability, threshold, most=MOST, least=LEAST)
    ties = ties_of(left, right) if tie is None else scattered(tie)
    component = _bare_components(begun, left[said >= 0], right[said >= 0])
    inside = component[left] == component[right]
    scored = Scored(
        component=component,
        left=left[inside],
        right=right[inside],
        said=said[inside],
        tie=ties[inside],
    )
    against = absence(scored)
    bonds = Bonds(
        one=scored.left,
        other=scored.right,
        said=scored.said,
        known=np.ones(len(scored.left), np.int64),
        tie=scored.tie,
        firm=firm(scored, against, linked=source is not None),
    ).between(begun)
    return smallest_members(_settled(bonds, begun, _sizes(begun, source), against))


def _bare_components(begun: Positions, left: Positions, right: Positions) -> Positions:
    each = np.arange(len(begun), dtype=np.int64)
    return components(len(begun), np.concatenate([begun, left]), np.concatenate([each, right]))


def _sizes(label: Positions, source: Sources | None) -> Positions:
    """Return how many records of each source (rows) are in each cluster (columns)."""
    rows = np.zeros(len(label), np.int64) if source is None else (source != 0).astype(np.int64)
    sizes = np.zeros((1 if source is None else 2, len(label)), np.int64)
    np.add.at(sizes, (rows, label), 1)
    return sizes


def _comparable(sizes: Positions, bonds: Bonds) -> Positions:
    """Return how many pairs of records there are between the clusters of each bond."""
    one, other = sizes[:, bonds.one], sizes[:, bonds.other]
    pairs: Positions = one[0] * other[0]
    if len(sizes) > 1:
        pairs = np.maximum(one[0] * other[1] + one[1] * other[0], bonds.known)
    return pairs


def _settled(bonds: Bonds, label: Positions, sizes: Positions, against: Positions) -> Positions:
    """Return the cluster of each record when no join is worth it any more.

    Args:
        bonds: Between the clusters at the start.
        label: The cluster of each record at the start.
        sizes: As of ``_sizes``; brought up to date.
        against: What a pair never compared says, for each record.
    """
    for only_firm in (True, False):
        while len(joins := _joins(bonds, sizes, against, only_firm=only_firm)):
            one, other = bonds.one[joins], bonds.other[joins]
            step = np.arange(len(label), dtype=np.int64)
            step[other] = one
            label = step[label]
            sizes[:, one] += sizes[:, other]
            changed = np.zeros(len(label), np.bool_)
            changed[one] = changed[other] = True
            bonds = bonds.joined(step, changed)
            if not only_firm:
                bonds = bonds.only(_hopeful(bonds, sizes, against))
    return label


def _joins(bonds: Bonds, sizes: Positions, against: Positions, *, only_firm: bool) -> Positions:
    """Return which bonds join their clusters now: no cluster is in two of them."""
    possible = _comparable(sizes, bonds)
    total = _total(bonds, possible, against)
    (worth,) = np.nonzero((total >= 0) & (bonds.firm | (not only_firm)))
    average = total[worth] / possible[worth]
    ends = bonds.one[worth], bonds.other[worth]
    return worth[mutual_best(sizes.shape[1], *ends, average, bonds.tie[worth])]


def _total(bonds: Bonds, possible: Positions, against: Positions) -> Positions:
    total: Positions = bonds.said + (possible - bonds.known) * against[bonds.one]
    return total


def _hopeful(bonds: Bonds, sizes: Positions, against: Positions) -> npt.NDArray[np.bool_]:
    """Return the bonds whose clusters both have one that is worth a join.

    A cluster without such a bond never gets one: averages of joined clusters lie in between.
    """
    worth = _total(bonds, _comparable(sizes, bonds), against) >= 0
    alive = np.zeros(sizes.shape[1], np.bool_)
    alive[bonds.one[worth]] = alive[bonds.other[worth]] = True
    return alive[bonds.one] & alive[bonds.other]
