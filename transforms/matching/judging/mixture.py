"""Matches told from the rest without labels: a mixture of two kinds of pairs, fitted by EM.

Source: Fellegi, Sunter, "A theory for record linkage", Journal of the American Statistical
Association 64 (1969); Winkler, "Using the EM algorithm for weight computation in the
Fellegi-Sunter model of record linkage" (1988). Similarities become levels, a missing value is a
level of its own, and levels are taken to be independent within a kind of pairs.
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from gluepot.transforms.matching.judging.competition import matched

_ROUNDS, _SETTLED = 200, 1e-4
_HALVINGS = 40
_MOST_ODDS = 40.0
"""Logarithm of the odds beyond which nothing is surer."""


def fitted(  # noqa: PLR0913 - the mixture's parts
    found: np.ndarray,
    start: np.ndarray,
    pairs: np.ndarray,
    *,
    count: int,
    single: tuple[bool, bool],
    most: float = np.inf,
) -> np.ndarray:
    """Return the probability that each pair is a match.

    Args:
        found: Levels, a row a pair.
        start: First guesses of the probabilities.
        pairs: Two columns: the records of each pair.
        count: Of all records.
        single: Whether left, and right, records have one partner at most.
        most: Matches that there can be. Beyond it the mixture has found another kind of pairs,
            such as those of one household, and the prior odds are lowered.
    """
    sizes = found.max(axis=0) + 1
    columns = _each(found, sizes)
    shares = [np.bincount(column, minlength=size) / len(found) for column, size in columns]
    probability = start
    for _ in range(_ROUNDS):
        share = np.clip(probability.mean(), 1e-6, 0.5)
        odds = np.full(len(found), np.log(share / (1 - share)))
        for (column, size), prior in zip(columns, shares, strict=True):
            match = np.bincount(column, probability, size) + prior + 1e-9
            rest = np.bincount(column, 1 - probability, size) + prior + 1e-9
            odds += (np.log(match / match.sum()) - np.log(rest / rest.sum()))[column]
        odds -= 0.0 if any(single) else excess(odds, most)
        before, odds = probability, np.exp(np.clip(odds, -_MOST_ODDS, _MOST_ODDS))
        probability = matched(odds, pairs[:, 0], pairs[:, 1], count, single)
        if np.abs(probability - before).max(initial=0) < _SETTLED:
            break
    return probability


def excess(odds: np.ndarray, most: float) -> float:
    """Return by how much odds are to be lowered for the matches to be ``most``; 0 if they are."""
    low, high = 0.0, 2 * _MOST_ODDS
    if expit(odds).sum() <= most:
        return low
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if expit(odds - middle).sum() > most else (low, middle)
    return high


def _each(found: np.ndarray, sizes: np.ndarray) -> list[tuple[np.ndarray, int]]:
    return [(found[:, at], int(size)) for at, size in enumerate(sizes)]
