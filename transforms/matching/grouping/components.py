"""Connected components of pairs held in arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt


def components(
    count: int, left: npt.NDArray[np.int64], right: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Return for each of ``count`` positions the smallest position of its component.

    >>> components(5, np.array([4, 2]), np.array([2, 3])).tolist()
    [0, 1, 2, 2, 2]
    """
    root = np.arange(count, dtype=np.int64)
    while (root[left] != root[right]).any():
        lower = np.minimum(root[left], root[right])
        np.minimum.at(root, root[left], lower)
        np.minimum.at(root, root[right], lower)
        while ((above := root[root]) != root).any():
            root = above
    return root


def smallest_members(clusters: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the clusters named by their smallest positions, whatever their names were.

    >>> smallest_members(np.array([7, 3, 7])).tolist()
    [0, 1, 0]
    """
    _, first, inverse = np.unique(clusters, return_index=True, return_inverse=True)
    return first.astype(np.int64)[inverse]
