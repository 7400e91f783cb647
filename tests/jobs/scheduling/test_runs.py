"""Runs: the states, the lease, the retry, and that each is claimed once."""

from __future__ import annotations

import contextlib
import re
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gluepot.catalog.errors import EntityNotFoundError, InvalidInputError, InvalidStateError
from gluepot.jobs.runs.state import RunRules, retry_delay
from gluepot.jobs.runs.store import Run, RunError, RunKind, RunState, RunStore

if TYPE_CHECKING:
    import sqlalchemy as sa

    from tests.jobs.scheduling.conftest import Clock

LEASE = timedelta(seconds=30)


def _enqueued(runs: RunStore, name: str = "flights", **members: object) -> Run:
    run = runs.enqueue(RunKind.JOB, name, **members)  # type: ignore[arg-type]
    assert run is not None
    return run


def test_a_new_run_waits_and_holds_what_it_was_given(runs: RunStore, clock: Clock) -> None:
    arguments = {"--day": "a 'quoted' \"line\"\nand another", "--empty": ""}

    run = _enqueued(runs, arguments=arguments, trigger_name="nightly", chain_id="c", max_retries=2)

    assert runs.get(run.id) == run
    assert (run.state, run.attempt, run.max_retries) == (RunState.WAITING, 0, 2)
    assert (run.arguments, run.trigger_name, run.chain_id) == (arguments, "nightly", "c")
    assert (run.queued_at, run.started_at, run.owner) == (clock.now, None, None)


def test_ids_have_the_form_that_glue_gives_them(runs: RunStore) -> None:
    job, crawl = _enqueued(runs), runs.enqueue(RunKind.CRAWL, "raw")

    assert re.fullmatch(r"jr_[0-9a-f]{64}", job.id)
    assert crawl is not None
    assert str(uuid.UUID(crawl.id)) == crawl.id


def test_a_run_without_a_chain_begins_its_own(runs: RunStore) -> None:
    run = _enqueued(runs)

    assert run.chain_id == run.id


def test_a_unique_key_is_taken_once(runs: RunStore) -> None:
    first = runs.enqueue(RunKind.JOB, "flights", unique_key="nightly@1")
    second = runs.enqueue(RunKind.JOB, "flights", unique_key="nightly@1")

    assert first is not None
    assert second is None
    assert [run.id for run in runs.list()] == [first.id]


def test_the_oldest_waiting_run_of_the_kind_is_claimed(runs: RunStore, clock: Clock) -> None:
    runs.enqueue(RunKind.CRAWL, "raw")
    oldest = _enqueued(runs)
    _enqueued(runs)

    run = runs.claim("w1", lease=LEASE, kinds=[RunKind.JOB])

    assert run is not None
    assert (run.id, run.state, run.owner) == (oldest.id, RunState.STARTING, "w1")
    assert run.lease_expires_at == clock.now + LEASE


def test_one_run_can_be_asked_for(runs: RunStore) -> None:
    _, wanted = _enqueued(runs), _enqueued(runs)

    taken = runs.claim("w1", lease=LEASE, run_id=wanted.id)

    assert taken is not None
    assert taken.id == wanted.id
    assert runs.claim("w2", lease=LEASE, run_id=wanted.id) is None


def test_an_empty_queue_gives_nothing(runs: RunStore) -> None:
    assert runs.claim("w1", lease=LEASE) is None
    assert runs.idle(tuple(RunKind))


def test_a_run_enqueued_under_a_lease_is_nobody_elses(runs: RunStore) -> None:
    run = _enqueued(runs, owner="cli", lease=LEASE)

    assert run.state is RunState.STARTING
    assert runs.claim("w1", lease=LEASE) is None
    with pytest.raises(InvalidInputError, match="give both or neither"):
        _enqueued(runs, owner="cli")


