"""The processes that are killed: schedulers, and workers whose runs write one row each."""

from __future__ import annotations

import logging
import multiprocessing
import os
import random
import sys
import threading
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from gluepot.catalog.engine import open_engine
from gluepot.catalog.errors import GluepotError
from gluepot.jobs.runs.state import RunKind, RunState
from gluepot.jobs.runs.store import RunStore
from gluepot.jobs.scheduling.scheduler import Scheduler
from gluepot.jobs.triggers.store import TriggerStore
from gluepot.jobs.workflows.runs import WorkflowRunStore

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerContext
    from multiprocessing.synchronize import Event

    from gluepot.jobs.runs.state import Run
    from soaking.clock import FastClock

LEASE_SECONDS = 6.0
"""Real ones, after which a killed worker's runs are taken for lost."""

POLL = timedelta(milliseconds=100)
SLOTS = 8
"""Of a worker: four of them are to keep up on two cores that have other things to do, too."""

LONGEST_RUN_SECONDS = 1.0
FAILING = 0.02
"""The share of attempts that fail by themselves."""

outputs = sa.table(
    "soak_outputs",
    *(sa.column(name) for name in ("run_id", "trigger_name", "chain_id", "name")),
)


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a process works, and by which clock."""

    url: str
    clock: FastClock
    log: str


class SupersededError(GluepotError):
    """The run was taken from its worker: what it would write is another's to write."""


def forking() -> ForkServerContext:
    """Return where processes start in milliseconds: everything is imported before the fork."""
    # The server does not get this process's path.
    os.environ["PYTHONPATH"] = os.pathsep.join(sys.path)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["soaking.processes", "psycopg"])
    return context


def stores(place: Place) -> tuple[RunStore, TriggerStore, WorkflowRunStore, sa.Engine]:
    """Return the stores of a place; a run is tried again as often as it is killed."""
    engine = open_engine(place.url)
    runs = RunStore(engine, place.clock, max_retries=lambda _kind, _name: 1000)
    triggers = TriggerStore(engine, place.clock)
    return runs, triggers, WorkflowRunStore(engine, place.clock), engine


def be_scheduler(place: Place, owner: str, ready: Event) -> None:
    """Fire triggers until killed."""
    _be(place, owner, ready, works=False)


def be_worker(place: Place, owner: str, ready: Event) -> None:
    """Carry out runs until killed."""
    _be(place, owner, ready, works=True)


def _be(place: Place, owner: str, ready: Event, *, works: bool) -> None:
    output = Path(place.log).open("a", buffering=1)  # noqa: SIM115  open until killed
    sys.stderr = output
    logging.basicConfig(
        level=logging.WARNING, stream=output, format=f"{owner} %(asctime)s %(message)s"
    )
    runs, triggers, workflows, _ = stores(place)
    ready.set()
    executor = RowExecutor(runs, owner, place.clock.lasting(LEASE_SECONDS))
    Scheduler(
        runs,
        triggers,
        {RunKind.JOB: executor, RunKind.CRAWL: executor} if works else {},
        place.clock,
        owner,
        slots=SLOTS,
        lease=place.clock.lasting(LEASE_SECONDS),
        poll=POLL,
        workflows=workflows,
        fires=not works,
    ).run(threading.Event())


class RowExecutor:
    """Works for a moment, in which it may be killed or fail, and writes a row as its run ends.

    The row and the end of the run are one transaction, as a sink of a job commits with its run.
    """

    def __init__(self, runs: RunStore, owner: str, lease: timedelta) -> None:
        self._runs = runs
        self._owner = owner
        self._lease = lease

    def execute(self, run: Run) -> None:
        """Carry out the run.

        Raises:
            ZeroDivisionError: It fails, as scripts do.
            SupersededError: The run was taken for lost meanwhile, and is another's.
        """
        self._runs.begin(run.id, self._owner, lease=self._lease)
        time.sleep(random.uniform(0, LONGEST_RUN_SECONDS))  # noqa: S311
        if random.random() < FAILING:  # noqa: S311
            raise ZeroDivisionError("the script has a fault")
        with self._runs.transaction() as connection:
            held = self._runs.within(connection)
            ended = held.finish(run.id, RunState.SUCCEEDED)
            if ended.state is not RunState.SUCCEEDED or ended.owner != self._owner:
                raise SupersededError(f"Run {run.id} is {ended.state}")
            row = {name: getattr(run, name) for name in ("trigger_name", "chain_id", "name")}
            connection.execute(sa.insert(outputs).values(run_id=run.id, **row))
