"""What the other candidates of its two records say of a pair."""

from __future__ import annotations

import numpy as np

_ROUNDS = 60


def best(score: np.ndarray, left: np.ndarray, right: np.ndarray, count: int) -> np.ndarray:
    """Return the best score of each record's pairs; minus infinity for records without pairs."""
    found = np.full(count, -np.inf)
    np.maximum.at(found, left, score)
    np.maximum.at(found, right, score)
    return found


def margins(
    score: np.ndarray, left: np.ndarray, right: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return by how much a pair is better than the best other pair of its left, and right, record.

    A record without another pair is compared with a score of 0.
    """
    first = best(score, left, right, count)
    rest = np.where(_is_first(score, left, right, first, count), -np.inf, np.tile(score, 2))
    second = np.full(count, 0.0)
    ends = np.concatenate([left, right])
    np.maximum.at(second, ends, rest)
    firsts = _is_first(score, left, right, first, count)
    other = np.where(firsts, second[ends], first[ends])
    difference = np.tile(score, 2) - other
    return difference[: len(left)], difference[len(left) :]


def _is_first(
    score: np.ndarray, left: np.ndarray, right: np.ndarray, first: np.ndarray, count: int
) -> np.ndarray:
    """Return which ends of pairs are the one best of their record; a tie is the best of none."""
    ends, scores = np.concatenate([left, right]), np.tile(score, 2)
    at_best = scores == first[ends]
    alone = np.bincount(ends[at_best], minlength=count) == 1
    return np.asarray(at_best & alone[ends])


def matched(
    odds: np.ndarray,
    left: np.ndarray,
    right: np.ndarray,
    count: int,
    single: tuple[bool, bool] = (True, True),
) -> np.ndarray:
    """Return the probability of each pair when a record has one partner at most.

    Odds of pairs on their own become probabilities of a matching: each record shares itself out
    among its pairs and the chance of having no partner, and a partner that is likely taken counts
    for less. The fixed point is the mean field of a monomer-dimer system (Heilmann, Lieb, "Theory
    of monomer-dimer systems", Communications in Mathematical Physics 25, 1972).

    Args:
        odds: Of each pair, if its records had no other candidates.
        left: The pair's record of the first source.
        right: The pair's record of the second source.
        count: Of all records.
        single: Whether left, and right, records have one partner at most.
    """
    free = np.ones(count)
    for _ in range(_ROUNDS):
        taken = np.zeros(count)
        if single[0]:
            taken += np.bincount(left, odds * free[right], count)
        if single[1]:
            taken += np.bincount(right, odds * free[left], count)
        free = np.sqrt(free / (1 + taken))
    if not any(single):
        return np.asarray(odds / (1 + odds))
    return np.asarray(np.minimum(odds * free[left] * free[right], 1.0))
