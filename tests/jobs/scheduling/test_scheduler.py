"""The scheduler: one pass at a time, as a loop, and beside others."""

from __future__ import annotations

import logging
import shutil
import threading
from collections import Counter
from concurrent.futures import Executor as Pool
from concurrent.futures import Future
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gluepot.catalog.engine import open_engine
from gluepot.catalog.errors import EntityNotFoundError, InvalidInputError, OperationTimeoutError
from gluepot.jobs.runs.store import Run, RunKind, RunState, RunStore
from gluepot.jobs.scheduling.scheduler import Scheduler
from gluepot.jobs.triggers.model import Action, Condition, Predicate, Trigger
from gluepot.jobs.triggers.store import TriggerStore
from tests.jobs.scheduling.conftest import Clock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

LEASE = timedelta(seconds=60)
HOURLY = Trigger(
    name="hourly",
    type="SCHEDULED",
    state="ACTIVATED",
    schedule="cron(0 * * * ? *)",
    actions=(Action(crawler_name="raw"),),
)
LOADING = Trigger(
    name="loading",
    type="CONDITIONAL",
    state="ACTIVATED",
    predicate=Predicate(conditions=(Condition(crawler_name="raw", crawl_state="SUCCEEDED"),)),
    actions=(Action(job_name="load"), Action(job_name="bad")),
)
ALARM = Trigger(
    name="alarm",
    type="CONDITIONAL",
    state="ACTIVATED",
    predicate=Predicate(
        conditions=(
            Condition(job_name="load", state="SUCCEEDED"),
            Condition(job_name="bad", state="FAILED"),
        ),
        logical="AND",
    ),
    actions=(Action(job_name="report"),),
)


