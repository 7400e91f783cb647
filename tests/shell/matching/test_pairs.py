"""Every pair of a cluster is told once, a bounded number at a time."""

from __future__ import annotations

import tracemalloc
from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gluepot.matching import pairs
from gluepot.matching.pairs import batches, pairs_within

NONE = np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)


@given(st.lists(st.integers(0, 4), max_size=12))
def test_all_pairs_of_each_cluster_come_once_the_smaller_first(clusters: list[int]) -> None:
    array = np.array(clusters, np.int64)

    found = [
        pair
        for batch in pairs_within(array, np.ones(len(array)), known=NONE)
        for pair in zip(batch.left.tolist(), batch.right.tolist(), strict=True)
    ]

    alike = [
        (one, other)
        for one, other in combinations(range(len(clusters)), 2)
        if clusters[one] == clusters[other]
    ]
    assert len(found) == len(set(found))
    assert sorted(found) == alike


def test_a_pair_has_its_own_confidence_or_that_of_its_cluster() -> None:
    scored = np.array([2]), np.array([0]), np.array([0.9])

    (batch,) = pairs_within(np.array([7, 1, 7, 7]), np.full(4, 0.6), known=scored)

    assert list(zip(batch.left, batch.right, batch.confidence, strict=True)) == [
        (0, 2, 0.9),
        (0, 3, 0.6),
        (2, 3, 0.6),
    ]


def test_a_large_cluster_is_never_in_memory_at_once() -> None:
    count = 4_000
    clusters, confidence = np.zeros(count, np.int64), np.ones(count)
    tracemalloc.start()

    sizes = [len(batch) for batch in pairs_within(clusters, confidence, known=NONE)]

    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sum(sizes) == count * (count - 1) // 2
    assert max(sizes) <= pairs.AT_ONCE
    assert most < 20 * 8 * pairs.AT_ONCE


def test_links_come_in_the_order_of_positions() -> None:
    left, right = np.array([3, 0, 0]), np.array([9, 8, 7])

    (batch,) = batches(left, right, np.array([0.1, 0.2, 0.3]))

    assert list(zip(batch.left, batch.right, batch.confidence, strict=True)) == [
        (0, 7, 0.3),
        (0, 8, 0.2),
        (3, 9, 0.1),
    ]
