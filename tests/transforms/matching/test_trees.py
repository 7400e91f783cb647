"""Kinds of pairs whose columns go together."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from gluepot.transforms.matching.judging.trees import Kinds, with_trees

MOVED = 0.15
HOME = slice(0, 4)
"""Columns that say where somebody lives; two more say who it is."""
NOTHING, HOUSEHOLD, MATCH = range(3)


def drawn(seed: int, count: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    """Return whether columns agree, and the kind of each pair: of the matches some have moved."""
    random = np.random.default_rng(seed)
    kind = random.choice(3, count, p=(0.63, 0.27, 0.1))
    match = kind == MATCH
    agree = random.random((count, 6)) < np.where(match, 0.9, 0.05)[:, None]
    agree[match & (random.random(count) < MOVED), HOME] = False
    agree[kind == HOUSEHOLD, HOME] = True
    return agree.astype(np.int64), kind


def as_independent(agree: np.ndarray, kind: np.ndarray) -> np.ndarray:
    """Return the probability of each kind, known from the truth, columns counted one by one."""
    likelihood = []
    for each in np.unique(kind):
        own = kind == each
        rate = np.clip(agree[own].mean(axis=0), 0.001, 0.999)
        likelihood.append(own.mean() * np.where(agree, rate, 1 - rate).prod(axis=1))
    found = np.stack(likelihood, axis=1)
    return np.asarray(found / found.sum(axis=1, keepdims=True))


def matches(agree: np.ndarray, kinds: np.ndarray) -> np.ndarray:
    """Return the probability that pairs are of the last kind, when columns go together."""
    last = kinds.shape[1] - 1
    found = with_trees(agree, kinds, matches=(last,), size=2)
    return np.asarray(expit(found.odds(agree)))


@pytest.mark.parametrize("seed", [1, 2])
def test_who_disagrees_in_the_whole_home_at_once_is_still_a_match(seed: int) -> None:
    agree, kind = drawn(seed)
    match = kind == MATCH
    moved = match & ~agree[:, HOME].any(axis=1) & agree[:, 4:].all(axis=1)
    before = as_independent(agree, kind)[:, MATCH]

    after = matches(agree, np.eye(3)[kind] * 0.97 + 0.01)

    assert (before[moved] >= 0.5).mean() < 0.1
    assert (after[moved] >= 0.5).mean() > 0.9
    wrong = [((each >= 0.5) != match).mean() for each in (before, after)]
    assert wrong[1] < 0.7 * wrong[0]


def test_the_order_of_pairs_changes_nothing() -> None:
    agree, kind = drawn(3, 2_000)
    before = as_independent(agree, kind)
    order = np.random.default_rng(4).permutation(len(agree))

    found, shuffled = matches(agree, before), matches(agree[order], before[order])

    np.testing.assert_allclose(shuffled, found[order], rtol=1e-9, atol=1e-12)


def test_kinds_judge_pairs_of_states_that_they_have_not_seen() -> None:
    agree, kind = drawn(3, 2_000)
    kinds = with_trees(agree, np.eye(3)[kind], matches=(MATCH,), size=4)

    told = kinds.odds(np.array([[1, 1, 1, 1, state, 1] for state in (0, 3, 1)]))

    assert told[0] < told[1] < told[2]


def test_kinds_that_were_written_down_judge_as_before() -> None:
    agree, kind = drawn(3, 2_000)
    kinds = with_trees(agree, np.eye(3)[kind], matches=(MATCH,), size=2)

    assert (kinds.odds(agree) == Kinds.of(kinds.plain()).odds(agree)).all()


def test_columns_that_do_not_depend_on_each_other_are_counted_one_by_one() -> None:
    random = np.random.default_rng(5)
    match = random.random(20_000) < 0.1
    agree = (random.random((20_000, 5)) < np.where(match, 0.9, 0.1)[:, None]).astype(np.int64)
    before = as_independent(agree, match.astype(np.int64))

    after = matches(agree, before)

    assert np.abs(after - before[:, 1]).mean() < 0.005
