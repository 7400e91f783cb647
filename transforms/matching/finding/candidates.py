"""The pairs worth comparing: records that share rare keys, a bounded number of them each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp

from gluepot.transforms.matching.comparing.text import mixed
from gluepot.transforms.matching.finding.parallel import in_order

if TYPE_CHECKING:
    from collections.abc import Iterable

_ROWS_AT_ONCE = 2_000
_TIE_BITS = 20


def keyed(
    weighed: Iterable[tuple[np.ndarray, np.ndarray, np.ndarray]], records: int, buckets: int
) -> sp.csr_array:
    """Return the weights of keys as int32, a row a record and a column a bucket.

    Args:
        weighed: Row, bucket and weight of keys in parts, rising by row.
        records: How many there are.
        buckets: How many there are.
    """
    rows, columns, weights = (np.concatenate(each) for each in zip(*weighed, strict=True))
    starts = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=records))])
    return sp.csr_array((weights, columns, starts), shape=(records, buckets))


def followed(matrix: sp.csr_array, cost: np.ndarray, budget: int) -> sp.csr_array:
    """Return records without the keys that lead nowhere, or beyond the budget.

    The keys of a record are followed from the cheapest on, as long as all that were followed lead
    to no more records than the budget.

    Args:
        matrix: Of ``keyed``.
        cost: By bucket, how many records it leads to.
        budget: Records that the keys of one record may lead to, all together.
    """
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    costs = cost[matrix.indices].astype(np.int64)
    order = np.lexsort((matrix.indices, costs, rows))
    sums = np.concatenate([np.zeros(1, np.int64), np.cumsum(costs[order])])
    before = sums[matrix.indptr[:-1]]
    within = np.zeros(len(costs), bool)
    within[order] = sums[1:] - before[rows[order]] <= budget
    within &= costs > 0
    starts = np.concatenate([[0], np.cumsum(np.bincount(rows[within], minlength=matrix.shape[0]))])
    return sp.csr_array((matrix.data[within], matrix.indices[within], starts), shape=matrix.shape)


@dataclass(frozen=True, kw_only=True)
class Side:
    """Records that look for others, or are looked through.

    Attributes:
        rows: Numbers of the records.
        content: uint64: the hash of what each holds, which decides between equals.
        matrix: Its keys; see ``keyed`` and ``followed``.
    """

    rows: np.ndarray
    content: np.ndarray
    matrix: sp.csr_array


def candidates(queries: Side, targets: Side, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Return for each query the targets that share most with it, never the query itself.

    Args:
        queries: Records that look for candidates, by the keys that are followed.
        targets: Records that are looked through, by all their keys.
        most: Candidates a query keeps.

    Returns:
        Two columns, query and target, and the rank of each pair: more is better.
    """
    looked, place = _inverted(targets.matrix)

    def best(start: int) -> tuple[np.ndarray, np.ndarray]:
        part = slice(start, start + _ROWS_AT_ONCE)
        shared = (_placed(queries.matrix[part], place, looked.shape[0]) @ looked).tocsr()
        return _best(shared, queries, start, targets, most)

    found = in_order(best, range(0, len(queries.rows), _ROWS_AT_ONCE))
    pairs = np.concatenate([np.zeros((0, 2), np.int64), *(pairs for pairs, _ in found)])
    return pairs, np.concatenate([np.zeros(0, np.int64), *(rank for _, rank in found)])


def _inverted(matrix: sp.csr_array) -> tuple[sp.csr_array, np.ndarray]:
    """Return the records by key, keys without a record left out, and the place of each bucket."""
    there, columns = np.unique(matrix.indices, return_inverse=True)
    place = np.full(matrix.shape[1], -1, np.int32)
    place[there] = np.arange(len(there), dtype=np.int32)
    narrow = sp.csr_array(
        (matrix.data, columns.astype(np.int32), matrix.indptr), shape=(matrix.shape[0], len(there))
    )
    return narrow.T.tocsr(), place


def _placed(matrix: sp.csr_array, place: np.ndarray, places: int) -> sp.csr_array:
    """Return some records by the places of their keys, without those that no target has."""
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    columns = place[matrix.indices]
    there = columns >= 0
    cells = rows[there], columns[there]
    return sp.csr_array((matrix.data[there], cells), shape=(matrix.shape[0], places))


def _best(
    shared: sp.csr_array, queries: Side, start: int, targets: Side, most: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the pairs of most weight by row; the hash of both contents decides between equals."""
    row = start + np.repeat(np.arange(shared.shape[0]), np.diff(shared.indptr))
    ties = mixed(queries.content[row] ^ targets.content[shared.indices])
    ties >>= np.uint64(64 - _TIE_BITS)
    rank = (shared.data.astype(np.int64) << _TIE_BITS) | ties.astype(np.int64)
    one, other = queries.rows[row], targets.rows[shared.indices]
    rank[one == other] = 0
    kept = [np.zeros(0, np.int64)]
    for begin, end in zip(shared.indptr[:-1], shared.indptr[1:], strict=True):
        if end - begin <= most:
            kept.append(np.arange(begin, end))
        else:
            kept.append(begin + np.argpartition(-rank[begin:end], most)[:most])
    at = np.concatenate(kept)
    at = at[one[at] != other[at]]
    return np.stack([one[at], other[at]], axis=1), rank[at]


def each_once(pairs: np.ndarray) -> np.ndarray:
    """Return pairs with the smaller row first, sorted, each once."""
    if not len(pairs):
        return pairs.reshape(0, 2)
    low, high = pairs.min(axis=1), pairs.max(axis=1)
    size = int(high.max()) + 1
    return np.stack(np.divmod(np.unique(low * size + high), size), axis=1)
