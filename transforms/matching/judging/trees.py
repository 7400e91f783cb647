"""Kinds of pairs in which columns go together: a mixture of trees, fitted by EM.

Who has moved has another street, town and postcode at once: counted as three errors, they are more
than any pair can stand. Namesakes agree in both names, and in an e-mail address made of them:
counted as three signs, they are too many. So within each kind each column may depend on one other,
on which it depends the most: the tree with the most mutual information.

Source: Meila, Jordan, "Learning with mixtures of trees", Journal of Machine Learning Research 1
(2000); Chow, Liu, "Approximating discrete probability distributions with dependence trees", IEEE
Transactions on Information Theory 14 (1968).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.special import softmax

_ROUNDS = 3
"""Kinds are found before; here they take in what their columns' dependence says. Run until it
settles, the fit looks for other kinds: where there are fewer than pairs have, matches take one."""
_PRIOR = 20.0
"""Pairs of independent columns that each kind has besides its own: what a few pairs have in common
is no dependence."""
_LEAST = 1e-6


@dataclass(frozen=True, kw_only=True)
class _Patterns:
    """What pairs look like, each pattern once.

    Attributes:
        states: A row a pattern, a column for each of the pairs' columns.
        count: Pairs of each pattern.
        sizes: States of each column.
        shares: By column, the share of pairs in each state.
    """

    states: np.ndarray
    count: np.ndarray
    sizes: tuple[int, ...]
    shares: tuple[np.ndarray, ...]

    @classmethod
    def of(cls, states: np.ndarray, count: np.ndarray) -> _Patterns:
        sizes = tuple(int(each) for each in states.max(axis=0) + 1)
        columns = zip(states.T, sizes, strict=True)
        shares = [np.bincount(each, count, size) / count.sum() + _LEAST for each, size in columns]
        return cls(states=states, count=count, sizes=sizes, shares=tuple(shares))

    def both(self, one: int, other: int) -> np.ndarray:
        """Return the place of each pattern in a flat table of the states of two columns."""
        return np.asarray(self.states[:, one] * self.sizes[other] + self.states[:, other])

    def held(self) -> sp.csr_array:
        """Return a column for each state of each column, 1 where a pattern has it."""
        at = self.states + np.concatenate([[0], np.cumsum(self.sizes)[:-1]])
        starts = np.arange(0, at.size + 1, at.shape[1])
        shape = (len(at), sum(self.sizes))
        return sp.csr_array((np.ones(at.size), at.ravel(), starts), shape=shape)


def with_trees(states: np.ndarray, kinds: np.ndarray) -> np.ndarray:
    """Return the probability that pairs are of each kind when columns may depend on each other.

    Args:
        states: A row a pair, a column for each column that is compared: whole numbers from 0.
        kinds: A row a pair: the probability of each kind as known so far.
    """
    unique, which, count = np.unique(states, axis=0, return_inverse=True, return_counts=True)
    which = which.ravel()
    patterns = _Patterns.of(unique, count.astype(np.float64))
    sums = [np.bincount(which, each, len(unique)) for each in kinds.T]
    found = np.stack(sums, axis=1) / patterns.count[:, None]
    return np.asarray(_fitted(patterns, found)[which])


def _fitted(patterns: _Patterns, kinds: np.ndarray) -> np.ndarray:
    """Return the probability of each kind by EM, a row a pattern."""
    held = patterns.held()
    trees = [_tree(patterns, held, each) for each in (kinds * patterns.count[:, None]).T]
    for _ in range(_ROUNDS):
        weights = kinds * patterns.count[:, None]
        found = [_likelihood(patterns, *each) for each in zip(trees, weights.T, strict=True)]
        share = np.maximum(weights.sum(axis=0) / patterns.count.sum(), _LEAST)
        kinds = softmax(np.stack(found, axis=1) + np.log(share), axis=1)
    return kinds


def _likelihood(patterns: _Patterns, tree: list[tuple[int, int]], weight: np.ndarray) -> np.ndarray:
    """Return the logarithm of how likely a kind is to give each pattern.

    Args:
        patterns: What pairs look like.
        tree: Columns that depend on each other.
        weight: Pairs of each pattern that are of the kind.
    """
    columns = zip(patterns.states.T, patterns.sizes, patterns.shares, strict=True)
    single = [np.bincount(each, weight, size) + share for each, size, share in columns]
    single = [each / each.sum() for each in single]
    found = np.zeros(len(weight))
    for each, states in zip(single, patterns.states.T, strict=True):
        found += np.log(each)[states]
    for one, other in tree:
        alone = np.outer(single[one], single[other]).ravel()
        at = patterns.both(one, other)
        counted = np.bincount(at, weight, len(alone))
        together = (counted + _PRIOR * alone) / (counted.sum() + _PRIOR)
        found += np.log(together / alone)[at]
    return found


def _tree(patterns: _Patterns, held: sp.csr_array, weight: np.ndarray) -> list[tuple[int, int]]:
    """Return the pairs of columns that join all of them with the most mutual information."""
    joint = (held.T @ held.multiply(weight[:, None]).tocsr()).toarray() / max(weight.sum(), _LEAST)
    told = _information(joint, np.cumsum((0, *patterns.sizes)))
    near, best, tree = np.zeros(len(told), np.int64), told[0].copy(), []
    best[0] = -np.inf
    for _ in range(len(told) - 1):
        new = int(best.argmax())
        tree.append((int(near[new]), new))
        closer = (told[new] > best) & np.isfinite(best)
        near[closer], best[closer] = new, told[new][closer]
        best[new] = -np.inf
    return tree


def _information(joint: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Return the mutual information of each two columns, given the shares of two states at once.

    Args:
        joint: Of each state of each column with each other.
        ends: Where the states of columns begin, and the last end.
    """
    share = np.maximum(joint.diagonal(), 1e-300)
    with np.errstate(divide="ignore", invalid="ignore"):
        told = np.where(joint > 0, joint * np.log(joint / np.outer(share, share)), 0.0)
    starts = ends[:-1]
    return np.asarray(np.add.reduceat(np.add.reduceat(told, starts, axis=0), starts, axis=1))
