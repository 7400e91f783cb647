"""A run that is at work elsewhere: its states, its stop, and who follows it on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from gluepot.jobs.errors import LaunchError
from gluepot.jobs.launchers import following
from gluepot.jobs.launchers.following import Follower, follower_name
from gluepot.jobs.launchers.model import Ending
from gluepot.jobs.launchers.remote_runs import take_over
from gluepot.jobs.runs.lease import LEASE, process_owner
from gluepot.jobs.runs.state import RunKind, RunState
from gluepot.jobs.runs.store import RunStore
from gluepot.jobs.scheduling.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gluepot.jobs.runs.state import Run
    from tests.jobs.conftest import Lake


@dataclass
class Elsewhere:
    """Work at another place that does what the test says at each look."""

    steps: list[Callable[[], Ending | None]]
    records_itself: bool = False
    works: bool = True
    stops: list[bool] = field(default_factory=list)
    remote: Mapping[str, str] | None = field(default_factory=lambda: {"launcher": "x", "id": "7"})
    log: str = "elsewhere"

    def poll(self, seconds: float) -> Ending | None:  # noqa: ARG002
        """Do the next step."""
        return self.steps.pop(0)()

    def at_work(self) -> bool:
        """Return what the test says."""
        return self.works

    def stop(self, *, hard: bool = False) -> None:
        """Note it."""
        self.stops.append(hard)


def nothing() -> None:
    """Go on."""


def ending(state: RunState) -> Callable[[], Ending]:
    return lambda: Ending(message="its words", state=state, metrics={"figure": 1})


def follow(handle: Elsewhere, run: Run, lake: Lake, grace: float = 60) -> Run:
    follower = Follower(handle, run, runs=lake.runs, watch_seconds=0, grace_seconds=grace)
    return follower.follow()


def test_a_run_elsewhere_is_running_here_when_it_is_there_and_has_its_end_and_figures(
    lake: Lake, new_run: Callable[..., Run]
) -> None:
    run = new_run()
    seen: list[RunState] = []

    def look() -> None:
        seen.append(lake.runs.get(run.id).state)

    ended = follow(Elsewhere([look, look, ending(RunState.SUCCEEDED)]), run, lake)

    assert seen == [RunState.STARTING, RunState.RUNNING]
    assert (ended.state, ended.error, ended.metrics["figure"]) == (RunState.SUCCEEDED, None, 1)
    assert ended.metrics["remote"] == {"launcher": "x", "id": "7"}


def test_a_run_that_fails_elsewhere_fails_here_with_its_words(
    lake: Lake, new_run: Callable[..., Run]
) -> None:
    ended = follow(Elsewhere([nothing, ending(RunState.FAILED)]), new_run(), lake)

    assert ended.state is RunState.FAILED
    assert ended.error is not None
    assert ended.error.message == "its words"


def test_a_stopped_run_is_stopped_elsewhere_once_and_then_made_to_end(
    lake: Lake, new_run: Callable[..., Run]
) -> None:
    run = new_run()

    def stop() -> None:
        lake.runs.stop(run.id)

    handle = Elsewhere([nothing, stop, nothing, ending(RunState.STOPPED)])

    ended = follow(handle, run, lake, grace=0)

    assert ended.state is RunState.STOPPED
    assert handle.stops == [False, True, True]


def test_a_run_over_its_timeout_is_ended(
    lake: Lake, new_run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = new_run(settings={"Timeout": 1})
    late = datetime.now(UTC) + timedelta(minutes=2)
    late_runs = RunStore(lake.engine, lambda: late)
    handle = Elsewhere([nothing, nothing, ending(RunState.STOPPED)])
    monkeypatch.setattr(following, "BEAT_SECONDS", 3600)
    follow_now = Follower(handle, run, runs=lake.runs, watch_seconds=0)
    follow_now._look()
    late_lake = replace(lake, runs=late_runs)

    ended = follow(handle, lake.runs.get(run.id), late_lake)

    assert ended.state is RunState.TIMEOUT
    assert handle.stops == [False]


def test_a_place_that_does_not_answer_for_a_while_costs_nothing(
    lake: Lake, new_run: Callable[..., Run]
) -> None:
    def refuse() -> None:
        raise LaunchError("no answer")

    ended = follow(Elsewhere([refuse, refuse, ending(RunState.SUCCEEDED)]), new_run(), lake)

    assert ended.state is RunState.SUCCEEDED


def test_a_place_that_never_answers_again_is_given_up(
    lake: Lake, new_run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "MOST_FAILURES", 2)

    def refuse() -> None:
        raise LaunchError("no answer")

    with pytest.raises(LaunchError, match="no answer"):
        follow(Elsewhere([refuse] * 3), new_run(), lake)


def test_a_run_whose_follower_died_is_taken_over_by_one_other_and_not_failed(
    lake: Lake, new_run: Callable[..., Run]
) -> None:
    run = new_run()

    def die() -> None:
        raise KeyboardInterrupt

    dying = Elsewhere([nothing, die])
    with pytest.raises(KeyboardInterrupt):
        follow(dying, run, lake)
    assert take_over(lake.runs, "other:1") is None  # its follower may still live
    later = datetime.now(UTC) + 2 * LEASE
    runs = RunStore(lake.engine, lambda: later)

    assert runs.expire() == []
    taken = take_over(runs, "other:1")
    again = take_over(runs, "third:1")

    assert taken is not None
    assert (taken.id, taken.state, taken.owner) == (run.id, RunState.RUNNING, "other:1/follower")
    assert again is None
    assert dying.stops == []
    followed = follow(
        Elsewhere([nothing, ending(RunState.SUCCEEDED)]), taken, replace(lake, runs=runs)
    )
    assert followed.state is RunState.SUCCEEDED


def test_a_child_that_records_its_end_itself_has_the_last_word(
    lake: Lake, new_run: Callable[..., Run]
) -> None:
    run = new_run()

    def record() -> None:
        lake.runs.begin(run.id, "child:1", lease=LEASE)
        lake.runs.finish(run.id, RunState.SUCCEEDED)

    handle = Elsewhere([record, ending(RunState.FAILED)], records_itself=True, remote=None)

    assert follow(handle, run, lake).state is RunState.SUCCEEDED
    assert follower_name(process_owner()) != run.owner


def test_a_worker_takes_up_what_lost_its_follower(lake: Lake, new_run: Callable[..., Run]) -> None:
    run = new_run()
    lake.runs.begin(run.id, follower_name("dead:1"), lease=following.REMOTE_LEASE)
    now = datetime.now(UTC)
    taken: list[tuple[str, str | None]] = []

    class Noting:
        """Says what it is to carry out."""

        def execute(self, run: Run) -> None:
            """Note it, and end it."""
            taken.append((run.id, run.owner))
            runs.finish(run.id, RunState.SUCCEEDED)

    runs = RunStore(lake.engine, lambda: now)
    with ThreadPoolExecutor(1) as pool:
        worker = Worker(
            runs=runs,
            executors={RunKind.JOB: Noting()},
            clock=lambda: now,
            owner="living:1",
            pool=pool,
            slots=1,
            lease=LEASE,
        )
        now += LEASE / 2
        worker.renew()  # its follower may be alive
        now += LEASE
        worker.renew()

    assert taken == [(run.id, "living:1/follower")]
