"""Triggers of type EVENT: batches by size and by window, each event once, none lost."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from gluepot.catalog.definitions import DefinitionStore
from gluepot.catalog.errors import EntityNotFoundError, InvalidInputError, InvalidStateError
from gluepot.crawlers.sources.event_messages import UnreadableMessageError
from gluepot.jobs.runs.tables import workflow_runs
from gluepot.jobs.scheduling.firing import Firing
from gluepot.jobs.triggers.events import Event, read_events, read_queued
from gluepot.jobs.triggers.model import Action, EventBatchingCondition, Trigger
from gluepot.jobs.triggers.store import TriggerStore
from gluepot.jobs.triggers.trigger_events import KEPT
from gluepot.jobs.workflows.runs import KIND, WorkflowRunStore

if TYPE_CHECKING:
    from gluepot.jobs.runs.store import RunStore
    from tests.jobs.scheduling.conftest import Clock

ARRIVED = Trigger(
    name="arrived",
    type="EVENT",
    state="ACTIVATED",
    actions=(Action(job_name="load"),),
    event_batching_condition=EventBatchingCondition(batch_size=3, batch_window=60),
)
BRIDGED = {"id": "e1", "source": "aws.s3", "detail-type": "Object Created", "detail": {}}


@pytest.fixture
def workflows(engine: sa.Engine, clock: Clock) -> WorkflowRunStore:
    return WorkflowRunStore(engine, clock)


@pytest.fixture
def firing(
    clock: Clock, runs: RunStore, triggers: TriggerStore, workflows: WorkflowRunStore
) -> Firing:
    return Firing(clock=clock, runs=runs, triggers=triggers, workflows=workflows)


def events(*ids: str) -> list[Event]:
    return [Event(id=item, body={"id": item}) for item in ids]


def fired_ids(triggers: TriggerStore) -> list[list[str]]:
    """Return the ids of each batch that has fired."""
    batches: dict[str, list[str]] = {}
    for event in triggers.events("arrived", 1000)[::-1]:
        if event.fire_key is not None:
            batches.setdefault(event.fire_key, []).append(event.id)
    return list(batches.values())


def test_a_batch_fires_when_it_is_full_and_not_before(
    firing: Firing, triggers: TriggerStore
) -> None:
    triggers.create(ARRIVED)

    triggers.receive("arrived", events("a", "b"))
    early = firing.fire_due()
    triggers.receive("arrived", events("c", "d"))
    full = firing.fire_due()

    assert early == ()
    assert [(run.name, run.trigger_name) for run in full] == [("load", "arrived")]
    assert fired_ids(triggers) == [["a", "b", "c"]]
    assert firing.fire_due() == ()


def test_the_window_begins_with_the_first_event_and_then_anew(
    firing: Firing, triggers: TriggerStore, clock: Clock
) -> None:
    triggers.create(ARRIVED)
    clock.advance(hours=5)

    triggers.receive("arrived", events("a"))
    clock.advance(seconds=59)
    triggers.receive("arrived", events("b"))
    before = firing.fire_due()
    clock.advance(seconds=1)
    after = firing.fire_due()
    triggers.receive("arrived", events("c"))
    clock.advance(seconds=59)
    again = firing.fire_due()

    assert (len(before), len(after), len(again)) == (0, 1, 0)
    assert fired_ids(triggers) == [["a", "b"]]


def test_many_events_at_once_fire_as_many_batches_as_they_fill(
    firing: Firing, triggers: TriggerStore, clock: Clock
) -> None:
    triggers.create(ARRIVED)
    triggers.receive("arrived", events(*map(str, range(8))))

    assert len(firing.fire_due()) == 2
    clock.advance(seconds=60)
    assert len(firing.fire_due()) == 1
    assert fired_ids(triggers) == [["0", "1", "2"], ["3", "4", "5"], ["6", "7"]]


def test_without_a_batching_condition_every_event_fires(
    firing: Firing, triggers: TriggerStore
) -> None:
    triggers.create(replace(ARRIVED, event_batching_condition=None))
    triggers.receive("arrived", events("a", "b"))

    fired = firing.fire_due()

    assert len({run.chain_id for run in fired}) == 2


def test_an_event_that_comes_again_is_the_same_event(
    firing: Firing, triggers: TriggerStore, clock: Clock
) -> None:
    triggers.create(replace(ARRIVED, event_batching_condition=None))

    first = triggers.receive("arrived", events("a", "a", "b"))
    firing.fire_due()
    clock.advance(days=KEPT.days - 1)
    again = triggers.receive("arrived", events("b", "c"))

    assert (first, again) == (2, 1)
    assert len(firing.fire_due()) == 1


def test_old_events_are_forgotten_and_those_that_wait_are_not(
    firing: Firing, triggers: TriggerStore, clock: Clock
) -> None:
    triggers.create(ARRIVED)
    triggers.receive("arrived", events("a", "b", "c"))
    firing.fire_due()
    triggers.deactivate("arrived")
    clock.advance(days=KEPT.days + 1)
    triggers.activate("arrived")
    triggers.receive("arrived", events("d", "e", "f"))
    firing.fire_due()

    assert fired_ids(triggers) == [["d", "e", "f"]]


def test_a_trigger_at_rest_takes_no_events_and_keeps_those_it_has(
    firing: Firing, triggers: TriggerStore, clock: Clock
) -> None:
    triggers.create(ARRIVED)
    triggers.receive("arrived", events("a"))
    triggers.deactivate("arrived")
    clock.advance(hours=1)

    with pytest.raises(InvalidStateError, match="DEACTIVATED"):
        triggers.receive("arrived", events("b"))
    resting = firing.fire_due()
    triggers.activate("arrived")

    assert resting == ()
    assert len(firing.fire_due()) == 1
    assert fired_ids(triggers) == [["a"]]


def test_a_new_batching_condition_counts_for_the_events_that_wait(
    firing: Firing, triggers: TriggerStore
) -> None:
    triggers.create(ARRIVED)
    triggers.receive("arrived", events("a", "b"))

    smaller = EventBatchingCondition(batch_size=2)
    triggers.update(replace(ARRIVED, event_batching_condition=smaller))

    assert len(firing.fire_due()) == 1


def test_events_for_what_is_not_there_or_of_another_type_are_refused(
    triggers: TriggerStore,
) -> None:
    triggers.create(Trigger(name="hand", type="ON_DEMAND", actions=ARRIVED.actions))

    with pytest.raises(EntityNotFoundError, match="Trigger arrived not found"):
        triggers.receive("arrived", events("a"))
    with pytest.raises(InvalidStateError, match="of type ON_DEMAND"):
        triggers.receive("hand", events("a"))


def test_a_trigger_made_anew_fires_for_events_of_the_same_ids(
    firing: Firing, triggers: TriggerStore
) -> None:
    triggers.create(replace(ARRIVED, event_batching_condition=None))
    triggers.receive("arrived", events("a"))
    firing.fire_due()
    triggers.delete("arrived")
    triggers.create(replace(ARRIVED, event_batching_condition=None))

    triggers.receive("arrived", events("a"))

    assert len(firing.fire_due()) == 1


def test_those_who_bring_and_fire_at_once_lose_and_double_nothing(
    engine: sa.Engine, triggers: TriggerStore, runs: RunStore, clock: Clock
) -> None:
    triggers.create(ARRIVED)

    def act(number: int) -> int:
        store = TriggerStore(engine, clock)
        firing = Firing(clock=clock, runs=runs, triggers=store)
        fired = 0
        for item in range(15):
            # Each event is brought by two of them.
            store.receive("arrived", events(f"{number // 2}-{item}"))
            fired += len(firing.fire_due())
        return fired

    with ThreadPoolExecutor(4) as pool:
        fired = sum(pool.map(act, range(4)))
    fired += len(Firing(clock=clock, runs=runs, triggers=triggers).fire_due())

    batches = fired_ids(triggers)
    assert sorted(id_ for batch in batches for id_ in batch) == sorted(
        f"{half}-{item}" for half in range(2) for item in range(15)
    )
    assert [len(batch) for batch in batches] == [3] * 10
    assert fired == len(runs.list()) == 10


@pytest.mark.parametrize(("count", "condition"), [(3, {"BatchSize": 3}), (2, {"BatchWindow": 60})])
def test_a_workflow_run_tells_which_events_began_it_and_why(  # noqa: PLR0913, PLR0917
    firing: Firing,
    triggers: TriggerStore,
    workflows: WorkflowRunStore,
    engine: sa.Engine,
    clock: Clock,
    count: int,
    condition: dict[str, int],
) -> None:
    DefinitionStore(engine, clock).create(KIND, "flow", {})
    triggers.create(replace(ARRIVED, workflow_name="flow"))
    triggers.receive("arrived", events(*"abc"[:count]))
    clock.advance(seconds=60)

    (run,) = firing.fire_due()

    flow = workflows.get("flow", run.chain_id)
    assert flow.event_batch == condition
    assert json.loads(flow.properties["aws:eventIds"]) == list("abc"[:count])
    assert run.arguments["--WORKFLOW_RUN_ID"] == flow.id
    with engine.connect() as connection:
        assert len(connection.execute(sa.select(workflow_runs)).all()) == 1


def test_what_fires_is_found_by_its_time_alone(triggers: TriggerStore, clock: Clock) -> None:
    for number in range(50):
        triggers.create(replace(ARRIVED, name=f"t{number}"))
    triggers.receive("t7", events("a", "b", "c"))

    due = triggers.take_due(clock.now, limit=100)

    assert [item.trigger.name for item in due] == ["t7"]
    assert triggers.take_due(clock.now + timedelta(days=1), limit=100) == ()


def test_events_of_eventbridge_are_read_one_or_many() -> None:
    one = read_events(json.dumps(BRIDGED))
    many = read_events(json.dumps([BRIDGED, {**BRIDGED, "id": "e2"}]))

    assert one == (Event(id="e1", body=BRIDGED),)
    assert [event.id for event in many] == ["e1", "e2"]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "0 events"),
        (json.dumps([BRIDGED] * 101), "101 events"),
        ("1", "JSON object"),
        (json.dumps({**BRIDGED, "id": ""}), "'id'"),
        (json.dumps({**BRIDGED, "id": 5}), "'id'"),
        (json.dumps({"id": "a", "source": "b"}), "'detail-type'"),
        (json.dumps({**BRIDGED, "id": "x" * 201}), "at most 200"),
    ],
)
def test_what_is_no_event_is_refused(body: str, why: str) -> None:
    with pytest.raises(InvalidInputError, match=why):
        read_events(body)


def record(key: str, sequencer: str) -> dict[str, Any]:
    return {
        "eventName": "ObjectCreated:Put",
        "s3": {"bucket": {"name": "raw"}, "object": {"key": key, "sequencer": sequencer}},
    }


def test_messages_of_s3_are_the_same_event_only_when_they_tell_the_same_change() -> None:
    body = json.dumps({"Records": [record("a%20b", "1"), record("c", "1")]})
    later = json.dumps({"Records": [record("a%20b", "2")]})
    wrapped = json.dumps({"Type": "Notification", "Message": body})

    first, second = read_queued(body)

    assert first.body == {"uri": "s3://raw/a b", "removed": False}
    assert first.id != second.id
    assert read_queued(wrapped) == (first, second)
    assert read_queued(later)[0].id != first.id
    assert read_queued(json.dumps({"Event": "s3:TestEvent"})) == ()
    assert read_queued(json.dumps(BRIDGED))[0].id == "e1"


@pytest.mark.parametrize("body", ["", "x", "1", "{}", '{"detail-type": "a"}', '{"Message": "x"}'])
def test_messages_of_others_are_not_read(body: str) -> None:
    with pytest.raises(UnreadableMessageError):
        read_queued(body)
