"""Runs whose driver is a plain Python process with a session of Spark Connect."""

from __future__ import annotations

import json
import sys
from importlib import resources
from typing import TYPE_CHECKING

from gluepot.jobs.errors import LaunchError
from gluepot.jobs.launchers.launch import Submission, write_private
from gluepot.jobs.launchers.process import ProcessHandle
from gluepot.jobs.parameters.facts import FACTS_VARIABLE, to_conf
from gluepot.jobs.parameters.file_names import file_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gluepot.jobs.definitions.model import JobDefinition
    from gluepot.jobs.launchers.launch import LaunchSettings
    from gluepot.jobs.launchers.places import ConnectPlace
    from gluepot.jobs.parameters.facts import JobFacts
    from gluepot.jobs.runs.state import Run


class ConnectLauncher:
    """Starts runs beside a Spark Connect server; no Java is needed here.

    Args:
        settings: What a launch needs.
        place: The server.
        echo: Called with each line that the driver prints.
    """

    def __init__(
        self,
        settings: LaunchSettings,
        place: ConnectPlace,
        *,
        echo: Callable[[str], None] | None = None,
    ) -> None:
        self._settings = settings
        self._place = place
        self._echo = echo

    def start(self, job: JobDefinition, run: Run) -> ProcessHandle:
        """Start the process.

        Raises:
            LaunchError: The job has Spark settings, which a server that runs does not take.
        """
        command = self._submission(job).arguments(run, run.arguments)
        folder = self._settings.home / "runs" / run.id
        return ProcessHandle(command, folder=folder, echo=self._echo)

    def find(self, run: Run, remote: Mapping[str, str]) -> None:
        """Return None: the process ends with whoever started it."""

    def show(self, job: JobDefinition, arguments: Mapping[str, str]) -> str:
        """Return the line."""
        return self._submission(job).line(arguments)

    def _submission(self, job: JobDefinition) -> Submission:
        if job.spark_conf:
            raise LaunchError(
                f"Job {job.name} has the Spark settings {', '.join(sorted(job.spark_conf))}, but"
                f" the server {self._place.url} has its own: set them there, and take them out of"
                " the job or launch it elsewhere"
            )
        folder = self._settings.home.absolute() / "jobs" / file_name(job.name)
        facts = folder / "facts.json"
        write_private(facts, facts_text(self._settings.facts))
        entry = resources.files("gluepot.jobs.entry").joinpath("gluepot_job.py")
        return Submission(
            job_name=job.name,
            environment={
                FACTS_VARIABLE: str(facts),
                "SPARK_REMOTE": self._place.url,
                "PYTHONUNBUFFERED": "1",
            },
            command=(sys.executable, str(entry)),
            default_arguments=job.default_arguments,
            fixed_arguments=job.fixed_arguments,
        )


def facts_text(facts: JobFacts) -> str:
    """Return the facts as JSON, passwords and all, the same for the same facts."""
    return json.dumps(to_conf(facts), indent=2, sort_keys=True)
