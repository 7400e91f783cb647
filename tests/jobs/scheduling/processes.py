"""What tests run in processes of their own, to be killed; imported by a server that forks them."""

from __future__ import annotations

import multiprocessing
import os
import random
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from gluepot.catalog.engine import open_engine
from gluepot.jobs.runs import RunKind, RunState, RunStore
from gluepot.jobs.scheduler import Scheduler
from gluepot.jobs.trigger_store import TriggerStore

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerContext
    from multiprocessing.queues import Queue
    from multiprocessing.synchronize import Barrier

    from gluepot.jobs.runs import Run

LEASE = timedelta(seconds=150)


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
        """Take a moment, in which the process may be killed, and succeed."""
        self._runs.begin(run.id, self._owner, lease=LEASE)
        descriptor = os.open(self._log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(descriptor, f"{run.id}\n".encode())
        os.close(descriptor)
        time.sleep(random.uniform(0, 0.01))  # noqa: S311  any moment will do
        self._runs.finish(run.id, RunState.SUCCEEDED)


def run_scheduler(url: str, owner: str, folder: str) -> None:
    """Be a scheduler until killed."""
    engine = open_engine(url)
    clock = FileClock(Path(folder) / "clock")
    runs = RunStore(engine, clock, max_retries=lambda _kind, _name: 50)
    executor = LoggingExecutor(runs, Path(folder) / "log", owner)
    Scheduler(
        runs,
        TriggerStore(engine, clock),
        dict.fromkeys(RunKind, executor),
        clock,
        owner,
        lease=LEASE,
        poll=timedelta(milliseconds=5),
    ).run(threading.Event())
