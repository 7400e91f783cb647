"""The scheduler: fires due triggers, follows ended runs, and has waiting runs carried out.

Any number of schedulers may share a database. Nothing is kept in memory only: what a killed one
had decided is recorded, and what it had not is decided by the next.
"""

from __future__ import annotations

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from gluepot.catalog.errors import ConcurrentModificationError, OperationTimeoutError
from gluepot.jobs.metrics.tracing import span
from gluepot.jobs.scheduling.firing import Firing
from gluepot.jobs.scheduling.worker import Executor, Worker
from gluepot.jobs.workflows.advancing import Advancing

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping
    from concurrent.futures import Executor as Pool
    from datetime import datetime

    from gluepot.crawlers.store import CrawlerStore
    from gluepot.jobs.runs.state import Run, RunKind
    from gluepot.jobs.runs.store import RunStore
    from gluepot.jobs.scheduling.pruning import Pruning
    from gluepot.jobs.triggers.store import TriggerStore
    from gluepot.jobs.workflows.runs import WorkflowRunStore

__all__ = ["Executor", "Scheduler", "Step"]

DEFAULT_LEASE = timedelta(seconds=60)
DEFAULT_POLL = timedelta(milliseconds=250)
DEFAULT_SLOTS = 2

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Step:
    """What one pass of the scheduler did."""

    expired: tuple[Run, ...] = ()
    fired: tuple[Run, ...] = ()
    taken: tuple[Run, ...] = ()

    def __bool__(self) -> bool:
        """Return whether it did anything."""
        return bool(self.expired or self.fired or self.taken)


class Scheduler:
    """One scheduler with its worker over the database of ``runs`` and ``triggers``.

    One without executors only fires, and one that does not fire only works: they may be processes
    of their own, as many of each as one likes.

    Args:
        runs: Both stores are of one database.
        triggers: As above.
        executors: What carries out each kind of run; runs of other kinds are left to others.
        clock: Says what is due and which leases have run out.
        owner: The name under which runs are held; no two living processes share one.
        slots: How many runs are carried out at a time.
        lease: How long after its last sign of life a worker is taken for dead.
        poll: How long ``run`` waits between passes.
        pool: Threads for the runs; by default as many as ``slots``.
        crawlers: Whose own schedules start crawls; None for triggers alone.
        workflows: Where the runs of workflows are recorded; None for triggers without them.
        fires: Whether triggers are looked after here.
        pruning: Removes old runs where triggers are looked after; None to keep all.
    """

    def __init__(  # noqa: PLR0913
        self,
        runs: RunStore,
        triggers: TriggerStore,
        executors: Mapping[RunKind, Executor],
        clock: Callable[[], datetime],
        owner: str,
        *,
        slots: int = DEFAULT_SLOTS,
        lease: timedelta = DEFAULT_LEASE,
        poll: timedelta = DEFAULT_POLL,
        pool: Pool | None = None,
        crawlers: CrawlerStore | None = None,
        workflows: WorkflowRunStore | None = None,
        fires: bool = True,
        pruning: Pruning | None = None,
    ) -> None:
        self._runs = runs
        self._pruning = pruning if fires else None
        self._kinds = tuple(executors)
        self._poll = poll
        self._fires = fires
        self._firing = Firing(
            clock=clock, runs=runs, triggers=triggers, crawlers=crawlers, workflows=workflows
        )
        self._states = None
        if fires and workflows is not None:
            self._states = Advancing(clock=clock, runs=runs, executions=workflows.executions)
        self._worker = Worker(
            runs=runs,
            executors=executors,
            clock=clock,
            owner=owner,
            pool=pool or ThreadPoolExecutor(slots, thread_name_prefix="gluepot-run"),
            slots=slots if executors else 0,
            lease=lease,
        )

    def step(self) -> Step:
        """Make one pass: renew and expire leases, fire what is due, follow ends, take runs."""
        began_ns = time.time_ns()
        self._worker.renew()
        expired = self._runs.expire()
        for run in expired:
            logger.warning("Run %s of %s %s lost its worker", run.id, run.kind, run.name)
        fired = self._fire() if self._fires else ()
        step = Step(expired=tuple(expired), fired=fired, taken=self._worker.take())
        if self._pruning is not None:
            self._pruning.step()
        if step:  # passes that find nothing would bury the others
            fired_count, taken_count = len(step.fired), len(step.taken)
            with span("scheduler pass", began_ns=began_ns, fired=fired_count, taken=taken_count):
                pass
        return step

    def run(self, stop: threading.Event, *, until_idle: bool = False) -> None:
        """Make passes until ``stop`` is set, then wait for the runs in hand.

        A database that does not answer is waited for. With ``until_idle`` it also returns when
        nothing waits, runs, or is due.
        """
        while not stop.is_set():
            if self._pass(self._advance) and until_idle:
                return
            stop.wait(self._poll.total_seconds())
        while not self._pass(self._wind_down):
            time.sleep(self._poll.total_seconds())

    def _fire(self) -> tuple[Run, ...]:
        fired = self._firing.fire_due() + self._firing.fire_followers()
        fired += self._firing.fire_crawlers()
        if self._states is not None:
            fired += self._states.advance()
        for run in fired:
            starter = f"Trigger {run.trigger_name}" if run.trigger_name else "The schedule"
            logger.info("%s starts %s %s", starter, run.kind, run.name)
        return fired

    def _advance(self) -> bool:
        worked = bool(self.step()) or self._worker.busy or not self._idle()
        return not worked and (self._states is None or not self._states.any_due())

    def _idle(self) -> bool:
        # Who only works asks no triggers, and must not wait for those that are to be asked.
        return self._runs.idle(self._kinds, followers=self._fires)

    def _wind_down(self) -> bool:
        self._worker.renew()
        return not self._worker.busy

    def _pass(self, act: Callable[[], bool]) -> bool:
        try:
            return act()
        except (OperationTimeoutError, ConcurrentModificationError) as error:
            # Nothing was changed, and whatever was to be done is still recorded as such.
            logger.warning("The database is in trouble, trying again: %s", error)
            return False
