"""Fires that nobody served in time: dropped, made up for by one, or by each; and so stored."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from gluepot.jobs.scheduling.firing import Firing
from gluepot.jobs.triggers.model import SCHEDULED_TIME, Action, Trigger
from gluepot.jobs.triggers.schedule import (
    GRACE,
    MOST_CAUGHT_UP,
    next_fire,
    parse_schedule,
    to_serve,
)

if TYPE_CHECKING:
    from gluepot.jobs.runs.store import RunStore
    from gluepot.jobs.triggers.store import TriggerStore
    from tests.jobs.scheduling.conftest import Clock

HOUR = timedelta(hours=1)
DUE = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
HOURLY = Trigger(
    name="hourly",
    type="SCHEDULED",
    state="ACTIVATED",
    schedule="cron(0 * * * ? *)",
    actions=(Action(job_name="load", arguments={"--hour": f"at {SCHEDULED_TIME}"}),),
)


@pytest.fixture
def firing(clock: Clock, runs: RunStore, triggers: TriggerStore) -> Firing:
    return Firing(clock=clock, runs=runs, triggers=triggers)


def served(words: str, late: timedelta) -> list[datetime]:
    return list(to_serve(parse_schedule(f"cron(0 * * * ? *) {words}"), DUE, DUE + late))


def test_without_a_word_the_first_of_them_fires_for_all() -> None:
    assert served("", 3 * HOUR) == [DUE]
    assert served("missed=once", 3 * HOUR) == [DUE]


def test_all_of_them_fire_the_oldest_first() -> None:
    assert served("missed=all", 3 * HOUR) == [DUE + n * HOUR for n in range(4)]
    assert served("missed=all", timedelta(seconds=1)) == [DUE]


def test_they_are_dropped_but_one_that_is_just_due() -> None:
    assert served("missed=skip", 3 * HOUR + GRACE) == [DUE + 3 * HOUR]
    assert served("missed=skip", 3 * HOUR + 2 * GRACE) == []
    assert served("missed=skip", GRACE) == [DUE]


@pytest.mark.parametrize("schedule", ["cron(* * * * ? *)", "rate(1 minute)", "rate(7 minutes)"])
def test_no_more_than_a_thousand_are_made_up_for_and_those_are_the_latest(schedule: str) -> None:
    parsed = parse_schedule(f"{schedule} missed=all")
    period = next_fire(parsed, DUE) - DUE
    now = DUE + timedelta(days=60)

    found = to_serve(parsed, DUE, now)

    assert len(found) == MOST_CAUGHT_UP
    assert now - period < found[-1] <= now
    assert all((fire - DUE) % period == timedelta(0) for fire in found)
    assert found[-1] - found[0] == (MOST_CAUGHT_UP - 1) * period


def test_a_seldom_schedule_is_made_up_for_over_years() -> None:
    parsed = parse_schedule("cron(0 10 23 11 ? *) missed=all")

    found = to_serve(parsed, DUE, DUE.replace(year=2036))

    assert [fire.year for fire in found] == list(range(2026, 2037))


@pytest.mark.parametrize(
    "policy", [("", [10]), ("missed=all", [10, 11, 12, 13]), ("missed=skip", [])]
)
def test_a_scheduler_that_comes_back_serves_what_the_policy_says_once(
    firing: Firing,
    triggers: TriggerStore,
    runs: RunStore,
    clock: Clock,
    policy: tuple[str, list[int]],
) -> None:
    words, hours = policy
    triggers.create(replace(HOURLY, schedule=f"{HOURLY.schedule} {words}"))
    clock.advance(hours=4, minutes=30)

    firing.fire_due()
    again = firing.fire_due()

    # The newest first; each is told which hour it is for.
    told = [run.arguments["--hour"] for run in runs.list()][::-1]
    assert told == [f"at 2026-11-23T{hour}:00:00Z" for hour in hours]
    assert len({run.chain_id for run in runs.list()}) == len(hours)
    assert again == ()
    assert triggers.next_fire_at("hourly") == clock.now.replace(hour=14, minute=0)