def test_the_child_process_takes_over_the_lease(runs: RunStore, clock: Clock) -> None:
    run = _enqueued(runs, owner="launcher", lease=LEASE)
    clock.advance(seconds=5)

    begun = runs.begin(run.id, "child", lease=LEASE)

    assert (begun.state, begun.owner, begun.started_at) == (RunState.RUNNING, "child", clock.now)
    assert begun.lease_expires_at == clock.now + LEASE
    assert not runs.heartbeat(run.id, "launcher", lease=LEASE)
    assert runs.heartbeat(run.id, "child", lease=LEASE)


def test_a_run_begins_once(runs: RunStore) -> None:
    run = _enqueued(runs)
    runs.begin(run.id, "child", lease=LEASE)

    with pytest.raises(InvalidStateError, match="is RUNNING"):
        runs.begin(run.id, "other", lease=LEASE)


def test_progress_adds_to_the_metrics(runs: RunStore) -> None:
    run = _enqueued(runs, owner="w", lease=LEASE)

    runs.progress(run.id, {"rows": 1, "files": 2})
    runs.progress(run.id, {"rows": 5})
    ended = runs.finish(run.id, RunState.SUCCEEDED, metrics={"bytes": 7})
    runs.progress(run.id, {"rows": 9})

    assert ended.metrics == {"rows": 5, "files": 2, "bytes": 7}
    assert runs.get(run.id) == ended


@pytest.mark.parametrize("state", [state for state in RunState if state.final])
def test_a_run_ends_once_in_one_final_state(runs: RunStore, clock: Clock, state: RunState) -> None:
    run = _enqueued(runs)
    runs.begin(run.id, "w", lease=LEASE)
    clock.advance(seconds=90)
    error = RunError(message="no", file="job.py", line=3, source_line="1 / 0")

    ended = runs.finish(run.id, state, error=error)
    clock.advance(seconds=1)
    again = runs.finish(run.id, RunState.SUCCEEDED, metrics={"rows": 1})

    assert again == ended == runs.get(run.id)
    assert (ended.state, ended.error, ended.lease_expires_at) == (state, error, None)
    assert ended.duration == timedelta(seconds=90)
    assert not runs.heartbeat(run.id, "w", lease=LEASE)
    with pytest.raises(InvalidStateError):
        runs.begin(run.id, "w", lease=LEASE)


@pytest.mark.parametrize("state", [state for state in RunState if not state.final])
def test_a_run_does_not_end_in_a_state_that_is_not_final(runs: RunStore, state: RunState) -> None:
    run = _enqueued(runs)

    with pytest.raises(InvalidInputError, match=f"does not end in state {state}"):
        runs.finish(run.id, state)

    assert runs.get(run.id) == run


def test_a_run_whose_lease_ran_out_has_failed(runs: RunStore, clock: Clock) -> None:
    run = _enqueued(runs)
    runs.begin(run.id, "w1:77", lease=LEASE)

    clock.advance(seconds=30)
    early = runs.expire()
    clock.advance(seconds=1)
    (expired,) = runs.expire()

    assert early == []
    assert (expired.id, expired.state) == (run.id, RunState.FAILED)
    assert expired.error is not None
    assert "w1:77 died" in expired.error.message
    assert runs.expire() == []
    assert runs.finish(run.id, RunState.SUCCEEDED) == expired


def test_a_renewed_lease_does_not_run_out(runs: RunStore, clock: Clock) -> None:
    run = _enqueued(runs, owner="w", lease=LEASE)
    clock.advance(seconds=29)
    runs.heartbeat(run.id, "w", lease=LEASE)
    clock.advance(seconds=29)

    assert runs.expire() == []


def test_a_waiting_run_has_no_lease_to_lose(runs: RunStore, clock: Clock) -> None:
    _enqueued(runs)
    clock.advance(days=9)

    assert runs.expire() == []
    assert not runs.idle(tuple(RunKind))


