"""What the partners of two records have in common: products of rows of sparse matrices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

if TYPE_CHECKING:
    import numpy.typing as npt

    Positions = npt.NDArray[np.int64]
    Numbers = npt.NDArray[np.float64]

CELLS = 10_000_000
"""Cells of rows held at a time: bounds memory to some hundred megabytes."""


@dataclass(frozen=True, kw_only=True)
class Scored:
    """Scored pairs within components: parallel arrays, and the component of each record.

    ``said`` is the evidence of a pair, ``tie`` a different number for each.
    """

    component: Positions
    left: Positions
    right: Positions
    said: Positions
    tie: npt.NDArray[np.uint64]

    @property
    def count(self) -> int:
        """How many records there are."""
        return len(self.component)

    @property
    def convincing(self) -> npt.NDArray[np.bool_]:
        """Which pairs speak for a match."""
        return self.said >= 0

    def ends(self, *, convincing: bool = False) -> Positions:
        """Return how many pairs each record is in: all, or those that speak for a match."""
        kept = self.convincing if convincing else slice(None)
        ends = np.concatenate([self.left[kept], self.right[kept]])
        return np.bincount(ends, minlength=self.count)

    def matrix(self, value: Numbers, *, convincing: bool = False) -> csr_array:
        """Return the value of each pair as a symmetric matrix of the records."""
        kept = self.convincing if convincing else slice(None)
        left, right, value = self.left[kept], self.right[kept], value[kept]
        cells = np.concatenate([left, right]), np.concatenate([right, left])
        return csr_array((np.concatenate([value, value]), cells), shape=(self.count, self.count))


def row_products(one: csr_array, other: csr_array, rows: Positions, partners: Positions) -> Numbers:
    """Return the dot product of row ``rows[i]`` of one and row ``partners[i]`` of the other.

    >>> eye = csr_array(np.array([[1.0, 2.0], [0.0, 3.0]]))
    >>> row_products(eye, eye, np.array([0]), np.array([1])).tolist()
    [6.0]
    """
    cost = np.cumsum(np.diff(one.indptr)[rows] + np.diff(other.indptr)[partners])
    products = np.zeros(len(rows))
    start = 0
    while start < len(rows):
        done = cost[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(cost, done + CELLS, side="right")))
        shared = one[rows[start:stop]].multiply(other[partners[start:stop]])
        products[start:stop] = shared.sum(axis=1)
        start = stop
    return products
