"""What tests run in processes of their own, to be killed; imported by a server that forks them."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import random
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Self

from gluepot.catalog.engine import open_engine
from gluepot.jobs.runs.store import RunKind, RunState, RunStore
from gluepot.jobs.scheduling.scheduler import Scheduler
from gluepot.jobs.triggers.store import TriggerStore
from gluepot.jobs.workflows.runs import WorkflowRunStore

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerContext
    from multiprocessing.process import BaseProcess
    from multiprocessing.queues import Queue
    from multiprocessing.synchronize import Barrier

    from gluepot.jobs.runs.store import Run

LEASE = timedelta(seconds=150)
FAILING = "failing"
"""The job that always fails; no other does, and it alone is not tried again by itself."""


def forking() -> ForkServerContext:
    """Return where processes start in milliseconds: everything is imported before the fork."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["__main__", "tests.jobs.scheduling.processes"])
    return context


def claim_all(url: str, owner: str, together: Barrier, found: Queue[list[str]]) -> None:
    """Claim runs until none is left, and report their ids."""
    engine = open_engine(url)
    runs = RunStore(engine, lambda: datetime(2026, 1, 1, tzinfo=UTC))
    together.wait()
    claimed = []
    while (run := runs.claim(owner, lease=LEASE)) is not None:
        claimed.append(run.id)
    found.put(claimed)
    engine.dispose()


class FileClock:
    """A clock that the test moves for all processes, by a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __call__(self) -> datetime:
        """Return the time that the test wrote last."""
        return datetime.fromisoformat(self._path.read_text())

    def set(self, time: datetime) -> None:
        """Move the clock, at once for all."""
        new = self._path.with_suffix(".new")
        new.write_text(time.isoformat())
        new.replace(self._path)


class LoggingExecutor:
    """Writes a line as each run begins, so that a run carried out twice is seen."""

    def __init__(self, runs: RunStore, log: Path, owner: str) -> None:
        self._runs = runs
        self._log = log
        self._owner = owner

    def execute(self, run: Run) -> None:
        """Take a moment, in which the process may be killed, and succeed.

        Raises:
            ZeroDivisionError: It is the job that always fails.
        """
        self._runs.begin(run.id, self._owner, lease=LEASE)
        descriptor = os.open(self._log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(descriptor, f"{run.id}\n".encode())
        os.close(descriptor)
        time.sleep(random.uniform(0, 0.01))  # noqa: S311  any moment will do
        if run.name == FAILING:
            raise ZeroDivisionError("the script has a fault")
        self._runs.finish(run.id, RunState.SUCCEEDED)


def retries(_kind: RunKind, name: str) -> int:
    """Return how often a run is tried again: whoever carries it out may be killed each time."""
    return 0 if name == FAILING else 50


def run_scheduler(url: str, owner: str, folder: str) -> None:
    """Be a scheduler until killed."""
    engine = open_engine(url)
    clock = FileClock(Path(folder) / "clock")
    runs = RunStore(engine, clock, max_retries=retries)
    executor = LoggingExecutor(runs, Path(folder) / "log", owner)
    Scheduler(
        runs,
        TriggerStore(engine, clock),
        dict.fromkeys(RunKind, executor),
        clock,
        owner,
        lease=LEASE,
        poll=timedelta(milliseconds=5),
        workflows=WorkflowRunStore(engine, clock),
    ).run(threading.Event())


class KilledPair:
    """Two schedulers; one of them is killed at a random moment, and begun anew, all the time.

    ``lasting`` are the least and the most seconds between two kills.
    """

    def __init__(
        self,
        url: str,
        folder: Path,
        chance: random.Random,
        *,
        lasting: tuple[float, float] = (0.05, 0.3),
    ) -> None:
        self.kills = 0
        self._lasting = lasting
        self._url = url
        self._folder = folder
        self._chance = chance
        self._names = itertools.count()
        self._stop = threading.Event()
        self._killer = threading.Thread(target=self._kill_on_and_on)
        self._living: list[BaseProcess] = []

    def __enter__(self) -> Self:
        self._living = [self._begin(), self._begin()]
        self._killer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._killer.join()
        for process in self._living:
            process.kill()
            process.join()

    def _begin(self) -> BaseProcess:
        arguments = (self._url, f"s{next(self._names)}", str(self._folder))
        process = forking().Process(target=run_scheduler, args=arguments)
        process.start()
        return process

    def _kill_on_and_on(self) -> None:
        while not self._stop.wait(self._chance.uniform(*self._lasting)):
            victim = self._living.pop(self._chance.randrange(2))
            assert victim.is_alive(), "a scheduler ended by itself"
            victim.kill()
            victim.join()
            self.kills += 1
            self._living.append(self._begin())
