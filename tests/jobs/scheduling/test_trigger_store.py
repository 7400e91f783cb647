"""Triggers as stored: their states, and when each fires next."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from gluepot.catalog.errors import (
    AlreadyExistsError,
    EntityNotFoundError,
    GluepotError,
    InvalidInputError,
)
from gluepot.jobs.runs.state import RunKind, Target
from gluepot.jobs.triggers.model import Action, Condition, Predicate, Trigger
from gluepot.jobs.triggers.schedule import NeverFiresError

if TYPE_CHECKING:
    from gluepot.jobs.triggers.store import TriggerStore
    from tests.jobs.scheduling.conftest import Clock

HOURLY = Trigger(
    name="hourly",
    type="SCHEDULED",
    schedule="cron(0 * * * ? *)",
    actions=(Action(job_name="load"),),
)
ACTIVE = replace(HOURLY, state="ACTIVATED")
BY_HAND = replace(HOURLY, type="ON_DEMAND", schedule=None)
RAW = Target(kind=RunKind.CRAWL, name="raw")


def _after_raw(name: str = "after", state: str = "ACTIVATED") -> Trigger:
    condition = Condition(crawler_name="raw", crawl_state="SUCCEEDED")
    return Trigger(
        name=name,
        type="CONDITIONAL",
        state=state,
        predicate=Predicate(conditions=(condition,)),
        actions=(Action(job_name="load"),),
    )


def test_a_trigger_comes_back_as_it_was_given(triggers: TriggerStore) -> None:
    for trigger in (HOURLY, _after_raw()):
        triggers.create(trigger)

        assert triggers.get(trigger.name) == trigger


def test_a_new_trigger_rests_until_it_is_started(triggers: TriggerStore, clock: Clock) -> None:
    triggers.create(HOURLY)
    resting = triggers.next_fire_at("hourly")

    started = triggers.activate("hourly")

    assert resting is None
    assert started == triggers.get("hourly") == ACTIVE
    assert triggers.next_fire_at("hourly") == clock.now + timedelta(hours=1)


def test_start_on_creation_counts_from_the_creation(triggers: TriggerStore, clock: Clock) -> None:
    triggers.create(ACTIVE)

    assert triggers.next_fire_at("hourly") == clock.now + timedelta(hours=1)


def test_a_stopped_trigger_is_not_due_and_starts_anew_from_now(
    triggers: TriggerStore, clock: Clock
) -> None:
    triggers.create(ACTIVE)
    triggers.deactivate("hourly")
    clock.advance(hours=5, minutes=20)

    due = triggers.any_due(clock.now)
    triggers.activate("hourly")

    assert not due
    assert not triggers.any_due(clock.now)
    assert triggers.next_fire_at("hourly") == clock.now + timedelta(minutes=40)


def test_starting_a_started_trigger_loses_no_fire_that_is_due(
    triggers: TriggerStore, clock: Clock
) -> None:
    triggers.create(ACTIVE)
    clock.advance(hours=1)

    triggers.activate("hourly")
    triggers.update(replace(HOURLY, actions=(Action(job_name="other"),)))

    assert triggers.next_fire_at("hourly") == clock.now
    assert triggers.get("hourly").state == "ACTIVATED"
    assert triggers.get("hourly").actions[0].job_name == "other"


def test_a_new_schedule_counts_from_the_change(triggers: TriggerStore, clock: Clock) -> None:
    triggers.create(ACTIVE)

    triggers.update(replace(HOURLY, schedule="rate(2 hours)"))

    assert triggers.next_fire_at("hourly") == clock.now + timedelta(hours=2)


def test_a_due_trigger_is_taken_once_and_moves_on(triggers: TriggerStore, clock: Clock) -> None:
    triggers.create(ACTIVE)
    first = clock.now + timedelta(hours=1)
    clock.advance(hours=3, minutes=5)

    (due,) = triggers.take_due(clock.now, limit=10)

    assert (due.trigger, due.due) == (ACTIVE, first)
    assert triggers.take_due(clock.now, limit=10) == ()
    assert triggers.next_fire_at("hourly") == clock.now + timedelta(minutes=55)


def test_what_is_due_longest_is_taken_first(triggers: TriggerStore, clock: Clock) -> None:
    for name, minute in (("late", 50), ("early", 10), ("middle", 30)):
        triggers.create(replace(ACTIVE, name=name, schedule=f"cron({minute} * * * ? *)"))
    clock.advance(hours=1)

    taken = triggers.take_due(clock.now, limit=2)

    assert [due.trigger.name for due in taken] == ["early", "middle"]
    assert triggers.any_due(clock.now)


def test_a_schedule_that_ends_leaves_the_trigger_without_a_next_fire(
    triggers: TriggerStore, clock: Clock
) -> None:
    triggers.create(replace(ACTIVE, schedule="cron(30 9 23 11 ? 2026)"))
    clock.advance(hours=1)

    taken = triggers.take_due(clock.now, limit=10)

    assert len(taken) == 1
    assert triggers.next_fire_at("hourly") is None


def test_a_schedule_that_has_ended_is_not_started_but_stopped(
    triggers: TriggerStore, clock: Clock
) -> None:
    triggers.create(replace(HOURLY, schedule="cron(30 9 23 11 ? 2026)"))
    clock.advance(hours=1)

    with pytest.raises(NeverFiresError):
        triggers.activate("hourly")

    assert triggers.deactivate("hourly").state == "DEACTIVATED"


def test_only_active_triggers_that_watch_the_target_are_asked(triggers: TriggerStore) -> None:
    triggers.create(_after_raw("b"))
    triggers.create(_after_raw("a"))
    triggers.create(_after_raw("resting", state="CREATED"))
    triggers.create(HOURLY)

    assert [trigger.name for trigger in triggers.watching(RAW)] == ["a", "b"]
    assert triggers.watching(replace(RAW, kind=RunKind.JOB)) == ()


def test_a_new_predicate_watches_other_targets(triggers: TriggerStore) -> None:
    triggers.create(_after_raw())
    condition = Condition(job_name="load", state="FAILED")

    triggers.update(replace(_after_raw(), predicate=Predicate(conditions=(condition,))))

    assert triggers.watching(RAW) == ()
    assert len(triggers.watching(Target(kind=RunKind.JOB, name="load"))) == 1


def test_a_deleted_trigger_is_gone_and_its_name_free(triggers: TriggerStore) -> None:
    triggers.create(_after_raw())

    triggers.delete("after")
    triggers.delete("after")

    assert list(triggers.list()) == []
    assert triggers.watching(RAW) == ()
    triggers.create(_after_raw())


def test_triggers_are_listed_by_name_with_their_next_fire(
    triggers: TriggerStore, clock: Clock
) -> None:
    for trigger in (ACTIVE, replace(BY_HAND, name="by-hand")):
        triggers.create(trigger)

    found = [(trigger.name, fire) for trigger, fire in triggers.list()]

    assert found == [("by-hand", None), ("hourly", clock.now + timedelta(hours=1))]


def test_names_are_told_apart_by_case(triggers: TriggerStore) -> None:
    triggers.create(HOURLY)
    triggers.create(replace(HOURLY, name="Hourly"))

    assert [trigger.name for trigger, _ in triggers.list()] == ["Hourly", "hourly"]


def test_a_taken_name_is_refused(triggers: TriggerStore) -> None:
    triggers.create(HOURLY)

    with pytest.raises(AlreadyExistsError, match="hourly"):
        triggers.create(BY_HAND)

    assert triggers.get("hourly") == HOURLY


def test_of_many_that_create_a_name_at_once_one_does(triggers: TriggerStore) -> None:
    def create(number: int) -> bool:
        try:
            triggers.create(replace(HOURLY, description=str(number)))
        except AlreadyExistsError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        created = list(pool.map(create, range(8)))

    assert sum(created) == 1


@pytest.mark.parametrize(
    ("trigger", "error"),
    [
        (replace(HOURLY, actions=()), InvalidInputError),
        (replace(HOURLY, schedule="cron(0 0 30 2 ? *)"), NeverFiresError),
        (replace(HOURLY, schedule="cron(0 0 1 1 ? 2025)"), NeverFiresError),
    ],
)
def test_a_wrong_definition_changes_nothing(
    triggers: TriggerStore, trigger: Trigger, error: type[GluepotError]
) -> None:
    with pytest.raises(error):
        triggers.create(trigger)
    triggers.create(HOURLY)
    with pytest.raises(error):
        triggers.update(trigger)

    assert list(triggers.list()) == [(HOURLY, None)]


def test_a_trigger_does_not_change_its_type(triggers: TriggerStore) -> None:
    triggers.create(HOURLY)

    with pytest.raises(InvalidInputError, match="is of type SCHEDULED and cannot become ON_DEM"):
        triggers.update(BY_HAND)


def test_a_trigger_on_demand_is_never_activated(triggers: TriggerStore) -> None:
    triggers.create(BY_HAND)

    with pytest.raises(InvalidInputError, match="never activated"):
        triggers.activate("hourly")


def test_a_trigger_that_is_not_there_is_named(triggers: TriggerStore) -> None:
    for act in (triggers.get, triggers.activate, triggers.deactivate, triggers.next_fire_at):
        with pytest.raises(EntityNotFoundError, match="Trigger hourly not found"):
            act("hourly")
    with pytest.raises(EntityNotFoundError, match="Trigger hourly not found"):
        triggers.update(HOURLY)


@pytest.mark.parametrize(
    ("index", "query"),
    [
        (
            "ix_triggers_due",
            "SELECT * FROM triggers WHERE next_fire_at <= '2026-01-01' ORDER BY next_fire_at",
        ),
        (
            "ix_runs_trigger_name_number",
            "SELECT * FROM runs WHERE trigger_name = 'daily' ORDER BY number DESC LIMIT 20",
        ),
    ],
)
def test_what_is_due_and_what_a_trigger_has_started_are_found_by_an_index(
    triggers: TriggerStore, engine: sa.Engine, clock: Clock, index: str, query: str
) -> None:
    triggers.create(ACTIVE)
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            # So few rows are cheaper to read as a whole; the question is whether it could.
            connection.execute(sa.text("SET enable_seqscan = off"))
            plan = connection.execute(sa.text(f"EXPLAIN {query}"))
        else:
            plan = connection.execute(sa.text(f"EXPLAIN QUERY PLAN {query}"))

        assert index in " ".join(str(row) for row in plan)
    assert not triggers.any_due(clock.now)
