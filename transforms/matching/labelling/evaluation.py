"""How good probabilities and clusters are, measured against what is known to be true."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms.matching.labelling.labels import OneKindOfLabelsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

MOST_IMPORTANCES = 100
"""As many columns as Glue's reply has room for."""
NORMAL_95 = 1.959963984540054
"""Standard deviations of a normal distribution around its mean that hold 95 %."""


@dataclass(frozen=True, kw_only=True)
class Confusion:
    """Counts of pairs: said to match or not, rightly or not."""

    true_positives: int
    false_positives: int
    true_negatives: int
    false_negatives: int

    @property
    def precision(self) -> float:
        """Return the share of right ones among the pairs said to match; 1 if there are none."""
        return _share(self.true_positives, self.true_positives + self.false_positives)

    @property
    def recall(self) -> float:
        """Return the share of the true matches that were said to match; 1 if there are none."""
        return _share(self.true_positives, self.true_positives + self.false_negatives)

    @property
    def f1(self) -> float:
        """Return the harmonic mean of both, from counts; 1 if there is nothing to find or say."""
        wrong = self.false_positives + self.false_negatives
        return _share(2 * self.true_positives, 2 * self.true_positives + wrong)


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 1.0


@dataclass(frozen=True, kw_only=True)
class PrecisionRecallCurve:
    """Precision and recall if pairs of ``threshold`` or more were said to match.

    Attributes:
        threshold: The probabilities that occur, from the largest.
        precision: At each threshold.
        recall: At each threshold, never falling.
    """

    threshold: npt.NDArray[np.float64]
    precision: npt.NDArray[np.float64]
    recall: npt.NDArray[np.float64]

    @property
    def area(self) -> float:
        """Return the mean precision over recall: each step of recall counts at its precision.

        Straight lines between the points would promise what no threshold gives.
        Source: Davis, Goadrich, "The relationship between precision-recall and ROC curves", 2006.
        """
        return float(np.sum(np.diff(self.recall, prepend=0.0) * self.precision))

    def points(self, most: int = 200) -> list[tuple[float, float, float]]:
        """Return threshold, precision and recall at thresholds of all parts of the curve."""
        chosen = np.unique(np.linspace(0, len(self.threshold) - 1, most).round().astype(int))
        table = np.stack([self.threshold, self.precision, self.recall], axis=1)[chosen]
        return [(float(row[0]), float(row[1]), float(row[2])) for row in table.round(6)]

    @property
    def f1(self) -> npt.NDArray[np.float64]:
        """Return the harmonic mean of precision and recall at each threshold."""
        total = self.precision + self.recall
        product = 2 * self.precision * self.recall
        return np.divide(product, total, out=np.zeros_like(total), where=total > 0)


def precision_recall_curve(
    probability: npt.NDArray[np.float64], truth: npt.NDArray[np.bool_]
) -> PrecisionRecallCurve:
    """Return the curve of some pairs.

    Args:
        probability: That each pair matches.
        truth: Whether it does.

    Raises:
        OneKindOfLabelsError: No pair matches, or every pair does.
        InvalidInputError: The arrays differ in length, or a probability is not from 0 to 1.
    """
    _check(probability, truth)
    matches = int(truth.sum())
    if matches in {0, len(truth)}:
        raise OneKindOfLabelsError(matches, len(truth) - matches)
    order = np.argsort(-probability, kind="stable")
    descending = probability[order]
    # Pairs of one probability are told apart by no threshold: the last of them makes the point.
    last = np.append(np.nonzero(np.diff(descending))[0], len(descending) - 1)
    right = np.cumsum(truth[order])[last]
    return PrecisionRecallCurve(
        threshold=descending[last], precision=right / (last + 1), recall=right / matches
    )


def _check(probability: npt.NDArray[np.float64], truth: npt.NDArray[np.bool_]) -> None:
    if len(probability) != len(truth):
        raise InvalidInputError(f"{len(probability)} probabilities, but {len(truth)} truths")
    if len(probability) and not ((probability >= 0) & (probability <= 1)).all():
        raise InvalidInputError("a probability is not from 0 to 1")


def confusion(
    probability: npt.NDArray[np.float64], truth: npt.NDArray[np.bool_], *, threshold: float
) -> Confusion:
    """Return the counts if pairs of ``threshold`` or more are said to match.

    Raises:
        InvalidInputError: The arrays differ in length, or a probability is not from 0 to 1.
    """
    _check(probability, truth)
    said = probability >= threshold
    return Confusion(
        true_positives=int((said & truth).sum()),
        false_positives=int((said & ~truth).sum()),
        true_negatives=int((~said & ~truth).sum()),
        false_negatives=int((~said & truth).sum()),
    )


@dataclass(frozen=True, kw_only=True)
class Metrics:
    """What Glue's evaluation of a FindMatches transform tells, from held-out labelled pairs.

    Attributes:
        threshold: At which ``confusion`` was counted: the transform's own.
        confusion: Its precision and recall are Glue's. Recall is an upper limit: pairs that the
            transform would never look at are scored here like any other.
        curve: Its area is Glue's AreaUnderPRCurve, the maximum of its F1 Glue's F1.
        importances: Of columns, 0 to 1, the largest first.
        calibration_error: How far probabilities are from shares of matches, 0 to 1.
    """

    threshold: float
    confusion: Confusion
    curve: PrecisionRecallCurve
    importances: tuple[tuple[str, float], ...]
    calibration_error: float

    @property
    def f1(self) -> float:
        """Return the largest F1 that any threshold gives."""
        return float(self.curve.f1.max())

    def to_glue(self) -> dict[str, Any]:
        """Return the EvaluationMetrics of GetMLTransform."""
        counts = self.confusion
        return {
            "TransformType": "FIND_MATCHES",
            "FindMatchesMetrics": {
                "AreaUnderPRCurve": self.curve.area,
                "Precision": counts.precision,
                "Recall": counts.recall,
                "F1": self.f1,
                "ConfusionMatrix": {
                    "NumTruePositives": counts.true_positives,
                    "NumFalsePositives": counts.false_positives,
                    "NumTrueNegatives": counts.true_negatives,
                    "NumFalseNegatives": counts.false_negatives,
                },
                "ColumnImportances": [
                    {"ColumnName": name, "Importance": importance}
                    for name, importance in self.importances[:MOST_IMPORTANCES]
                ],
            },
        }


