"""Which triggers fire: pure decisions, and which definitions are refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.wire import from_wire, to_wire
from gluepot.jobs.runs.state import Outcome, Run, RunKind, RunState, Target
from gluepot.jobs.triggers.checks import check_trigger
from gluepot.jobs.triggers.model import (
    Action,
    Condition,
    Predicate,
    Trigger,
    conditional_fires,
    fire_after,
    scheduled_fire,
    started_fire,
)

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CRAWLED = Condition(crawler_name="raw", crawl_state="SUCCEEDED")
LOADED = Condition(job_name="load", state="SUCCEEDED")
HOURLY = Trigger(
    name="hourly",
    type="SCHEDULED",
    schedule="cron(0 * * * ? *)",
    actions=(Action(crawler_name="raw"),),
)


def _conditional(*conditions: Condition, logical: str | None = None) -> Trigger:
    return Trigger(
        name="after",
        type="CONDITIONAL",
        predicate=Predicate(conditions=conditions, logical=logical),
        actions=(Action(job_name="report"),),
    )


def _ended(
    kind: RunKind, name: str, state: RunState = RunState.SUCCEEDED, *, max_retries: int = 0
) -> Run:
    return Run(
        id="r1",
        kind=kind,
        name=name,
        state=state,
        attempt=0,
        max_retries=max_retries,
        arguments={},
        trigger_name="hourly",
        chain_id="c",
        previous_run_id=None,
        queued_at=NOW,
        started_at=NOW,
        completed_at=NOW,
        error=None,
        metrics={},
        owner=None,
        lease_expires_at=None,
    )


def _outcomes(**counts: int) -> dict[Outcome, int]:
    targets = {
        "raw": Target(kind=RunKind.CRAWL, name="raw"),
        "load": Target(kind=RunKind.JOB, name="load"),
    }
    return {
        Outcome(target=targets[name], state=RunState.SUCCEEDED): count
        for name, count in counts.items()
    }


RAW = _ended(RunKind.CRAWL, "raw")


def test_a_fire_of_the_clock_has_one_key_whoever_decides_it() -> None:
    fire = scheduled_fire(HOURLY, NOW)

    assert fire == scheduled_fire(HOURLY, NOW)
    assert fire.key != scheduled_fire(HOURLY, NOW + timedelta(hours=1)).key
    assert fire.run_key(0) != fire.run_key(1)


def test_each_start_by_hand_begins_a_chain() -> None:
    assert started_fire(HOURLY, "a").chain_id != started_fire(HOURLY, "b").chain_id


def test_missed_fires_are_caught_up_by_one() -> None:
    due = NOW - timedelta(hours=7)

    assert fire_after(HOURLY, due, NOW + timedelta(minutes=10)) == NOW + timedelta(hours=1)


def test_a_rate_that_was_late_keeps_its_beat() -> None:
    trigger = replace(HOURLY, schedule="rate(10 minutes)")

    assert fire_after(trigger, NOW, NOW + timedelta(minutes=34)) == NOW + timedelta(minutes=40)
    assert fire_after(trigger, None, NOW) == NOW + timedelta(minutes=10)


def test_a_schedule_that_has_ended_fires_no_more() -> None:
    trigger = replace(HOURLY, schedule="cron(0 9 23 11 ? 2026)")

    assert fire_after(trigger, NOW, NOW) is None
    assert fire_after(_conditional(CRAWLED), None, NOW) is None


def test_a_condition_fires_on_each_end_that_meets_it_in_the_chain_of_that_run() -> None:
    (fire,) = conditional_fires(_conditional(CRAWLED), RAW, _outcomes(raw=1))

    assert fire.chain_id == "c"
    (other,) = conditional_fires(_conditional(CRAWLED), replace(RAW, id="r2"), _outcomes(raw=2))
    assert other.key != fire.key


@pytest.mark.parametrize(
    "ended",
    [
        _ended(RunKind.CRAWL, "raw", RunState.FAILED),
        _ended(RunKind.CRAWL, "other"),
        _ended(RunKind.JOB, "raw"),
        replace(RAW, trigger_name=None),
    ],
)
def test_other_ends_and_runs_that_somebody_started_fire_nothing(ended: Run) -> None:
    assert conditional_fires(_conditional(CRAWLED), ended, _outcomes(raw=1)) == ()


def test_a_failure_counts_when_no_attempt_is_left() -> None:
    trigger = _conditional(Condition(job_name="load", state="FAILED"))
    ended = _ended(RunKind.JOB, "load", RunState.FAILED, max_retries=1)

    assert conditional_fires(trigger, ended, {}) == ()
    assert len(conditional_fires(trigger, replace(ended, attempt=1), {})) == 1


def test_a_cancelled_crawl_is_one_that_was_stopped() -> None:
    trigger = _conditional(Condition(crawler_name="raw", crawl_state="CANCELLED"))

    stopped = _ended(RunKind.CRAWL, "raw", RunState.STOPPED)

    assert len(conditional_fires(trigger, stopped, {})) == 1


def test_the_job_counts_where_a_condition_names_both() -> None:
    both = Condition(job_name="load", state="SUCCEEDED", crawler_name="raw", crawl_state="FAILED")

    assert both.outcome == LOADED.outcome


def test_and_waits_for_all_conditions_of_the_chain() -> None:
    trigger = _conditional(CRAWLED, LOADED, logical="AND")

    assert conditional_fires(trigger, RAW, _outcomes(raw=1)) == ()
    (fire,) = conditional_fires(trigger, RAW, _outcomes(raw=1, load=1))
    # Whichever run comes last, the fire is the same.
    last = _ended(RunKind.JOB, "load")
    assert conditional_fires(trigger, last, _outcomes(raw=1, load=1)) == (fire,)


def test_any_fires_on_each_of_its_conditions() -> None:
    trigger = _conditional(CRAWLED, LOADED, logical="ANY")

    first = conditional_fires(trigger, RAW, _outcomes(raw=1))
    second = conditional_fires(
        trigger, replace(_ended(RunKind.JOB, "load"), id="r2"), _outcomes(raw=1, load=1)
    )

    assert len({fire.key for fire in first + second}) == 2


@given(st.integers(0, 4), st.integers(0, 4))
def test_and_fires_as_often_as_all_conditions_were_met(raw: int, load: int) -> None:
    trigger = _conditional(CRAWLED, LOADED, logical="AND")

    fires = conditional_fires(trigger, RAW, _outcomes(raw=raw, load=load))

    assert len({fire.key for fire in fires}) == len(fires) == min(raw, load)


names = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=6)


@given(st.lists(names, min_size=2, max_size=2, unique=True), st.integers(0, 3))
def test_no_two_triggers_share_a_key_whatever_their_names(pair: list[str], tail: int) -> None:
    one, two = (replace(_conditional(CRAWLED, LOADED, logical="AND"), name=name) for name in pair)
    chains = ["c", f"all:c:{tail}", f"{pair[0]}:all:c"]
    keys = [
        {
            fire.key
            for chain in chains
            for fire in (
                *conditional_fires(t, replace(RAW, chain_id=chain), _outcomes(raw=3, load=3)),
                scheduled_fire(t, NOW),
                started_fire(t, "0" * 8),
            )
        }
        for t in (one, two)
    ]

    assert not keys[0] & keys[1]


def test_a_definition_survives_its_stored_form() -> None:
    trigger = replace(
        _conditional(CRAWLED, LOADED, logical="ANY"),
        actions=(Action(job_name="report", arguments={"--day": "1"}), Action(crawler_name="raw")),
        description="when the night is done",
        state="ACTIVATED",
    )

    assert from_wire(Trigger, to_wire(trigger)) == trigger


def test_right_definitions_pass() -> None:
    for trigger in (HOURLY, _conditional(CRAWLED), _conditional(CRAWLED, LOADED, logical="AND")):
        check_trigger(trigger)
        check_trigger(replace(trigger, state="ACTIVATED"))


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        (replace(HOURLY, name=""), "1 to 255 characters"),
        (replace(HOURLY, name="a\nb"), "one line"),
        (replace(HOURLY, type="SCHEDULD"), "Did you mean 'SCHEDULED'"),
        (replace(HOURLY, type="EVENTS"), "right are SCHEDULED, CONDITIONAL, ON_DEMAND"),
        (replace(HOURLY, state="ON"), "right are CREATED"),
        (replace(HOURLY, schedule=None), "needs a Schedule"),
        (replace(HOURLY, schedule=""), "needs a Schedule"),
        (replace(HOURLY, schedule="cron(0 * * * *)"), "Trigger 'hourly'.*six fields"),
        (replace(HOURLY, predicate=Predicate(conditions=(CRAWLED,))), "takes no Predicate"),
        (replace(HOURLY, type="ON_DEMAND"), "takes no Schedule"),
        (
            replace(HOURLY, type="ON_DEMAND", schedule=None, state="ACTIVATED"),
            "started by hand, never activated",
        ),
        (replace(HOURLY, type="CONDITIONAL", schedule=None), "needs a Predicate"),
        (replace(_conditional(CRAWLED), schedule="rate(1 hour)"), "takes no Schedule"),
        (_conditional(), "1 to 500 Conditions, not 0"),
        (_conditional(*[CRAWLED] * 501, logical="ANY"), "1 to 500 Conditions, not 501"),
        (_conditional(CRAWLED, LOADED), "AND or ANY when there is more than one"),
        (_conditional(CRAWLED, logical="OR"), "right are AND, ANY"),
        (_conditional(Condition(job_name="load")), "State cannot be null or empty"),
        (
            _conditional(Condition(job_name="load", state="RUNNING")),
            r"following job state: \[SUCCEEDED, STOPPED, FAILED, TIMEOUT\]",
        ),
        (
            _conditional(Condition(crawler_name="raw", crawl_state="STOPPED")),
            r"following crawler state: \[SUCCEEDED, FAILED, CANCELLED\]",
        ),
        (_conditional(Condition(state="SUCCEEDED")), "JobName or CrawlerName in condition"),
        (_conditional(replace(CRAWLED, logical_operator=None)), "Logical operator cannot be null"),
        (replace(HOURLY, actions=()), "no Actions"),
        (replace(HOURLY, actions=(Action(),)), "in an action must be set"),
        (
            replace(HOURLY, actions=(Action(job_name="a", crawler_name="b"),)),
            "Both JobName and CrawlerName cannot be set together",
        ),
        (replace(HOURLY, actions=(Action(crawler_name="a"),) * 3), "at most 2"),
    ],
)
def test_a_wrong_definition_is_refused_by_name(changed: Trigger, why: str) -> None:
    with pytest.raises(InvalidInputError, match=why):
        check_trigger(changed)
