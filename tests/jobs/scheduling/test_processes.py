"""Real processes on one database: claimed once, killed at random, nothing lost, nothing twice."""

from __future__ import annotations

import collections
import itertools
import random
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from gluepot.jobs.runs.store import RunKind, RunState, RunStore
from gluepot.jobs.triggers.model import Action, Condition, Predicate, Trigger
from tests.jobs.scheduling.processes import FileClock, KilledPair, claim_all, forking

if TYPE_CHECKING:
    from pathlib import Path

    from gluepot.jobs.runs.store import Run
    from gluepot.jobs.triggers.store import TriggerStore

BEGIN = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TRIGGERS = 5
KILLS = 8


def test_four_processes_claim_each_of_200_runs_once(runs: RunStore, database_url: str) -> None:
    expected = {_id(runs.enqueue(RunKind.JOB, f"job{number}")) for number in range(200)}
    context = forking()
    together, found = context.Barrier(4), context.Queue()
    workers = [
        context.Process(target=claim_all, args=(database_url, f"w{number}", together, found))
        for number in range(4)
    ]

    for worker in workers:
        worker.start()
    claims = [found.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join()

    counted = collections.Counter(itertools.chain.from_iterable(claims))
    assert set(counted) == expected
    assert set(counted.values()) == {1}


def test_two_schedulers_killed_at_random_fire_each_due_fire_once(
    runs: RunStore, triggers: TriggerStore, database_url: str, tmp_path: Path
) -> None:
    seed = random.randrange(2**32)  # noqa: S311
    print(f"seed {seed}")  # noqa: T201  shown when the test fails
    for number in range(TRIGGERS):
        triggers.create(_every_minute(number))
        triggers.create(_follower(number))
    clock = FileClock(tmp_path / "clock")
    clock.set(BEGIN)
    start = BEGIN + timedelta(minutes=1)
    pair = KilledPair(database_url, tmp_path, random.Random(seed))  # noqa: S311

    with pair:
        dues: list[datetime] = []
        while pair.kills < KILLS:
            dues.append(start + timedelta(minutes=len(dues)))
            clock.set(dues[-1])
            _until(lambda: _fires(runs) == TRIGGERS * len(dues))
        # Leases of the killed run out only as time goes by; nothing is due meanwhile.
        for number in range(TRIGGERS):
            triggers.deactivate(f"every{number}")
        for later in itertools.count(1):
            if runs.idle(tuple(RunKind)):
                break
            clock.set(dues[-1] + timedelta(hours=later))
            time.sleep(0.2)

    every = runs.list(limit=100_000)
    _prove_each_fire_has_one_run(every, dues)
    _prove_each_run_has_one_end(every, (tmp_path / "log").read_text().split())


def _prove_each_fire_has_one_run(every: list[Run], dues: list[datetime]) -> None:
    firsts = collections.Counter(_fire(run) for run in every if run.attempt == 0)
    chains = {
        number: [f"every{number}@{due.isoformat()}" for due in dues] for number in range(TRIGGERS)
    }
    scheduled = {(f"every{n}", chain) for n in chains for chain in chains[n]}
    following = {(f"after{n}", chain) for n in chains for chain in chains[n]}
    assert set(firsts) == scheduled | following
    assert set(firsts.values()) == {1}


def _prove_each_run_has_one_end(every: list[Run], begun: list[str]) -> None:
    for _, attempts in itertools.groupby(sorted(every, key=_fire), key=_fire):
        states = [run.state for run in sorted(attempts, key=lambda run: run.attempt)]
        assert states == [RunState.FAILED] * (len(states) - 1) + [RunState.SUCCEEDED]
    assert set(collections.Counter(begun).values()) == {1}
    assert {run.id for run in every if run.state is RunState.SUCCEEDED} <= set(begun)


def _every_minute(number: int) -> Trigger:
    return Trigger(
        name=f"every{number}",
        type="SCHEDULED",
        state="ACTIVATED",
        schedule="cron(* * * * ? *)",
        actions=(Action(crawler_name=f"raw{number}"),),
    )


def _follower(number: int) -> Trigger:
    condition = Condition(crawler_name=f"raw{number}", crawl_state="SUCCEEDED")
    return Trigger(
        name=f"after{number}",
        type="CONDITIONAL",
        state="ACTIVATED",
        predicate=Predicate(conditions=(condition,)),
        actions=(Action(job_name=f"job{number}"),),
    )


def _fires(runs: RunStore) -> int:
    crawls = runs.list(kind=RunKind.CRAWL, limit=100_000)
    return sum(1 for run in crawls if run.attempt == 0)


def _fire(run: Run) -> tuple[str | None, str]:
    return run.trigger_name, run.chain_id


def _id(run: Run | None) -> str:
    assert run is not None
    return run.id


def _until(true: object) -> None:
    deadline = time.monotonic() + 60
    while not true():  # type: ignore[operator]
        assert time.monotonic() < deadline, "the schedulers do not get on"
        time.sleep(0.02)
