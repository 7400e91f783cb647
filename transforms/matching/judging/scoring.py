"""The model of matches: how a row of similarities becomes evidence, learned without labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from gluepot.transforms.matching.comparing.levels import MISSING as MISSING_LEVEL
from gluepot.transforms.matching.comparing.levels import column_levels
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
    from gluepot.transforms.matching.judging.trees import Kinds

_LEAST_WEIGHT = 1e-3
_MOST_STEPS = 300
_MOST_ODDS = 30.0
"""Logarithm of the odds beyond which kinds of pairs say no more."""
MISSING = "missing"
"""Measure that is 1 where a value of the column lacks."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Weights of a logistic regression over standardised numbers.

    Attributes:
        inputs: What the numbers are; with kinds, their odds are the last one.
        mean: Of each number.
        scale: By which it is divided.
        weights: Of each number so standardised.
        intercept: Evidence when every number is at its mean.
        kinds: Kinds of pairs whose columns go together, where there are such: what columns say
            one by one does not tell them apart.
    """

    inputs: tuple[Feature, ...]
    mean: np.ndarray
    scale: np.ndarray
    weights: np.ndarray
    intercept: float
    kinds: Kinds | None = None

    def of(self, rows: np.ndarray) -> np.ndarray:
        """Return the logarithm of the odds that rows are matches."""
        return np.asarray(self._part(rows, 0) + self._of_kinds(rows) + self.intercept)

    def of_values(self, rows: np.ndarray) -> np.ndarray:
        """Return the evidence of rows that have all numbers but those of competition."""
        return np.asarray(self._part(rows, 0) + self._of_kinds(rows))

    def of_competition(self, numbers: np.ndarray) -> np.ndarray:
        """Return the evidence of how pairs stand beside others; see ``competition``."""
        last = len(self.inputs) - (self.kinds is not None)
        return self._part(numbers, last - numbers.shape[1])

    def by_column(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Return all evidence of rows but the intercept, by column and for the whole record.

        Of what kinds of pairs say, a column has as much as would be lost if its value lacked, and
        the whole record the rest.
        """
        moved = self._contributions(rows, 0)
        names = [each.column for each in self.inputs[: rows.shape[1]]]
        found = {
            name: moved[:, [at for at, each in enumerate(names) if each == name]].sum(axis=1)
            for name in dict.fromkeys(names)
        }
        if self.kinds is None:
            return found
        states = _states(rows, self.inputs)
        odds, weight = _odds(self.kinds, states), self.weights[-1] / self.scale[-1]
        found[WHOLE] = found[WHOLE] + self._of_kinds(rows)
        columns = (name for name in found if name != WHOLE)
        for at, name in enumerate(columns):
            without = states.copy()
            without[:, at] = MISSING_LEVEL
            lost = weight * (odds - _odds(self.kinds, without))
            found[name] = found[name] + lost
            found[WHOLE] = found[WHOLE] - lost
        return found

    def _contributions(self, rows: np.ndarray, first: int) -> np.ndarray:
        """Return the evidence of each number of rows, from the one at ``first`` on."""
        some = slice(first, first + rows.shape[1])
        return np.asarray((rows - self.mean[some]) / self.scale[some] * self.weights[some])

    def _part(self, rows: np.ndarray, first: int) -> np.ndarray:
        return np.asarray(self._contributions(rows, first).sum(axis=1))

    def _of_kinds(self, rows: np.ndarray) -> np.ndarray:
        if self.kinds is None:
            return np.zeros(len(rows))
        odds = _odds(self.kinds, _states(rows, self.inputs))
        return np.asarray((odds - self.mean[-1]) / self.scale[-1] * self.weights[-1])


def _states(rows: np.ndarray, names: Sequence[Feature]) -> np.ndarray:
    """Return the levels of the columns of rows."""
    lacking = [at for at, each in enumerate(names) if each.measure == MISSING]
    found = column_levels(rows, names[: lacking[0]])
    found[rows[:, lacking] == 1] = MISSING_LEVEL
    return found


def _odds(kinds: Kinds, states: np.ndarray) -> np.ndarray:
    return np.asarray(np.clip(kinds.odds(states), -_MOST_ODDS, _MOST_ODDS))


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
    return of_whole(found, names), evidence.of_values(rows(found, names))


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


def with_kinds(
    names: Sequence[Feature], numbers: np.ndarray, kinds: Kinds | None
) -> tuple[tuple[Feature, ...], np.ndarray]:
    """Return the names and the numbers of rows, with what kinds of pairs say, if there are such."""
    if kinds is None:
        return tuple(names), numbers
    odds = _odds(kinds, _states(numbers, names))
    return (*names, Feature(column=WHOLE, measure="kinds")), np.column_stack([numbers, odds])


def learned(
    names: Sequence[Feature],
    numbers: np.ndarray,
    probability: np.ndarray,
    weight: np.ndarray,
    kinds: Kinds | None = None,
) -> Evidence:
    """Return the evidence that tells matches from the rest.

    Args:
        names: What the numbers are.
        numbers: A row a pair; see ``with_kinds``.
        probability: That the pair is a match, as far as known.
        weight: How much a pair counts.
        kinds: Kinds of pairs, if what they say is among the numbers.
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
        kinds=kinds,
    )
