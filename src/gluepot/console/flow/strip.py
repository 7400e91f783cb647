"""The newest runs of something as a strip of bars: how each ended, and how long it took."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gluepot.jobs.run_history import RunMark

BAR, HEIGHT, LEAST = 8, 28, 4
"""The width of a bar with its gap, the greatest height and the least, in pixels."""

LENGTH = 20
"""How many runs a strip shows."""


def strip(marks: Sequence[RunMark]) -> list[dict[str, Any]]:
    """Return runs, given the newest first, as bars from the oldest to the newest."""
    longest = max((mark.seconds or 0.0 for mark in marks), default=0.0) or 1.0
    return [
        {
            "id": mark.id,
            "state": mark.state,
            "queued_at": mark.queued_at,
            "seconds": mark.seconds,
            "x": number * BAR,
            "height": max(LEAST, round(HEIGHT * (mark.seconds or 0.0) / longest)),
        }
        for number, mark in enumerate(reversed(marks))
    ]
