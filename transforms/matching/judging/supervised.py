"""Answers of people, learned from only where they make the model better."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gluepot.transforms.matching.judging.unsupervised import Known, learn

if TYPE_CHECKING:
    from gluepot.transforms.matching.local import Scored

_FOLDS = 3
_LEAST = 10
"""Answers of each kind from which on they can be dealt into folds."""


def taught(found: Scored, known: Known) -> tuple[Scored, dict[str, float]]:
    """Return the model that learned from answers, or the one without where that is no worse.

    Both are tried on answers that they have not seen; the squared error of the probability
    decides.

    Returns:
        The scored pairs, and the errors of both with the number of answers.
    """
    yes, no = int(known.match.sum()), int((~known.match).sum())
    facts: dict[str, float] = {"matches": yes, "others": no}
    if min(yes, no) >= _LEAST:
        facts |= {
            "error_without": _error(found.learned.probability[known.at], known.match),
            "error_with": _error(_held_out(found, known), known.match),
        }
        if facts["error_with"] > facts["error_without"]:
            return found, {**facts, "used": 0}
    return replace(found, learned=learn(found.task, found.guess, known)), {**facts, "used": 1}


def _held_out(found: Scored, known: Known) -> np.ndarray:
    """Return the probabilities of the answers, each by a model that has not seen it."""
    fold = np.empty(len(known.at), np.int64)
    for kind in (True, False):
        at = np.flatnonzero(known.match == kind)
        fold[at] = np.arange(len(at)) % _FOLDS
    probability = np.empty(len(known.at))
    for held in range(_FOLDS):
        seen = fold != held
        some = Known(at=known.at[seen], match=known.match[seen])
        model = learn(found.task, found.guess, some)
        probability[~seen] = model.probability[known.at[~seen]]
    return probability


def _error(probability: np.ndarray, match: np.ndarray) -> float:
    return float(((probability - match) ** 2).mean())
