from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gluepot.transforms.matching.grouping.clusters import LEAST, MOST, clusters
from gluepot.transforms.matching.grouping.components import components, smallest_members
from gluepot.transforms.matching.grouping.evidence import bounded_evidence
from tests.transforms.matching.graphs import Graph, clique, graph, graphs, shuffles


def found(said: Graph, threshold: float = 0.5, **more: np.ndarray) -> list[int]:
    pairs = said.left, said.right, said.probability
    labels = clusters(said.count, *pairs, threshold=threshold, tie=said.tie, **more)
    result: list[int] = labels.tolist()
    return result


def test_a_weak_link_does_not_chain() -> None:
    assert found(graph(3, {(0, 1): 0.99, (1, 2): 0.55})) == [0, 0, 2]


def test_two_strong_links_make_one_cluster_though_its_ends_were_never_compared() -> None:
    assert found(graph(3, {(0, 1): 0.99, (1, 2): 0.99})) == [0, 0, 0]


def test_a_pair_that_was_compared_and_scored_low_counts_more_than_one_never_compared() -> None:
    link = {(0, 1): 0.99, (1, 2): 0.75}

    assert found(graph(3, link)) == [0, 0, 0]
    assert found(graph(3, {**link, (0, 2): 0.001})) == [0, 0, 2]


def test_a_long_chain_of_sure_links_is_cut() -> None:
    labels = found(graph(100, {(at, at + 1): 0.999 for at in range(99)}))

    assert max(np.bincount(labels)) <= 8


@pytest.mark.parametrize("size", [3, 4, 5, 12])
def test_one_wrong_link_that_is_surer_than_all_right_ones_joins_no_two_groups(size: int) -> None:
    groups = clique(range(size), 0.95) | clique(range(size, 2 * size), 0.95)

    labels = found(graph(2 * size, {**groups, (0, size): 0.9999}))

    assert labels == [0] * size + [size] * size


def test_many_right_links_outvote_a_typo_in_one_record() -> None:
    pairs = clique(range(5), 0.95)

    assert found(graph(5, {**pairs, (0, 4): 0.1})) == [0] * 5


def test_groups_are_found_among_noise() -> None:
    random = np.random.default_rng(7)
    truth = np.repeat(np.arange(200), random.integers(1, 6, 200))
    one, other = np.triu_indices(len(truth), 1)
    same = truth[one] == truth[other]
    # One in ten matches is never compared; some eighty of the others look like matches.
    scored = np.where(same, random.random(len(one)) < 0.9, random.random(len(one)) < 0.05)
    odds = np.where(same, random.normal(3.0, 1.5, len(one)), random.normal(-4.0, 1.7, len(one)))
    pairs = one[scored], other[scored], 1.0 / (1.0 + np.exp(-odds[scored]))

    def agreement(labels: np.ndarray) -> float:
        joined = labels[one] == labels[other]
        return float(2 * (joined & same).sum() / (joined.sum() + same.sum()))

    chained = components(len(truth), pairs[0][pairs[2] >= 0.5], pairs[1][pairs[2] >= 0.5])
    assert agreement(chained) < 0.5
    assert agreement(clusters(len(truth), *pairs, threshold=0.5)) > 0.97


def test_a_crowd_with_more_look_alikes_than_candidates_is_one_cluster() -> None:
    count, random = 3000, np.random.default_rng(1)
    one, other = np.repeat(np.arange(count), 15), random.integers(0, count, 15 * count)
    keys = np.unique((np.minimum(one, other) * count + np.maximum(one, other))[one != other])

    labels = clusters(count, keys // count, keys % count, np.ones(len(keys)), threshold=0.5)

    assert not labels.any()


def test_a_hub_does_not_gather_records_that_were_not_compared_with_one_another() -> None:
    labels = found(graph(1000, {(0, leaf): 0.99 for leaf in range(1, 1000)}))

    assert 2 <= max(np.bincount(labels)) <= 10


def test_pairs_inside_a_source_are_not_missed_when_only_links_are_compared() -> None:
    source = np.array([0] * 2 + [1] * 12, np.int8)
    pairs = {(one, other): 0.9 for one in range(2) for other in range(2, 14)}
    del pairs[(1, 13)]

    assert found(graph(14, pairs), source=source) == [0] * 14


def test_clusters_that_are_there_are_not_taken_apart_and_new_records_join_them() -> None:
    said = graph(4, {(0, 1): 0.01, (1, 2): 0.99, (2, 3): 0.1})

    assert found(said, start=np.array([5, 5, 6, 7])) == [0, 0, 0, 3]


def test_records_without_pairs_stand_alone() -> None:
    assert found(graph(3, {})) == [0, 1, 2]
    assert found(graph(0, {})) == []


@pytest.mark.parametrize(("threshold", "labels"), [(0.9, [0, 0]), (0.91, [0, 1]), (1.0, [0, 1])])
def test_a_pair_at_the_threshold_is_a_match(threshold: float, labels: list[int]) -> None:
    assert found(graph(2, {(0, 1): 0.9}), threshold) == labels


@given(graphs(), st.randoms(use_true_random=False))
def test_clusters_do_not_depend_on_the_order_of_records_or_pairs(
    said: Graph, random: object
) -> None:
    place, order = shuffles(random, said)

    moved = np.array(found(said.moved(place, order)), np.int64)

    assert smallest_members(moved[place]).tolist() == found(said)


@given(graphs())
def test_every_cluster_is_named_by_its_smallest_member_and_held_by_convincing_pairs(
    said: Graph,
) -> None:
    labels = np.array(found(said), np.int64)

    inside = (labels[said.left] == labels[said.right]) & (said.probability >= 0.5)
    held = components(said.count, said.left[inside], said.right[inside])
    assert held.tolist() == labels.tolist() == smallest_members(labels).tolist()


@given(graphs(), st.sampled_from([0.3, 0.5, 0.8]))
def test_no_two_clusters_are_left_whose_scored_pairs_speak_for_a_join(
    said: Graph, threshold: float
) -> None:
    labels = found(said, threshold)

    evidence = bounded_evidence(said.probability, threshold, most=MOST, least=LEAST)
    between: dict[tuple[int, int], list[int]] = {}
    for one, other, points in zip(said.left, said.right, evidence, strict=True):
        ends = sorted((labels[one], labels[other]))
        between.setdefault((ends[0], ends[1]), []).append(int(points))
    for (one, other), points in between.items():
        if one != other and len(points) == labels.count(one) * labels.count(other):
            assert sum(points) < 0
