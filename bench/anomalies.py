"""Anomalies: how often DetectAnomalies errs on simulated series, and how often it sees a change.

    python bench/anomalies.py                    about a minute
    python bench/anomalies.py --series 50        seconds; the figures are rougher

Of each kind of series the next value is judged once as the series goes on (an alarm is false) and
once moved by 6 and by 10 standard deviations of the noise (an alarm is right), up and down in turn.
Series with a season are judged with the times of their values and without, to show what the season
is worth. After a level shift, false alarms are counted by how many values the new level has.
"""

from __future__ import annotations

import argparse
import json
import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from serving.servers import machine

from gluepot.transforms.quality.dqdl.anomalies import expect_at
from gluepot.transforms.quality.dqdl.history import Point

RESULTS = Path(__file__).parent / "results"
BEGIN = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)
SIGMA = 10.0
MOVES = (6, 10)
BEFORE_SHIFT = 30
Noise = Callable[[random.Random], float]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of series.

    Attributes:
        level: Of a value by its number and time.
        step: Between two values.
        lengths: Earlier values that are known.
    """

    name: str
    level: Callable[[int, datetime], float]
    noise: Noise
    step: timedelta = timedelta(days=1)
    lengths: tuple[int, ...] = (5, 10, 30, 90)


def normal(source: random.Random) -> float:
    """Return noise of a normal distribution."""
    return source.gauss(0, SIGMA)


def heavy(source: random.Random) -> float:
    """Return noise of Student's t with three degrees of freedom, of the same deviation."""
    squares = sum(source.gauss(0, 1) ** 2 for _ in range(3))
    return SIGMA / math.sqrt(3) * source.gauss(0, 1) / math.sqrt(squares / 3)


def skewed(source: random.Random) -> float:
    """Return exponential noise, which has a long upper tail."""
    return source.expovariate(1 / SIGMA) - SIGMA


def weekly(_: int, at: datetime) -> float:
    """Return a level that halves at the weekend."""
    return 500.0 if at.weekday() >= 5 else 1000.0  # noqa: PLR2004 - Saturday


def daily(_: int, at: datetime) -> float:
    """Return a level that follows the hours of the day."""
    return 1000.0 + 200.0 * math.sin(at.hour / 24 * 2 * math.pi)


def shifted(number: int, _: datetime) -> float:
    """Return a level that changes once."""
    return 1000.0 + 10 * SIGMA * (number >= BEFORE_SHIFT)


WEEKS = (21, 28, 42, 90)
KINDS = (
    Kind(name="flat", level=lambda _n, _at: 1000.0, noise=normal),
    Kind(name="trend", level=lambda n, _at: 1000.0 + 5.0 * n, noise=normal),
    Kind(name="heavy tails", level=lambda _n, _at: 1000.0, noise=heavy),
    Kind(name="skewed", level=lambda _n, _at: 1000.0, noise=skewed),
    Kind(name="week", level=weekly, noise=normal, lengths=WEEKS),
    Kind(
        name="week and trend",
        level=lambda n, at: weekly(n, at) + 2.0 * n,
        noise=normal,
        lengths=WEEKS,
    ),
    Kind(name="day", level=daily, noise=normal, step=timedelta(hours=1), lengths=(72, 168, 336)),
)
AFTER_SHIFT = (1, 2, 3, 5, 7, 10, 15)


def rates(kind: Kind, length: int, series: int, *, timed: bool) -> dict[str, float]:
    """Return the rates of false alarms and of changes that were seen."""
    source = random.Random(f"{kind.name} {length}")  # noqa: S311 - a simulation
    alarms = 0
    seen = dict.fromkeys(MOVES, 0)
    for number in range(series):
        points = simulated(kind, length + 1, source)
        found = expected(points, timed=timed)
        value = points[-1].value
        alarms += not found.holds(value)
        for move in MOVES:
            seen[move] += not found.holds(value + (-1) ** number * move * SIGMA)
    shares = {f"seen_{move}_sigma": count / series for move, count in seen.items()}
    return {"false_alarms": alarms / series, **shares}


def simulated(kind: Kind, length: int, source: random.Random) -> list[Point]:
    """Return a series, the oldest value first; it begins on any day."""
    begin = BEGIN + timedelta(days=source.randrange(28))
    times = [begin + kind.step * at for at in range(length)]
    return [
        Point(value=kind.level(at, time) + kind.noise(source), at=time)
        for at, time in enumerate(times)
    ]


def expected(points: list[Point], *, timed: bool) -> Any:  # noqa: ANN401 - an Expectation
    """Return what the last value may be by those before."""
    earlier = [one if timed else Point(value=one.value) for one in points[:-1]]
    return expect_at(earlier[::-1], points[-1].at if timed else None)


def after_shift(known: int, series: int) -> float:
    """Return the rate of false alarms when a new level, 10 deviations higher, has some values."""
    kind = Kind(name="shift", level=shifted, noise=normal)
    source = random.Random(f"shift {known}")  # noqa: S311 - a simulation
    alarms = (is_alarming(kind, BEFORE_SHIFT + known, source) for _ in range(series))
    return sum(alarms) / series


def is_alarming(kind: Kind, length: int, source: random.Random) -> bool:
    """Return whether the value after so many gives an alarm."""
    points = simulated(kind, length + 1, source)
    return not expected(points, timed=True).holds(points[-1].value)


def main() -> None:
    """Simulate, print tables and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, default=1000, help="Of each kind and length.")
    series = parser.parse_args().series
    found: list[dict[str, Any]] = []
    print(f"{'series':<16}{'times':<7}{'n':>5}{'false':>8}{'6 sigma':>9}{'10 sigma':>9}")
    for kind in KINDS:
        for length in kind.lengths:
            for timed in (True, False) if "day" in kind.name or "week" in kind.name else (True,):
                one = rates(kind, length, series, timed=timed)
                found.append({"series": kind.name, "known": length, "timed": timed, **one})
                shown = f"{one['seen_6_sigma']:>9.1%}{one['seen_10_sigma']:>9.1%}"
                print(f"{kind.name:<16}{timed!s:<7}{length:>5}{one['false_alarms']:>8.1%}{shown}")
    shifts = {str(known): after_shift(known, series) for known in AFTER_SHIFT}
    print("false alarms by values after a shift:", {k: f"{v:.1%}" for k, v in shifts.items()})
    record = {
        "machine": machine(),
        "series_of_each": series,
        "rates": found,
        "false_alarms_after_shift": shifts,
    }
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(record, indent=2) + "\n"
    (RESULTS / "anomalies.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
