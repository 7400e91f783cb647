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
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gluepot.catalog.access.resources import Place
from gluepot.jobs.acting import act_as, runs_as
from gluepot.jobs.arguments import GlueArgumentError, pairs
from gluepot.jobs.errors import QualityGateError
from gluepot.jobs.facts import FACTS_VARIABLE, JobFacts, from_conf, read_facts_at
from gluepot.jobs.failure import describe
from gluepot.jobs.lease import (
    LEASE,
    begin_new,
    end_process,
    heartbeat,
    make_way,
    process_owner,
)
from gluepot.jobs.run_state import RunState
from gluepot.jobs.stored_jobs import JobBook, with_bookmark, with_script
from gluepot.jobs.workshop import Workshop, open_workshop

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from gluepot.jobs.model import JobDefinition
    from gluepot.jobs.run_state import Run

FAILED = 1
GATE_FAILED = 3

logger = logging.getLogger(__name__)


def main(args: Sequence[str]) -> int:
    """Carry out the run that ``args`` name, or a new one, and return the exit code."""
    arguments = pairs(args)
    if "JOB_NAME" not in arguments:
        raise GlueArgumentError("--JOB_NAME is missing")
    facts = _read_facts()
    run_id = arguments.get("JOB_RUN_ID")
    workshop = open_workshop(
        facts, job_name=arguments["JOB_NAME"], run_id=run_id or "", clock=_utc_now
    )
    workshop, run = _begin(workshop, run_id, arguments)
    with heartbeat(workshop.runs, run.id, process_owner(), on_lost=end_process):
        return carry_out(workshop, run, facts, arguments)


def _read_facts() -> JobFacts:
    place = os.environ.get(FACTS_VARIABLE)
    if place is not None:
        kept = read_facts_at(place)
        return from_conf(lambda name, default: kept.get(name, default))  # noqa: PLW0108 - overloaded
    from pyspark import SparkConf, SparkContext  # noqa: PLC0415

    # The settings are in the JVM before there is a session; starting one takes seconds.
    SparkContext._ensure_initialized()  # noqa: SLF001  # type: ignore[attr-defined]
    conf = SparkConf()
    return from_conf(lambda name, default: conf.get(name, default))  # noqa: PLW0108 - overloaded


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
    script: Path | None = None
    try:
        job = _job(workshop, facts, arguments)
        script = job.script
        user = runs_as(job, facts)
        if user is not None:
            place = Place(account_id=facts.account_id, region=facts.region)
            workshop = act_as(workshop, user, place=place)
        if job.bookmark:
            make_way(workshop.runs, run)
        _work(job, workshop, arguments)
    except QualityGateError as error:
        workshop.metrics["failed_gate"] = error.args[0]
        return _fail(workshop, error, None, GATE_FAILED)
    except Exception as error:
        logger.exception("The run failed")
        return _fail(workshop, error, script, FAILED)
    except SystemExit as error:  # a script's own way to end
        if error.code not in {None, 0}:
            return _fail(workshop, error, script, FAILED)
    workshop.runs.finish(workshop.run_id, RunState.SUCCEEDED, metrics=workshop.metrics)
    return 0


def _job(workshop: Workshop, facts: JobFacts, arguments: Mapping[str, str]) -> JobDefinition:
    job = JobBook(facts.conf_dir, workshop.jobs.definitions).load(workshop.job_name)
    job = with_bookmark(job, arguments)
    return with_script(job, workshop.stores, facts.home / "runs" / workshop.run_id)


def _fail(workshop: Workshop, error: BaseException, script: Path | None, code: int) -> int:
    described = describe(error, script=script)
    workshop.runs.finish(
        workshop.run_id, RunState.FAILED, error=described, metrics=workshop.metrics
    )
    sys.stderr.write(f"Error: {described.message}\n")
    return code


def _work(job: JobDefinition, workshop: Workshop, arguments: Mapping[str, str]) -> None:
    if job.pipeline is None:
        from gluepot.jobs.scripts import run_script  # noqa: PLC0415 - it imports Spark

        run_script(job, workshop, arguments)
        return
    if job.pipeline.quality:
        threading.Thread(target=_import_ahead, name="import-ahead", daemon=True).start()
    from pyspark.sql import SparkSession  # noqa: PLC0415

    from gluepot.jobs.driver import run_pipeline  # noqa: PLC0415 - it imports Spark

    run_pipeline(
        lambda: workshop.attach(SparkSession.builder.getOrCreate()), job.pipeline, workshop
    )


def _import_ahead() -> None:
    """Import what checks rules while Spark starts: it takes 6 s and the JVM is busy anyway."""
    # Where it is not installed, the gate says so; a job without a gate never asks.
    with contextlib.suppress(ImportError):
        importlib.import_module("gluepot.transforms.quality.expectations")


def _utc_now() -> datetime:
    return datetime.now(UTC)
