"""The sign of life of a run's process, and the look at those of others."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import threading
from datetime import timedelta
from typing import TYPE_CHECKING

from gluepot.catalog.errors import GluepotError
from gluepot.jobs.errors import ConcurrentRunsError
from gluepot.jobs.runs.state import RunError, RunKind, RunState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from gluepot.jobs.runs.state import Run
    from gluepot.jobs.runs.store import RunStore

LEASE = timedelta(seconds=60)
BEAT_SECONDS = 10.0
"""Several beats fit in a lease, so one that fails is no loss."""

NEWEST_RUNS = 50

logger = logging.getLogger(__name__)


def process_owner() -> str:
    """Return the name under which this process holds a run: its machine and process id."""
    return f"{socket.gethostname()}:{os.getpid()}"


@contextlib.contextmanager
def heartbeat(
    runs: RunStore, run_id: str, owner: str, *, on_lost: Callable[[], None]
) -> Iterator[None]:
    """Renew the lease of a run in a thread until the block ends.

    Args:
        runs: Where the run is recorded.
        run_id: The run.
        owner: Who holds it.
        on_lost: Called in that thread when another has taken the run: this process was taken for
            dead, and must not write any more.
    """
    stop = threading.Event()
    beat = threading.Thread(
        target=_beat, args=(runs, run_id, owner, stop, on_lost), name="heartbeat", daemon=True
    )
    beat.start()
    try:
        yield
    finally:
        stop.set()
        beat.join(timeout=BEAT_SECONDS)


def _beat(
    runs: RunStore,
    run_id: str,
    owner: str,
    stop: threading.Event,
    on_lost: Callable[[], None],
) -> None:
    while not stop.wait(BEAT_SECONDS):
        try:
            held = runs.heartbeat(run_id, owner, lease=LEASE)
        except GluepotError as error:
            logger.warning("The lease of run %s could not be renewed yet: %s", run_id, error)
            continue
        if not held and not stop.is_set():
            logger.error("Run %s is another's now: this process stops", run_id)
            on_lost()
            return


def begin_new(runs: RunStore, name: str, arguments: Mapping[str, str]) -> Run:
    """Record a run of a job that nobody has queued, begun by this process."""
    owner = process_owner()
    queued = runs.enqueue(RunKind.JOB, name, arguments=arguments, owner=owner, lease=LEASE)
    if queued is None:
        raise AssertionError("a run without a unique key is always recorded")
    return runs.begin(queued.id, owner, lease=LEASE)


def end_process() -> None:
    """End at once: another process has this run, and what this one writes were a second hand's."""
    os._exit(1)


def close_gone(runs: RunStore, name: str) -> None:
    """Record the runs of a job as FAILED whose process of this machine is gone."""
    runs.expire()
    for other in runs.list(kind=RunKind.JOB, name=name, limit=NEWEST_RUNS):
        if other.state.leased and process_gone(other.owner):
            runs.finish(other.id, RunState.FAILED, error=died(other))


def make_way(runs: RunStore, run: Run) -> None:
    """See that no older run of the same job is at work; close those whose process is gone.

    Raises:
        ConcurrentRunsError: One is: two would read the same new files.
    """
    runs.expire()
    found = runs.list(kind=RunKind.JOB, name=run.name, limit=NEWEST_RUNS)
    newer = True
    for other in found:
        if other.id == run.id:
            newer = False
            continue
        if newer or other.state not in {RunState.RUNNING, RunState.STOPPING}:
            continue
        if not process_gone(other.owner):
            raise ConcurrentRunsError(
                f"Run {other.id} of job {run.name} is at work ({other.owner}); a job with a"
                " bookmark runs one at a time: wait for it, or end its process"
            )
        runs.finish(other.id, RunState.FAILED, error=died(other))


def died(run: Run) -> RunError:
    """Return the error of a run whose process ended without a word."""
    return RunError(message=f"The process {run.owner} of the run is gone: it was killed or crashed")


def process_gone(owner: str | None) -> bool:
    """Tell whether an owner was a process of this machine that has ended."""
    host, _, number = (owner or "").rpartition(":")
    if host != socket.gethostname() or not number.isdigit():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