class Inline(Pool):
    """Carries out at once, in the caller's thread."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401
        """Call and wrap the result."""
        done: Future[Any] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


class Doing:
    """An executor that does what it is told with each run."""

    def __init__(self, act: Callable[[Run], None]) -> None:
        self._act = act

    def execute(self, run: Run) -> None:
        """Do it."""
        self._act(run)


def _succeeding(runs: RunStore) -> Callable[[Run], None]:
    def act(run: Run) -> None:
        if run.name == "bad":
            raise InvalidInputError("bad is bad")
        runs.finish(run.id, RunState.SUCCEEDED)

    return act


def _scheduler(
    runs: RunStore,
    triggers: TriggerStore,
    clock: Clock,
    act: Callable[[Run], None] | None = None,
    **options: Any,  # noqa: ANN401
) -> Scheduler:
    executor = Doing(act or _succeeding(runs))
    found = {
        "executors": dict.fromkeys(RunKind, executor),
        "owner": "me",
        "pool": Inline(),
        "lease": LEASE,
        "poll": timedelta(milliseconds=1),
        **options,
    }
    return Scheduler(runs=runs, triggers=triggers, clock=clock, **found)


def _job(runs: RunStore, **members: Any) -> Run:  # noqa: ANN401
    run = runs.enqueue(RunKind.JOB, "load", **members)
    assert run is not None
    return run


def test_a_pass_fires_claims_and_carries_out(
    runs: RunStore, triggers: TriggerStore, clock: Clock
) -> None:
    triggers.create(HOURLY)
    scheduler = _scheduler(runs, triggers, clock)
    clock.advance(hours=1)

    step = scheduler.step()

    assert [run.name for run in step.fired] == [run.name for run in step.taken] == ["raw"]
    assert [run.state for run in runs.list()] == [RunState.SUCCEEDED]
    assert not scheduler.step()


def test_until_idle_follows_the_chain_to_its_end(
    runs: RunStore, triggers: TriggerStore, clock: Clock
) -> None:
    for trigger in (HOURLY, LOADING, ALARM):
        triggers.create(trigger)
    clock.advance(hours=1)

    _scheduler(runs, triggers, clock, pool=None).run(threading.Event(), until_idle=True)

    states = {run.name: run.state for run in runs.list()}
    good = dict.fromkeys(["raw", "load", "report"], RunState.SUCCEEDED)
    assert states == {**good, "bad": RunState.FAILED}
    assert len({run.chain_id for run in runs.list()}) == 1


def test_what_an_executor_raises_ends_the_run_as_failed(
    runs: RunStore, triggers: TriggerStore, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    def act(run: Run) -> None:
        if run.arguments:
            raise InvalidInputError("the sink cannot be written")
        raise ZeroDivisionError("division by zero")

    foreseen, unforeseen = _job(runs, arguments={"--a": "1"}), _job(runs)

    _scheduler(runs, triggers, clock, act).step()

    assert [run.state for run in runs.list()] == [RunState.FAILED] * 2
    messages = [getattr(runs.get(run.id).error, "message", "") for run in (foreseen, unforeseen)]
    assert messages == ["the sink cannot be written", "ZeroDivisionError: division by zero"]
    tracebacks = [record.exc_info for record in caplog.records if record.levelname == "WARNING"]
    assert [bool(traceback) for traceback in tracebacks] == [False, True]


def test_a_run_whose_job_is_deleted_ends_in_error(
    runs: RunStore, triggers: TriggerStore, clock: Clock
) -> None:
    def act(run: Run) -> None:
        raise EntityNotFoundError("Job", run.name)

    run = _job(runs, max_retries=3)

    _scheduler(runs, triggers, clock, act).step()

    assert runs.get(run.id).state is RunState.ERROR
    assert len(runs.list()) == 1


def test_a_table_that_is_missing_is_a_failure(
    runs: RunStore, triggers: TriggerStore, clock: Clock
) -> None:
    def act(_run: Run) -> None:
        raise EntityNotFoundError("Table", "flights")

    run = _job(runs)

    _scheduler(runs, triggers, clock, act).step()

    assert runs.get(run.id).state is RunState.FAILED


def test_an_executor_that_records_no_end_has_failed(
    runs: RunStore, triggers: TriggerStore, clock: Clock
) -> None:
    run = _job(runs)

    _scheduler(runs, triggers, clock, lambda _run: None).step()

    assert runs.get(run.id).state is RunState.FAILED
    assert "without recording how it ended" in str(runs.get(run.id).error)


def test_a_run_that_a_child_process_took_over_is_left_to_it(
    runs: RunStore, triggers: TriggerStore, clock: Clock
) -> None:
    run = _job(runs)
    scheduler = _scheduler(
        runs, triggers, clock, lambda run: _ignore(runs.begin(run.id, "child", lease=LEASE))
    )

    scheduler.step()

    assert (runs.get(run.id).state, runs.get(run.id).owner) == (RunState.RUNNING, "child")


def test_runs_of_other_kinds_are_left_to_others(
    runs: RunStore, triggers: TriggerStore, clock: Clock
) -> None:
    run = _job(runs)
    crawls_only = {RunKind.CRAWL: Doing(_succeeding(runs))}

    _scheduler(runs, triggers, clock, executors=crawls_only).run(threading.Event(), until_idle=True)

    assert runs.get(run.id).state is RunState.WAITING


def test_a_failed_run_is_carried_out_again_until_it_succeeds(
    runs: RunStore, triggers: TriggerStore, clock: Clock
) -> None:
    def act(run: Run) -> None:
        if run.attempt < 2:
            raise InvalidInputError("not yet")
        runs.finish(run.id, RunState.SUCCEEDED)

    _job(runs, max_retries=5)

    _scheduler(runs, triggers, clock, act).step()

    states = [run.state for run in runs.list()]
    assert states == [RunState.SUCCEEDED, RunState.FAILED, RunState.FAILED]


def test_the_run_of_a_dead_worker_is_retried_by_another(
    runs: RunStore, triggers: TriggerStore, clock: Clock
) -> None:
    dead = _job(runs, max_retries=1)
    runs.claim("dead", lease=LEASE)
    clock.advance(seconds=61)

    step = _scheduler(runs, triggers, clock).step()

    assert [run.id for run in step.expired] == [dead.id]
    assert [run.state for run in runs.list()] == [RunState.SUCCEEDED, RunState.FAILED]


def test_a_long_run_keeps_its_lease_while_its_worker_lives(
    runs: RunStore, triggers: TriggerStore, clock: Clock
) -> None:
    run, release, pool = _job(runs), threading.Event(), _Threads()
    scheduler = _scheduler(runs, triggers, clock, lambda _: _ignore(release.wait(30)), pool=pool)
    scheduler.step()

    for _ in range(10):
        clock.advance(seconds=40)
        assert not scheduler.step().expired
    held = runs.get(run.id)
    release.set()
    pool.join()

    assert held.lease_expires_at == clock.now + LEASE
    assert held.state is RunState.STARTING


def test_no_more_runs_than_slots_are_in_hand(
    runs: RunStore, triggers: TriggerStore, clock: Clock
) -> None:
    release, pool = threading.Event(), _Threads()
    for _ in range(5):
        _job(runs)
    scheduler = _scheduler(
        runs, triggers, clock, lambda _: _ignore(release.wait(30)), pool=pool, slots=3
    )

    first, second = scheduler.step(), scheduler.step()
    release.set()
    pool.join()
    third = scheduler.step()
    pool.join()

    assert [len(step.taken) for step in (first, second, third)] == [3, 0, 2]


def test_a_stopped_scheduler_lets_the_run_in_hand_end_and_takes_no_other(
    runs: RunStore, triggers: TriggerStore, clock: Clock
) -> None:
    first, second = _job(runs), _job(runs)
    stop, began, release = threading.Event(), threading.Event(), threading.Event()

    def act(run: Run) -> None:
        began.set()
        assert release.wait(30)
        runs.finish(run.id, RunState.SUCCEEDED)

    scheduler = _scheduler(runs, triggers, clock, act, pool=None, slots=1)
    loop = threading.Thread(target=scheduler.run, args=(stop,))
    loop.start()
    assert began.wait(30)
    stop.set()
    loop.join(0.2)
    waiting = loop.is_alive()
    release.set()
    loop.join(30)

    assert waiting
    assert not loop.is_alive()
    assert runs.get(first.id).state is RunState.SUCCEEDED
    assert runs.get(second.id).state is RunState.WAITING


def test_a_database_that_does_not_answer_is_waited_for(
    runs: RunStore,
    triggers: TriggerStore,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    run = _job(runs)
    real, failures = runs.claim, iter(range(3))

    def claim(*args: Any, **options: Any) -> Run | None:  # noqa: ANN401
        if next(failures, None) is not None:
            raise OperationTimeoutError("the database has gone for a walk")
        return real(*args, **options)

    monkeypatch.setattr(runs, "claim", claim)

    with caplog.at_level(logging.WARNING):
        _scheduler(runs, triggers, clock).run(threading.Event(), until_idle=True)

    assert runs.get(run.id).state is RunState.SUCCEEDED
    assert len([record for record in caplog.records if "gone for a walk" in record.message]) == 3


operations = st.lists(
    st.one_of(st.sampled_from(["a", "b"]), st.integers(1, 90)), min_size=5, max_size=25
)


@settings(max_examples=12, deadline=None)
@given(operations)
def test_two_schedulers_in_any_order_do_what_one_does(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, order: list[str | int]
) -> None:
    folder = tmp_path_factory.mktemp("order")

    alone = _history(sqlite_template, folder / "alone.db", order, names={"a": "a", "b": "a"})
    together = _history(sqlite_template, folder / "pair.db", order, names={"a": "a", "b": "b"})

    assert together == alone


def _history(
    migrated: Path, path: Path, order: list[str | int], names: dict[str, str]
) -> Counter[tuple[object, ...]]:
    """Return what was run when schedulers make passes, and minutes go by, in this order."""
    shutil.copy(migrated, path)
    engine, clock = open_engine(f"sqlite:///{path}"), Clock()
    triggers = TriggerStore(engine, clock)
    for trigger in (HOURLY, replace(HOURLY, name="often", schedule="rate(7 minutes)")):
        triggers.create(trigger)
    triggers.create(LOADING)
    triggers.create(ALARM)
    stores = {
        name: RunStore(engine, clock, max_retries=lambda _kind, name: int(name == "bad"))
        for name in set(names.values())
    }
    schedulers = {
        name: _scheduler(runs, TriggerStore(engine, clock), clock, owner=name)
        for name, runs in stores.items()
    }
    for operation in [*order, "a", "b", "a", "b", "a", "b"]:
        if isinstance(operation, int):
            clock.advance(minutes=operation)
        else:
            schedulers[names[operation]].step()
    found = stores[names["a"]].list(limit=100_000)
    engine.dispose()
    return Counter(
        (run.kind, run.name, run.trigger_name, run.chain_id, run.attempt, run.state)
        for run in found
    )


class _Threads(Pool):
    """A thread for each run, that a test can wait for."""

    def __init__(self) -> None:
        self._threads: list[threading.Thread] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401
        """Begin a thread."""
        done: Future[Any] = Future()
        thread = threading.Thread(target=lambda: done.set_result(fn(*args, **kwargs)))
        self._threads.append(thread)
        thread.start()
        return done

    def join(self) -> None:
        """Wait for all of them."""
        for thread in self._threads:
            thread.join()


def _ignore(_value: object) -> None:
    pass
