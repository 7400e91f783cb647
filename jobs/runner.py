"""Job runs of the queue carried out: what the scheduler hands them to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.jobs.launch import LaunchSettings, launch, prepare

if TYPE_CHECKING:
    from collections.abc import Callable

    from gluepot.jobs.run_state import Run
    from gluepot.jobs.runs import RunStore
    from gluepot.jobs.stored_jobs import JobBook


class JobExecutor:
    """Carries out a job run as a ``spark-submit`` child.

    Args:
        runs: Where runs are recorded.
        settings: Asked at each run: an embedded S3 may have started meanwhile.
        jobs: Where jobs are defined.
    """

    def __init__(
        self, runs: RunStore, settings: Callable[[], LaunchSettings], jobs: JobBook
    ) -> None:
        self._runs = runs
        self._jobs = jobs
        self._settings = settings

    def execute(self, run: Run) -> None:
        """Start the child and wait; the child records the end, or this does if it dies.

        Raises:
            EntityNotFoundError: The job is not defined any more.
            DefinitionError: Its definition has faults.
            JarError: Java, pyspark or a jar is missing.
        """
        settings = self._settings()
        submission = prepare(self._jobs.load(run.name), settings)
        launch(submission, run, runs=self._runs, folder=settings.home / "runs" / run.id)
