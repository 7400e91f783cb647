"""Keeps a driver standing by: one that fits, and a new one for each that was taken."""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import signal
import subprocess
import tempfile
import time
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from gluepot.catalog.errors import GluepotError
from gluepot.jobs.definitions.model import JobDefinition
from gluepot.jobs.launchers.launch import prepare
from gluepot.jobs.standby.choosing import FOLDER, ready_mark
from gluepot.jobs.standby.fingerprint import fingerprint

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from gluepot.jobs.launchers.launch import LaunchSettings, Submission

NAME = "gluepot standby driver"
"""The name of its session until a run gives it another; a job's name would be its folder's too."""

STEP_SECONDS = 0.5

LOOK_SECONDS = 3.0
"""How often is looked whether the driver still fits."""

REST_SECONDS = 30.0
"""After a driver that could not start, until it is tried again."""

TAKEN_SECONDS = 10.0
"""After one was taken, until the next starts beside its run, where cores are few: the run's first
steps go first."""

END_SECONDS = 3.0

ROOM_CORES = 4
"""On so many, the next one starts at once beside the run."""

_NUMBERS = itertools.count()

logger = logging.getLogger(__name__)


class StandbyKeeper:
    """Keeps a driver for declarative jobs that have no Spark settings of their own.

    ``step`` is called again and again, and never waits. ``stop`` ends the driver that waits; one
    at work with a run ends with it, and at the latest when the lifeline is let go.

    Args:
        settings: Asked at each look: what they say may have changed.
        alive: The lifeline of this process; the drivers end with it.
    """

    def __init__(self, settings: Callable[[], LaunchSettings], alive: Path) -> None:
        self._settings = settings
        self._alive = alive
        self._folder = settings().home.absolute() / FOLDER
        self._driver: _Driver | None = None
        self._at_work: list[_Driver] = []
        self._not_before = 0.0
        self._look_at = 0.0
        _clear(self._folder)

    @property
    def ready(self) -> bool:
        """Return whether a driver waits for a run, and is warm."""
        return self._driver is not None and self._driver.ready

    def step(self) -> None:
        """Start a driver where none stands by, and end one that does not fit any more."""
        now = time.monotonic()
        self._let_go(now)
        if self._driver is None:
            due = now >= self._not_before
        else:
            due = self._driver.waits and now >= self._look_at
        if due:
            self._look_at = now + LOOK_SECONDS
            self._fit(now)

    def keep(self, stop: threading.Event) -> None:
        """Do so until ``stop`` is set."""
        while not stop.wait(STEP_SECONDS):
            self.step()
        self.stop()

    def stop(self) -> None:
        """End the driver that waits for a run."""
        if self._driver is not None and not self._driver.taken:
            self._driver.end()
            self._driver = None

    def end(self, until: float) -> None:
        """Wait until ``time.monotonic()`` is ``until`` for those with runs, and end them."""
        self.stop()
        for driver in (*self._at_work, *([] if self._driver is None else [self._driver])):
            driver.end(max(0.0, until - time.monotonic()))
        self._driver, self._at_work = None, []

    def _let_go(self, now: float) -> None:
        """See which driver was taken, and which has ended; the next may start at once after it."""
        for ended in [each for each in self._at_work if not each.lives]:
            self._at_work.remove(ended)
            ended.forget()
            self._not_before = now
        driver = self._driver
        if driver is None or (driver.lives and not driver.taken):
            return
        self._driver = None
        if driver.taken:
            self._at_work.append(driver)
            roomy = len(os.sched_getaffinity(0)) >= ROOM_CORES
            self._not_before = now + (0.0 if roomy else TAKEN_SECONDS)
        else:
            self._not_before = now + REST_SECONDS
            logger.warning("The standby driver has ended by itself; its log: %s", driver.log)

    def _fit(self, now: float) -> None:
        settings = self._settings()
        file = settings.conf_dir / "jobs" / f"{NAME}.yaml"
        try:
            submission = prepare(JobDefinition(name=NAME, kind="pipeline", file=file), settings)
        except GluepotError as error:
            logger.warning("No driver stands by: %s", error)
            self._not_before = now + REST_SECONDS
            return
        name = fingerprint(submission, os.environ, Path.cwd())
        if self._driver is not None and self._driver.name != name:
            self._driver.end()
            self._driver = None
        if self._driver is None:
            self._driver = _Driver(name, submission, folder=self._folder, alive=self._alive)


class _Driver:
    """A process that stands by, or has been taken by a run."""

    def __init__(self, name: str, submission: Submission, *, folder: Path, alive: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.name = name
        # A name of its own: the one before may end, and remove its files, while this one waits.
        self._socket = folder / f"{name}-{next(_NUMBERS)}-{os.getpid()}.sock"
        self._waited = False
        descriptor, log = tempfile.mkstemp(dir=folder, suffix=f"-{os.getpid()}.log")
        self.log = Path(log)
        entry = str(
            resources.files("gluepot.jobs.process.standby_entry").joinpath("gluepot_standby.py")
        )
        places = ("--socket", str(self._socket), "--lifeline", str(alive), "--log", log)
        with os.fdopen(descriptor, "wb") as output:
            self._child = subprocess.Popen(  # noqa: S603 - a list, without a shell
                (*submission.command[:-1], entry, *places),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                env={**os.environ, **submission.environment},
            )

    @property
    def lives(self) -> bool:
        return self._child.poll() is None

    @property
    def ready(self) -> bool:
        return ready_mark(self._socket).is_file() and self.waits

    @property
    def waits(self) -> bool:
        found = self._socket.is_socket()
        self._waited = self._waited or found
        return found and self.lives

    @property
    def taken(self) -> bool:
        """Return whether a run has it: it takes its socket away then."""
        self._waited = self._waited or self._socket.is_socket()
        return self._waited and not self._socket.is_socket()

    def end(self, patience: float | None = None) -> None:
        """End it with all that it has started; with patience, only wait before it has to."""
        if patience is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._child.pid, signal.SIGTERM)
        try:
            self._child.wait(END_SECONDS if patience is None else patience)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._child.pid, signal.SIGKILL)
            self._child.wait()
        self.forget()

    def forget(self) -> None:
        """Remove its files."""
        for file in (self._socket, ready_mark(self._socket), self.log):
            file.unlink(missing_ok=True)


def _clear(folder: Path) -> None:
    """Remove what keepers have left that were killed."""
    for file in (each for kind in ("sock", "ready", "log") for each in folder.glob(f"*.{kind}")):
        number = file.stem.rpartition("-")[2]
        if not Path("/proc", number).exists():
            file.unlink(missing_ok=True)
