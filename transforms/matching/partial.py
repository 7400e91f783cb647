"""Pairs that agree in part only, such as members of one household, told from matches.

Persons of one household share name, address and telephone, and variants of a product most of its
description: far more than chance explains, and they are no matches. A mixture of three kinds of
pairs finds them: the rest, those that agree in part, and those that agree in most of what they
hold. The middle kind are no matches where it disagrees in columns in which matches agree;
where it only agrees less in each, its pairs are matches with more errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gluepot.transforms.matching.levels import AGREEING, MISSING
from gluepot.transforms.matching.mixture import excess

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gluepot.transforms.matching.profile import Column

_ROUNDS, _SETTLED = 150, 1e-4
_REST, _PART, _MATCH = range(3)
_UNLIKELY = (0.97, 0.02, 0.01)
_LIKELY_PART = (0.05, 0.8, 0.15)
_LIKELY_MATCH = (0.05, 0.15, 0.8)
_MOSTLY = 0.7
"""Share of what both records hold, by information, in which a first match agrees."""
_RARELY, _OFTEN = 0.35, 0.6
"""Share of pairs that agree in a column, where it tells the middle kind from matches."""
_TELLING = 0.12
"""Share of all information that such columns have at least."""


def without_partial(
    found: np.ndarray, likely: np.ndarray, columns: Sequence[Column], most: float
) -> np.ndarray | None:
    """Return the probability that pairs are matches, or None where none agree in part only.

    Args:
        found: Levels, a row a pair: those of the columns first.
        likely: Which pairs are more alike than chance explains.
        columns: What is compared.
        most: Matches that there can be.
    """
    bits = np.array([each.information for each in columns])
    values = found[:, : len(columns)]
    present = values != MISSING
    agree = present & (values >= AGREEING)
    share = (agree * bits).sum(axis=1) / np.maximum((present * bits).sum(axis=1), 1e-9)
    kinds = np.where(
        likely[:, None],
        np.where((share >= _MOSTLY)[:, None], _LIKELY_MATCH, _LIKELY_PART),
        _UNLIKELY,
    )
    kinds = _fitted(found, kinds, most)
    in_part, in_match = (_agreeing(kinds[:, kind], present, agree) for kind in (_PART, _MATCH))
    telling = (in_part < _RARELY) & (in_match >= _OFTEN)
    return kinds[:, _MATCH] if bits[telling].sum() >= _TELLING * bits.sum() else None


def _agreeing(weight: np.ndarray, present: np.ndarray, agree: np.ndarray) -> np.ndarray:
    """Return by column the share of some pairs that agree, of those that hold a value."""
    weights = weight[:, None] * present
    return np.asarray((weights * agree).sum(axis=0) / np.maximum(weights.sum(axis=0), 1e-9))


def _fitted(found: np.ndarray, kinds: np.ndarray, most: float) -> np.ndarray:
    """Return the probability of each kind by EM, a row a pair."""
    columns = [(found[:, at], int(found[:, at].max()) + 1) for at in range(found.shape[1])]
    priors = [np.bincount(column, minlength=size) / len(found) for column, size in columns]
    for _ in range(_ROUNDS):
        odds = np.tile(np.log(np.clip(kinds.mean(axis=0), 1e-7, 1)), (len(found), 1))
        for (column, size), prior in zip(columns, priors, strict=True):
            for kind in range(3):
                weight = np.bincount(column, kinds[:, kind], size) + prior + 1e-9
                odds[:, kind] += np.log(weight / weight.sum())[column]
        before, kinds = kinds, _shares(odds, most)
        if np.abs(kinds - before).max(initial=0) < _SETTLED:
            break
    return kinds


def _shares(odds: np.ndarray, most: float) -> np.ndarray:
    """Return logarithms as shares of 1 by row; matches are made rarer where they are too many."""
    others = np.logaddexp(odds[:, _REST], odds[:, _PART])
    odds = odds.copy()
    odds[:, _MATCH] -= excess(odds[:, _MATCH] - others, most)
    odds = np.exp(odds - odds.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))
