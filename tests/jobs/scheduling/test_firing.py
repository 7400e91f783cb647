"""Firing: each fire's runs are there once, wherever the process died and whoever else fires."""

from __future__ import annotations

import contextlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from gluepot.catalog.errors import EntityNotFoundError
from gluepot.jobs.runs.store import Run, RunKind, RunState, RunStore
from gluepot.jobs.scheduling.firing import BATCH, Firing
from gluepot.jobs.triggers.model import Action, Condition, Predicate, Trigger
from gluepot.jobs.triggers.store import TriggerStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.jobs.scheduling.conftest import Clock

LEASE = timedelta(seconds=30)
NIGHTLY = Trigger(
    name="nightly",
    type="SCHEDULED",
    state="ACTIVATED",
    schedule="cron(0 * * * ? *)",
    actions=(Action(crawler_name="raw"), Action(crawler_name="other")),
)
RAW = Condition(crawler_name="raw", crawl_state="SUCCEEDED")
OTHER = Condition(crawler_name="other", crawl_state="SUCCEEDED")


@pytest.fixture
def firing(clock: Clock, runs: RunStore, triggers: TriggerStore) -> Firing:
    return Firing(clock=clock, runs=runs, triggers=triggers)


def _after(*conditions: Condition, logical: str = "AND", name: str = "after") -> Trigger:
    return Trigger(
        name=name,
        type="CONDITIONAL",
        state="ACTIVATED",
        predicate=Predicate(conditions=conditions, logical=logical),
        actions=(Action(job_name="load", arguments={"--day": "1"}), Action(job_name="report")),
    )


def _end(runs: RunStore, name: str, state: RunState = RunState.SUCCEEDED) -> None:
    for run in runs.list(name=name):
        if not run.state.final:
            runs.finish(run.id, state)


def _names(found: tuple[Run, ...] | list[Run]) -> list[str]:
    return sorted(run.name for run in found)


def test_a_due_trigger_starts_each_of_its_actions_in_one_chain(
    firing: Firing, triggers: TriggerStore, clock: Clock
) -> None:
    triggers.create(NIGHTLY)
    clock.advance(hours=1)

    fired = firing.fire_due()

    assert _names(fired) == ["other", "raw"]
    assert {run.trigger_name for run in fired} == {"nightly"}
    assert len({run.chain_id for run in fired}) == 1
    assert firing.fire_due() == ()


def test_missed_fires_are_caught_up_once(
    firing: Firing, triggers: TriggerStore, runs: RunStore, clock: Clock
) -> None:
    triggers.create(NIGHTLY)
    clock.advance(hours=50)

    firing.fire_due()
    clock.advance(hours=1)
    firing.fire_due()

    assert _names(runs.list()) == ["other", "other", "raw", "raw"]


def test_more_due_triggers_than_one_transaction_serves_all_fire(
    firing: Firing, triggers: TriggerStore, clock: Clock
) -> None:
    for number in range(BATCH + 5):
        triggers.create(replace(NIGHTLY, name=f"t{number}", actions=NIGHTLY.actions[:1]))
    clock.advance(hours=1)

    assert len(firing.fire_due()) == BATCH + 5


def test_the_end_of_a_crawl_starts_the_jobs_that_wait_for_it(
    firing: Firing, triggers: TriggerStore, runs: RunStore, clock: Clock
) -> None:
    triggers.create(NIGHTLY)
    triggers.create(_after(RAW))
    clock.advance(hours=1)
    crawl = firing.fire_due()[0]
    _end(runs, "raw")

    followers = firing.fire_followers()

    assert _names(followers) == ["load", "report"]
    assert {(run.trigger_name, run.chain_id) for run in followers} == {("after", crawl.chain_id)}
    assert [run.arguments for run in followers] == [{"--day": "1"}, {}]
    assert firing.fire_followers() == ()


def test_a_crawl_that_somebody_started_fires_nothing(
    firing: Firing, triggers: TriggerStore, runs: RunStore
) -> None:
    triggers.create(_after(RAW))
    runs.enqueue(RunKind.CRAWL, "raw")
    _end(runs, "raw")

    assert firing.fire_followers() == ()
    assert runs.idle(tuple(RunKind))


def test_a_trigger_fired_by_hand_begins_a_chain_whatever_its_state(
    firing: Firing, triggers: TriggerStore, runs: RunStore
) -> None:
    triggers.create(replace(NIGHTLY, state="CREATED"))
    triggers.create(_after(RAW))

    first, second = firing.fire_now("nightly"), firing.fire_now("nightly")
    _end(runs, "raw")

    assert len({run.chain_id for run in first + second}) == 2
    assert len(firing.fire_followers()) == 4
    assert triggers.get("nightly").state == "CREATED"
    with pytest.raises(EntityNotFoundError, match="Trigger nowhere"):
        firing.fire_now("nowhere")


def test_and_waits_for_the_last_of_its_conditions_in_each_chain(
    firing: Firing, triggers: TriggerStore, runs: RunStore, clock: Clock
) -> None:
    triggers.create(NIGHTLY)
    triggers.create(_after(RAW, OTHER))
    for _ in range(2):
        clock.advance(hours=1)
        firing.fire_due()

    _end(runs, "raw")
    early = firing.fire_followers()
    _end(runs, "other")
    late = firing.fire_followers()

    assert early == ()
    assert _names(late) == ["load", "load", "report", "report"]
    assert len({run.chain_id for run in late}) == 2


