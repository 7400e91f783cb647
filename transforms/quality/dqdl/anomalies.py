"""Whether a value is as its history lets expect: a robust line, its season, and a band around it.

The line goes through the last values by the median of all pairs' slopes (Theil and Sen), so a
table that grows steadily is not noticed for growing. The band is as wide as the median distance
from the line tells, which one wild value of the past does not move, and wider where few values
are known. A season (day of the week, hour of the day or of the week) or a change of the level is
believed where it makes the distances clearly smaller.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from gluepot.transforms.quality.dqdl.history import Point
from gluepot.transforms.quality.dqdl.seasons import SEASONS, effects, is_known, surprises

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gluepot.transforms.quality.dqdl.seasons import Season

LEAST_EARLIER = 3
"""Earlier values without which nothing is said; Glue's own least number of runs."""
MOST_EARLIER = 30
"""Earlier values that are looked at where no season is seen."""
MOST_OF_SEASONS = 1024
"""Earlier values that are looked at for seasons: six weeks of hours."""
LEAST_FOR_SLOPE = 6
"""Fewer values are held to be level."""
MOST_FOR_PAIRS = 60
"""Of more values only those pairs give slopes that lie half of the series apart."""
LEAST_AT_LEVEL = 5
"""Values on either side of a change of the level."""
NORMAL = 1.4826
"""The standard deviation of a normal distribution, in median distances from its middle."""
WIDTH = 3.5
"""Half the band, in standard deviations, where many values are known."""
NARROW_HISTORY = 8.0
"""How much wider the band is for few values: ``1 + this / (n - 1)``, found by simulation."""
LEAST_SHARE = 0.01
"""The band is at least this part of what is expected: the same value each day is no law."""
CLEARLY = 0.7
"""A season or a change of the level is believed that leaves less than this of the distances."""
FAR = 0.8
"""The share of distances by whose greatest a season is judged: weekends are fewer than half."""


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """What history lets expect of the next value.

    Attributes:
        season: The season that was seen; None for none.
    """

    expected: float
    lower: float
    upper: float
    season: str | None = None

    def holds(self, value: float) -> bool:
        """Return whether a value is within the band; NaN never is."""
        return self.lower <= value <= self.upper


@dataclass(frozen=True, kw_only=True)
class _Course:
    """Where a series goes next.

    Attributes:
        spread: The standard deviation of values from their course.
        far: The distance that all but the farthest values keep.
        count: How many values tell.
    """

    next: float
    spread: float
    far: float
    count: int


def expect(newest_first: Sequence[float]) -> Expectation | None:
    """Return what the next value may be, or None if too few values are known."""
    return expect_at([Point(value=value) for value in newest_first], None)


def expect_at(newest_first: Sequence[Point], now: datetime | None) -> Expectation | None:
    """Return what the value of ``now`` may be, or None if too few values are known.

    Args:
        newest_first: Earlier values; seasons are seen where all of them have a time.
        now: Aware; None where nobody knows, which says nothing of seasons.
    """
    if len(newest_first) < LEAST_EARLIER:
        return None
    oldest_first = newest_first[:MOST_OF_SEASONS][::-1]
    plain = _course([point.value for point in oldest_first[-MOST_EARLIER:]])
    best, name = plain, None
    for season in SEASONS if now is not None else ():
        found = _seasonal(season, oldest_first, now) if now is not None else None
        if found is not None and found.far < CLEARLY * best.far:
            best, name = found, season.name
    half = WIDTH * best.spread * (1 + NARROW_HISTORY / (best.count - 1))
    half = max(half, LEAST_SHARE * abs(best.next))
    return Expectation(
        expected=best.next, lower=best.next - half, upper=best.next + half, season=name
    )


def _seasonal(season: Season, oldest_first: Sequence[Point], now: datetime) -> _Course | None:
    """Return the course of a series without its season, and then with it; None if unknown."""
    known = [
        (p.value, p.at) for p in oldest_first if p.at is not None and now - p.at <= season.window
    ]
    phases = [season.phase(at) for _, at in known]
    phase = season.phase(now)
    if len(phases) < LEAST_FOR_SLOPE or not is_known(phases, phase):
        return None
    values = [value for value, _ in known]
    # The slope is taken twice: first with the season in it, then without.
    slope = 0.0
    for _ in range(2):
        level = [value - slope * at for at, value in enumerate(values)]
        parts = effects(level, phases)
        slope = _slope([value - parts[each] for value, each in zip(values, phases, strict=True)])
    level = [value - slope * at for at, value in enumerate(values)]
    parts = effects(level, phases)
    rest = [value - parts[each] for value, each in zip(level, phases, strict=True)]
    course = _course([each + slope * at for at, each in enumerate(rest)][-MOST_EARLIER:])
    return _along(course.next + parts[phase], surprises(level, phases), count=course.count)


def _course(values: Sequence[float]) -> _Course:
    """Return where values without a season go: along a line, or on from their last level."""
    count = len(values)
    slope = _slope(values) if count >= LEAST_FOR_SLOPE else 0.0
    level = statistics.median(value - slope * at for at, value in enumerate(values))
    distances = [abs(value - level - slope * at) for at, value in enumerate(values)]
    line = _along(level + slope * count, distances, count=count)
    stepped = _stepped(values)
    return stepped if stepped is not None and stepped.spread < CLEARLY * line.spread else line


def _stepped(values: Sequence[float]) -> _Course | None:
    """Return the course of values whose level changed once, where that fits best."""
    places = range(LEAST_AT_LEVEL, len(values) - LEAST_AT_LEVEL + 1)
    if not places:
        return None
    at = min(places, key=lambda place: sum(_apart(values[:place])) + sum(_apart(values[place:])))
    distances = [*_apart(values[:at]), *_apart(values[at:])]
    return _along(statistics.median(values[at:]), distances, count=len(values) - at)


def _along(next_: float, distances: Sequence[float], *, count: int) -> _Course:
    ordered = sorted(distances)
    return _Course(
        next=next_,
        spread=NORMAL * statistics.median(ordered),
        far=ordered[int(FAR * (len(ordered) - 1))],
        count=count,
    )


def _apart(values: Sequence[float]) -> list[float]:
    middle = statistics.median(values)
    return [abs(value - middle) for value in values]


def _slope(values: Sequence[float]) -> float:
    count = len(values)
    if count > MOST_FOR_PAIRS:
        half = count // 2
        return statistics.median(
            (values[at + half] - values[at]) / half for at in range(count - half)
        )
    pairs = combinations(enumerate(values), 2)
    return statistics.median((high - low) / (to - at) for (at, low), (to, high) in pairs)
