"""Deliveries: once recorded they are sent, tried again, given up, and never by two at a time."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from gluepot.catalog.errors import EntityNotFoundError, InvalidStateError
from gluepot.jobs.notifications.errors import DeliveryError
from gluepot.jobs.notifications.outbox import (
    LONGEST_WAIT,
    MOST_ATTEMPTS,
    Announcement,
    DeliveryState,
    announce,
    wait_after,
)
from gluepot.jobs.runs.state import RunKind, RunState
from tests.jobs.notifications.conftest import make_desk

if TYPE_CHECKING:
    from tests.jobs.notifications.conftest import Desk
    from tests.servers.hooks import Hook

LEASE = timedelta(minutes=1)


def test_an_event_becomes_one_delivery_however_many_take_it(desk: Desk, hook: Hook) -> None:
    desk.hook("oncall", hook, "failure")
    others = [make_desk(desk.engine, desk.clock, desk.conf, f"p{n}").office for n in (2, 3)]
    for _ in range(5):
        desk.run(RunState.FAILED)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda office: office.take(), [desk.office, *others]))

    assert len(desk.outbox.list(addressee="oncall")) == 5


def test_what_is_rolled_back_is_told_to_nobody(desk: Desk, hook: Hook) -> None:
    desk.hook("oncall", hook, "failure")

    def fail_and_break_off() -> None:
        with desk.runs.transaction() as connection:
            runs = desk.runs.within(connection)
            made = runs.enqueue(RunKind.JOB, "flights")
            assert made is not None
            runs.finish(made.id, RunState.FAILED)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_and_break_off()

    desk.office.drain()

    assert desk.outbox.list() == []


def test_a_delivery_is_held_by_one_until_its_lease_runs_out(desk: Desk) -> None:
    desk.outbox.put("oncall", "x", {})
    held = desk.outbox.claim("p1", lease=LEASE)

    assert desk.outbox.claim("p2", lease=LEASE) is None

    desk.clock.now += LEASE * 1.1
    again = desk.outbox.claim("p2", lease=LEASE)
    assert held is not None
    assert again is not None
    assert again.id == held.id


def test_many_claim_each_delivery_once(desk: Desk) -> None:
    ids = {desk.outbox.put(f"a{number}", "x", {}) for number in range(20)}
    begin = threading.Barrier(4)

    def take(owner: str) -> list[str]:
        begin.wait()
        found = []
        while (one := desk.outbox.claim(owner, lease=LEASE)) is not None:
            found.append(one.id)
        return found

    with ThreadPoolExecutor(4) as pool:
        taken = [one for each in pool.map(take, "abcd") for one in each]

    assert sorted(taken) == sorted(ids)


def test_failed_attempts_back_off_and_end_as_dead(desk: Desk) -> None:
    delivery_id = desk.outbox.put("oncall", "x", {})
    waits = []
    for _ in range(MOST_ATTEMPTS):
        delivery = desk.outbox.claim("p1", lease=LEASE)
        assert delivery is not None
        left = desk.outbox.failed(delivery, DeliveryError("down", 503), at=desk.clock.now)
        if left.due_at is not None:
            waits.append(left.due_at - desk.clock.now)
            assert desk.outbox.claim("p1", lease=LEASE) is None
            desk.clock.now = left.due_at

    assert desk.outbox.get(delivery_id).state is DeliveryState.DEAD
    assert waits == [wait_after(delivery_id, number) for number in range(1, MOST_ATTEMPTS)]
    assert sorted(waits) == waits
    assert max(waits) <= LONGEST_WAIT
    tried = desk.outbox.attempts(delivery_id)
    assert [(one.succeeded, one.status, one.error) for one in tried] == [
        (False, 503, "down")
    ] * MOST_ATTEMPTS


def test_a_dead_delivery_is_tried_again_when_somebody_says_so(desk: Desk) -> None:
    delivery_id = desk.outbox.put("oncall", "x", {})
    delivery = desk.outbox.claim("p1", lease=LEASE)
    assert delivery is not None
    desk.outbox.failed(delivery, DeliveryError("no", 404, final=True), at=desk.clock.now)

    assert desk.outbox.claim("p1", lease=LEASE) is None
    assert desk.outbox.retry(addressee="oncall") == 1
    again = desk.outbox.claim("p1", lease=LEASE)

    assert again is not None
    assert (again.id, again.attempts) == (delivery_id, 0)
    with pytest.raises(InvalidStateError, match="not dead"):
        desk.outbox.retry(delivery_id=delivery_id)
    with pytest.raises(EntityNotFoundError):
        desk.outbox.retry(delivery_id="none")


def test_what_waits_behind_a_failure_waits_as_long_and_others_do_not(desk: Desk) -> None:
    desk.outbox.put("down", "1", {})
    desk.outbox.put("down", "2", {})
    desk.outbox.put("up", "3", {})
    first = desk.outbox.claim("p1", lease=LEASE)
    assert first is not None
    desk.outbox.failed(first, DeliveryError("down"), at=desk.clock.now)

    after = desk.outbox.claim("p1", lease=LEASE)

    assert after is not None
    assert after.addressee == "up"
    assert desk.outbox.claim("p1", lease=LEASE) is None


def test_the_end_of_a_workflow_is_told_of(desk: Desk, hook: Hook) -> None:
    desk.hook("flows", hook, "failure", "success", workflows=["night*"])
    with desk.runs.transaction() as connection:
        for name, failed in (("nightly", True), ("nightly", False), ("daily", False)):
            announce(
                connection,
                Announcement(
                    kind="workflow",
                    name=name,
                    subject_id="wr_1",
                    event="COMPLETED",
                    detail={"failed": failed, "statistics": {"FailedActions": int(failed)}},
                    at=desk.clock.now,
                ),
            )

    desk.office.drain()

    told = [delivery.subject for delivery in desk.outbox.list()]
    assert told == ["Workflow nightly: COMPLETED", "Workflow nightly: COMPLETED, with failures"]
    assert len(hook.got) == 2