def test_conditions_met_in_different_chains_do_not_meet(
    firing: Firing, triggers: TriggerStore, runs: RunStore
) -> None:
    triggers.create(replace(NIGHTLY, name="a", actions=NIGHTLY.actions[:1]))
    triggers.create(replace(NIGHTLY, name="b", actions=NIGHTLY.actions[1:]))
    triggers.create(_after(RAW, OTHER))
    firing.fire_now("a")
    firing.fire_now("b")
    _end(runs, "raw")
    _end(runs, "other")

    assert firing.fire_followers() == ()


def test_any_fires_on_each_of_its_conditions(
    firing: Firing, triggers: TriggerStore, runs: RunStore
) -> None:
    triggers.create(NIGHTLY)
    triggers.create(_after(RAW, OTHER, logical="ANY"))
    firing.fire_now("nightly")
    _end(runs, "raw")
    _end(runs, "other")

    assert _names(firing.fire_followers()) == ["load", "load", "report", "report"]


def test_a_failure_that_is_retried_is_not_yet_one(
    engine: sa.Engine, triggers: TriggerStore, clock: Clock
) -> None:
    runs = RunStore(engine, clock, max_retries=lambda _kind, _name: 1)
    firing = Firing(clock=clock, runs=runs, triggers=triggers)
    triggers.create(NIGHTLY)
    triggers.create(_after(Condition(crawler_name="raw", crawl_state="FAILED"), name="alarm"))
    firing.fire_now("nightly")

    _end(runs, "raw", RunState.FAILED)
    early = firing.fire_followers()
    _end(runs, "raw", RunState.FAILED)
    late = firing.fire_followers()

    assert early == ()
    assert _names(late) == ["load", "report"]


def test_a_resting_trigger_follows_nothing_and_later_makes_up_for_nothing(
    firing: Firing, triggers: TriggerStore, runs: RunStore
) -> None:
    triggers.create(NIGHTLY)
    triggers.create(replace(_after(RAW), state="CREATED"))
    firing.fire_now("nightly")
    _end(runs, "raw")

    resting = firing.fire_followers()
    triggers.activate("after")

    assert resting == firing.fire_followers() == ()


class _Died(Exception):  # noqa: N818  no error: the end of a process
    pass


@contextlib.contextmanager
def _dying_before(engine: sa.Engine, number: int) -> Iterator[None]:
    """Let the process die before its ``number``-th statement: what is open is rolled back."""
    left = [number]

    def count(*_: Any) -> None:  # noqa: ANN401
        left[0] -= 1
        if left[0] < 0:
            raise _Died

    sa.event.listen(engine, "before_cursor_execute", count)
    sa.event.listen(engine, "commit", count)
    try:
        yield
    finally:
        sa.event.remove(engine, "before_cursor_execute", count)
        sa.event.remove(engine, "commit", count)


def _night(firing: Firing, runs: RunStore) -> None:
    """Do all that a scheduler does from the fire to the last follower."""
    firing.fire_due()
    _end(runs, "raw")
    _end(runs, "other")
    firing.fire_followers()


def _seen(runs: RunStore) -> Counter[tuple[object, ...]]:
    return Counter(
        (run.name, run.state, run.trigger_name, run.chain_id, run.attempt) for run in runs.list()
    )


def test_a_death_before_any_statement_loses_and_doubles_nothing(
    firing: Firing, triggers: TriggerStore, runs: RunStore, engine: sa.Engine, clock: Clock
) -> None:
    triggers.create(NIGHTLY)
    triggers.create(_after(RAW, OTHER, name="both"))
    triggers.create(_after(RAW, OTHER, logical="ANY", name="each"))
    clock.advance(hours=1)
    _night(firing, runs)
    undisturbed = Counter({key[:3]: count for key, count in _seen(runs).items()})
    deaths = 0
    for number in range(1000):
        clock.advance(hours=1)
        before = _seen(runs)

        try:
            with _dying_before(engine, number):
                _night(firing, runs)
        except _Died:
            deaths += 1
            _night(firing, runs)

        fresh = _seen(runs) - before
        assert Counter({key[:3]: count for key, count in fresh.items()}) == undisturbed
        if deaths <= number:
            break
        # Else the next night lists this one's waiting jobs, and dies at their statements too.
        with engine.begin() as connection:
            connection.execute(sa.text("DELETE FROM runs"))
    assert deaths > 30


def test_schedulers_that_fire_at_once_start_each_fire_once(
    engine: sa.Engine, triggers: TriggerStore, runs: RunStore, clock: Clock
) -> None:
    for number in range(30):
        crawler = Action(crawler_name=f"raw{number}")
        triggers.create(replace(NIGHTLY, name=f"t{number}", actions=(crawler,)))
    conditions = tuple(replace(RAW, crawler_name=f"raw{number}") for number in range(30))
    triggers.create(_after(*conditions, logical="ANY"))
    clock.advance(hours=1)

    def act(_number: int) -> int:
        own = RunStore(engine, clock)
        firing = Firing(clock=clock, runs=own, triggers=TriggerStore(engine, clock))
        fired = len(firing.fire_due())
        while (crawl := own.claim("w", lease=LEASE, kinds=[RunKind.CRAWL])) is not None:
            own.finish(crawl.id, RunState.SUCCEEDED)
            fired += len(firing.fire_followers())
        return fired

    with ThreadPoolExecutor(4) as pool:
        fired = sum(pool.map(act, range(4)))
    last = Firing(clock=clock, runs=runs, triggers=triggers)
    fired += len(last.fire_due()) + act(4) + len(last.fire_followers())

    found = Counter(run.name for run in runs.list(limit=1000))
    assert found == {**{f"raw{number}": 1 for number in range(30)}, "load": 30, "report": 30}
    assert fired == 90
