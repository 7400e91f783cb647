"""A run's own look at its record: it ends when somebody stops it, or when its time is over.

It works wherever the run's process is, and whoever has started it.
"""

from __future__ import annotations

import contextlib
import logging
import signal
import threading
from datetime import timedelta
from typing import TYPE_CHECKING

from gluepot.catalog.errors import GluepotError
from gluepot.jobs.metrics.spark_figures import active_context
from gluepot.jobs.runs.state import RunError, RunState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from gluepot.jobs.runs.state import Run
    from gluepot.jobs.runs.store import RunStore

WATCH_SECONDS = 1.0
CANCEL_SECONDS = 5.0

logger = logging.getLogger(__name__)


class RunStopped(BaseException):
    """The run has to end: it was stopped, its time is over, or the process was told to."""


@contextlib.contextmanager
def overseen(runs: RunStore, run: Run) -> Iterator[None]:
    """Raise RunStopped in the block, which is the main thread's, when the run has to end.

    SIGTERM does the same, so that ``finally`` clauses of scripts are carried out.
    """
    done = threading.Event()
    main = threading.main_thread()
    if threading.current_thread() is not main:
        yield  # No thread but the main one can be interrupted; whoever started the run ends it.
        return
    before = signal.signal(signal.SIGTERM, _raise)

    def watch() -> None:
        while not done.wait(WATCH_SECONDS):
            try:
                over = _is_over(runs, run)
            except GluepotError as error:
                logger.warning("Run %s could not be looked up: %s", run.id, error)
                continue
            if over and not done.is_set() and main.ident is not None:
                signal.pthread_kill(main.ident, signal.SIGTERM)
                return

    watcher = threading.Thread(target=watch, name="overseer", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        # What comes late must not break off the record of the end.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        watcher.join(timeout=WATCH_SECONDS)
        signal.signal(signal.SIGTERM, before)


def record_undisturbed() -> None:
    """Ignore SIGTERM until ``overseen`` is left: the run's end is about to be recorded.

    The overseer may find the run ended while the process that has ended it is not gone yet.
    """
    if signal.getsignal(signal.SIGTERM) is _raise:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)


def stop_message(run: Run) -> str:
    """Return what is said of a run that has ended because it had to."""
    if run.state is RunState.STOPPING:
        return "The run was stopped"
    return "The run's process was told to end (SIGTERM)"


def cancel_spark_jobs() -> None:
    """Cancel what Spark is at work on, and wait a moment for it."""
    context = active_context()
    if context is None:
        return
    # In a thread of its own: the main one has left its conversation with the JVM in the middle.
    cancel = threading.Thread(target=context.cancelAllJobs, daemon=True)
    cancel.start()
    cancel.join(timeout=CANCEL_SECONDS)


def _raise(number: int, _frame: FrameType | None) -> None:
    # Once: a second signal must not break off what the first one has begun.
    signal.signal(number, signal.SIG_IGN)
    raise RunStopped


def _is_over(runs: RunStore, run: Run) -> bool:
    found = runs.get(run.id)
    minutes = run.settings.get("Timeout")
    if minutes is not None and found.state is RunState.RUNNING and found.started_at is not None:
        if runs.clock() - found.started_at < timedelta(minutes=minutes):
            return False
        error = RunError(message=f"The run did not end within its timeout, {minutes} minutes")
        runs.finish(run.id, RunState.TIMEOUT, error=error)
        return True
    return found.state is RunState.STOPPING or found.state.final
