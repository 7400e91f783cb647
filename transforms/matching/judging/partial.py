"""Pairs that agree in part only, such as members of one household, told from matches.

Persons of one household share name, address and telephone, and variants of a product most of its
description: far more than chance explains, and they are no matches. Among many records even
strangers agree in something, each pair in its own: in a name, in a town, in a name and a town. A
mixture of several kinds of pairs finds them all: some kinds of rest, some that agree in part, and
those that agree in most of what they hold. A middle kind are no matches where much of what agrees
in these does not in it; where it agrees somewhat less, its pairs are matches with more errors.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp
from scipy.special import logsumexp
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

from gluepot.transforms.matching.comparing.levels import AGREEING, MISSING, STATES
from gluepot.transforms.matching.judging.trees import with_trees

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gluepot.transforms.matching.comparing.profile import Column
    from gluepot.transforms.matching.judging.trees import Kinds

_STARTS, _KEPT = 6, 3
"""Starts, and how many of them go on: those that explain the most after some rounds."""
_ROUNDS_EACH, _ROUNDS, _SETTLED = 30, 120, 1e-3
"""Rounds of every start, and of those that go on."""
_RESTS = 3
"""Kinds of pairs that are not alike."""
_PARTS = 3
"""Kinds of pairs that agree in part: households differ in what they share."""
_MATCH = _RESTS + _PARTS
_KINDS = _MATCH + 1
_SURE = 0.94
"""Probability that a pair is of the kind that it is put into first."""
_LOST, _LOST_BY_MOST = 1 / 3, 1 / 4
"""Share of what agrees in matches, by information, that is lost in a middle kind of no matches:
errors seldom alter as much at once, and more pairs than matches have them even more seldom."""


@dataclass(frozen=True, kw_only=True)
class _Patterns:
    """What pairs look like, each pattern once, so that the order of pairs plays no part.

    Attributes:
        found: A row a pattern: levels.
        count: Pairs of each pattern.
        likely: How many of these are more alike than chance explains.
        present: By column, where both records hold a value.
        agree: Where these agree.
        bits: Information of each column.
    """

    found: np.ndarray
    count: np.ndarray
    likely: np.ndarray
    present: np.ndarray
    agree: np.ndarray
    bits: np.ndarray

    @classmethod
    def of_pairs(cls, found: np.ndarray, likely: np.ndarray, bits: np.ndarray) -> _Patterns:
        unique, of, count = np.unique(found, axis=0, return_inverse=True, return_counts=True)
        values = unique[:, : len(bits)]
        present = values != MISSING
        return cls(
            found=unique,
            count=count.astype(np.float64),
            likely=np.bincount(of.ravel(), likely, len(unique)),
            present=present,
            agree=present & (values >= AGREEING),
            bits=bits,
        )

    @cached_property
    def agreements(self) -> tuple[np.ndarray, np.ndarray]:
        """Return in which columns pairs may agree, each such set once, and the one of each."""
        unique, of = np.unique(self.agree, axis=0, return_inverse=True)
        return unique, of.ravel()

    @property
    def share(self) -> np.ndarray:
        """Return for each pattern the share of what both hold, by information, that agrees."""
        held = np.maximum(self.present @ self.bits, 1e-9)
        return np.asarray(self.agree @ self.bits / held)

    def within(self, kind: np.ndarray) -> np.ndarray:
        """Return by column the share of a kind's pairs that agree, of those that hold a value.

        Args:
            kind: Probability that a pair of each pattern is of it.
        """
        weights = (kind * self.count)[:, None] * self.present
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
    bits = np.array([each.information for each in columns])
    patterns = _Patterns.of_pairs(found, likely, bits)
    kinds = _by_agreement(patterns, _best_fitted(patterns))
    # Values that stand in the wrong column disagree without saying so of the things themselves.
    told = bits * [each.mixed_with is None for each in columns]
    in_match, sizes = patterns.within(kinds[:, _MATCH]), patterns.count @ kinds
    matches = [_MATCH]
    for part in range(_RESTS, _MATCH):
        less = np.maximum(in_match - patterns.within(kinds[:, part]), 0)
        most = _LOST if sizes[part] <= sizes[_MATCH] else _LOST_BY_MOST
        if told @ less <= most * (told @ in_match):
            matches.append(part)
    if len(matches) > _PARTS:
        return None
    states, weights = patterns.found[:, : len(columns)], kinds * patterns.count[:, None]
    return with_trees(states, weights, matches=matches, size=STATES)


def _best_fitted(patterns: _Patterns) -> np.ndarray:
    """Return the probability of each kind, a row a pattern, from the start that explains most.

    A start may end where no small step explains more, with those who moved among no match.
    """
    mixture = _Mixture.of(patterns)
    begun = [mixture.fitted(_start(patterns, each), _ROUNDS_EACH) for each in range(_STARTS)]
    kept = sorted(begun, key=_likelihood, reverse=True)[:_KEPT]
    return max((mixture.fitted(kinds, _ROUNDS) for kinds, _ in kept), key=_likelihood)[0]


def _likelihood(fit: tuple[np.ndarray, float]) -> float:
    return fit[1]


def _by_agreement(patterns: _Patterns, kinds: np.ndarray) -> np.ndarray:
    """Return kinds in the order of how much they agree: they may not end as they began."""
    weights = kinds * patterns.count[:, None]
    agreed = patterns.share @ weights / np.maximum(weights.sum(axis=0), 1e-9)
    return kinds[:, np.argsort(agreed, kind="stable")]


def _start(patterns: _Patterns, seed: int) -> np.ndarray:
    """Return first guesses of the probability of each kind, a row a pattern."""
    rows = np.arange(len(patterns.count))
    likely = patterns.likely / patterns.count
    first = np.zeros((len(rows), _KINDS))
    first[rows, _kinds(patterns, patterns.count - patterns.likely, _RESTS, seed)] = 1 - likely
    first[rows, _RESTS + _kinds(patterns, patterns.likely, _PARTS + 1, seed)] = likely
    other = (1 - _SURE) / (_KINDS - 1)
    return other + (_SURE - other) * first


def _kinds(patterns: _Patterns, of: np.ndarray, most: int, seed: int) -> np.ndarray:
    """Return for each pattern its kind by the columns in which its pairs agree.

    Args:
        patterns: What pairs look like.
        of: Pairs of each pattern that the kinds are made for.
        most: Kinds.
        seed: Where they begin.
    """
    agreeing, which = patterns.agreements
    counts = np.bincount(which, of, len(agreeing))
    # With more threads sums are added in another order, and may come to another kind.
    with threadpool_limits(1):
        fit = KMeans(min(most, len(agreeing)), n_init=1, random_state=seed)
        kinds = fit.fit(agreeing * patterns.bits, sample_weight=counts + 1e-6).labels_
    return np.asarray(kinds[which])


@dataclass(frozen=True, kw_only=True)
class _Mixture:
    """Kinds within which levels are independent, fitted by EM.

    Attributes:
        held: A column for each level of each column, 1 where a pattern has it.
        back: The same the other way.
        ends: Where the levels of each column end.
        count: Pairs of each pattern.
        prior: Of each level, its share of all pairs.
    """

    held: sp.csr_array
    back: sp.csr_array
    ends: np.ndarray
    count: np.ndarray
    prior: np.ndarray

    @classmethod
    def of(cls, patterns: _Patterns) -> _Mixture:
        ends = np.cumsum(patterns.found.max(axis=0) + 1)
        held = _one_hot(patterns.found, ends)
        back = held.T.tocsr()
        prior = (back @ patterns.count)[:, None] / patterns.count.sum() + 1e-9
        return cls(held=held, back=back, ends=ends, count=patterns.count, prior=prior)

    def fitted(self, kinds: np.ndarray, rounds: int) -> tuple[np.ndarray, float]:
        """Return the probability of each kind, a row a pattern, and the log of the likelihood."""
        likelihood = -np.inf
        for _ in range(rounds):
            weights = kinds * self.count[:, None]
            by_column = np.split(np.asarray(self.back @ weights) + self.prior, self.ends[:-1])
            told = np.concatenate([np.log(each / each.sum(axis=0)) for each in by_column])
            shares = np.clip(weights.sum(axis=0) / self.count.sum(), 1e-7, 1)
            odds = np.asarray(self.held @ told) + np.log(shares)
            together = logsumexp(odds, axis=1)
            likelihood = float(together @ self.count)
            before, kinds = kinds, np.exp(odds - together[:, None])
            if np.abs(kinds - before).max(initial=0) < _SETTLED:
                break
        return kinds, likelihood


def _one_hot(found: np.ndarray, ends: np.ndarray) -> sp.csr_array:
    """Return a column for each level of each column, 1 where a pair has it."""
    width = found.shape[1]
    at = found + np.concatenate([[0], ends[:-1]])
    starts = np.arange(0, found.size + 1, width)
    return sp.csr_array((np.ones(found.size), at.ravel(), starts), shape=(len(found), ends[-1]))
