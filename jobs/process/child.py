"""The process of one job run: from spark-submit's arguments to the end of the run's record.

Exit codes: 0 done, 1 failed, 3 a quality gate did not hold.
"""

from __future__ import annotations

import contextlib
import importlib
import logging
import os
import sys
import threading
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from gluepot.catalog.access.resources import Place
from gluepot.jobs.definitions.script_files import at_location, with_script
from gluepot.jobs.definitions.stored_jobs import JobBook, with_bookmark
from gluepot.jobs.errors import QualityGateError
from gluepot.jobs.metrics.overseer import (
    RunStopped,
    cancel_spark_jobs,
    overseen,
    record_undisturbed,
    stop_message,
)
from gluepot.jobs.metrics.progress import reported
from gluepot.jobs.metrics.spark_figures import active_context, figures
from gluepot.jobs.metrics.tracing import configure_child, parent_of_process, shut_down, span
from gluepot.jobs.parameters.arguments import GlueArgumentError, as_recorded, pairs
from gluepot.jobs.parameters.run_files import EXTRA_FILES
from gluepot.jobs.parameters.secret_references import Masker, resolve
from gluepot.jobs.process.lifeline import watch_of_process
from gluepot.jobs.process.script_process import run_process, working_folder
from gluepot.jobs.run_context.acting import act_as, runs_as
from gluepot.jobs.run_context.connections import open_connection
from gluepot.jobs.run_context.workshop import Workshop, open_workshop
from gluepot.jobs.runs.failure import brief, describe
from gluepot.jobs.runs.lease import (
    LEASE,
    begin_new,
    end_process,
    heartbeat,
    make_way,
    process_owner,
)
from gluepot.jobs.runs.state import RunError, RunKind, RunState
from gluepot.jobs.sessions.ahead import own_session, read_facts
from gluepot.jobs.sessions.masked_jvm import masked_jvm
from gluepot.jobs.sessions.masked_streams import masked_streams

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gluepot.jobs.definitions.model import JobDefinition
    from gluepot.jobs.parameters.facts import JobFacts
    from gluepot.jobs.runs.state import Run

FAILED = 1
GATE_FAILED = 3

logger = logging.getLogger(__name__)


def main(args: Sequence[str], facts: JobFacts | None = None) -> int:
    """Carry out the run that ``args`` name, or a new one, and return the exit code.

    Args:
        args: Those of the process.
        facts: What the process has been told, where it has been asked already.
    """
    arguments = pairs(args)
    if "JOB_NAME" not in arguments:
        raise GlueArgumentError("--JOB_NAME is missing")
    watch_of_process()
    configure_child()
    facts = facts or read_facts()
    run_id = arguments.get("JOB_RUN_ID")
    workshop = open_workshop(
        facts, job_name=arguments["JOB_NAME"], run_id=run_id or "", clock=_utc_now
    )
    workshop, run = _begin(workshop, run_id, arguments)
    arguments = as_recorded(arguments, run.arguments)
    sealed = run.settings.get("SecurityConfiguration")
    if sealed is not None:  # Glue itself passes its name
        arguments["SECURITY_CONFIGURATION"] = sealed
    with (
        heartbeat(workshop.runs, run.id, process_owner(), on_lost=end_process),
        overseen(workshop.runs, run),
        contextlib.ExitStack() as traced,
    ):
        traced.callback(shut_down)
        parent = parent_of_process()
        traced.enter_context(span("driver", parent=parent, run_id=run.id, name_of=run.name))
        return carry_out(workshop, run, facts, arguments)


def _begin(
    workshop: Workshop, run_id: str | None, arguments: Mapping[str, str]
) -> tuple[Workshop, Run]:
    if run_id is None:
        given = {key: value for key, value in arguments.items() if key != "JOB_NAME"}
        run = begin_new(workshop.runs, workshop.job_name, given)
    else:
        run = workshop.runs.begin(run_id, process_owner(), lease=LEASE)
    return replace(workshop, run_id=run.id), run


def carry_out(workshop: Workshop, run: Run, facts: JobFacts, arguments: Mapping[str, str]) -> int:
    """Do the work of a run that has begun, record its end, and return the exit code."""
    if run.kind is RunKind.QUALITY:
        return _ended(_Ending(workshop), lambda: _look_at_quality(workshop, run, facts))
    try:
        job = _job(workshop, facts, arguments)
        # Secrets in plain are on record alone, and not on the command line.
        arguments = {**job.arguments_of(run.arguments), **arguments}
        workshop = _acting(job, workshop, facts)
        if job.bookmark:
            make_way(workshop.runs, run)
        given, secrets = resolve(arguments, lambda name: open_connection(workshop, name).properties)
    except Exception as error:
        logger.exception("The run failed")
        return _Ending(workshop).fail(error, FAILED)
    ending = _Ending(workshop, Masker(secrets), job.script)
    with masked_streams(ending.masker), masked_jvm(ending.masker):
        return _ended(ending, lambda: _work(job, workshop, given))


