"""A script that nobody of ours has started: it records its own run, where it can.

``spark-submit --properties-file`` with the settings that ``gluepot job properties`` writes gives a
plain script the catalog. Its run begins with its first GlueContext and ends with the process.
"""

from __future__ import annotations

import atexit
import builtins
import contextlib
import logging
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gluepot.jobs.errors import LaunchError
from gluepot.jobs.parameters.arguments import ENABLE
from gluepot.jobs.parameters.facts import from_conf
from gluepot.jobs.run_context.script_run import ScriptRun, enter_run, find_run
from gluepot.jobs.run_context.workshop import open_workshop
from gluepot.jobs.runs.failure import describe
from gluepot.jobs.runs.lease import begin_new, end_process, heartbeat, make_way, process_owner
from gluepot.jobs.runs.state import RunState

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from gluepot.jobs.run_context.workshop import Workshop

logger = logging.getLogger(__name__)


def join_run(spark: SparkSession) -> ScriptRun | None:
    """Return the run that the script is in; one of its own where the session's settings allow it.

    Without a catalog in the settings there is none, and None is returned.
    """
    found = find_run()
    if found is not None:
        return found
    try:
        facts = from_conf(lambda name, default: spark.conf.get(name, default))  # noqa: PLW0108
    except LaunchError:
        return None
    name = _argument("JOB_NAME") or Path(sys.argv[0]).stem or "script"
    workshop = open_workshop(facts, job_name=name, run_id="", clock=lambda: datetime.now(UTC))
    begun = begin_new(workshop.runs, name, {"script": sys.argv[0]})
    workshop = replace(workshop, run_id=begun.id)
    _end_with_process(workshop)
    if _argument("job-bookmark-option") == ENABLE:
        make_way(workshop.runs, begun)
    return enter_run(ScriptRun(workshop=workshop, bookmark=False))


def _argument(name: str) -> str | None:
    for at, given in enumerate(sys.argv):
        spelled, equals, value = given.partition("=")
        if spelled.replace("_", "-") == f"--{name}".replace("_", "-"):
            return value if equals else next(iter(sys.argv[at + 1 :]), None)
    return None


def _end_with_process(workshop: Workshop) -> None:
    """Keep the run alive while the process is, and record how it ended."""
    alive = contextlib.ExitStack()
    alive.enter_context(
        heartbeat(workshop.runs, workshop.run_id, process_owner(), on_lost=end_process)
    )
    end: dict[str, Any] = {"error": None}
    shown, left = sys.excepthook, sys.exit
    leaving = (sys.exit, getattr(builtins, "exit", None), getattr(builtins, "quit", None))

    def note_failure(kind: type[BaseException], error: BaseException, trace: Any) -> None:  # noqa: ANN401
        end["error"] = error
        shown(kind, error, trace)

    def note_exit(code: Any = None) -> None:  # noqa: ANN401
        if code not in {None, 0}:
            end["error"] = SystemExit(code)
        left(code)

    def finish() -> None:
        alive.close()
        run = find_run()
        if run is not None:
            run.end_pass()
            if run.repeated:
                logger.warning(
                    "This run did what a run that died had begun to write, with its input: what is"
                    " new since then is read by the next run"
                )
        error = end["error"]
        described = None if error is None else describe(error, script=Path(sys.argv[0]))
        state = RunState.SUCCEEDED if error is None else RunState.FAILED
        workshop.runs.finish(workshop.run_id, state, error=described, metrics=workshop.metrics)

    sys.excepthook = note_failure
    # The script may have its own name for it already: from sys import exit.
    for place in (sys, builtins, sys.modules["__main__"]):
        for name, value in list(vars(place).items()):
            if any(value is each for each in leaving):
                setattr(place, name, note_exit)
    atexit.register(finish)
