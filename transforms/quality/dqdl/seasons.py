"""Seasons of a series: which values belong to the same day of the week or hour of the day."""

from __future__ import annotations

import statistics
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

LEAST_IN_PHASE = 3
"""Earlier values of a phase without which nothing is known of it."""


@dataclass(frozen=True, kw_only=True)
class Season:
    """A way in which values may repeat.

    Attributes:
        name: As people are told.
        phase: Of a time; values of the same phase are alike.
        window: How far back values are looked at.
    """

    name: str
    phase: Callable[[datetime], int]
    window: timedelta


def _hour(at: datetime) -> int:
    # The nearest one: a run that is due at three may begin a minute before or after.
    return (at + timedelta(minutes=30)).hour


def _hour_of_week(at: datetime) -> int:
    near = at + timedelta(minutes=30)
    return near.weekday() * 24 + near.hour


SEASONS = (
    Season(name="day of the week", phase=lambda at: at.weekday(), window=timedelta(weeks=10)),
    Season(name="hour of the day", phase=_hour, window=timedelta(weeks=2)),
    Season(name="hour of the week", phase=_hour_of_week, window=timedelta(weeks=6)),
)
"""Those that are tried."""


def effects(values: Sequence[float], phases: Sequence[int]) -> dict[int, float]:
    """Return the median of each phase."""
    return {phase: statistics.median(some) for phase, some in _by_phase(values, phases).items()}


def surprises(values: Sequence[float], phases: Sequence[int]) -> list[float]:
    """Return how far each value lies from the median of the others of its phase.

    A value does not vouch for itself, so phases that mean nothing make surprises greater, not
    smaller.
    """
    groups = _by_phase(values, phases)
    found = []
    for value, phase in zip(values, phases, strict=True):
        others = list(groups[phase])
        others.remove(value)
        found.append(abs(value - statistics.median(others)))
    return found


def is_known(phases: Sequence[int], now: int) -> bool:
    """Return whether a season can be judged: two phases or more, and enough values in each."""
    counts = {phase: phases.count(phase) for phase in set(phases)}
    return len(counts) > 1 and now in counts and min(counts.values()) >= LEAST_IN_PHASE


def _by_phase(values: Sequence[float], phases: Sequence[int]) -> Mapping[int, list[float]]:
    groups: dict[int, list[float]] = defaultdict(list)
    for value, phase in zip(values, phases, strict=True):
        groups[phase].append(value)
    return groups
