from __future__ import annotations

import numpy as np
import pytest

from gluepot.transforms.matching.assignment import one_to_one
from gluepot.transforms.matching.linkage import LinkFinding, looks_one_to_one
from tests.transforms.matching.graphs import Graph, graph

PAIRS = dict[tuple[int, int], float]


def finding(pairs: PAIRS, within: PAIRS | None = None) -> LinkFinding:
    said = graph(10_000, pairs)
    more = None if within is None else arrays(graph(10_000, within))
    kept = one_to_one(*arrays(said), threshold=0.5, tie=said.tie)
    return looks_one_to_one(*arrays(said), kept=kept, threshold=0.5, within=more)


def arrays(said: Graph) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return said.left, said.right, said.probability


def partners(count: int, seed: int = 0) -> PAIRS:
    scores = np.random.default_rng(seed).uniform(0.8, 0.999, count)
    return {(at, 1000 + at): float(score) for at, score in enumerate(scores)}


def twins(count: int) -> PAIRS:
    scores = np.random.default_rng(1).uniform(0.8, 0.999, count)
    return {(at, 2000 + at): float(score) for at, score in enumerate(scores)}


NOISE = {(at, 1000 + at + 1): 0.6 for at in range(80)}


def test_links_without_rivals_are_one_to_one() -> None:
    found = finding(partners(100))

    assert found.one_to_one
    assert (found.kept, found.rejected, found.doubles, found.squares) == (100, 0, 0, 0)


def test_weak_rivals_with_a_partner_of_their_own_are_noise() -> None:
    found = finding(partners(100) | NOISE)

    assert found.one_to_one
    assert found.rejected == 80
    assert found.likely_matches < 0.1
    assert found.expected_matches == pytest.approx(0.6)


def test_weak_rivals_without_a_partner_are_noise() -> None:
    weak = {(at, 3000 + at): 0.6 for at in range(50)}

    assert finding(partners(100) | weak).one_to_one


@pytest.mark.parametrize("count", [3, 20, 100])
def test_records_left_alone_that_match_as_well_as_their_twins_are_duplicates(count: int) -> None:
    found = finding(partners(100) | twins(count))

    assert not found.one_to_one
    assert found.rejected == count
    assert found.double_share == found.doubles / 100
    assert found.likely_matches > 0.5


def test_a_source_in_which_everything_is_there_three_times_has_duplicates() -> None:
    third = {(at, other): score for (at, other), score in twins(100).items()}
    again = {
        (at, 3000 + at): 0.8 + 0.199 * draw
        for at, draw in enumerate(np.random.default_rng(4).uniform(size=100).tolist())
    }

    found = finding(partners(100) | third | again)

    assert found.kept == 100
    assert not found.one_to_one


def test_duplicates_are_found_in_either_source() -> None:
    pairs = {(right, left): score for (left, right), score in (partners(100) | twins(20)).items()}

    assert not finding(pairs).one_to_one


def test_one_double_in_a_thousand_links_may_be_an_accident() -> None:
    found = finding(partners(999) | {(0, 2000): 0.999})

    assert found.doubles == 1
    assert found.one_to_one


def test_twins_in_both_sources_are_duplicates_though_everyone_has_a_partner() -> None:
    random = np.random.default_rng(2)
    every = [
        (2 * at + one, 1000 + 2 * at + other) for at in range(40) for one, other in np.ndindex(2, 2)
    ]
    found = finding({pair: float(random.uniform(0.8, 0.999)) for pair in every})

    assert found.doubles == 0
    assert found.squares > 20
    assert not found.one_to_one


def test_a_few_titles_that_both_sources_have_twice_are_not_duplicates() -> None:
    alike = {(at, 1001 + at): 0.99 for at in (0, 2)} | {(1 + at, 1000 + at): 0.99 for at in (0, 2)}
    found = finding(dict.fromkeys(partners(200), 0.99) | alike)

    assert found.squares == 4
    assert found.one_to_one


def test_two_and_two_that_look_alike_but_less_than_the_links_are_noise() -> None:
    crossed = {(at, 1000 + (at ^ 1)): 0.7 for at in range(80)}

    found = finding(partners(80) | crossed)

    assert found.rejected == 80
    assert found.squares == 0
    assert found.one_to_one


def test_twins_that_were_compared_must_match_each_other() -> None:
    pairs = partners(100) | twins(30)

    assert not finding(pairs, {(2000 + at, 1000 + at): 0.9 for at in range(30)}).one_to_one
    assert finding(pairs, {(1000 + at, 2000 + at): 0.1 for at in range(30)}).one_to_one


def test_no_pairs_are_one_to_one() -> None:
    assert finding({}).one_to_one
