"""A started run watched to its end: its lease renewed, called off when due, its end recorded."""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from gluepot.catalog.errors import GluepotError
from gluepot.jobs.errors import LaunchError
from gluepot.jobs.launchers.model import REMOTE
from gluepot.jobs.runs.lease import BEAT_SECONDS, LEASE
from gluepot.jobs.runs.state import RunError, RunState

if TYPE_CHECKING:
    from gluepot.jobs.launchers.model import Ending, Handle
    from gluepot.jobs.runs.state import Run
    from gluepot.jobs.runs.store import RunStore

logger = logging.getLogger(__name__)

WATCH_SECONDS = 1.0
"""How soon a run that is stopped, or is over its timeout, is ended."""

GRACE_SECONDS = 30.0
"""How long a run that was asked to end may take for it."""

ALONE_SECONDS = 10.0
"""How long a run whose own process sees that it is stopped may take before it gets a signal."""

MOST_FAILURES = 300
"""How often in a row the other side may not answer, at one look a second."""

REMOTE_LEASE = timedelta(hours=1)
"""Of a run whose work goes on when its follower dies: so long another may take it over."""


class Follower:
    """Watches one run.

    Args:
        handle: What was started.
        run: In the hands of its owner; the child of one that records itself takes the lease over.
        runs: Where it is recorded.
        watch_seconds: How long to wait between looks.
        grace_seconds: How long a run that was asked to end may take for it.
    """

    def __init__(
        self,
        handle: Handle,
        run: Run,
        *,
        runs: RunStore,
        watch_seconds: float = WATCH_SECONDS,
        grace_seconds: float = GRACE_SECONDS,
    ) -> None:
        self._handle = handle
        self._runs = runs
        self._run_id = run.id
        self._owner = run.owner
        self._lease = LEASE if handle.records_itself else REMOTE_LEASE
        self._seconds = watch_seconds
        self._grace = grace_seconds
        self._beat_at = 0.0
        self._asked_at: float | None = None
        self._asked = False
        self._failures = 0

    def follow(self) -> Run:
        """Return the run as it is recorded when it has ended.

        Whatever interrupts this ends a run that is a process of this machine too; one that is
        found again elsewhere goes on.
        """
        if self._handle.remote is not None:
            self._runs.progress(self._run_id, {REMOTE: dict(self._handle.remote)})
        try:
            while (ending := self._poll()) is None:
                self._look()
        except BaseException:
            if self._handle.remote is None:
                # The child is a session of its own, so Ctrl-C has not reached it.
                self._handle.stop()
                self._handle.poll(self._grace)
            raise
        return self._record(ending)

    def _poll(self) -> Ending | None:
        try:
            ending = self._handle.poll(self._seconds)
        except LaunchError as error:
            self._failures += 1
            if self._failures > MOST_FAILURES:
                raise
            logger.warning("Run %s: %s", self._run_id, error)
            time.sleep(self._seconds)
            return None
        self._failures = 0
        return ending

    def _look(self) -> None:
        try:
            self._keep()
            if self._asked_at is None and self._called_off():
                self._asked_at = time.monotonic()
        except GluepotError as error:
            logger.warning("Run %s could not be looked up: %s", self._run_id, error)
        if self._asked_at is not None:
            self._press(time.monotonic() - self._asked_at)

    def _press(self, waited: float) -> None:
        """Let a run that looks at its own record end alone first, then ask it, then make it."""
        alone = ALONE_SECONDS if self._handle.records_itself else 0.0
        if not self._asked and waited >= alone:
            self._handle.stop()
            self._asked = True
        if waited > self._grace:
            logger.warning("Run %s did not end within %s s: killing", self._run_id, self._grace)
            self._handle.stop(hard=True)
            self._asked_at = time.monotonic()

    def _keep(self) -> None:
        """Renew the lease; once the run's own process has it, that changes nothing."""
        if self._owner is None:
            return
        if not self._handle.records_itself and self._handle.at_work():
            self._begin()
        if time.monotonic() - self._beat_at >= BEAT_SECONDS:
            self._beat_at = time.monotonic()
            self._runs.heartbeat(self._run_id, self._owner, lease=self._lease)

    def _begin(self) -> None:
        run = self._runs.get(self._run_id)
        if run.state in {RunState.STARTING, RunState.WAITING} and self._owner is not None:
            self._owner = follower_name(self._owner)
            self._runs.begin(self._run_id, self._owner, lease=self._lease)

    def _called_off(self) -> bool:
        run = self._runs.get(self._run_id)
        minutes = run.settings.get("Timeout")
        if minutes is None or run.started_at is None or run.state is not RunState.RUNNING:
            return run.state is RunState.STOPPING
        if self._runs.clock() - run.started_at < timedelta(minutes=minutes):
            return False
        error = RunError(message=f"The run did not end within its timeout, {minutes} minutes")
        self._runs.finish(run.id, RunState.TIMEOUT, error=error)
        return True

    def _record(self, ending: Ending) -> Run:
        run = self._runs.get(self._run_id)
        if run.state.final:
            return run
        state = ending.state or RunState.FAILED
        error = None if state is RunState.SUCCEEDED else RunError(message=ending.message)
        return self._runs.finish(self._run_id, state, error=error, metrics=ending.metrics)


FOLLOWER_MARK = "/follower"


def follower_name(owner: str) -> str:
    """Return under which name a run is held whose work goes on without its follower.

    >>> follower_name("host:12"), follower_name("host:12/follower")
    ('host:12/follower', 'host:12/follower')
    """
    return f"{owner.removesuffix(FOLLOWER_MARK)}{FOLLOWER_MARK}"
