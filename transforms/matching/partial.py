"""Pairs that agree in part only, such as members of one household, told from matches.

Persons of one household share name, address and telephone, and variants of a product most of its
description: far more than chance explains, and they are no matches. Among many records even
strangers agree in something, each pair in its own: in a name, in a town, in a name and a town. A
mixture of several kinds of pairs finds them all: some kinds of rest, those that agree in part, and
those that agree in most of what they hold. The middle kind are no matches where it disagrees in
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

from gluepot.transforms.matching.levels import AGREEING, MISSING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gluepot.transforms.matching.profile import Column

_ROUNDS, _SETTLED = 150, 1e-3
_RESTS = 3
"""Kinds of pairs that are not alike."""
_PART, _MATCH = _RESTS, _RESTS + 1
_SURE, _LIKELY_SURE = 0.94, 0.8
_MOSTLY = 0.7
"""Share of what both records hold, by information, in which a first match agrees."""
_RARELY, _OFTEN = 0.35, 0.6
"""Share of pairs that agree in a column, where it tells the middle kind from matches."""
_TELLING = 0.12
"""Share of all information that such columns have at least."""


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
) -> np.ndarray | None:
    """Return the probability that pairs are matches, or None where none agree in part only.

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
    in_part, in_match = (pairs.within(kinds[:, kind]) for kind in (_PART, _MATCH))
    # Values that stand in the wrong column disagree without saying so of the things themselves.
    in_place = np.array([each.mixed_with is None for each in columns])
    telling = (in_part < _RARELY) & (in_match >= _OFTEN) & in_place
    return kinds[:, _MATCH] if bits[telling].sum() >= _TELLING * bits.sum() else None


def _start(pairs: _Agreement, likely: np.ndarray) -> np.ndarray:
    """Return first guesses of the probability of each kind, a row a pair."""
    rest = _rest_kinds(pairs, ~likely)
    mostly = pairs.share >= _MOSTLY
    first = np.where(likely, np.where(mostly, _MATCH, _PART), rest)
    sure = np.where(likely, _LIKELY_SURE, _SURE)
    kinds = np.repeat((1 - sure)[:, None] / (_RESTS + 1), _RESTS + 2, axis=1)
    kinds[np.arange(len(first)), first] = sure
    return kinds


def _rest_kinds(pairs: _Agreement, rest: np.ndarray) -> np.ndarray:
    """Return for each pair which kind of rest it is by the columns in which it agrees.

    The patterns of agreement are what is told apart, each as often as it occurs, so that the order
    of pairs plays no part.
    """
    patterns, which = np.unique(pairs.agree, axis=0, return_inverse=True)
    counts = np.bincount(which.ravel(), rest, len(patterns))
    # With more threads sums are added in another order, and may come to another kind.
    with threadpool_limits(1):
        fit = KMeans(min(_RESTS, len(patterns)), n_init=1, random_state=0)
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
