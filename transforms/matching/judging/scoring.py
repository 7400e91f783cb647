"""The model of matches: how a row of similarities becomes evidence, learned without labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from gluepot.transforms.matching.comparing.similarity import (
    COMPETING,
    WHOLE,
    Feature,
    features,
    of_whole,
    similarities,
)
from gluepot.transforms.matching.judging.competition import margins

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gluepot.transforms.matching.comparing.similarity import Prepared

_LEAST_WEIGHT = 1e-3
_MOST_STEPS = 300
MISSING = "missing"
"""Measure that is 1 where a value of the column lacks."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Weights of a logistic regression over standardised numbers.

    Attributes:
        inputs: What the numbers are.
        mean: Of each number.
        scale: By which it is divided.
        weights: Of each number so standardised.
        intercept: Evidence when every number is at its mean.
    """

    inputs: tuple[Feature, ...]
    mean: np.ndarray
    scale: np.ndarray
    weights: np.ndarray
    intercept: float

    def contributions(self, rows: np.ndarray, first: int = 0) -> np.ndarray:
        """Return the evidence of each number of rows, in logarithms of odds.

        Args:
            rows: All numbers of pairs, or those from the one at ``first`` on.
            first: See above.
        """
        some = slice(first, first + rows.shape[1])
        return np.asarray((rows - self.mean[some]) / self.scale[some] * self.weights[some])

    def part(self, rows: np.ndarray, first: int) -> np.ndarray:
        """Return the evidence of some numbers of rows, from the one at ``first`` on."""
        return np.asarray(self.contributions(rows, first).sum(axis=1))

    def of(self, rows: np.ndarray) -> np.ndarray:
        """Return the logarithm of the odds that rows are matches."""
        return self.part(rows, 0) + self.intercept


def inputs(features: Sequence[Feature]) -> tuple[Feature, ...]:
    """Return what the numbers of ``rows`` are, in order."""
    columns = dict.fromkeys(each.column for each in features if each.column != WHOLE)
    missing = (Feature(column=name, measure=MISSING) for name in columns)
    names = (f"{measure} {what}" for measure in COMPETING for what in ("worse", "better", "best"))
    return (*features, *missing, *(Feature(column=WHOLE, measure=name) for name in names))


def rows(similarities: np.ndarray, features: Sequence[Feature]) -> np.ndarray:
    """Return the numbers that evidence is drawn from but for competition: what lacks is told apart.

    Args:
        similarities: A row a pair.
        features: What they are.
    """
    at = {(each.column, each.measure): index for index, each in enumerate(features)}
    columns = dict.fromkeys(each.column for each in features if each.column != WHOLE)
    found = [np.nan_to_num(similarities)]
    found += [np.isnan(similarities[:, at[name, "equal"]])[:, None] for name in columns]
    return np.concatenate(found, axis=1, dtype=np.float64)


def pair_evidence(
    records: Prepared, left: np.ndarray, right: np.ndarray, evidence: Evidence
) -> tuple[np.ndarray, np.ndarray]:
    """Return how alike pairs are as a whole, a row a pair, and the evidence of their values."""
    found, names = similarities(records, left, right), features(records.columns)
    return of_whole(found, names), evidence.part(rows(found, names), 0)


def competition(whole: np.ndarray, pairs: np.ndarray, count: int) -> np.ndarray:
    """Return how pairs stand beside the other pairs of their records.

    Args:
        whole: How alike the whole records are, a row a pair and a column a measure.
        pairs: All pairs that compete with one another, two columns of records.
        count: Of all records.
    """
    found = []
    for score in whole.T:
        one, other = margins(score, pairs[:, 0], pairs[:, 1], count)
        worse, better = np.minimum(one, other), np.maximum(one, other)
        found += [worse, better, worse >= 0]
    return np.stack(found, axis=1)


def learned(
    names: Sequence[Feature], numbers: np.ndarray, probability: np.ndarray, weight: np.ndarray
) -> Evidence:
    """Return the evidence that tells matches from the rest.

    Args:
        names: What the numbers are.
        numbers: A row a pair.
        probability: That the pair is a match, as far as known.
        weight: How much a pair counts.
    """
    mean, scale = numbers.mean(axis=0), numbers.std(axis=0)
    scale[scale == 0] = 1
    standard = (numbers - mean) / scale
    yes, no = probability * weight > _LEAST_WEIGHT, (1 - probability) * weight > _LEAST_WEIGHT
    examples = np.concatenate([standard[yes], standard[no]])
    labels = np.repeat([1, 0], [yes.sum(), no.sum()])
    weights = np.concatenate([(probability * weight)[yes], ((1 - probability) * weight)[no]])
    # More threads wait for each other longer than they compute, and add in another order.
    with threadpool_limits(1, user_api="blas"):
        fit = LogisticRegression(max_iter=_MOST_STEPS).fit(examples, labels, sample_weight=weights)
    return Evidence(
        inputs=tuple(names),
        mean=mean,
        scale=scale,
        weights=fit.coef_[0],
        intercept=float(fit.intercept_[0]),
    )
