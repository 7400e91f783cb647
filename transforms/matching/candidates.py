"""The pairs worth comparing: records that share rare keys, a bounded number of them each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from gluepot.transforms.matching.text import mixed

_SCALE = 1_000
"""Weights of keys are whole numbers of thousandths: sums of them do not depend on their order."""

_ROWS_AT_ONCE = 2_000
_TIE_BITS = 20


@dataclass(frozen=True, kw_only=True)
class Keys:
    """The keys of records.

    Attributes:
        matrix: int64, a row a record, a column a key: the weight of the key in the record.
        content: uint64 a record: the hash of what it holds, which decides between equals.
    """

    matrix: sp.csr_matrix
    content: np.ndarray

    @classmethod
    def of(cls, rows: np.ndarray, hashes: np.ndarray, content: np.ndarray) -> Keys:
        """Return keys with their weights: the rarer, the heavier; a record's have unit length."""
        count = len(content)
        names, columns = np.unique(hashes, return_inverse=True)
        rarity = np.log((1 + count) / (1 + np.bincount(columns, minlength=len(names)))) + 1
        weights = rarity[columns]
        norm = np.sqrt(np.bincount(rows, weights * weights, count))
        whole = np.round(weights / norm[rows] * _SCALE).astype(np.int64)
        matrix = sp.csr_matrix((whole, (rows, columns)), shape=(count, len(names)))
        return cls(matrix=matrix, content=content)


def candidates(
    keys: Keys, queries: np.ndarray, targets: np.ndarray, *, most: int, budget: int
) -> np.ndarray:
    """Return for each query the targets that share most with it, never the query itself.

    Args:
        keys: Of all records.
        queries: Rows that look for candidates.
        targets: Rows that are looked through.
        most: Candidates a query keeps.
        budget: Targets that a query's keys may lead to, all together: its rarest keys come
            first, and those that would go beyond are not followed.

    Returns:
        Two columns: query and target.
    """
    matrix, content = keys.matrix, keys.content
    looked = matrix[targets]
    reach = np.bincount(looked.indices, minlength=matrix.shape[1])
    looked = looked.T.tocsr()
    own = len(np.intersect1d(queries, targets, assume_unique=True)) > 0
    found = []
    for start in range(0, len(queries), _ROWS_AT_ONCE):
        part = queries[start : start + _ROWS_AT_ONCE]
        shared = (_followed(matrix[part], reach, budget) @ looked).tocsr()
        found.append(_best(shared, part, targets, content, most + own))
    pairs = np.concatenate([np.zeros((0, 2), np.int64), *found])
    return np.asarray(pairs[pairs[:, 0] != pairs[:, 1]])


def _followed(matrix: sp.csr_matrix, reach: np.ndarray, budget: int) -> sp.csr_matrix:
    """Return the matrix without the keys that lead nowhere, or beyond the budget."""
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    cost = reach[matrix.indices]
    order = np.lexsort((matrix.indices, cost, rows))
    sums = np.cumsum(cost[order])
    before = np.concatenate([np.zeros(1, sums.dtype), sums])[matrix.indptr[:-1]]
    within = np.zeros(len(cost), bool)
    within[order] = sums - before[rows[order]] <= budget
    kept = matrix.copy()
    kept.data = np.where(within & (cost > 0), kept.data, 0)
    kept.eliminate_zeros()
    return kept


def _best(
    shared: sp.csr_matrix, queries: np.ndarray, targets: np.ndarray, content: np.ndarray, most: int
) -> np.ndarray:
    """Return the pairs of most weight by row; the hash of both contents decides between equals."""
    rows = np.repeat(np.arange(shared.shape[0]), np.diff(shared.indptr))
    left, right = queries[rows], targets[shared.indices]
    ties = mixed(content[left] ^ content[right]) >> np.uint64(64 - _TIE_BITS)
    rank = (shared.data << _TIE_BITS) | ties.astype(np.int64)
    kept = []
    for start, end in zip(shared.indptr[:-1], shared.indptr[1:], strict=True):
        if end - start <= most:
            kept.append(np.arange(start, end))
        else:
            kept.append(start + np.argpartition(-rank[start:end], most)[:most])
    at = np.concatenate(kept) if kept else np.zeros(0, np.int64)
    return np.stack([left[at], right[at]], axis=1)


def each_once(pairs: np.ndarray) -> np.ndarray:
    """Return pairs with the smaller row first, sorted, each once."""
    ordered = np.sort(pairs, axis=1)
    return np.unique(ordered, axis=0) if len(ordered) else ordered.reshape(0, 2)
