"""Script jobs: the user's file run as it is, with Glue's arguments and a ledger behind the API."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from gluepot.jobs.parameters.arguments import DISABLE, ENABLE
from gluepot.jobs.process.script_process import run_process
from gluepot.jobs.run_context.script_run import ScriptRun, running

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.jobs.definitions.model import JobDefinition
    from gluepot.jobs.run_context.workshop import Workshop

logger = logging.getLogger(__name__)


def run_script(job: JobDefinition, workshop: Workshop, arguments: Mapping[str, str]) -> None:
    """Run a script job; once more when the first time only finished a dead run's work.

    Raises:
        Exception: Whatever the script raises.
    """
    option = ENABLE if job.bookmark else DISABLE
    names = {"JOB_NAME": job.name, "JOB_RUN_ID": workshop.run_id}
    given = {"job-bookmark-option": option, **arguments, **names}
    run = ScriptRun(workshop=workshop, bookmark=job.bookmark)
    _run_once(job, run, given)
    if run.repeated:
        logger.warning("Running the script again: what is new comes after the repeated input")
        _run_once(job, ScriptRun(workshop=workshop, bookmark=job.bookmark), given)


def _run_once(job: JobDefinition, run: ScriptRun, arguments: Mapping[str, str]) -> None:
    with running(run):
        run_process(job, arguments)
        run.end_pass()
