"""Labelled pairs in folds: one part is held out while the others teach."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms.matching.grouping.components import components

if TYPE_CHECKING:
    import numpy.typing as npt

    from gluepot.transforms.matching.labelling.labels import Labels

LARGEST_SHARE = 1.5
"""A group of pairs this many times as large as a fold should be cannot be kept whole."""


def folds(labels: Labels, k: int, seed: int) -> npt.NDArray[np.int64]:
    """Return the fold of each pair, 0 to ``k`` - 1, with matches and non-matches in proportion.

    Pairs that share a record are in one fold, so that nothing of what is held out was seen. Where
    non-matches tie nearly all records together that is impossible: then the pairs of one cluster
    of matches stay together, and a non-match goes with one of its two clusters. Records are known
    by their content, and the result does not depend on the order of pairs.

    Args:
        labels: Pairs; contradictions are best left out before.
        k: 2 or more.
        seed: Another gives other folds.

    Raises:
        InvalidInputError: ``k`` is below 2, or there are fewer groups of pairs than folds.
    """
    if k < 2:  # noqa: PLR2004 - one fold holds everything out
        raise InvalidInputError(f"labels need 2 folds or more, not {k}")
    nodes = labels.nodes()
    left, right = nodes[labels.left], nodes[labels.right]
    names = _names(labels, nodes, seed)
    cluster = components(len(nodes), left, right)
    group = cluster[left]
    if len(group) and np.bincount(group).max() > LARGEST_SHARE * len(group) / k:
        same = labels.match
        cluster = components(len(nodes), left[same], right[same])
        title = _least(cluster, names)
        one, other = cluster[left], cluster[right]
        group = np.where(title[one] <= title[other], one, other)
    found, inverse = np.unique(group, return_inverse=True)
    if len(found) < k:
        raise InvalidInputError(
            f"{len(labels)} labelled pairs fall into {len(found)} groups that share records, too "
            f"few for {k} folds"
        )
    return _dealt(labels.match, inverse, _least(cluster, names)[found], k)


def _names(labels: Labels, nodes: npt.NDArray[np.int64], seed: int) -> npt.NDArray[np.uint64]:
    """Return a hash of each node's content."""
    names = np.zeros(len(nodes), np.uint64)
    for node, key in zip(nodes.tolist(), labels.keys(), strict=True):
        digest = hashlib.blake2b(repr((seed, key)).encode(), digest_size=8).digest()
        names[node] = int.from_bytes(digest, "big")
    return names


def _least(cluster: npt.NDArray[np.int64], names: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Return the least name in each cluster, at the place of the cluster's number."""
    least = names.copy()
    np.minimum.at(least, cluster, names)
    return least


def _dealt(
    match: npt.NDArray[np.bool_],
    group: npt.NDArray[np.int64],
    titles: npt.NDArray[np.uint64],
    k: int,
) -> npt.NDArray[np.int64]:
    """Deal the groups, the largest first, each to the fold that is then least full of its kinds."""
    sizes = np.stack(
        [np.bincount(group, weights=kind, minlength=len(titles)) for kind in (match, ~match)],
        axis=1,
    )
    shares = sizes / np.maximum(sizes.sum(axis=0), 1)
    full = np.zeros((k, 2))
    fold_of = np.zeros(len(titles), np.int64)
    for number in np.lexsort((titles, -shares.sum(axis=1))).tolist():
        # Squares weigh what is full already: a kind that is short somewhere is dealt there.
        cost = ((full + shares[number]) ** 2 - full**2).sum(axis=1)
        fold_of[number] = int(np.argmin(cost))
        full[fold_of[number]] += shares[number]
    return fold_of[group]
