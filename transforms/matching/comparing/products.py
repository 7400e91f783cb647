"""Products of rows of sparse matrices, a bounded number of cells at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt
    from scipy.sparse import csr_array

    Positions = npt.NDArray[np.int64]
    Numbers = npt.NDArray[np.float64]

CELLS = 10_000_000
"""Cells of rows held at a time: bounds memory to some hundred megabytes."""


def row_products(
    one: csr_array,
    other: csr_array,
    rows: Positions,
    partners: Positions,
    *,
    shared: bool = False,
) -> Numbers:
    """Return the dot product of row ``rows[i]`` of one and row ``partners[i]`` of the other.

    With ``shared`` every cell of the other counts as 1: the sum of what is in both.

    >>> from scipy.sparse import csr_array
    >>> eye = csr_array(np.array([[1.0, 2.0], [0.0, 3.0]]))
    >>> row_products(eye, eye, np.array([0]), np.array([1])).tolist()
    [6.0]
    >>> row_products(eye, eye, np.array([0]), np.array([1]), shared=True).tolist()
    [2.0]
    """
    cost = np.cumsum(np.diff(one.indptr)[rows] + np.diff(other.indptr)[partners])
    products = np.zeros(len(rows))
    start = 0
    while start < len(rows):
        done = cost[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(cost, done + CELLS, side="right")))
        there = other[partners[start:stop]]
        if shared:
            there.data = np.ones_like(there.data)
        products[start:stop] = one[rows[start:stop]].multiply(there).sum(axis=1)
        start = stop
    return products
