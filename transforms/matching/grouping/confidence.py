"""How sure it is that the records of a cluster belong together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gluepot.transforms.matching.grouping.evidence import log_odds

if TYPE_CHECKING:
    import numpy.typing as npt

    Positions = npt.NDArray[np.int64]
    Numbers = npt.NDArray[np.float64]


def cluster_confidence(
    labels: Positions, left: Positions, right: Positions, probability: Numbers
) -> Numbers:
    """Return for each record the confidence of its cluster, 0 to 1.

    The average log odds of the scored pairs that a member is in, with the others of its cluster,
    are its probability to belong there; their mean over the members is the cluster's confidence,
    the same for all of them. For two records that is the probability of their pair. Members
    without a scored pair inside do not count; where nobody has one, somebody has said that the
    records are the same: the confidence is 1.

    The cluster of a record alone is right if it has no match: 1 less the probability of its best
    pair, and 1 if it has none.

    Args:
        labels: The cluster of each record.
        left: Positions of the scored pairs, accepted or not.
        right: The other record of each pair.
        probability: Of each pair, 0 to 1.

    >>> pairs = np.array([0, 1]), np.array([1, 2]), np.array([0.9, 0.2])
    >>> cluster_confidence(np.array([0, 0, 2]), *pairs).round(3).tolist()
    [0.9, 0.9, 0.8]
    """
    _, cluster = np.unique(labels, return_inverse=True)
    best = np.zeros(len(labels))
    np.maximum.at(best, left, probability)
    np.maximum.at(best, right, probability)
    inside = cluster[left] == cluster[right]
    members = np.concatenate([left[inside], right[inside]])
    odds = _mean(members, np.tile(log_odds(probability[inside]), 2), len(labels))
    (asked,) = np.nonzero(~np.isnan(odds))
    belongs = 1.0 / (1.0 + np.exp(-odds[asked]))
    confidence = _mean(cluster[asked], belongs, len(labels))[cluster]
    alone = np.bincount(cluster)[cluster] == 1
    return np.where(alone, 1.0 - best, np.where(np.isnan(confidence), 1.0, confidence))


def _mean(group: Positions, value: Numbers, count: int) -> Numbers:
    """Return the mean value of each of ``count`` groups, NaN where there is none.

    Values are added from the least to the greatest, so the order of pairs leaves no trace.
    """
    order = np.argsort(value, kind="stable")
    many = np.bincount(group, minlength=count)
    total = np.bincount(group[order], value[order], minlength=count)
    mean: Numbers = np.divide(total, many, out=np.full(count, np.nan), where=many > 0)
    return mean
