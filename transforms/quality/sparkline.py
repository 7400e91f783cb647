"""Scores over time as the points of a small line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gluepot.transforms.quality.sentences import percent

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    """A line through scores, oldest first; ``top`` is the height of a full score."""

    points: tuple[Point, ...]
    label: str
    caption: str
    width: int = WIDTH
    height: int = HEIGHT
    top: int = MARGIN

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
        step = (WIDTH - 2 * MARGIN) / (len(scores) - 1)
        points = tuple(
            Point(
                x=round(MARGIN + number * step, 1),
                y=round(MARGIN + (1 - score) / (1 - floor) * (HEIGHT - 2 * MARGIN), 1),
                tone=tone,
                label=f"{when}: {percent(score)}",
            )
            for number, (score, tone, when) in enumerate(scores)
        )
        first, last = percent(scores[0][0]), percent(scores[-1][0])
        return cls(
            points=points,
            label=f"Score over the last {len(scores)} checks: from {first} to {last}",
            caption=f"last {len(scores)} checks",
        )
