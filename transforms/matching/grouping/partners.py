"""Scored pairs of one component, and the partners of each record as a sparse matrix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

if TYPE_CHECKING:
    import numpy.typing as npt

    Positions = npt.NDArray[np.int64]
    Numbers = npt.NDArray[np.float64]


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
