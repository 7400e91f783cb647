"""Whether a value is as its history lets expect: a robust line, and a band around it.

The line goes through the last values by the median of all pairs' slopes (Theil and Sen), so a
table that grows steadily is not noticed for growing. The band is as wide as the median distance
from the line tells, which one wild value of the past does not move, and wider where few values
are known.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

LEAST_EARLIER = 3
"""Earlier values without which nothing is said; Glue's own least number of runs."""
MOST_EARLIER = 30
"""Earlier values that are looked at."""
LEAST_FOR_SLOPE = 6
"""Fewer values are held to be level."""
NORMAL = 1.4826
"""The standard deviation of a normal distribution, in median distances from its middle."""
WIDTH = 3.5
"""Half the band, in standard deviations, where many values are known."""
NARROW_HISTORY = 8.0
"""How much wider the band is for few values: ``1 + this / (n - 1)``, found by simulation."""
LEAST_SHARE = 0.01
"""The band is at least this part of what is expected: the same value each day is no law."""


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """What history lets expect of the next value."""

    expected: float
    lower: float
    upper: float

    def holds(self, value: float) -> bool:
        """Return whether a value is within the band; NaN never is."""
        return self.lower <= value <= self.upper


def expect(newest_first: Sequence[float]) -> Expectation | None:
    """Return what the next value may be, or None if too few values are known."""
    values = list(reversed(newest_first[:MOST_EARLIER]))
    count = len(values)
    if count < LEAST_EARLIER:
        return None
    slope = _slope(values) if count >= LEAST_FOR_SLOPE else 0.0
    level = statistics.median(value - slope * at for at, value in enumerate(values))
    expected = level + slope * count
    distances = [abs(value - level - slope * at) for at, value in enumerate(values)]
    spread = NORMAL * statistics.median(distances)
    half = WIDTH * spread * (1 + NARROW_HISTORY / (count - 1))
    half = max(half, LEAST_SHARE * abs(expected))
    return Expectation(expected=expected, lower=expected - half, upper=expected + half)


def _slope(values: Sequence[float]) -> float:
    pairs = combinations(enumerate(values), 2)
    return statistics.median((high - low) / (to - at) for (at, low), (to, high) in pairs)
