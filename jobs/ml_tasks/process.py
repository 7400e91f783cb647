"""The process of one task run, and the worker's side of it.

A task is a child process: it can be ended at any moment, and what it takes of memory, or breaks,
touches nothing else.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gluepot.catalog.ml_store import KIND, MLStore
from gluepot.catalog.objects import ObjectStore
from gluepot.jobs.errors import LaunchError
from gluepot.jobs.launchers.launch import Submission, launch
from gluepot.jobs.ml_tasks.tasks import carry_out
from gluepot.jobs.parameters.facts import from_conf, to_conf
from gluepot.jobs.run_context.stores import Stores
from gluepot.jobs.runs.failure import describe
from gluepot.jobs.runs.lease import LEASE, end_process, heartbeat, process_owner
from gluepot.jobs.runs.state import RunState
from gluepot.jobs.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    import pyarrow as pa
    import sqlalchemy as sa

    from gluepot.catalog.definitions import DefinitionStore
    from gluepot.catalog.ml_model import MLTransform
    from gluepot.jobs.launchers.launch import LaunchSettings
    from gluepot.jobs.parameters.facts import JobFacts
    from gluepot.jobs.runs.state import Run

logger = logging.getLogger(__name__)

MATCHING_PACKAGES = frozenset({"numpy", "rapidfuzz", "scipy", "sklearn"})
FAILED = 1


class MatchExecutor:
    """Carries out a task run of an ML transform as a child process.

    Args:
        runs: Where runs are recorded.
        settings: Asked at each run: an embedded S3 may have started meanwhile.
        definitions: Where transforms are defined.
        module: What the child runs: it calls ``run_task``.
    """

    def __init__(
        self,
        runs: RunStore,
        settings: Callable[[], LaunchSettings],
        definitions: DefinitionStore,
        *,
        module: str,
    ) -> None:
        self._runs = runs
        self._settings = settings
        self._definitions = definitions
        self._module = module

    def execute(self, run: Run) -> None:
        """Start the child and wait; the child records the end, or this does if it dies.

        Raises:
            EntityNotFoundError: The transform is not there any more.
        """
        self._definitions.get(KIND, run.name)
        settings = self._settings()
        folder = settings.home / "runs" / run.id
        with facts_written(settings.facts, folder) as file:
            command = (sys.executable, "-m", self._module, str(file))
            submission = Submission(
                job_name=run.name, environment={"PYTHONUNBUFFERED": "1"}, command=command
            )
            launch(submission, run, runs=self._runs, folder=folder)


@contextlib.contextmanager
def facts_written(facts: JobFacts, folder: Path) -> Iterator[Path]:
    """Yield a file that tells a child the facts, and only this user: they hold passwords."""
    folder.mkdir(parents=True, exist_ok=True)
    # mkstemp's files are readable by their owner only.
    descriptor, name = tempfile.mkstemp(dir=folder, prefix=".facts-", suffix=".json")
    file = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as output:
            json.dump(to_conf(facts), output)
        yield file
    finally:
        file.unlink(missing_ok=True)


def read_facts(file: Path) -> JobFacts:
    """Return the facts of a file, which is deleted."""
    conf: Mapping[str, str] = json.loads(file.read_text(encoding="utf-8"))
    file.unlink()
    return from_conf(lambda name, default: conf.get(name, default))  # noqa: PLW0108 - overloaded


def run_task(
    facts: JobFacts,
    run_id: str,
    *,
    engine: sa.Engine,
    clock: Callable[[], datetime],
    read: Callable[[MLTransform], pa.Table],
) -> int:
    """Carry out a task run in this process, record its end, and return the exit code.

    Args:
        facts: Where everything is.
        run_id: The run, in the worker's hands; this process takes it over.
        engine: The catalog's database.
        clock: Says when something is done.
        read: Returns the rows of a transform's table.
    """
    runs = RunStore(engine, clock)
    owner = process_owner()
    run = runs.begin(run_id, owner, lease=LEASE)
    with heartbeat(runs, run.id, owner, on_lost=end_process):
        try:
            metrics = _work(facts, run, engine, clock, read)
        except Exception as error:
            logger.exception("The task failed")
            runs.finish(run.id, RunState.FAILED, error=describe(_explained(error)))
            return FAILED
        runs.finish(run.id, RunState.SUCCEEDED, metrics=metrics)
    return 0


def _work(
    facts: JobFacts,
    run: Run,
    engine: sa.Engine,
    clock: Callable[[], datetime],
    read: Callable[[MLTransform], pa.Table],
) -> Mapping[str, Any]:
    # What matches takes a second to import, and may be missing: both belong to the task.
    from gluepot.jobs.ml_tasks.work import LocalMatchTasks  # noqa: PLC0415

    tasks = LocalMatchTasks(MLStore(engine, clock), Stores(facts.s3), read)
    return carry_out(run, ObjectStore(engine, clock).definitions, tasks)


def _explained(error: Exception) -> Exception:
    if isinstance(error, ImportError) and (error.name or "").partition(".")[0] in MATCHING_PACKAGES:
        return LaunchError(f"Matching needs {error.name}: pip install 'gluepot[matching]'")
    return error
