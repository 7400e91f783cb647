"""Queued runs of data quality carried out: each a spark-submit child of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.jobs.definitions.model import JobDefinition
from gluepot.jobs.launchers.launch import launch, prepare

if TYPE_CHECKING:
    from collections.abc import Callable

    from gluepot.jobs.launchers.launch import LaunchSettings
    from gluepot.jobs.runs.state import Run
    from gluepot.jobs.runs.store import RunStore

_MEMBERS = ("WorkerType", "NumberOfWorkers")


class QualityExecutor:
    """Carries out a run of data quality as a child process.

    Args:
        runs: Where runs are recorded.
        settings: Asked at each run: an embedded S3 may have started meanwhile.
    """

    def __init__(self, runs: RunStore, settings: Callable[[], LaunchSettings]) -> None:
        self._runs = runs
        self._settings = settings

    def execute(self, run: Run) -> None:
        """Start the child and wait; the child records the end, or this does if it dies.

        Raises:
            JarError: Java, pyspark or a jar is missing.
            LaunchError: It cannot be started here.
        """
        settings = self._settings()
        folder = settings.home / "runs" / run.id
        # No job is defined so: the child finds what to do in the run.
        job = JobDefinition(
            name=f"quality of {run.name}", kind="pipeline", file=settings.conf_dir / run.name
        )
        members = {name: run.settings[name] for name in _MEMBERS}
        submission = prepare(job, settings, members=members, folder=folder)
        launch(submission, run, runs=self._runs, folder=folder)
