"""Kinds of pairs whose columns go together."""

from __future__ import annotations

import numpy as np
import pytest

from gluepot.transforms.matching.judging.trees import with_trees

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


@pytest.mark.parametrize("seed", [1, 2])
def test_who_disagrees_in_the_whole_home_at_once_is_still_a_match(seed: int) -> None:
    agree, kind = drawn(seed)
    match = kind == MATCH
    moved = match & ~agree[:, HOME].any(axis=1) & agree[:, 4:].all(axis=1)
    before = as_independent(agree, kind)[:, MATCH]

    after = with_trees(agree, np.eye(3)[kind] * 0.97 + 0.01)[:, MATCH]

    assert (before[moved] >= 0.5).mean() < 0.1
    assert (after[moved] >= 0.5).mean() > 0.9
    wrong = [((each >= 0.5) != match).mean() for each in (before, after)]
    assert wrong[1] < 0.7 * wrong[0]


def test_the_order_of_pairs_changes_nothing() -> None:
    agree, kind = drawn(3, 2_000)
    before = as_independent(agree, kind)
    order = np.random.default_rng(4).permutation(len(agree))

    found, shuffled = with_trees(agree, before), with_trees(agree[order], before[order])

    np.testing.assert_allclose(shuffled, found[order], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found.sum(axis=1), 1.0)


def test_columns_that_do_not_depend_on_each_other_are_counted_one_by_one() -> None:
    random = np.random.default_rng(5)
    match = random.random(20_000) < 0.1
    agree = (random.random((20_000, 5)) < np.where(match, 0.9, 0.1)[:, None]).astype(np.int64)
    before = as_independent(agree, match.astype(np.int64))

    after = with_trees(agree, before)

    assert np.abs(after - before).mean() < 0.005
