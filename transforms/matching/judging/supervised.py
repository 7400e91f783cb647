"""Answers of people, learned from only where they make the model better."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gluepot.transforms.matching.judging.unsupervised import Known, learn

if TYPE_CHECKING:
    from gluepot.transforms.matching.learning import Scored

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
    matches = found.matches
    if min(yes, no) >= _LEAST:
        tried = [(_error(_held_out(found, known, each), known.match), each) for each in _may(found)]
        error, matches = min(tried, key=lambda each: each[0])
        facts |= {
            "error_without": _error(found.learned.probability[known.at], known.match),
            "error_with": error,
        }
        if facts["error_with"] > facts["error_without"]:
            return found, {**facts, "used": 0}
    learned = learn(found.task, found.guess, known, matches=matches)
    return replace(found, learned=learned), {**facts, "used": 1}


def _may(found: Scored) -> tuple[float | None, ...]:
    """Return how many matches there may be: where they were counted, as many as were guessed too.

    What is counted is what chance leaves; answers may know of more.
    """
    if found.matches is None:
        return (None,)
    return (found.matches, found.guess.expected)


def _held_out(found: Scored, known: Known, matches: float | None) -> np.ndarray:
    """Return the probabilities of the answers, each by a model that has not seen it."""
    fold = np.empty(len(known.at), np.int64)
    for kind in (True, False):
        at = np.flatnonzero(known.match == kind)
        fold[at] = np.arange(len(at)) % _FOLDS
    probability = np.empty(len(known.at))
    for held in range(_FOLDS):
        seen = fold != held
        some = Known(at=known.at[seen], match=known.match[seen])
        model = learn(found.task, found.guess, some, matches=matches)
        probability[~seen] = model.probability[known.at[~seen]]
    return probability


def _error(probability: np.ndarray, match: np.ndarray) -> float:
    return float(((probability - match) ** 2).mean())
