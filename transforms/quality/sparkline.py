"""Scores, or what a rule has found, over time as the points of a small line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gluepot.transforms.quality.sentences import percent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

WIDTH, HEIGHT = 160, 48
MARGIN = 5
"""Room for the dots, in the units of the drawing."""


@dataclass(frozen=True, kw_only=True)
class Point:
    """One dot; ``label`` is what it says when it is pointed at."""

    x: float
    y: float
    tone: str
    label: str


@dataclass(frozen=True, kw_only=True)
class Sparkline:
    """A line through values, oldest first; ``top`` is the height of a full score."""

    points: tuple[Point, ...]
    label: str
    caption: str
    width: int = WIDTH
    height: int = HEIGHT
    top: int | None = None

    @property
    def line(self) -> str:
        """Return the line as SVG wants it."""
        return " ".join(f"{point.x},{point.y}" for point in self.points)

    @classmethod
    def of(cls, scores: Sequence[tuple[float, str, str]]) -> Sparkline:
        """Return the line through ``(score from 0 to 1, tone, when)``, two or more, oldest first.

        The scale starts at the lowest score, so that 97 and 99 % can be told apart.
        """
        lowest = min(score for score, _, _ in scores)
        # A flat line at the top would have no scale at all.
        floor = lowest if lowest < 1 else 0.0
        first, last = percent(scores[0][0]), percent(scores[-1][0])
        return cls(
            points=_points(scores, floor, 1.0, percent),
            label=f"Score over the last {len(scores)} checks: from {first} to {last}",
            caption=f"last {len(scores)} checks",
            top=MARGIN,
        )

    @classmethod
    def of_values(
        cls, values: Sequence[tuple[float, str, str]], shown: Callable[[float], str]
    ) -> Sparkline:
        """Return the line through ``(value, tone, when)``, two or more, oldest first."""
        found = [value for value, _, _ in values]
        first, last = shown(found[0]), shown(found[-1])
        return cls(
            points=_points(values, min(found), max(found), shown),
            label=f"Found in the last {len(values)} checks: from {first} to {last}",
            caption=f"last {len(values)} checks",
        )


def _points(
    values: Sequence[tuple[float, str, str]],
    low: float,
    high: float,
    shown: Callable[[float], str],
) -> tuple[Point, ...]:
    step = (WIDTH - 2 * MARGIN) / (len(values) - 1)
    return tuple(
        Point(
            x=round(MARGIN + number * step, 1),
            y=round(MARGIN + _depth(value, low, high) * (HEIGHT - 2 * MARGIN), 1),
            tone=tone,
            label=f"{when}: {shown(value)}",
        )
        for number, (value, tone, when) in enumerate(values)
    )


def _depth(value: float, low: float, high: float) -> float:
    """Return how far below the top a value lies, from 0 to 1; in the middle if all are equal.

    Halves are taken first: the range of two doubles may be larger than any double.
    """
    span = high / 2 - low / 2
    return (high / 2 - value / 2) / span if span else 0.5
