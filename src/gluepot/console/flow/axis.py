"""What happened when, as bars on one axis of time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

LABELS, WIDTH, ROW, TOP = 250, 1000, 24, 26
"""The room for labels, the whole width, the height of a row, and of the axis; in pixels."""

LEAST_WIDTH = 3
MOST_TICKS = 8
SHOWN_LETTERS = 34
_STEPS = (
    *(0.001, 0.01, 0.1, 0.5, 1, 2, 5, 10, 15, 30),
    *(60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400),
)
_DAY = 86400


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A span of work.

    Attributes:
        label: What is done.
        queued_at: Since when it waited; None where nothing waits.
        start: When the work began; None where it has not.
        end: When it ended; None where it goes on.
        state: What became of it; a stage has none.
        href: Where it leads.
        own: Whether it is what the page is about.
    """

    label: str
    queued_at: datetime | None
    start: datetime | None
    end: datetime | None
    state: str | None = None
    href: str | None = None
    own: bool = False


def on_axis(bars: Sequence[Bar], now: datetime) -> dict[str, Any] | None:
    """Return where bars are drawn, in pixels; None where there is nothing to draw."""
    times = [time for bar in bars for time in (bar.queued_at, bar.start) if time is not None]
    if not times:
        return None
    first = min(times)
    last = max([_end(bar, now) for bar in bars], default=first)
    seconds = max((last - first).total_seconds(), 0.001)
    scale = (WIDTH - LABELS) / seconds

    def place(time: datetime) -> int:
        return LABELS + round((time - first).total_seconds() * scale)

    rows = []
    for number, bar in enumerate(bars):
        begun = bar.start or _end(bar, now)
        x = place(begun)
        waits = place(bar.queued_at) if bar.queued_at is not None else x
        wide = max(LEAST_WIDTH, place(_end(bar, now)) - x) if bar.start is not None else 0
        rows.append(
            {
                "label": bar.label,
                "short": _short(bar.label),
                "state": bar.state,
                "href": bar.href,
                "own": bar.own,
                "started_at": bar.start,
                "seconds": (_end(bar, now) - begun).total_seconds(),
                "waited_seconds": (begun - (bar.queued_at or begun)).total_seconds(),
                "y": TOP + number * ROW,
                "x": x,
                "width": wide,
                "waits_x": waits,
                "waits_width": max(0, x - waits),
            }
        )
    return {
        "width": WIDTH,
        "height": TOP + len(bars) * ROW + 4,
        "since": first,
        "rows": rows,
        "ticks": _ticks(seconds, scale),
    }


def _end(bar: Bar, now: datetime) -> datetime:
    return bar.end or now


def _short(label: str) -> str:
    return label if len(label) <= SHOWN_LETTERS else f"{label[: SHOWN_LETTERS - 1]}…"


def _ticks(seconds: float, scale: float) -> list[dict[str, Any]]:
    step = next((step for step in _STEPS if seconds / step <= MOST_TICKS), None)
    if step is None:
        step = _DAY * -(-seconds // (_DAY * MOST_TICKS))
    return [
        {"x": LABELS + round(number * step * scale), "label": _words(number * step)}
        for number in range(int(seconds / step) + 1)
    ]


def _words(seconds: float) -> str:
    """Return a span from the begin on.

    >>> _words(0), _words(0.5), _words(90), _words(7200)
    ('0', '0.5 s', '1.5 min', '2 h')
    """
    if not seconds:
        return "0"
    for size, unit in ((_DAY, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} s"
