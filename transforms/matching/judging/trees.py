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
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.sparse as sp
from scipy.special import logsumexp, softmax

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ROUNDS = 3
"""Kinds are found before; here they take in what their columns' dependence says. Run until it
settles, the fit looks for other kinds: where there are fewer than pairs have, matches take one."""
_PRIOR = 20.0
"""Pairs of independent columns that each kind has besides its own: what a few pairs have in common
is no dependence."""
_LEAST = 1e-6


@dataclass(frozen=True, kw_only=True)
class Kinds:
    """Kinds of pairs, each with a tree of its columns.

    Attributes:
        matches: Which kinds are matches.
        shares: Logarithm of each kind's share of the pairs.
        roots: A row a kind: the logarithm of how often its pairs have each state of the first
            column, where every tree begins.
        links: By kind, two columns a row: one that is known, and one that depends on it.
        given: By kind and link, a row a state of the known column: the logarithm of how often the
            other has each of its states then.
    """

    matches: tuple[int, ...]
    shares: np.ndarray
    roots: np.ndarray
    links: np.ndarray
    given: np.ndarray

    def likelihoods(self, states: np.ndarray) -> np.ndarray:
        """Return the logarithm of each kind's share times its chance to give pairs, a row a pair.

        Args:
            states: A row a pair, a column for each column that is compared.
        """
        found = np.empty((len(states), len(self.shares)))
        for kind, share in enumerate(self.shares):
            one = share + self.roots[kind][states[:, 0]]
            for (known, other), given in zip(self.links[kind], self.given[kind], strict=True):
                one += given[states[:, known], states[:, other]]
            found[:, kind] = one
        return found

    def odds(self, states: np.ndarray) -> np.ndarray:
        """Return the logarithm of the odds that pairs are matches."""
        found = self.likelihoods(states)
        match = np.isin(np.arange(found.shape[1]), self.matches)
        return np.asarray(logsumexp(found[:, match], axis=1) - logsumexp(found[:, ~match], axis=1))

    def plain(self) -> dict[str, Any]:
        """Return them as JSON's types."""
        return {name: np.asarray(each).tolist() for name, each in vars(self).items()}

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Kinds:
        """Return what ``plain`` gave."""
        arrays = {name: np.array(plain[name]) for name in ("shares", "roots", "links", "given")}
        return cls(matches=tuple(plain["matches"]), **arrays)


@dataclass(frozen=True, kw_only=True)
class _Patterns:
    """What pairs look like, each pattern once.

    Attributes:
        states: A row a pattern, a column for each of the pairs' columns.
        count: Pairs of each pattern.
        size: States that a column has.
        shares: By column, the share of pairs in each state.
        seen: The same, whether there are any.
    """

    states: np.ndarray
    count: np.ndarray
    size: int
    shares: np.ndarray
    seen: np.ndarray

    @classmethod
    def of(cls, states: np.ndarray, count: np.ndarray, size: int) -> _Patterns:
        shares = np.stack([np.bincount(each, count, size) for each in states.T]) / count.sum()
        return cls(states=states, count=count, size=size, shares=shares + _LEAST, seen=shares > 0)

    def both(self, one: int, other: int) -> np.ndarray:
        """Return the place of each pattern in a flat table of the states of two columns."""
        return np.asarray(self.states[:, one] * self.size + self.states[:, other])

    def held(self) -> sp.csr_array:
        """Return a column for each state of each column, 1 where a pattern has it."""
        columns = self.states.shape[1]
        at = self.states + np.arange(columns) * self.size
        starts = np.arange(0, at.size + 1, columns)
        shape = (len(at), columns * self.size)
        return sp.csr_array((np.ones(at.size), at.ravel(), starts), shape=shape)


def with_trees(
    states: np.ndarray, kinds: np.ndarray, *, matches: Sequence[int], size: int
) -> Kinds:
    """Return kinds of pairs whose columns may depend on each other.

    Args:
        states: A row a pair, or as many as are alike, a column for each column that is compared:
            whole numbers from 0.
        kinds: A row for each of these: how many are of each kind as known so far; of a pair, the
            probability of each.
        matches: Which kinds are matches.
        size: States that a column has; pairs that are judged later may have some that none has
            here.
    """
    unique, which = np.unique(states, axis=0, return_inverse=True)
    sums = [np.bincount(which.ravel(), each, len(unique)) for each in kinds.T]
    weights = np.stack(sums, axis=1)
    patterns = _Patterns.of(unique, weights.sum(axis=1), size)
    return _fitted(patterns, weights, tuple(matches))


