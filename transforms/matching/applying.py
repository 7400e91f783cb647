"""A model applied to pairs of records."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gluepot.transforms.matching.judging.unsupervised import judged
from gluepot.transforms.matching.local import weighed, workspace

if TYPE_CHECKING:
    from gluepot.transforms.matching.local import Workspace
    from gluepot.transforms.matching.model import MatchModel
    from gluepot.transforms.matching.records import Records


def score_pairs(
    records: Records, left: np.ndarray, right: np.ndarray, model: MatchModel
) -> np.ndarray:
    """Return the probability that given pairs match; they compete with each other alone.

    Args:
        records: Of which pairs are scored.
        left: Positions.
        right: Positions of the partners.
        model: What was learned.
    """
    if model.evidence is None or not len(left):
        return np.zeros(len(left))
    pairs = np.sort(np.stack([left, right], axis=1), axis=1)
    once, back = np.unique(pairs, axis=0, return_inverse=True)
    space = workspace(records.values, records.source, model.columns)
    return np.asarray(scores(space, once, model)[back.ravel()])


def scores(space: Workspace, pairs: np.ndarray, model: MatchModel) -> np.ndarray:
    """Return the probability of pairs of rows, which compete with each other."""
    if model.evidence is None or not len(pairs):
        return np.zeros(len(pairs))
    score = weighed(space, pairs, model.evidence)
    return judged(score, pairs, model.chances, space.count, model.single)
