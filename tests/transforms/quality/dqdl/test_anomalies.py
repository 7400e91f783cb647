"""What is noticed in a series of values, and how often wrongly."""

from __future__ import annotations

import random

import pytest

from gluepot.transforms.quality.dqdl.anomalies import expect


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