def test_a_failed_run_is_retried_as_often_as_it_may_be(runs: RunStore, clock: Clock) -> None:
    first = _enqueued(runs, arguments={"--a": "1"}, trigger_name="t", chain_id="c", max_retries=2)

    for _ in range(2):
        claimed = runs.claim("w", lease=LEASE)
        assert claimed is not None
        runs.finish(claimed.id, RunState.FAILED)
    last = runs.claim("w", lease=LEASE)
    clock.advance(minutes=1)
    runs.expire()

    assert last is not None
    assert last.id == f"{first.id}_attempt_2"
    assert last.previous_run_id == f"{first.id}_attempt_1"
    assert (last.attempt, last.arguments) == (2, {"--a": "1"})
    assert (last.trigger_name, last.chain_id) == ("t", "c")
    assert [run.state for run in runs.list()] == [RunState.FAILED] * 3
    assert runs.claim("w", lease=LEASE) is None


@pytest.mark.parametrize(
    "state", [RunState.SUCCEEDED, RunState.TIMEOUT, RunState.STOPPED, RunState.ERROR]
)
def test_only_a_failed_run_is_retried(runs: RunStore, state: RunState) -> None:
    run = _enqueued(runs, max_retries=3)

    runs.finish(run.id, state)

    assert len(runs.list()) == 1


def test_a_retried_crawl_gets_an_id_of_its_own(runs: RunStore) -> None:
    crawl = runs.enqueue(RunKind.CRAWL, "raw", max_retries=1)
    assert crawl is not None

    runs.finish(crawl.id, RunState.FAILED)

    retry, _ = runs.list()
    assert (retry.previous_run_id, retry.attempt) == (crawl.id, 1)
    assert str(uuid.UUID(retry.id)) == retry.id


def test_the_policy_says_how_often_a_job_is_retried(engine: sa.Engine, clock: Clock) -> None:
    runs = RunStore(engine, clock, max_retries=lambda _kind, name: {"flaky": 4}.get(name, 0))

    flaky, solid = _enqueued(runs, "flaky"), _enqueued(runs, "solid")

    assert (flaky.max_retries, solid.max_retries) == (4, 0)


def test_a_lost_end_inside_a_failed_transaction_leaves_the_run_as_it_was(runs: RunStore) -> None:
    run = _enqueued(runs, owner="w", lease=LEASE, max_retries=1)

    with contextlib.suppress(RuntimeError), runs.transaction() as connection:
        runs.within(connection).finish(run.id, RunState.FAILED)
        raise RuntimeError

    assert [item.state for item in runs.list()] == [RunState.STARTING]


def test_runs_are_listed_newest_first_by_kind_and_name(runs: RunStore) -> None:
    a, b = _enqueued(runs, "a"), _enqueued(runs, "b")
    crawl = runs.enqueue(RunKind.CRAWL, "a")
    assert crawl is not None

    assert [run.id for run in runs.list()] == [crawl.id, b.id, a.id]
    assert [run.id for run in runs.list(kind=RunKind.JOB)] == [b.id, a.id]
    assert [run.id for run in runs.list(name="a")] == [crawl.id, a.id]
    assert [run.id for run in runs.list(limit=1)] == [crawl.id]


def test_a_run_that_is_not_there_is_named(runs: RunStore) -> None:
    for act in (
        lambda: runs.get("jr_0"),
        lambda: runs.finish("jr_0", RunState.FAILED),
        lambda: runs.progress("jr_0", {}),
        lambda: runs.begin("jr_0", "w", lease=LEASE),
    ):
        with pytest.raises(EntityNotFoundError, match="Run jr_0 not found"):
            act()
    assert not runs.heartbeat("jr_0", "w", lease=LEASE)


def _claim_all(runs: RunStore, owner: str) -> list[str]:
    claimed = []
    while (run := runs.claim(owner, lease=LEASE)) is not None:
        claimed.append(run.id)
    return claimed


