"""A worker: takes waiting runs under a lease, has them carried out, and renews the leases."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Protocol

from gluepot.catalog.errors import EntityNotFoundError, GluepotError
from gluepot.jobs.launchers.remote_runs import take_over
from gluepot.jobs.metrics.tracing import span
from gluepot.jobs.runs.state import RunError, RunKind, RunState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Executor as Pool
    from concurrent.futures import Future
    from datetime import datetime, timedelta

    from gluepot.jobs.runs.state import Run
    from gluepot.jobs.runs.store import RunStore

logger = logging.getLogger(__name__)


class Executor(Protocol):
    """What carries out runs of one kind."""

    def execute(self, run: Run) -> None:
        """Carry out ``run`` and record its end with ``RunStore.finish``; return after that.

        The run is STARTING in the worker's hands; ``RunStore.begin`` makes it RUNNING. Called in
        a thread of its own. What it raises ends the run as FAILED, or as ERROR when the job or
        crawler of the run is not there any more.
        """


class Worker:
    """Carries out at most ``slots`` runs at a time in the threads of ``pool``.

    ``take`` and ``renew`` are called again and again by one thread; ``lease`` is how long after
    the last renewal this worker counts as dead.
    """

    def __init__(  # noqa: PLR0913
        self,
        *,
        runs: RunStore,
        executors: Mapping[RunKind, Executor],
        clock: Callable[[], datetime],
        owner: str,
        pool: Pool,
        slots: int,
        lease: timedelta,
    ) -> None:
        self._runs = runs
        self._executors = executors
        self._clock = clock
        self._owner = owner
        self._pool = pool
        self._slots = slots
        self._lease = lease
        self._renewed_at = clock()
        self._in_hand: dict[str, Future[None]] = {}

    @property
    def busy(self) -> bool:
        """Return whether a run is being carried out."""
        self._let_go()
        return bool(self._in_hand)

    def take(self) -> tuple[Run, ...]:
        """Claim waiting runs while slots are free, have them carried out, and return them."""
        taken: list[Run] = []
        self._let_go()
        while len(self._in_hand) < self._slots:
            run = self._runs.claim(self._owner, lease=self._lease, kinds=self._executors)
            if run is None:
                break
            self._in_hand[run.id] = self._pool.submit(self._carry_out, run)
            taken.append(run)
            self._let_go()
        return tuple(taken)

    def renew(self) -> None:
        """Renew the leases of the runs in hand when a third of the lease has gone by.

        Runs of anybody that have been in their state for too long are noted as often.

        A lease that is another's by now is left alone: the child process of a job run took it
        over, or this worker was taken for dead and the run is closed.
        """
        now = self._clock()
        if now < self._renewed_at + self._lease / 3:
            return
        self._renewed_at = now
        self._let_go()
        for run_id in self._in_hand:
            self._runs.heartbeat(run_id, self._owner, lease=self._lease)
        for run in self._runs.note_delays():
            logger.warning("Run %s of %s has been %s for long", run.id, run.name, run.state)
        self._follow_on()

    def _follow_on(self) -> None:
        """Take up runs that are at work elsewhere and whose follower has died."""
        while RunKind.JOB in self._executors and len(self._in_hand) < self._slots:
            run = take_over(self._runs, self._owner)
            if run is None:
                return
            logger.warning(
                "Run %s of %s has lost its follower, and is followed on", run.id, run.name
            )
            self._in_hand[run.id] = self._pool.submit(self._carry_out, run)

    def _let_go(self) -> None:
        for run_id in [item for item, future in self._in_hand.items() if future.done()]:
            # Raises what recording the end of the run raised: the database is in trouble.
            self._in_hand.pop(run_id).result()

    def _carry_out(self, run: Run) -> None:
        logger.info("Run %s of %s %s starts", run.id, run.kind, run.name)
        try:
            with span(f"{run.kind} run", run_id=run.id, name_of=run.name, attempt=run.attempt):
                self._executors[run.kind].execute(run)
        except Exception as error:
            # What gluepot raises on purpose says all; the rest needs its traceback.
            unforeseen = not isinstance(error, GluepotError)
            logger.warning("Run %s of %s failed", run.id, run.name, exc_info=unforeseen)
            self._runs.finish(run.id, _state_after(run, error), error=_described(error))
            return
        ended = self._runs.get(run.id)
        if not ended.state.final and ended.owner == self._owner:
            message = "What carried out the run returned without recording how it ended"
            ended = self._runs.finish(run.id, RunState.FAILED, error=RunError(message=message))
        logger.info("Run %s ended: %s", run.id, ended.state)


def _state_after(run: Run, error: Exception) -> RunState:
    # Source: Glue's JobRunState: ERROR is a trigger that starts a job which is deleted.
    gone = isinstance(error, EntityNotFoundError) and error.args[1] == run.name
    return RunState.ERROR if gone else RunState.FAILED


def _described(error: Exception) -> RunError:
    if isinstance(error, GluepotError):
        return RunError(message=str(error))
    return RunError(message=f"{type(error).__name__}: {error}")
