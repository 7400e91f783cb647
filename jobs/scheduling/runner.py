"""Job runs of the queue carried out: what the scheduler hands them to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.jobs.errors import LaunchError
from gluepot.jobs.launchers.choose import build_launcher, check_launcher, launcher_name
from gluepot.jobs.launchers.following import Follower
from gluepot.jobs.launchers.model import REMOTE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gluepot.jobs.definitions.stored_jobs import JobBook
    from gluepot.jobs.launchers.launch import LaunchSettings
    from gluepot.jobs.runs.state import Run
    from gluepot.jobs.runs.store import RunStore


class JobExecutor:
    """Carries out a job run by the launcher that it, its job or the settings name.

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
        """Start the run and wait; its process records the end, or this does if it dies.

        A run that somebody else had started elsewhere is followed on.

        Raises:
            EntityNotFoundError: The job is not defined any more.
            DefinitionError: Its definition has faults.
            JarError: Java, pyspark or a jar is missing.
            LaunchError: It cannot be started there.
        """
        remote = run.metrics.get(REMOTE)
        if remote is not None:
            self._follow_on(run, remote)
            return
        settings = self._settings()
        job = self._jobs.load(run.name)
        launcher = build_launcher(launcher_name(job, run.arguments, settings), settings)
        Follower(launcher.start(job, run), run, runs=self._runs).follow()

    def _follow_on(self, run: Run, remote: Mapping[str, str]) -> None:
        launcher = build_launcher(check_launcher(remote["launcher"]), self._settings())
        handle = launcher.find(run, remote)
        if handle is None:
            raise LaunchError(f"Run {run.id} cannot be found again at {remote['launcher']}")
        Follower(handle, run, runs=self._runs).follow()
