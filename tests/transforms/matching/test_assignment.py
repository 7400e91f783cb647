from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gluepot.transforms.matching.grouping import assignment
from gluepot.transforms.matching.grouping.assignment import one_to_one
from gluepot.transforms.matching.grouping.evidence import evidence
from tests.transforms.matching.graphs import Graph, graph, links, shuffles


def kept(said: Graph, threshold: float = 0.5) -> set[tuple[int, int]]:
    pairs = said.left, said.right, said.probability
    chosen = one_to_one(*pairs, threshold=threshold, tie=said.tie)
    return set(zip(said.left[chosen].tolist(), said.right[chosen].tolist(), strict=True))


def total(said: Graph, threshold: float, chosen: set[tuple[int, int]]) -> int:
    """Evidence of the pairs, and one step for being a pair."""
    points = (evidence(said.probability, threshold) + 1).tolist()
    at = dict(zip(zip(said.left.tolist(), said.right.tolist(), strict=True), points, strict=True))
    return sum(at[pair] for pair in chosen)


def test_two_good_links_are_better_than_one_slightly_better() -> None:
    assert kept(graph(4, {(0, 2): 0.95, (0, 3): 0.9, (1, 2): 0.9})) == {(0, 3), (1, 2)}


def test_a_much_surer_link_is_better_than_two_poor_ones() -> None:
    assert kept(graph(4, {(0, 2): 0.999, (0, 3): 0.6, (1, 2): 0.6})) == {(0, 2)}


def test_surer_than_sure_still_counts() -> None:
    assert kept(graph(3, {(0, 1): 0.99999, (0, 2): 0.9999999})) == {(0, 2)}


@pytest.mark.parametrize(("threshold", "count"), [(0.9, 1), (0.95, 0)])
def test_a_pair_below_the_threshold_is_not_kept(threshold: float, count: int) -> None:
    assert len(kept(graph(2, {(0, 1): 0.9}), threshold)) == count


def test_no_pairs_give_no_links() -> None:
    assert kept(graph(2, {})) == set()


@given(links())
def test_no_record_has_two_partners_and_no_other_choice_has_more_evidence(said: Graph) -> None:
    chosen = kept(said)

    able = [
        (int(one), int(other))
        for one, other, probability in zip(said.left, said.right, said.probability, strict=True)
        if probability >= 0.5
    ]
    valid = [
        set(some)
        for size in range(min(len(able), 5) + 1)
        for some in combinations(able, size)
        if len({end for pair in some for end in pair}) == 2 * size
    ]
    assert chosen in valid
    assert total(said, 0.5, chosen) == max(total(said, 0.5, some) for some in valid)


@given(links(), st.randoms(use_true_random=False))
def test_links_do_not_depend_on_the_order_of_records_or_pairs(said: Graph, random: object) -> None:
    place, order = shuffles(random, said)
    moved = said.moved(place, order)

    back = np.argsort(place)
    # Moved pairs point the other way, so what was left is right.
    expected = {(int(back[right]), int(back[left])) for left, right in kept(moved)}
    assert expected == kept(said)


@pytest.mark.parametrize("solver", ["sparse", "strongest first"])
def test_large_components_lose_little_or_nothing(
    solver: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(3)
    ends = np.unique(random.integers(0, 60, (400, 2)), axis=0)
    pairs = {
        (one, 60 + other): score
        for (one, other), score in zip(
            ends.tolist(), random.uniform(0.5, 0.99, len(ends)), strict=True
        )
    }
    said = graph(120, pairs)
    best = total(said, 0.5, kept(said))

    monkeypatch.setattr(assignment, "DENSE_CELLS", 0)
    monkeypatch.setattr(assignment, "MOST_RECORDS", 10**6 if solver == "sparse" else 0)

    assert total(said, 0.5, kept(said)) >= (best if solver == "sparse" else 0.8 * best)


def test_a_component_of_ten_thousand_records_is_linked() -> None:
    left = np.repeat(np.arange(10_000), 3)
    right = 10_000 + (left + np.tile([0, 1, 2], 10_000)) % 10_000
    probability = np.tile([0.99, 0.9, 0.8], 10_000)

    chosen = one_to_one(left, right, probability, threshold=0.5)

    assert (chosen == (probability == 0.99)).all()
