"""How good found pairs and probabilities are, by the truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt


@dataclass(frozen=True, kw_only=True)
class Quality:
    """Pairs found against pairs that match.

    Attributes:
        found: How many were found.
        true: How many match.
        right: How many of those found match.
    """

    found: int
    true: int
    right: int

    @property
    def precision(self) -> float:
        """Return the share of the pairs found that match; 1 if none was found."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Return the share of the pairs that match that were found; 1 if none matches."""
        return self.right / self.true if self.true else 1.0

    @property
    def f1(self) -> float:
        """Return the harmonic mean of precision and recall, from the counts.

        >>> Quality(found=4, true=6, right=3).f1
        0.6
        """
        return 2 * self.right / (self.found + self.true) if self.found + self.true else 1.0


def quality(found: npt.NDArray[np.int64], true: npt.NDArray[np.int64]) -> Quality:
    """Compare coded pairs; a pair found twice counts once."""
    once = np.unique(found)
    right = int(np.isin(once, true, assume_unique=True).sum())
    return Quality(found=len(once), true=len(true), right=right)


def calibration_error(
    probability: npt.NDArray[np.float64], truth: npt.NDArray[np.bool_], bins: int = 10
) -> float:
    """Return how far probabilities are from the share that matches, over bins of equal width.

    Each bin counts by its pairs. Source: Naeini, Cooper, Hauskrecht, "Obtaining well calibrated
    probabilities using Bayesian binning", 2015. Written here anew: what is judged by it has its
    own.

    >>> calibration_error(np.array([0.2, 0.2, 0.9]), np.array([False, False, True])).__round__(3)
    0.167
    """
    if not len(probability):
        return 0.0
    at = np.minimum((probability * bins).astype(np.int64), bins - 1)
    gaps = np.bincount(at, weights=probability - truth, minlength=bins)
    return float(np.abs(gaps).sum() / len(probability))


def pairs_within(cluster: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the codes of all pairs of records of one cluster, sorted.

    >>> pairs_within(np.array([7, 8, 7, 7]))
    array([ 2,  3, 11])
    """
    count = len(cluster)
    order = np.argsort(cluster, kind="stable")
    ordered = cluster[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    sizes = np.diff(np.r_[starts, count])
    made = [np.empty(0, np.int64)]
    for size in np.unique(sizes[sizes > 1]):
        members = order[starts[sizes == size][:, None] + np.arange(size)]
        one, other = np.triu_indices(size, 1)
        low, high = members[:, one].ravel(), members[:, other].ravel()
        made.append(np.minimum(low, high) * count + np.maximum(low, high))
    return np.sort(np.concatenate(made))
