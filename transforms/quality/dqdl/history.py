"""Earlier values of what rules measure, for dynamic bounds and anomalies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Point:
    """An earlier value, and when it was measured; aware, or None where nobody knows."""

    value: float
    at: datetime | None = None


class History(Protocol):
    """Values of earlier runs in the same evaluation context.

    The contract: values that someone has excluded are not returned, and a run that is still
    going on has none.
    """

    def values(self, subject: str, limit: int) -> Sequence[float]:
        """Return up to ``limit`` earlier values of a subject, newest first."""


@runtime_checkable
class TimedHistory(History, Protocol):
    """One that knows when values were measured too, which seasons are seen by."""

    def points(self, subject: str, limit: int) -> Sequence[Point]:
        """Return what ``values`` does, each with its time."""


@dataclass(frozen=True, kw_only=True)
class KeptHistory:
    """History over the statistics of earlier runs, oldest first.

    Attributes:
        runs: What each measured.
        times: When, of each run; none where nobody knows.
    """

    runs: Sequence[Mapping[str, float]] = ()
    times: Sequence[datetime] = ()

    def values(self, subject: str, limit: int) -> Sequence[float]:
        """Return up to ``limit`` earlier values of a subject, newest first."""
        return [point.value for point in self.points(subject, limit)]

    def points(self, subject: str, limit: int) -> Sequence[Point]:
        """Return what ``values`` does, each with its time."""
        times: Sequence[datetime | None] = self.times or [None] * len(self.runs)
        known = [
            Point(value=run[subject], at=at)
            for run, at in zip(self.runs, times, strict=True)
            if subject in run
        ]
        return known[::-1][:limit]


NO_HISTORY = KeptHistory()
"""That of a first run."""


def earlier_points(history: History, subject: str, limit: int) -> Sequence[Point]:
    """Return earlier values with their times, if the history knows these; newest first."""
    if isinstance(history, TimedHistory):
        return history.points(subject, limit)
    return [Point(value=value) for value in history.values(subject, limit)]
