"""Gates of declarative jobs evaluated again, on the tables that their jobs have written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import EntityNotFoundError, InvalidInputError, did_you_mean
from gluepot.jobs.quality.orders import GATE, Task, enqueue_task

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.jobs.definitions.model import JobDefinition
    from gluepot.jobs.definitions.pipeline import GateSpec, Pipeline
    from gluepot.jobs.runs.state import Run
    from gluepot.jobs.runs.store import RunStore


def find_gate(job: JobDefinition, name: str) -> GateSpec:
    """Return a gate of a declarative job.

    Raises:
        InvalidInputError: The job is a script, whose rules stand in its code.
        EntityNotFoundError: It has no gate of that name.
    """
    if job.pipeline is None:
        raise InvalidInputError(f"Job {job.name} is a script: its rules stand in {job.file}")
    for gate in job.pipeline.quality:
        if gate.name == name:
            return gate
    names = [gate.name for gate in job.pipeline.quality]
    raise EntityNotFoundError(f"Job {job.name}'s gate", f"{name}.{did_you_mean(name, names)}")


def written_tables(pipeline: Pipeline, gate: GateSpec) -> dict[str, str] | None:
    """Return the tables that hold what a gate looks at, by alias; None where one is not written.

    A gate stands before the sinks, so a sink of the same input has the rows that it saw.
    """
    tables = {sink.input: sink.table for sink in pipeline.sinks if sink.table is not None}
    wanted = {gate.input, *gate.sources.values()}
    return {each: tables[each] for each in wanted} if wanted <= tables.keys() else None


def gate_table(job: JobDefinition, name: str) -> str:
    """Return the table, ``database.table``, that has the rows which a gate looks at.

    Raises:
        InvalidInputError: They are in no table: only the job evaluates the gate.
        EntityNotFoundError: There is no such gate.
    """
    gate = find_gate(job, name)
    tables = None if job.pipeline is None else written_tables(job.pipeline, gate)
    if tables is None:
        raise InvalidInputError(
            f"The gate {name!r} looks at {gate.input!r}, which no sink writes to a table;"
            f" run the job: gluepot job run {job.name}"
        )
    return tables[gate.input]


def enqueue_gate(runs: RunStore, job: JobDefinition, name: str, *, role: str | None = None) -> Run:
    """Queue the evaluation of a gate on the table that its job has written; nothing else is done.

    Args:
        runs: Where the run is recorded.
        job: A declarative job.
        name: The gate's.
        role: Whose policies decide about tables, where requests must be signed.

    Raises:
        InvalidInputError: What the gate looks at is in no table: only the job evaluates it.
        EntityNotFoundError: There is no such gate.
    """
    table = gate_table(job, name)
    request: dict[str, Any] = {
        GATE: {"JobName": job.name, "GateName": name},
        "DataSource": data_source(table),
        "RulesetNames": [name],
    }
    return enqueue_task(
        runs, Task.EVALUATION, table, request | ({} if role is None else {"Role": role})
    )


def data_source(table: str) -> Mapping[str, Any]:
    """Return ``database.table`` as AWS Glue's DataSource."""
    database, _, name = table.partition(".")
    return {"GlueTable": {"DatabaseName": database, "TableName": name}}
