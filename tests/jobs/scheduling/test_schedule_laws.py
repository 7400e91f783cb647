"""Cron against an oracle that scans, and against two other libraries on their common ground."""

from __future__ import annotations

import itertools
import random
import warnings
from datetime import UTC, datetime, timedelta

import pytest
from croniter import croniter
from cronsim import CronSim
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gluepot.jobs.triggers.schedule import NeverFiresError, next_fire, parse_schedule, upcoming
from tests.jobs.scheduling.cron_expressions import Expression, expressions, scan
from tests.jobs.scheduling.random_crons import random_cron
from tests.jobs.scheduling.random_crons import scan as random_scan

moments = st.integers(0, 180 * 365 * 86400).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC)
)


@settings(max_examples=200, deadline=None)
@given(expressions(), moments)
def test_the_next_fire_is_the_one_that_a_scan_of_every_day_and_minute_finds(
    expression: Expression, after: datetime
) -> None:
    expected = scan(expression, after)
    schedule = parse_schedule(expression.aws)

    if expected is None:
        with pytest.raises(NeverFiresError):
            next_fire(schedule, after)
    else:
        assert next_fire(schedule, after) == expected


def test_ten_thousand_expressions_fire_when_a_scan_says() -> None:
    seed = random.randrange(2**32)  # noqa: S311
    print(f"seed {seed}")  # noqa: T201  shown when the test fails
    chance = random.Random(seed)  # noqa: S311
    never = 0
    for _ in range(10_000):
        cron, after = random_cron(chance), _any_moment(chance)
        expected = random_scan(cron, after)
        try:
            found = next_fire(parse_schedule(cron.text), after)
        except NeverFiresError:
            never += 1
            found = None
        assert found == expected, f"{cron.text} after {after}"
    # Most fire, and some do not: the draws are worth something.
    assert 50 < never < 2_000


def _any_moment(chance: random.Random) -> datetime:
    begin = datetime(2000, 1, 1, tzinfo=UTC)
    return begin + timedelta(seconds=chance.randrange(90 * 365 * 86400))


@settings(max_examples=200, deadline=None)
@given(expressions(), moments)
def test_fires_equal_those_of_cronsim_and_croniter(expression: Expression, after: datetime) -> None:
    assume(expression.unix is not None)
    fires = list(itertools.islice(upcoming(parse_schedule(expression.aws), after), 3))
    assume(len(fires) == 3)
    # The judges give up sooner than after a hundred years.
    assume(fires[-1] < after + timedelta(days=365 * 20))

    assert list(itertools.islice(CronSim(str(expression.unix), after), 3)) == fires
    assert _by_croniter(str(expression.unix), after) == fires


@pytest.mark.parametrize("weekday", range(1, 8))
def test_the_last_weekday_of_a_month_is_that_of_both_libraries(weekday: int) -> None:
    after = datetime(2024, 1, 15, 9, 30, tzinfo=UTC)

    schedule = parse_schedule(f"cron(15 10 ? * {weekday}L *)")
    fires = list(itertools.islice(upcoming(schedule, after), 24))

    assert list(itertools.islice(CronSim(f"15 10 * * {weekday - 1}L", after), 24)) == fires
    assert _by_croniter(f"15 10 * * L{weekday - 1}", after, count=24) == fires


@given(expressions(), moments)
def test_fires_ascend_strictly_and_the_next_after_any_moment_between_is_the_later_one(
    expression: Expression, after: datetime
) -> None:
    schedule = parse_schedule(expression.aws)
    fires = list(itertools.islice(upcoming(schedule, after), 2))
    assume(len(fires) == 2)

    assert after < fires[0] < fires[1]
    assert next_fire(schedule, fires[0] - timedelta(microseconds=1)) == fires[0]
    assert next_fire(schedule, fires[0]) == fires[1]


@given(st.integers(1, 5000), st.sampled_from(["minute", "hour", "day"]), moments, st.data())
def test_a_rate_keeps_its_beat_however_late_it_is_asked(
    number: int, unit: str, anchor: datetime, data: st.DataObject
) -> None:
    schedule = parse_schedule(f"rate({number} {unit}{'s' * (number > 1)})")
    period = number * timedelta(**{f"{unit}s": 1})
    late = data.draw(st.timedeltas(timedelta(0), timedelta(days=5000)))

    fire = next_fire(schedule, anchor + late, anchor=anchor)

    assert anchor + late < fire <= anchor + late + period
    assert (fire - anchor) % period == timedelta(0)


def _by_croniter(text: str, after: datetime, *, count: int = 3) -> list[datetime]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        found = croniter(text, after, ret_type=datetime, max_years_between_matches=100)
        return [found.get_next() for _ in range(count)]
