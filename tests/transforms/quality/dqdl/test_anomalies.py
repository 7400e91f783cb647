"""What is noticed in a series of values, and how often wrongly."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from gluepot.transforms.quality.dqdl.anomalies import expect, expect_at
from gluepot.transforms.quality.dqdl.history import KeptHistory, Point, earlier_points

MONDAY = datetime(2026, 1, 5, 2, tzinfo=UTC)


@pytest.mark.parametrize("earlier", [[], [5.0], [5.0, 6.0]])
def test_two_values_are_too_few_to_expect_anything(earlier: list[float]) -> None:
    assert expect(earlier) is None


@pytest.mark.parametrize(("count", "most"), [(3, 0.09), (7, 0.06), (10, 0.04), (30, 0.01)])
def test_false_alarms_are_rare_in_simulated_series(count: int, most: float) -> None:
    source = random.Random(7)  # noqa: S311 - a simulation
    alarms, runs = 0, 500
    for _ in range(runs):
        *earlier, value = (source.gauss(100, 10) for _ in range(count + 1))
        found = expect(earlier)
        assert found is not None
        alarms += not found.holds(value)
    assert alarms / runs <= most


def test_a_jump_is_noticed() -> None:
    found = expect([100.0, 103.0, 98.0, 101.0, 99.0, 102.0, 97.0, 100.0, 101.0, 99.0])
    assert found is not None
    assert found.holds(104)
    assert not found.holds(140)
    assert not found.holds(0)


def test_steady_growth_is_expected_to_go_on() -> None:
    found = expect([float(at) for at in range(200, 100, -10)])
    assert found is not None
    assert found.expected == pytest.approx(210)
    assert not found.holds(300)


def test_one_wild_value_of_the_past_does_not_widen_the_band() -> None:
    calm = [100.0, 103.0, 98.0, 101.0, 99.0, 102.0, 97.0, 100.0, 101.0, 99.0]
    wild = expect([*calm[:4], 1e6, *calm[5:]])
    assert wild is not None
    assert not wild.holds(160)


def test_the_same_value_each_time_leaves_a_hundredth_of_room() -> None:
    found = expect([1000.0] * 10)
    assert found is not None
    assert found.holds(1009)
    assert not found.holds(1011)
    assert not found.holds(float("nan"))


def days(count: int, *, seed: int = 3, slope: float = 0.0) -> list[Point]:
    """Return a value a day from a Monday on, newest first: half as much at the weekend."""
    source = random.Random(seed)  # noqa: S311 - a simulation
    times = [MONDAY + timedelta(days=at) for at in range(count)]
    levels = [500.0 if time.weekday() >= 5 else 1000.0 for time in times]
    return [
        Point(value=level + slope * at + source.gauss(0, 10), at=time)
        for at, (level, time) in enumerate(zip(levels, times, strict=True))
    ][::-1]


def test_a_weekend_is_no_anomaly_but_a_weekday_like_one_is() -> None:
    earlier = days(47)
    saturday, monday = MONDAY + timedelta(days=47), MONDAY + timedelta(days=49)
    weekend, weekday = expect_at(earlier, saturday), expect_at(earlier, monday)
    assert weekend is not None
    assert weekday is not None
    assert weekend.season == weekday.season == "day of the week"
    assert weekend.holds(500)
    assert not weekend.holds(1000)
    assert weekday.holds(1000)
    assert not weekday.holds(500)


def test_a_week_that_grows_is_expected_to_grow_on() -> None:
    found = expect_at(days(56, slope=5.0), MONDAY + timedelta(days=56))
    assert found is not None
    assert found.expected == pytest.approx(1000 + 56 * 5, abs=30)


def test_hours_of_the_day_are_told_apart() -> None:
    times = [MONDAY + timedelta(hours=at, minutes=at % 3) for at in range(24 * 7)]
    points = [
        Point(value=100.0 if 8 <= t.hour < 18 else 10.0 + at % 5, at=t)
        for at, t in enumerate(times)
    ]
    night = expect_at(points[::-1], MONDAY + timedelta(days=7))
    assert night is not None
    assert night.season == "hour of the day"
    assert night.holds(12)
    assert not night.holds(100)


def test_noise_has_no_season() -> None:
    source = random.Random(5)  # noqa: S311 - a simulation
    seasons = set()
    for _ in range(30):
        points = [
            Point(value=source.gauss(100, 10), at=MONDAY + timedelta(days=at)) for at in range(60)
        ]
        found = expect_at(points[::-1], MONDAY + timedelta(days=60))
        seasons.add(None if found is None else found.season)
    assert seasons == {None}


def test_without_times_there_is_no_season() -> None:
    found = expect_at([Point(value=one.value) for one in days(56)], MONDAY + timedelta(days=56))
    assert found is not None
    assert found.season is None


def test_a_new_level_is_the_expected_one_once_it_has_lasted() -> None:
    source = random.Random(9)  # noqa: S311 - a simulation
    old = [source.gauss(100, 5) for _ in range(20)]
    new = [source.gauss(300, 5) for _ in range(10)]
    found = expect([*reversed(new), *reversed(old)])
    assert found is not None
    assert found.holds(300)
    assert not found.holds(100)
    assert not found.holds(400)


def test_a_history_without_times_gives_points_without_them() -> None:
    class Bare:
        def values(self, subject: str, limit: int) -> list[float]:
            return [1.0, 2.0][:limit] if subject == "m" else []

    assert earlier_points(Bare(), "m", 9) == [Point(value=1.0), Point(value=2.0)]


def test_a_kept_history_knows_when_each_run_was() -> None:
    later = MONDAY + timedelta(days=1)
    history = KeptHistory(runs=[{"m": 4.0}, {"m": 7.0}], times=[MONDAY, later])
    assert earlier_points(history, "m", 9) == [
        Point(value=7.0, at=later),
        Point(value=4.0, at=MONDAY),
    ]