def evaluate(
    probability: npt.NDArray[np.float64],
    truth: npt.NDArray[np.bool_],
    *,
    threshold: float,
    importances: Mapping[str, float],
) -> Metrics:
    """Return the metrics of held-out pairs.

    Args:
        probability: That each pair matches, by a model that did not learn from it.
        truth: Whether people said so.
        threshold: From which probability on the transform calls a pair a match.
        importances: Of the columns, each from 0 to 1.

    Raises:
        OneKindOfLabelsError: No pair matches, or every pair does.
        InvalidInputError: The arrays differ in length, or a number is not from 0 to 1.
    """
    for name, importance in importances.items():
        if not 0 <= importance <= 1:
            raise InvalidInputError(f"the importance of {name!r} is {importance}, not 0 to 1")
    return Metrics(
        threshold=threshold,
        confusion=confusion(probability, truth, threshold=threshold),
        curve=precision_recall_curve(probability, truth),
        importances=tuple(sorted(importances.items(), key=lambda each: (-each[1], each[0]))),
        calibration_error=expected_calibration_error(probability, truth),
    )


def wilson_interval(successes: float, total: float, *, z: float = NORMAL_95) -> tuple[float, float]:
    """Return the limits between which a share lies; 0 and 1 if nothing was counted.

    Args:
        successes: May be a sum of weights.
        total: As ``successes``, and not below it.
        z: Standard deviations to either side.

    Raises:
        InvalidInputError: ``successes`` is not between 0 and ``total``.

    Source: Wilson, "Probable inference, the law of succession, and statistical inference", 1927.

    >>> tuple(round(limit, 3) for limit in wilson_interval(9, 10))
    (0.596, 0.982)
    """
    if not 0 <= successes <= total:
        raise InvalidInputError(f"{successes} successes of {total}")
    if total == 0:
        return 0.0, 1.0
    share, square = successes / total, z * z
    centre = (share + square / (2 * total)) / (1 + square / total)
    spread = math.sqrt(share * (1 - share) / total + square / (4 * total * total))
    half = z * spread / (1 + square / total)
    return max(0.0, centre - half), min(1.0, centre + half)


def expected_calibration_error(
    probability: npt.NDArray[np.float64], truth: npt.NDArray[np.bool_], *, bins: int = 15
) -> float:
    """Return how far probabilities are from shares of matches, on average over pairs; 0 to 1.

    Pairs in the order of their probabilities are cut into bins of equal counts; pairs of one
    probability stay in one bin, so that no order among them matters. Of each bin the mean
    probability is compared with the share of matches.

    Raises:
        InvalidInputError: There is no pair or no bin, the arrays differ in length, or a
            probability is not from 0 to 1.

    Source: Nguyen, O'Connor, "Posterior calibration and exploratory analysis for natural language
    processing models", EMNLP 2015 (bins of equal counts).
    """
    _check(probability, truth)
    if bins < 1 or not len(probability):
        raise InvalidInputError(f"{len(probability)} pairs in {bins} bins cannot be compared")
    values, inverse, counts = np.unique(probability, return_inverse=True, return_counts=True)
    before = np.cumsum(counts) - counts
    place = (before * bins // len(probability))[inverse]
    size = np.bincount(place, minlength=bins)
    said = np.bincount(place, weights=values[inverse], minlength=bins)
    true = np.bincount(place, weights=truth, minlength=bins)
    return float(np.abs(said - true).sum() / size.sum())


@dataclass(frozen=True, kw_only=True)
class PairScores:
    """How clusters agree with known ones, over pairs of records.

    Attributes:
        shared: Pairs together in both.
        found: Pairs together in the clusters.
        known: Pairs together in truth.
    """

    shared: int
    found: int
    known: int

    @property
    def precision(self) -> float:
        """Return the share of the found pairs that are true; 1 if none was found."""
        return _share(self.shared, self.found)

    @property
    def recall(self) -> float:
        """Return the share of the true pairs that were found; 1 if there are none."""
        return _share(self.shared, self.known)

    @property
    def f1(self) -> float:
        """Return the harmonic mean of both; 1 if there is nothing to find and nothing found."""
        return _share(2 * self.shared, self.found + self.known)


def compare_clusters(found: npt.NDArray[np.int64], known: npt.NDArray[np.int64]) -> PairScores:
    """Return how clusters agree with known ones; each array has a cluster for each record.

    Raises:
        InvalidInputError: The arrays differ in length.
    """
    if len(found) != len(known):
        raise InvalidInputError(f"{len(found)} records in clusters, but {len(known)} known ones")
    _, one = np.unique(found, return_inverse=True)
    _, other = np.unique(known, return_inverse=True)
    both = one.astype(np.int64) * (int(other.max(initial=0)) + 1) + other
    return PairScores(
        shared=_pairs_within(both), found=_pairs_within(one), known=_pairs_within(other)
    )


def _pairs_within(clusters: npt.NDArray[np.int64]) -> int:
    _, sizes = np.unique(clusters, return_counts=True)
    return int((sizes * (sizes - 1) // 2).sum())
