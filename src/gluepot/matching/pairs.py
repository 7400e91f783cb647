"""The accepted pairs of a result, a bounded number at a time: a cluster has a square of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    Positions = npt.NDArray[np.int64]
    Numbers = npt.NDArray[np.float64]

AT_ONCE = 1 << 19
"""Pairs that are in memory at a time, unless one record alone has more."""


@dataclass(frozen=True, kw_only=True)
class PairBatch:
    """Some pairs.

    Attributes:
        left: Positions of records.
        right: The other record of each pair.
        confidence: That the two are the same, 0 to 1.
    """

    left: Positions
    right: Positions
    confidence: Numbers

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self.left)


def batches(left: Positions, right: Positions, confidence: Numbers) -> Iterator[PairBatch]:
    """Yield pairs by their positions, in order."""
    order = np.lexsort((right, left))
    for start in range(0, len(order), AT_ONCE):
        part = order[start : start + AT_ONCE]
        yield PairBatch(left=left[part], right=right[part], confidence=confidence[part])


def pairs_within(
    clusters: Positions,
    cluster_confidence: Numbers,
    *,
    known: tuple[Positions, Positions, Numbers],
) -> Iterator[PairBatch]:
    """Yield every pair of records of one cluster, the smaller position first, cluster by cluster.

    Args:
        clusters: The cluster of each record.
        cluster_confidence: That of each record's cluster; pairs without one of their own get it.
        known: Pairs that were scored: two positions and the probability.
    """
    order, counts = _by_cluster(clusters)
    own = _Known(*known, count=len(clusters))
    ends = np.cumsum(counts)
    start = 0
    while start < len(order):
        done = ends[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, done + AT_ONCE, side="right")))
        some = counts[start:stop]
        place = np.repeat(np.arange(start, stop), some)
        first = np.repeat(np.cumsum(some) - some, some)
        left, right = order[place], order[place + 1 + np.arange(len(place)) - first]
        start = stop
        if len(left):
            confidence = own.confidence(left, right, cluster_confidence[left])
            yield PairBatch(left=left, right=right, confidence=confidence)


def _by_cluster(clusters: Positions) -> tuple[Positions, Positions]:
    """Return the records cluster by cluster, and how many of its cluster follow each one."""
    _, first, inverse, sizes = np.unique(
        clusters, return_index=True, return_inverse=True, return_counts=True
    )
    order = np.lexsort((np.arange(len(clusters)), first[inverse]))
    size = sizes[inverse[order]]
    starts = np.flatnonzero(np.diff(first[inverse[order]], prepend=-1))
    rank = np.arange(len(order)) - np.repeat(starts, np.diff(np.append(starts, len(order))))
    return order, size - 1 - rank


class _Known:
    """Probabilities of scored pairs, to look up."""

    def __init__(self, left: Positions, right: Positions, value: Numbers, *, count: int) -> None:
        keys = np.minimum(left, right) * np.int64(count) + np.maximum(left, right)
        order = np.argsort(keys, kind="stable")
        self._keys, self._values, self._count = keys[order], value[order], count

    def confidence(self, left: Positions, right: Positions, otherwise: Numbers) -> Numbers:
        if not len(self._keys):
            return otherwise
        wanted = left * np.int64(self._count) + right
        at = np.minimum(np.searchsorted(self._keys, wanted), len(self._keys) - 1)
        return np.where(self._keys[at] == wanted, self._values[at], otherwise)
