"""What a run is at work on, put on its record while it is: stages and their tasks."""

from __future__ import annotations

import contextlib
import logging
import threading
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import GluepotError
from gluepot.jobs.metrics.spark_figures import active_context, executor_logs, stages_at_work

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gluepot.jobs.runs.store import RunStore

LOOK_SECONDS = 1.0

logger = logging.getLogger(__name__)


@contextlib.contextmanager
def reported(runs: RunStore, run_id: str) -> Iterator[None]:
    """Say in a thread, once a second where something has changed, what Spark is at work on."""
    done = threading.Event()
    reporter = threading.Thread(
        target=_report, args=(runs, run_id, done), name="progress", daemon=True
    )
    reporter.start()
    try:
        yield
    finally:
        done.set()
        reporter.join(timeout=LOOK_SECONDS)


def _report(runs: RunStore, run_id: str, done: threading.Event) -> None:
    said: dict[str, Any] | None = None
    seen: set[int] = set()
    while not done.wait(LOOK_SECONDS):
        context = active_context()
        if context is None:
            continue
        try:
            stages = stages_at_work(context)
            seen |= {stage["stage"] for stage in stages}
            finished = len(seen) - len(stages)
            found = {"stages": stages, "finished_stages": finished}
            if not str(context.master).startswith("local"):
                found["executor_logs"] = executor_logs(context)
            if found != said:
                runs.set_progress(run_id, found)
                said = found
        except GluepotError as error:
            logger.warning("The progress of run %s could not be recorded: %s", run_id, error)
        except Exception as error:  # noqa: BLE001 - py4j's, when Spark goes down before us
            logger.debug("Spark does not answer any more: %s", error)
            return
