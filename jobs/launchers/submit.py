"""Runs by ``spark-submit`` whose driver is a process of this machine: local, standalone, YARN."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gluepot.jobs.errors import LaunchError
from gluepot.jobs.launchers.launch import prepare
from gluepot.jobs.launchers.process import ProcessHandle
from gluepot.jobs.sessions import ahead as session_ahead
from gluepot.jobs.standby.choosing import by_standby

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gluepot.jobs.definitions.model import JobDefinition
    from gluepot.jobs.definitions.run_spec import LauncherName
    from gluepot.jobs.launchers.launch import LaunchSettings
    from gluepot.jobs.launchers.places import Places
    from gluepot.jobs.runs.state import Run

ENVIRONMENT = "env"
"""The folder into which executors unpack a packed environment."""


class SubmitLauncher:
    """Starts runs by ``spark-submit`` in client mode.

    Args:
        settings: Where and with what.
        name: ``local``, ``standalone`` or ``yarn``.
        conf: Spark settings of this run alone.
        echo: Called with each line that the driver prints.
    """

    def __init__(
        self,
        settings: LaunchSettings,
        *,
        name: LauncherName,
        conf: Mapping[str, str] | None = None,
        echo: Callable[[str], None] | None = None,
    ) -> None:
        master = master_of(name, settings.places, settings.master)
        own = cluster_conf(name, settings.places)
        self._name = name
        self._settings = replace(settings, master=master, spark_conf={**own, **settings.spark_conf})
        self._conf = conf
        self._echo = echo

    def start(self, job: JobDefinition, run: Run) -> ProcessHandle:
        """Start ``spark-submit``.

        Raises:
            JarError: Java, pyspark or a jar is missing.
            LaunchError: A setting cannot be carried.
        """
        folder = self._settings.home.absolute() / "runs" / run.id
        submission = prepare(
            job,
            self._settings,
            conf=self._conf,
            arguments=run.arguments,
            members=run.settings,
            folder=folder,
        )
        command = submission.arguments(run, run.arguments)
        if self._name == "local" and job.pipeline is not None:  # a script may want its own session
            command = by_standby(command, submission, self._settings.home)
        return ProcessHandle(
            command,
            folder=folder,
            echo=self._echo,
            environment={**submission.environment, **session_ahead.variables(job)},
            notes=submission.notes,
        )

    def find(self, run: Run, remote: Mapping[str, str]) -> None:
        """Return None: the driver ends with whoever started it."""

    def show(self, job: JobDefinition, arguments: Mapping[str, str]) -> str:
        """Return the ``spark-submit`` line."""
        found = prepare(job, self._settings, conf=self._conf, arguments=arguments)
        return found.line(arguments)


def master_of(name: LauncherName, places: Places, configured: str) -> str:
    """Return the master that a launcher's name stands for.

    Args:
        name: ``local``, ``standalone`` or ``yarn``.
        places: What ``[launch]`` says.
        configured: ``spark.master``, which may be of another kind.

    Raises:
        LaunchError: Nobody has said where the cluster is.
    """
    if name == "yarn":
        return "yarn"
    if name == "standalone" and places.standalone is not None:
        return places.standalone.master
    wanted = {"local": "local", "standalone": "spark://"}[name]
    if configured.startswith(wanted):
        return configured
    if name == "local":
        return "local[*]"
    raise LaunchError(
        "Nothing says where the standalone cluster is: set launch.standalone.master to"
        " spark://host:7077"
    )


def cluster_conf(name: LauncherName, places: Places) -> dict[str, str]:
    """Return what a cluster must be told beside its master."""
    if name == "yarn":
        queue = {} if places.yarn.queue is None else {"spark.yarn.queue": places.yarn.queue}
        return queue | archive_conf(places.yarn.archive)
    if name == "standalone" and places.standalone is not None:
        return archive_conf(places.standalone.archive)
    return {}


def archive_conf(archive: str | None) -> dict[str, str]:
    """Return the settings by which executors run Python in a packed environment, if there is one.

    Without it they run this machine's python, which must be there under the same path.
    """
    if archive is None:
        return {}
    return {
        "spark.archives": f"{archive}#{ENVIRONMENT}",
        "spark.pyspark.python": f"./{ENVIRONMENT}/bin/python",
    }