def test_four_threads_claim_each_of_200_runs_once(runs: RunStore) -> None:
    expected = {_enqueued(runs, f"job{number}").id for number in range(200)}

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda owner: _claim_all(runs, owner), ["w0", "w1", "w2", "w3"]))

    claimed = Counter(run_id for part in found for run_id in part)
    assert set(claimed) == expected
    assert set(claimed.values()) == {1}


def test_of_many_that_finish_a_run_at_once_one_decides_its_state(runs: RunStore) -> None:
    run = _enqueued(runs, owner="w", lease=LEASE, max_retries=1)
    states = [RunState.FAILED, RunState.SUCCEEDED, RunState.TIMEOUT, RunState.STOPPED] * 2

    with ThreadPoolExecutor(8) as pool:
        ends = list(pool.map(lambda state: runs.finish(run.id, state), states))

    assert len({end.state for end in ends}) == 1
    assert len(runs.list()) == (2 if ends[0].state is RunState.FAILED else 1)


def _delayed(runs: RunStore, run_id: str) -> list[tuple[str, object]]:
    return [
        (event.event, (event.detail or {}).get("state"))
        for event in runs.events(run_id)
        if event.event == "DELAYED"
    ]


def test_every_state_that_a_run_comes_into_is_on_record(runs: RunStore, clock: Clock) -> None:
    run = _enqueued(runs)
    clock.advance(seconds=1)
    runs.claim("w", lease=LEASE)
    runs.begin(run.id, "w", lease=LEASE)
    runs.stop(run.id)
    runs.stop(run.id)
    clock.advance(seconds=1)
    runs.finish(run.id, RunState.STOPPED)
    other = _enqueued(runs)
    runs.finish(other.id, RunState.FAILED, error=RunError(message="no"))

    found = runs.events(run.id)

    assert [event.event for event in found] == [
        *("WAITING", "STARTING", "RUNNING", "STOPPING", "STOPPED")
    ]
    assert (found[-1].at - found[0].at, found[0].name) == (timedelta(seconds=2), "flights")
    assert runs.events(other.id)[-1].detail == {"message": "no"}


def test_each_event_is_taken_once(runs: RunStore) -> None:
    first, second = _enqueued(runs, "a"), _enqueued(runs, "b")
    with contextlib.suppress(RuntimeError), runs.transaction() as connection:
        assert len(runs.within(connection).take_events()) == 2
        raise RuntimeError

    taken = [*runs.take_events(limit=1), *runs.take_events()]

    assert [event.run_id for event in taken] == [first.id, second.id]
    assert runs.take_events() == []


def test_a_run_that_lasts_is_said_to_be_late_once_in_each_state(
    runs: RunStore, clock: Clock
) -> None:
    late = {"NotificationProperty": {"NotifyDelayAfter": 2}}
    run, other = _enqueued(runs, settings=late), _enqueued(runs)
    clock.advance(minutes=9)
    waiting = runs.note_delays()
    for each in (run, other):
        runs.begin(each.id, "w", lease=timedelta(hours=1))
    clock.advance(minutes=2)
    noted = [*runs.note_delays(), *runs.note_delays()]
    runs.stop(run.id)
    clock.advance(minutes=3)
    runs.note_delays()
    runs.finish(run.id, RunState.STOPPED)
    clock.advance(minutes=3)

    assert (waiting, [item.id for item in noted]) == ([], [run.id])
    assert runs.note_delays() == []
    assert _delayed(runs, run.id) == [("DELAYED", "RUNNING"), ("DELAYED", "STOPPING")]
    assert _delayed(runs, other.id) == []


def test_a_retry_waits_longer_each_time_and_the_same_for_the_same_run(
    engine: sa.Engine, clock: Clock
) -> None:
    runs = RunStore(engine, clock, retry_delay=retry_delay)
    run = _enqueued(runs, max_retries=1)
    ended = runs.finish(run.id, RunState.FAILED)
    retry, _ = runs.list()
    wait = retry_delay(ended)

    assert retry.not_before == clock.now + wait
    assert runs.claim("w", lease=LEASE) is None
    assert not runs.idle(tuple(RunKind))
    clock.advance(seconds=wait.total_seconds())
    claimed = runs.claim("w", lease=LEASE)
    assert claimed is not None
    assert claimed.id == retry.id