def _ended(ending: _Ending, work: Callable[[], None]) -> int:
    try:
        with reported(ending.workshop.runs, ending.workshop.run_id):
            work()
    except QualityGateError as error:
        ending.workshop.metrics["failed_gate"] = error.args[0]
        return ending.fail(error, GATE_FAILED)
    except Exception as error:
        logger.exception("The run failed")
        return ending.fail(error, FAILED)
    except RunStopped:
        return ending.stop()
    except SystemExit as error:  # a script's own way to end
        if error.code not in {None, 0}:
            return ending.fail(error, FAILED)
    return ending.succeed()


@dataclass(frozen=True)
class _Ending:
    """The end of a run, put on record without secrets."""

    workshop: Workshop
    masker: Masker = field(default_factory=Masker)
    script: Path | None = None

    def _add_figures(self) -> None:
        context = active_context()
        if context is None:
            return
        try:
            self.workshop.metrics.update(figures(context))
        except Exception as failure:  # noqa: BLE001 - py4j's: the run's own end counts, not this
            logger.warning("Spark's figures of the run are lost: %s", brief(failure))

    def succeed(self) -> int:
        self._finish(RunState.SUCCEEDED, None)
        return 0

    def fail(self, error: BaseException, code: int) -> int:
        described = describe(error, script=self.script)
        self._finish(RunState.FAILED, described)
        sys.stderr.write(f"Error: {self.masker.mask(described.message)}\n")
        return code

    def stop(self) -> int:
        """End a run that had to; one that somebody stopped is STOPPED by that."""
        cancel_spark_jobs()
        run = self.workshop.runs.get(self.workshop.run_id)
        self._finish(RunState.FAILED, RunError(message=stop_message(run)))
        return FAILED

    def _finish(self, state: RunState, error: RunError | None) -> None:
        record_undisturbed()
        self._add_figures()
        masked = None if error is None else RunError(**self.masker.mask_all(asdict(error)))
        metrics = self.masker.mask_all(self.workshop.metrics)
        self.workshop.runs.finish(self.workshop.run_id, state, error=masked, metrics=metrics)


def _job(workshop: Workshop, facts: JobFacts, arguments: Mapping[str, str]) -> JobDefinition:
    job = JobBook(facts.conf_dir, workshop.jobs.definitions).load(workshop.job_name)
    job = at_location(with_bookmark(job, arguments), arguments)
    return with_script(job, workshop.stores, facts.home / "runs" / workshop.run_id)


def _acting(job: JobDefinition, workshop: Workshop, facts: JobFacts) -> Workshop:
    user = runs_as(job, facts)
    if user is None:
        return workshop
    return act_as(workshop, user, place=Place(account_id=facts.account_id, region=facts.region))


def _work(job: JobDefinition, workshop: Workshop, arguments: Mapping[str, str]) -> None:
    files = tuple(map(Path, filter(None, os.environ.get(EXTRA_FILES, "").split(os.pathsep))))
    with working_folder(files, workshop.home / "runs" / workshop.run_id / "work"):
        if job.without_spark:
            names = {"JOB_NAME": job.name, "JOB_RUN_ID": workshop.run_id}
            run_process(job, {**arguments, **names})
        else:
            _work_with_spark(job, workshop, arguments)


def _work_with_spark(job: JobDefinition, workshop: Workshop, arguments: Mapping[str, str]) -> None:
    if job.pipeline is None:
        from gluepot.jobs.process.scripts import run_script  # noqa: PLC0415 - it imports Spark

        run_script(job, workshop, arguments)
        return
    if any(gate.rules for gate in job.pipeline.quality):
        threading.Thread(target=_import_ahead, name="import-ahead", daemon=True).start()
    from gluepot.jobs.pipelines.driver import run_pipeline  # noqa: PLC0415 - it imports Spark

    run_pipeline(lambda: workshop.attach(own_session()), job.pipeline, workshop)


def _look_at_quality(workshop: Workshop, run: Run, facts: JobFacts) -> None:
    from pyspark.sql import SparkSession  # noqa: PLC0415

    from gluepot.jobs.quality_runs import tasks  # noqa: PLC0415 - only such runs need rules

    tasks.carry_out(SparkSession.builder.getOrCreate, workshop, run, facts)


def _import_ahead() -> None:
    """Import what checks rules while Spark starts: it takes 6 s and the JVM is busy anyway."""
    # Where it is not installed, the gate says so; a job without a gate never asks.
    with contextlib.suppress(ImportError):
        importlib.import_module("gluepot.transforms.quality.expectations")


def _utc_now() -> datetime:
    return datetime.now(UTC)
