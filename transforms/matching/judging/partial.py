"""Pairs that agree in part only, such as members of one household, told from matches.

Persons of one household share name, address and telephone, and variants of a product most of its
description: far more than chance explains, and they are no matches. Among many records even
strangers agree in something, each pair in its own: in a name, in a town, in a name and a town. A
mixture of several kinds of pairs finds them all: some kinds of rest, some that agree in part, and
those that agree in most of what they hold. A middle kind are no matches where it disagrees in
columns in which matches agree; where it only agrees less in each, its pairs are matches with more
errors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

from gluepot.transforms.matching.comparing.levels import AGREEING, MISSING, STATES
from gluepot.transforms.matching.judging.trees import with_trees

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gluepot.transforms.matching.comparing.profile import Column
    from gluepot.transforms.matching.judging.trees import Kinds

_ROUNDS, _SETTLED = 150, 1e-3
_RESTS = 3
"""Kinds of pairs that are not alike."""
_PARTS = 3
"""Kinds of pairs that agree in part: households differ in what they share."""
_MATCH = _RESTS + _PARTS
_KINDS = _MATCH + 1
_SURE = 0.94
"""Probability that a pair is of the kind that it is put into first."""
_RARELY, _OFTEN = 0.35, 0.6
"""Share of pairs that agree in a column, where it tells a middle kind from matches."""
_TELLING = 0.3
"""Share of all information that such columns have at least: errors seldom alter as much at once."""


@dataclass(frozen=True, kw_only=True)
class _Agreement:
    """In which columns pairs agree.

    Attributes:
        present: Where both records hold a value.
        agree: Where these agree.
        bits: Information of each column.
    """

    present: np.ndarray
    agree: np.ndarray
    bits: np.ndarray

    @property
    def share(self) -> np.ndarray:
        """Return for each pair the share of what both hold, by information, that agrees."""
        held = np.maximum(self.present @ self.bits, 1e-9)
        return np.asarray(self.agree @ self.bits / held)

    def within(self, weight: np.ndarray) -> np.ndarray:
        """Return by column the share of some pairs that agree, of those that hold a value."""
        weights = weight[:, None] * self.present
        return np.asarray(
            (weights * self.agree).sum(axis=0) / np.maximum(weights.sum(axis=0), 1e-9)
        )


def without_partial(
    found: np.ndarray, likely: np.ndarray, columns: Sequence[Column]
) -> Kinds | None:
    """Return kinds of pairs, some of which agree in part only, or None where none do.

    Args:
        found: Levels, a row a pair: those of the columns first.
        likely: Which pairs are more alike than chance explains.
        columns: What is compared.
    """
    values = found[:, : len(columns)]
    present = values != MISSING
    bits = np.array([each.information for each in columns])
    pairs = _Agreement(present=present, agree=present & (values >= AGREEING), bits=bits)
    kinds = _fitted(found, _start(pairs, likely))
    in_match = pairs.within(kinds[:, _MATCH])
    # Values that stand in the wrong column disagree without saying so of the things themselves.
    in_place = np.array([each.mixed_with is None for each in columns])
    matches = [_MATCH]
    for part in range(_RESTS, _MATCH):
        telling = (pairs.within(kinds[:, part]) < _RARELY) & (in_match >= _OFTEN) & in_place
        if bits[telling].sum() < _TELLING * bits.sum():
            matches.append(part)
    if len(matches) > _PARTS:
        return None
    return with_trees(values, kinds, matches=matches, size=STATES)


def _start(pairs: _Agreement, likely: np.ndarray) -> np.ndarray:
    """Return first guesses of the probability of each kind, a row a pair.

    Of the likely pairs those that agree in most are matches.
    """
    first = np.where(likely, _RESTS + _alike(pairs, likely), _kinds(pairs, ~likely, _RESTS))
    guesses = np.full((len(first), _KINDS), (1 - _SURE) / (_KINDS - 1))
    guesses[np.arange(len(first)), first] = _SURE
    return guesses


def _alike(pairs: _Agreement, likely: np.ndarray) -> np.ndarray:
    """Return for each pair its kind of likely pairs, the kind that agrees in most the last."""
    kinds = _kinds(pairs, likely, _PARTS + 1)
    held = np.bincount(kinds, likely, _PARTS + 1)
    agreed = np.bincount(kinds, likely * pairs.share, _PARTS + 1) / np.maximum(held, 1)
    return np.asarray(np.argsort(np.argsort(agreed, kind="stable"))[kinds])


def _kinds(pairs: _Agreement, of: np.ndarray, most: int) -> np.ndarray:
    """Return for each pair its kind by the columns in which it agrees, kinds made for some pairs.

    The patterns of agreement are what is told apart, each as often as it occurs, so that the order
    of pairs plays no part.
    """
    patterns, which = np.unique(pairs.agree, axis=0, return_inverse=True)
    counts = np.bincount(which.ravel(), of, len(patterns))
    # With more threads sums are added in another order, and may come to another kind.
    with threadpool_limits(1):
        fit = KMeans(min(most, len(patterns)), n_init=1, random_state=0)
        kinds = fit.fit(patterns * pairs.bits, sample_weight=counts + 1e-6).labels_
    return np.asarray(kinds[which.ravel()])


def _fitted(found: np.ndarray, kinds: np.ndarray) -> np.ndarray:
    """Return the probability of each kind by EM, a row a pair."""
    ends = np.cumsum(found.max(axis=0) + 1)
    held = _one_hot(found, ends)
    back = held.T.tocsr()
    prior = np.asarray(held.sum(axis=0)).ravel()[:, None] / len(found) + 1e-9
    for _ in range(_ROUNDS):
        weights = np.split(np.asarray(back @ kinds) + prior, ends[:-1])
        likelihood = np.concatenate([np.log(each / each.sum(axis=0)) for each in weights])
        odds = np.asarray(held @ likelihood) + np.log(np.clip(kinds.mean(axis=0), 1e-7, 1))
        before, kinds = kinds, np.exp(odds - odds.max(axis=1, keepdims=True))
        kinds /= kinds.sum(axis=1, keepdims=True)
        if np.abs(kinds - before).max(initial=0) < _SETTLED:
            break
    return kinds


def _one_hot(found: np.ndarray, ends: np.ndarray) -> sp.csr_array:
    """Return a column for each level of each column, 1 where a pair has it."""
    width = found.shape[1]
    at = found + np.concatenate([[0], ends[:-1]])
    starts = np.arange(0, found.size + 1, width)
    return sp.csr_array((np.ones(found.size), at.ravel(), starts), shape=(len(found), ends[-1]))