@given(attempt=st.integers(0, 5000), run_id=st.text(max_size=20))
@example(attempt=0, run_id="")
def test_a_delay_lies_between_half_and_the_whole_of_what_doubles(attempt: int, run_id: str) -> None:
    run = Run(
        **dict.fromkeys(Run.__dataclass_fields__, None)  # type: ignore[arg-type]
        | {"attempt": attempt, "id": run_id}
    )
    whole = min(2.0 * 2.0 ** min(attempt, 20), 300.0)

    assert whole / 2 <= retry_delay(run).total_seconds() <= whole


def test_a_run_that_is_held_back_starts_when_another_ends(runs: RunStore) -> None:
    at_work = _enqueued(runs, owner="w", lease=LEASE, max_retries=1)
    held = [_enqueued(runs, held_below=1) for _ in range(2)]
    unheld = _enqueued(runs, "other")

    assert _claim_all(runs, "w") == [unheld.id]
    assert runs.count_open(RunKind.JOB, "flights") == 1
    runs.finish(at_work.id, RunState.FAILED)
    # Its retry has the place.
    assert _claim_all(runs, "w") == [f"{at_work.id}_attempt_1"]
    runs.finish(f"{at_work.id}_attempt_1", RunState.FAILED)
    assert _claim_all(runs, "w") == [held[0].id]
    runs.stop(held[1].id)
    runs.finish(held[0].id, RunState.SUCCEEDED)
    assert _claim_all(runs, "w") == []


def test_a_run_that_was_held_back_for_15_days_has_expired(runs: RunStore, clock: Clock) -> None:
    _enqueued(runs, owner="w", lease=timedelta(days=99))
    held, waiting = _enqueued(runs, held_below=1), _enqueued(runs, "other")
    clock.advance(days=15)
    early = runs.expire()
    clock.advance(seconds=1)

    (expired,) = runs.expire()

    assert (early, expired.id, expired.state) == ([], held.id, RunState.EXPIRED)
    assert runs.get(waiting.id).state is RunState.WAITING


@pytest.mark.parametrize("queues", [False, True])
def test_what_a_trigger_begins_follows_the_rules_of_its_job(
    engine: sa.Engine, clock: Clock, *, queues: bool
) -> None:
    rules = RunRules(max_concurrent=1, queues=queues, settings={"Timeout": 5, "GlueVersion": "6.0"})
    runs = RunStore(engine, clock, rules=lambda targets: dict.fromkeys(targets, rules))
    first = _enqueued(runs, trigger_name="t", settings={"Timeout": 1})
    second = _enqueued(runs, trigger_name="t", max_retries=0)

    assert first.settings == {"Timeout": 1, "GlueVersion": "6.0"}
    if queues:
        assert (second.state, second.held_below) == (RunState.WAITING, 1)
        runs.finish(first.id, RunState.SUCCEEDED)
        assert _claim_all(runs, "w") == [second.id]
    else:
        assert second.state is RunState.FAILED
        assert second.error is not None
        assert second.error.message == "Concurrent runs exceeded for job: flights."
        # Conditional triggers may follow it.
        assert runs.any_ended()


def test_progress_is_shown_until_the_run_ends(runs: RunStore) -> None:
    run = _enqueued(runs, owner="w", lease=LEASE)
    runs.set_progress(run.id, {"stages": 1})
    runs.set_progress(run.id, {"stages": 2})

    assert runs.get(run.id).progress == {"stages": 2}
    runs.finish(run.id, RunState.SUCCEEDED)
    runs.set_progress(run.id, {"stages": 3})
    assert runs.get(run.id).progress is None
