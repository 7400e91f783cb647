"""A gate of a job evaluated without the job: on the rows that it has written."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.context import GlueContext
from gluepot.jobs.definitions.model import load_job
from gluepot.jobs.quality.gate_orders import data_source, find_gate, written_tables
from gluepot.jobs.quality.gates import input_files, judge
from gluepot.jobs.quality.model import Subject
from gluepot.jobs.quality.orders import GATE, RESULT_IDS, table_source
from gluepot.jobs.quality.rulesets import Origin
from gluepot.jobs.quality_runs.reading import read_table
from gluepot.jobs.run_context.script_run import ScriptRun, running
from gluepot.transforms.frame import DynamicFrame

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from pyspark.sql import SparkSession

    from gluepot.jobs.run_context.workshop import Workshop


def check_again(
    session: Callable[[], SparkSession],
    workshop: Workshop,
    request: Mapping[str, Any],
    conf_dir: Path,
) -> None:
    """Evaluate a gate as its job's file has it now; the result is one of the job's gate.

    Raises:
        UnknownJobError: The job is not there any more.
        DefinitionError: Its file has faults.
        EntityNotFoundError: The gate is not there any more.
        InvalidInputError: What it looks at is in no table any more, or a rule is wrong.
        SourceError: A table cannot be read.
        PySparkException: The rows cannot be read.
    """
    named = request[GATE]
    job = load_job(conf_dir, named["JobName"])
    gate = find_gate(job, named["GateName"])
    tables = None if job.pipeline is None else written_tables(job.pipeline, gate)
    if tables is None:
        raise InvalidInputError(f"No table has the rows of {gate.input!r} any more")
    workshop = replace(workshop, job_name=job.name)
    origin = Origin(
        shown=tables[gate.input],
        subject=Subject.JOB,  # So that it is a point of the gate's own trend.
        table=tables[gate.input],
        data_source=data_source(tables[gate.input]),
        on_failure=gate.on_failure,
    )
    with running(ScriptRun(workshop=workshop, bookmark=False)):
        context = GlueContext(session())
        frames = {
            alias: DynamicFrame(read_table(context, table_source(data_source(table))), context)
            for alias, table in tables.items()
        }
        inputs = input_files((gate,), frames)
        _, kept = judge(gate, frames, workshop, origin, inputs=inputs, folder=job.file.parent)
    workshop.note(**{RESULT_IDS: [kept.id]})
