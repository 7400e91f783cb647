from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gluepot.transforms.matching.grouping.clusters import clusters
from gluepot.transforms.matching.grouping.confidence import cluster_confidence
from tests.transforms.matching.graphs import Graph, graph, graphs, shuffles


def confidence(labels: list[int], said: Graph) -> np.ndarray:
    pairs = said.left, said.right, said.probability
    return cluster_confidence(np.array(labels, np.int64), *pairs)


def test_two_records_are_as_sure_as_their_pair() -> None:
    assert confidence([0, 0], graph(2, {(0, 1): 0.83})) == pytest.approx([0.83, 0.83])


def test_a_pair_that_scored_low_makes_its_cluster_less_sure() -> None:
    links = {(0, 1): 0.95, (1, 2): 0.95}

    sure = confidence([0, 0, 0], graph(3, links))
    doubted = confidence([0, 0, 0], graph(3, {**links, (0, 2): 0.1}))

    assert sure == pytest.approx([0.95] * 3)
    assert (doubted < 0.85).all()


def test_a_record_alone_is_as_sure_as_its_best_pair_is_wrong() -> None:
    said = graph(4, {(0, 1): 0.9, (1, 2): 0.3, (0, 2): 0.2})

    assert confidence([0, 0, 2, 3], said)[2:] == pytest.approx([0.7, 1.0])


def test_records_put_together_without_a_scored_pair_were_said_to_be_the_same() -> None:
    assert confidence([0, 0], graph(2, {})).tolist() == [1.0, 1.0]


@given(graphs(), st.randoms(use_true_random=False))
def test_all_of_a_cluster_are_equally_sure_whatever_the_order(said: Graph, random: object) -> None:
    labels = clusters(said.count, said.left, said.right, said.probability, threshold=0.5)
    place, order = shuffles(random, said)
    moved = said.moved(place, order)
    elsewhere = np.empty_like(labels)
    elsewhere[place] = labels

    found = confidence(labels.tolist(), said)

    assert ((found >= 0.0) & (found <= 1.0)).all()
    assert found.tolist() == found[labels].tolist()
    assert confidence(elsewhere.tolist(), moved)[place].tolist() == found.tolist()
