from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gluepot.transforms.matching.grouping.components import components, smallest_members
from gluepot.transforms.matching.grouping.enforcing import (
    ImpossibleLabelsError,
    enforce_clusters,
    enforced_pairs,
)

COUNT = 8
Pairs = list[tuple[int, int]]
ends = st.integers(0, COUNT - 1)
pair = st.tuples(ends, ends).filter(lambda pair: pair[0] != pair[1])
scored = st.dictionaries(pair.map(lambda p: (min(p), max(p))), st.floats(0.01, 0.99), max_size=14)


def rows(pairs: Pairs) -> np.ndarray:
    return np.array(pairs, np.int64).reshape(-1, 2)


def enforce(
    clusters: list[int], must: Pairs, cannot: Pairs, evidence: dict[tuple[int, int], float]
) -> list[int]:
    pairs = rows(list(evidence))
    found: list[int] = enforce_clusters(
        np.array(clusters),
        rows(must),
        rows(cannot),
        left=pairs[:, 0],
        right=pairs[:, 1],
        probability=np.array(list(evidence.values()), np.float64),
    ).tolist()
    return found


def test_must_linked_clusters_become_one_and_others_stay() -> None:
    assert enforce([0, 0, 2, 2, 4], [(1, 3)], [], {}) == [0, 0, 0, 0, 4]


def test_a_cluster_is_cut_at_its_weakest_link_between_the_two() -> None:
    chain = {(0, 1): 0.9, (1, 2): 0.6, (2, 3): 0.8, (0, 2): 0.5}

    assert enforce([0, 0, 0, 0, 4], [], [(0, 3)], chain) == [0, 0, 2, 2, 4]


def test_what_must_match_holds_against_the_weakest_link() -> None:
    chain = {(0, 1): 0.9, (1, 2): 0.1, (2, 3): 0.8}

    assert enforce([0, 0, 0, 0], [(1, 2)], [(0, 3)], chain) == [0, 0, 0, 3]


def test_parts_that_grew_together_keep_apart_what_each_had_to() -> None:
    evidence = {(0, 1): 0.9, (5, 1): 0.8, (4, 2): 0.7, (2, 1): 0.6, (5, 2): 0.5}

    assert enforce([0] * 6, [], [(0, 4), (1, 5)], evidence) == [0, 0, 2, 3, 2, 2]


def test_records_without_evidence_stand_alone_when_their_cluster_is_cut() -> None:
    assert enforce([0, 0, 0], [], [(0, 1)], {}) == [0, 1, 2]


def test_labels_that_cannot_all_hold_are_refused() -> None:
    with pytest.raises(ImpossibleLabelsError, match=r"\(2, 0\)"):
        enforce([0, 1, 2], [(0, 1), (1, 2)], [(2, 0)], {})


@settings(deadline=None, max_examples=60)
@given(
    scored, st.lists(pair, max_size=3), st.lists(pair, max_size=4), st.permutations(range(COUNT))
)
def test_labels_hold_and_the_order_of_records_and_pairs_does_not_matter(
    evidence: dict[tuple[int, int], float], must: Pairs, cannot: Pairs, order: list[int]
) -> None:
    # Different probabilities: without ties there is nothing for positions to decide.
    evidence = {p: value + 0.0001 * at for at, (p, value) in enumerate(sorted(evidence.items()))}
    pairs = rows(list(evidence))
    clusters = components(COUNT, pairs[:, 0], pairs[:, 1]).tolist()
    units = components(COUNT, rows(must)[:, 0], rows(must)[:, 1])
    cannot = [(a, b) for a, b in cannot if units[a] != units[b]]
    place = np.argsort(order)

    def moved(pairs: Pairs) -> Pairs:
        return [(int(place[a]), int(place[b])) for a, b in reversed(pairs)]

    found = enforce(clusters, must, cannot, evidence)
    values = dict(zip(moved(list(evidence)), reversed(evidence.values()), strict=True))
    again = enforce([clusters[at] for at in order], moved(must), moved(cannot), values)

    assert all(found[a] == found[b] for a, b in must)
    assert all(found[a] != found[b] for a, b in cannot)
    assert smallest_members(np.array(again)[place]).tolist() == found
    if not cannot:
        assert len(set(found)) == len(set(components(COUNT, *rows([*evidence, *must]).T).tolist()))


def test_pairs_get_the_probabilities_that_labels_say() -> None:
    left, right, probability = enforced_pairs(
        9,
        np.array([0, 3, 1]),
        np.array([1, 2, 4]),
        np.array([0.2, 0.9, 0.5]),
        must=rows([(1, 0), (5, 6)]),
        cannot=rows([(2, 3)]),
    )

    said = dict(zip(zip(left.tolist(), right.tolist(), strict=True), probability, strict=True))
    assert said == {(0, 1): 1.0, (1, 4): 0.5, (2, 3): 0.0, (5, 6): 1.0}


def test_rivals_of_a_pair_that_must_match_get_nothing_where_partners_are_exclusive() -> None:
    _, _, probability = enforced_pairs(
        4,
        np.array([0, 0, 1]),
        np.array([2, 3, 3]),
        np.array([0.99, 0.4, 0.7]),
        must=rows([(0, 3)]),
        cannot=rows([]),
        exclusive=True,
    )

    assert probability.tolist() == [0.0, 1.0, 0.0]


def test_a_pair_that_must_and_cannot_match_is_refused() -> None:
    nothing = np.empty(0, np.int64)
    with pytest.raises(ImpossibleLabelsError):
        enforced_pairs(3, nothing, nothing, np.empty(0), must=rows([(0, 1)]), cannot=rows([(1, 0)]))