def _fitted(patterns: _Patterns, weights: np.ndarray, matches: tuple[int, ...]) -> Kinds:
    """Return kinds by EM, given for each pattern how many of its pairs are of which."""
    held = patterns.held()
    trees = [_tree(patterns, held, each) for each in weights.T]
    made = _kinds(patterns, trees, weights, matches)
    for _ in range(_ROUNDS - 1):
        weights = softmax(made.likelihoods(patterns.states), axis=1) * patterns.count[:, None]
        made = _kinds(patterns, trees, weights, matches)
    return made


def _kinds(
    patterns: _Patterns,
    trees: Sequence[list[tuple[int, int]]],
    weights: np.ndarray,
    matches: tuple[int, ...],
) -> Kinds:
    """Return the kinds that pairs of each pattern, given by their weights, speak for.

    Args:
        patterns: What pairs look like.
        trees: Of each kind, the columns that depend on each other.
        weights: A row a pattern: how many of its pairs are of each kind.
        matches: Which kinds are matches.
    """
    share = np.maximum(weights.sum(axis=0) / patterns.count.sum(), _LEAST)
    found = [_chances(patterns, *each) for each in zip(trees, weights.T, strict=True)]
    roots, given = (np.stack(each) for each in zip(*found, strict=True))
    links = np.array(trees, np.int64).reshape(len(trees), -1, 2)
    return Kinds(matches=matches, shares=np.log(share), roots=roots, links=links, given=given)


def _chances(
    patterns: _Patterns, tree: list[tuple[int, int]], weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return ``roots`` and ``given`` of one kind, see ``Kinds``.

    Args:
        patterns: What pairs look like.
        tree: Columns that depend on each other.
        weight: Pairs of each pattern that are of the kind.
    """
    size = patterns.size
    columns = zip(patterns.states.T, patterns.shares, strict=True)
    single = [np.bincount(each, weight, size) + share for each, share in columns]
    single = [each / each.sum() for each in single]
    given = np.empty((len(tree), size, size))
    for at, (one, other) in enumerate(tree):
        alone = np.outer(single[one], single[other])
        counted = np.bincount(patterns.both(one, other), weight, size * size)
        together = (counted.reshape(size, size) + _PRIOR * alone) / (counted.sum() + _PRIOR)
        given[at] = np.log(together / single[one][:, None])
        # What no pair had speaks for no kind; else it would for the kinds of few pairs.
        given[at][~patterns.seen[one]] = np.log(single[other])
        given[at][:, ~patterns.seen[other]] = 0.0
    return np.where(patterns.seen[0], np.log(single[0]), 0.0), given


def _tree(patterns: _Patterns, held: sp.csr_array, weight: np.ndarray) -> list[tuple[int, int]]:
    """Return the pairs of columns that join all of them with the most mutual information."""
    joint = (held.T @ held.multiply(weight[:, None]).tocsr()).toarray() / max(weight.sum(), _LEAST)
    told = _information(joint, patterns.size)
    near, best, tree = np.zeros(len(told), np.int64), told[0].copy(), []
    best[0] = -np.inf
    for _ in range(len(told) - 1):
        new = int(best.argmax())
        tree.append((int(near[new]), new))
        closer = (told[new] > best) & np.isfinite(best)
        near[closer], best[closer] = new, told[new][closer]
        best[new] = -np.inf
    return tree


def _information(joint: np.ndarray, size: int) -> np.ndarray:
    """Return the mutual information of each two columns, given the shares of two states at once.

    Args:
        joint: Of each state of each column with each other.
        size: States that a column has.
    """
    share = np.maximum(joint.diagonal(), 1e-300)
    with np.errstate(divide="ignore", invalid="ignore"):
        told = np.where(joint > 0, joint * np.log(joint / np.outer(share, share)), 0.0)
    columns = len(joint) // size
    return np.asarray(told.reshape(columns, size, columns, size).sum(axis=(1, 3)))
