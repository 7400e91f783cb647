"""What a probability says for or against a match, as whole numbers that add up in any order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gluepot.transforms.matching.comparing.text import mixed

if TYPE_CHECKING:
    import numpy.typing as npt

UNIT = 2**20
"""Steps to one natural unit of log odds: whole numbers have one sum whatever their order."""

SURE = 1e-12
"""Nearer to 0 or 1 a probability says no more."""

EVEN = 0.5
"""As likely as not."""


def log_odds(probability: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the natural logarithm of the odds, within 27.6 either way.

    >>> log_odds(np.array([0.5, 0.9, 1.0])).round(3).tolist()
    [0.0, 2.197, 27.631]
    """
    within = np.clip(probability, SURE, 1.0 - SURE)
    return np.log(within) - np.log1p(-within)


def evidence(probability: npt.NDArray[np.float64], threshold: float) -> npt.NDArray[np.int64]:
    """Return how far the log odds are above those of the threshold, in UNIT steps.

    Negative exactly where the probability is below the threshold.

    >>> (evidence(np.array([0.5, 0.2]), 0.5) / UNIT).round(2).tolist()
    [0.0, -1.39]
    """
    distance = log_odds(probability) - log_odds(np.array([threshold]))
    return _steps(distance, probability >= threshold)


def bounded_evidence(
    probability: npt.NDArray[np.float64], threshold: float, *, most: float, least: float
) -> npt.NDArray[np.int64]:
    """Return evidence of which no single pair has much, in UNIT steps; its order stays.

    From the threshold on a pair speaks for a match as in ``evidence``, bent towards ``most``.
    Below, it speaks against one from even odds down, bent towards ``least``: records of one
    thing may differ, so a low score among high ones is no disproof. What is likely, but not as
    likely as the threshold asks, says next to nothing.

    >>> pairs = np.array([1.0, 0.8, 0.6, 0.4, 0.0])
    >>> (bounded_evidence(pairs, 0.7, most=7, least=2) / UNIT).round(2).tolist()
    [6.99, 0.54, -0.0, -0.4, -2.0]
    """
    odds = log_odds(probability)
    above = odds - log_odds(np.array([threshold]))
    below = np.minimum(odds - log_odds(np.array([min(threshold, EVEN)])), 0.0)
    convincing = probability >= threshold
    bent = np.where(convincing, most * np.tanh(above / most), least * np.tanh(below / least))
    return _steps(bent, convincing)


def _steps(
    distance: npt.NDArray[np.float64], convincing: npt.NDArray[np.bool_]
) -> npt.NDArray[np.int64]:
    steps = np.rint(distance * UNIT).astype(np.int64)
    return np.where(convincing, np.maximum(steps, 0), np.minimum(steps, -1))


def ties_of(left: npt.NDArray[np.int64], right: npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
    """Return a scattered number for each pair of positions, the same for both directions.

    Order by position would let one record win all ties.
    """
    low = np.minimum(left, right).astype(np.uint64)
    high = np.maximum(left, right).astype(np.uint64)
    return scattered(scattered(low) + high)


def scattered(number: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Return other numbers, as different as these, without their order or their patterns."""
    return mixed(number + np.uint64(0x9E3779B97F4A7C15))
