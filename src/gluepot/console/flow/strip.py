"""The newest runs of something as a strip of bars: how each ended, and how long it took."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

BAR, HEIGHT, LEAST = 8, 28, 4
"""The width of a bar with its gap, the greatest height and the least, in pixels."""

LENGTH = 20
"""How many runs a strip shows."""


class Marked(Protocol):
    """A run as one of many."""

    @property
    def id(self) -> str:
        """Return its id."""

    @property
    def state(self) -> str:
        """Return where it stands."""

    @property
    def queued_at(self) -> datetime:
        """Return since when there is one."""

    @property
    def seconds(self) -> float | None:
        """Return how long it took; None while that is not known."""


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A run of a workflow as one of many; members as of ``Marked``."""

    id: str
    state: str
    queued_at: datetime
    seconds: float | None


def strip(marks: Sequence[Marked]) -> list[dict[str, Any]]:
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
