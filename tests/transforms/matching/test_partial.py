"""Kinds of pairs among very many records, where strangers agree in something too."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from gluepot.transforms.matching.comparing.levels import AGREEING, MISSING
from gluepot.transforms.matching.comparing.profile import Column, Kind
from gluepot.transforms.matching.judging.partial import without_partial

NAMES = ("given_name", "surname", "born", "street", "town", "phone")
AGREE = {
    "strangers": (0.15, 0.3, 0.01, 0.02, 0.02, 0.02),
    "one town": (0.2, 0.1, 0.01, 0.06, 1.0, 0.01),
    "household": (0.03, 0.93, 0.01, 0.97, 0.98, 0.3),
    "match": (0.8, 0.85, 0.95, 0.85, 0.88, 0.8),
}
PAIRS = {"strangers": 14_000, "one town": 10_000, "household": 5_000, "match": 1_000}
SEEN = 0.25
"""Share of the matches that are more alike than what chance reaches among so many records."""


def columns() -> list[Column]:
    bits = (4.0, 8.0, 9.0, 11.0, 5.0, 10.0)
    return [
        Column(name=name, kind=Kind.NAME, information=each, short=True, present=0.9)
        for name, each in zip(NAMES, bits, strict=True)
    ]


def drawn(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return levels, which pairs are likely, and which are matches, in a random order."""
    random = np.random.default_rng(seed)
    found, match = [], []
    for kind, count in PAIRS.items():
        agree = random.random((count, len(NAMES))) < AGREE[kind]
        high, low = (random.integers(*ends, agree.shape) for ends in ((AGREEING, 7), (0, 3)))
        level = np.where(agree, high, low)
        level[random.random(level.shape) < 0.1] = MISSING
        found.append(level)
        match.append(np.full(count, kind == "match"))
    order = random.permutation(sum(PAIRS.values()))
    levels, is_match = np.concatenate(found)[order], np.concatenate(match)[order]
    return levels, is_match & (random.random(len(order)) < SEEN), is_match


def told(levels: np.ndarray, likely: np.ndarray) -> np.ndarray | None:
    """Return the probability that pairs are matches, or None where none agree in part only."""
    kinds = without_partial(levels, likely, columns())
    return None if kinds is None else np.asarray(expit(kinds.odds(levels)))


def known(levels: np.ndarray) -> np.ndarray:
    """Return which pairs are matches by Bayes' rule, from the very chances they were drawn by."""
    present = levels != MISSING
    agree = present & (levels >= AGREEING)
    odds = [
        np.log(count)
        + agree @ np.log(np.clip(AGREE[kind], 1e-4, 1))
        + (present & ~agree) @ np.log(np.clip(1 - np.array(AGREE[kind]), 1e-4, 1))
        for kind, count in PAIRS.items()
    ]
    weights = np.exp(odds - np.max(odds, axis=0))
    match = list(PAIRS).index("match")
    return np.asarray(weights[match] / weights.sum(axis=0) >= 0.5)


def f1(accepted: np.ndarray, match: np.ndarray) -> float:
    return float(2 * (accepted & match).sum() / (accepted.sum() + match.sum()))


@pytest.mark.parametrize("columns_altered", [(0, 1), (0, 4)], ids=["names", "name and town"])
def test_errors_in_a_part_of_the_record_do_not_make_a_kind_of_their_own(
    columns_altered: tuple[int, int],
) -> None:
    random = np.random.default_rng(1)
    match = np.arange(4_000) < 1_000
    agree = random.random((4_000, len(NAMES))) < np.where(match, 0.95, 0.05)[:, None]
    altered = match & (random.random(4_000) < 0.2)
    for column in columns_altered:
        agree[altered, column] = False
    levels = np.where(agree, AGREEING, 0)

    found = told(levels, match)

    assert found is None or found[match].mean() > 0.97


def test_strangers_who_agree_in_something_do_not_make_matches_of_households() -> None:
    levels, likely, match = drawn(seed=3)

    found = told(levels, likely)

    assert found is not None
    # Who knew how often pairs of each kind agree could decide no better than this.
    least = f1(known(levels), match) - 0.02
    assert f1(found >= 0.5, match) > least


@pytest.mark.parametrize("seed", [0, 2, 4, 6])
@pytest.mark.parametrize("share", [0.3, 1.0])
def test_households_among_the_likely_pairs_are_told_from_matches(seed: int, share: float) -> None:
    levels, likely, match = drawn(seed)
    home = [NAMES.index(each) for each in ("surname", "street", "town")]
    household = ~match & (levels[:, home] >= AGREEING).all(axis=1)
    likely |= household & (np.random.default_rng(seed).random(len(match)) < share)

    found = told(levels, likely)

    assert found is not None
    assert f1(found >= 0.5, match) > f1(known(levels), match) - 0.05


def test_kinds_of_pairs_do_not_depend_on_the_order_of_pairs() -> None:
    levels, likely, _ = drawn(seed=3)
    order = np.random.default_rng(0).permutation(len(levels))

    found = told(levels, likely)
    moved = told(levels[order], likely[order])

    assert found is not None
    assert moved is not None
    assert moved.tolist() == found[order].tolist()
