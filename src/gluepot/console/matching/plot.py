"""The curve of precision over recall as the points of a drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WIDTH, HEIGHT = 360, 260
LEFT, RIGHT, TOP, BOTTOM = 42, 12, 12, 36
TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)


def curve_plot(
    curve: Sequence[tuple[float, float, float]], threshold: float
) -> Mapping[str, Any] | None:
    """Return the drawing of a curve with the chosen threshold; None where there is no curve.

    Args:
        curve: Threshold, precision and recall, from the largest threshold.
        threshold: From which probability on a pair is called a match.

    >>> plot = curve_plot([(0.9, 1.0, 0.5), (0.4, 0.5, 1.0)], 0.5)
    >>> plot["chosen"]["label"]
    'At 0.50: precision 1.000, recall 0.500'
    """
    if not curve:
        return None
    places = [(_x(recall), _y(precision)) for _, precision, recall in curve]
    # The last point at or above the threshold is what the threshold gives.
    at = max((n for n, each in enumerate(curve) if each[0] >= threshold), default=0)
    _, precision, recall = curve[at]
    label = f"At {threshold:.2f}: precision {precision:.3f}, recall {recall:.3f}"
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "line": " ".join(f"{x},{y}" for x, y in places),
        "chosen": {"x": places[at][0], "y": places[at][1], "label": label},
        "left": LEFT,
        "right": WIDTH - RIGHT,
        "top": TOP,
        "bottom": HEIGHT - BOTTOM,
        "across": [{"at": _x(tick), "label": f"{tick:g}"} for tick in TICKS],
        "up": [{"at": _y(tick), "label": f"{tick:g}"} for tick in TICKS],
        "label": f"Precision over recall, {len(curve)} thresholds. {label}",
    }


def _x(recall: float) -> float:
    return round(LEFT + recall * (WIDTH - LEFT - RIGHT), 1)


def _y(precision: float) -> float:
    return round(TOP + (1 - precision) * (HEIGHT - TOP - BOTTOM), 1)
