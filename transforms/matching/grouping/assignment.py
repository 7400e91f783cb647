"""The best links between two sources when each record has one partner at most."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_array
from scipy.sparse.csgraph import min_weight_full_bipartite_matching

from gluepot.transforms.matching.grouping.bonds import mutual_best
from gluepot.transforms.matching.grouping.components import components
from gluepot.transforms.matching.grouping.evidence import evidence, scattered, ties_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    Positions = npt.NDArray[np.int64]
    Flags = npt.NDArray[np.bool_]

DENSE_CELLS = 250_000
"""Up to here a component is solved as a full table of its records."""

MOST_RECORDS = 5_000
"""Records on one side of a component that are assigned exactly: time grows with their square."""


def one_to_one(
    left: Positions,
    right: Positions,
    probability: npt.NDArray[np.float64],
    *,
    threshold: float,
    tie: npt.NDArray[np.uint64] | None = None,
) -> Flags:
    """Return which pairs are kept, so that no record is in two and the evidence is the most.

    The sum of log odds above the threshold's is maximal in each component of pairs; of equal sums
    with more pairs. A component with more than MOST_RECORDS on its smaller side takes the
    strongest pair first, then the strongest of those that are left.

    Args:
        left: Positions in the one source; each pair is there once.
        right: Positions in the other.
        probability: Of each pair, 0 to 1.
        threshold: Pairs below are never kept.
        tie: A different number for each pair, made from its content, for equal evidence: so that
            the order of records does not matter. Without it positions do.

    >>> links = np.array([0, 0, 1]), np.array([7, 8, 7])
    >>> one_to_one(*links, np.array([0.9, 0.8, 0.8]), threshold=0.5).tolist()
    [False, True, True]
    """
    kept = np.zeros(len(left), np.bool_)
    (able,) = np.nonzero(probability >= threshold)
    ties = scattered(tie[able]) if tie is not None else ties_of(left[able], right[able])
    one, other = _places(left[able], ties), _places(right[able], ties)
    # One step for being a pair at all.
    worth = (evidence(probability[able], threshold) + 1).astype(np.float64)
    for pairs, exact in _parts(one, other):
        solve = _assigned if exact else _strongest_first
        kept[able[pairs[solve(one[pairs], other[pairs], worth[pairs], ties[pairs])]]] = True
    return kept


def _places(positions: Positions, ties: npt.NDArray[np.uint64]) -> Positions:
    """Return the positions as 0, 1, ... in an order made from the ties of their pairs.

    What is solved is then the same table whatever the order of the records was.
    """
    found, inverse = np.unique(positions, return_inverse=True)
    names = np.zeros(len(found), np.uint64)
    np.add.at(names, inverse, ties)
    return np.argsort(np.argsort(names, kind="stable"), kind="stable")[inverse]


def _parts(one: Positions, other: Positions) -> Iterator[tuple[Positions, bool]]:
    """Yield the pairs that are solved together, and whether they are to be exact.

    Where one side is a single record, the strongest pair is the exact answer: all at once.
    """
    if not len(one):
        return
    ones = int(one.max()) + 1
    home = components(ones + int(other.max()) + 1, one, ones + other)[one]
    sides = np.stack([_members(home, one), _members(home, other)])[:, home]
    simple = (sides.min(axis=0) == 1) | (sides.min(axis=0) > MOST_RECORDS)
    yield np.nonzero(simple)[0], False
    (rest,) = np.nonzero(~simple)
    rest = rest[np.lexsort((other[rest], one[rest], home[rest]))]
    yield from (
        (part, True) for part in np.split(rest, 1 + np.nonzero(np.diff(home[rest]))[0]) if len(part)
    )


def _members(home: Positions, record: Positions) -> Positions:
    """Return how many different records each home has."""
    _, first = np.unique(record, return_index=True)
    return np.bincount(home[first], minlength=int(home.max()) + 1)


def _strongest_first(
    one: Positions, other: Positions, worth: npt.NDArray[np.float64], tie: npt.NDArray[np.uint64]
) -> Positions:
    kept = [np.zeros(0, np.int64)]
    left = np.arange(len(one))
    ones = int(one.max(initial=0)) + 1
    count = ones + int(other.max(initial=0)) + 1
    ends = np.stack([one, ones + other])
    while len(left):
        best = mutual_best(count, ends[0, left], ends[1, left], worth[left], tie[left])
        kept.append(left[best])
        taken = np.zeros(count, np.bool_)
        taken[ends[:, left[best]]] = True
        left = left[~taken[ends[:, left]].any(axis=0)]
    return np.concatenate(kept)


def _assigned(
    one: Positions, other: Positions, worth: npt.NDArray[np.float64], tie: npt.NDArray[np.uint64]
) -> Positions:
    # All of these together are less than one step of evidence: they decide between equal sums.
    worth = worth + tie.astype(np.float64) / (2.0**64 * (len(tie) + 1))
    ones, row = np.unique(one, return_inverse=True)
    others, column = np.unique(other, return_inverse=True)
    if len(ones) * len(others) <= DENSE_CELLS:
        table = np.zeros((len(ones), len(others)))
        table[row, column] = worth
        chosen = np.stack(linear_sum_assignment(table, maximize=True), axis=1)
        partner = np.full(len(ones), -1)
        partner[chosen[:, 0]] = chosen[:, 1]
    else:
        partner = _sparse_partners(len(ones), len(others), row, column, worth)
    return np.nonzero(partner[row] == column)[0]


def _sparse_partners(
    rows: int, columns: int, row: Positions, column: Positions, worth: npt.NDArray[np.float64]
) -> Positions:
    """Return the column of each row; every row has one more of its own, for having no partner."""
    alone = np.arange(rows)
    cells = np.concatenate([row, alone]), np.concatenate([column, columns + alone])
    # A cell must not be zero, so all are worth one step more.
    value = np.concatenate([worth + 1.0, np.ones(rows)])
    table = csr_array((value, cells), shape=(rows, columns + rows))
    _, partner = min_weight_full_bipartite_matching(table, maximize=True)
    return np.asarray(partner, np.int64)
