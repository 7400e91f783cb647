"""Small drawings as numbers: templates make SVG of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WIDTH, HEIGHT = 320, 72
MARGIN = 4
_TONES = {"PASSED": "good", "WARNING": "warn", "FAILED": "bad"}


def bars(named: Sequence[tuple[str, int]]) -> dict[str, Any]:
    """Return bars side by side, the highest as high as the drawing; a row more is never unseen.

    >>> [bar["height"] for bar in bars([("a", 10), ("b", 5), ("c", 0)])["bars"]]
    [72.0, 36.0, 0.0]
    """
    most = max((count for _, count in named), default=0) or 1
    step = WIDTH / max(len(named), 1)
    drawn = []
    for at, (label, count) in enumerate(named):
        height = max(round(HEIGHT * count / most, 1), 1.0) if count else 0.0
        drawn.append(
            {
                "x": round(at * step, 1),
                "y": round(HEIGHT - height, 1),
                "width": round(max(step - 1, 1), 1),
                "height": height,
                "label": f"{label}: {count:,} rows",
            }
        )
    return {"width": WIDTH, "height": HEIGHT, "bars": drawn}


def score_line(results: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return a line through scores from 0 to 1, oldest first, with a dot for each."""
    inner, high = WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN
    step = inner / max(len(results) - 1, 1)
    dots = [
        {
            "x": round(MARGIN + at * step, 1),
            "y": round(MARGIN + (1 - each["score"]) * high, 1),
            "tone": _TONES.get(each["verdict"], "soft"),
            "label": f"{_when(each['at'])}: {each['score']:.0%}",
            "id": each["id"],
        }
        for at, each in enumerate(results)
    ]
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "points": " ".join(f"{dot['x']},{dot['y']}" for dot in dots),
        "dots": dots,
    }


def _when(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
