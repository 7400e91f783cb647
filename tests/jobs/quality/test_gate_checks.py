"""A gate of a job evaluated again on the table that its job has written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.definitions.model import load_job
from gluepot.jobs.quality.gate_orders import enqueue_gate

if TYPE_CHECKING:
    from tests.jobs.quality.conftest import Yard

JOB = """
name: clean
sources: { flights: { table: raw.flights } }
quality:
  - input: flights
    name: known
    on_failure: warn
    rules:
      - { expect: expect_column_values_to_not_be_null, column: dep_time, mostly: MOSTLY }
  - input: flights
    name: counted
    ruleset: Rules = [ RowCount = 3 ]
sinks:
  - { input: flights, path: s3://BUCKET/clean, table: TABLE }
"""


def define(yard: Yard, *, mostly: float = 1.0, table: str = "raw.flights") -> None:
    """Write the job; its table has the rows of the lake."""
    text = JOB.replace("MOSTLY", str(mostly)).replace("TABLE", table)
    yard.lake.define("clean", text.replace(", table: null", ""))


def again(yard: Yard, gate: str) -> str:
    """Evaluate a gate again and return the id of the run."""
    run = enqueue_gate(yard.lake.runs, load_job(yard.lake.conf_dir, "clean"), gate)
    yard.work()
    return run.id


def test_a_gate_is_evaluated_as_its_file_has_it_now_and_its_trend_goes_on(yard: Yard) -> None:
    define(yard)
    first = again(yard, "known")
    define(yard, mostly=0.5)
    second = again(yard, "known")

    newest, older = yard.lake.jobs.list_gates(job_name="clean", gate="known")
    assert [(one.run_id, one.result["score"]) for one in (older, newest)] == [
        (first, 0.0),
        (second, 1.0),
    ]
    assert (newest.table, newest.result["row_count"]) == ("raw.flights", 3)
    shown = yard.glue.get_data_quality_result(ResultId=newest.id)
    assert (shown["JobName"], shown["RulesetEvaluationRunId"]) == ("clean", second)
    assert "JobRunId" not in shown
    assert yard.get(second)["ResultIds"] == [newest.id]


def test_a_gate_with_a_ruleset_is_evaluated_as_well(yard: Yard) -> None:
    define(yard)
    again(yard, "counted")

    (kept,) = yard.lake.jobs.list_gates(job_name="clean", gate="counted")
    assert kept.passed


def test_what_is_in_no_table_is_evaluated_by_the_job_alone(yard: Yard) -> None:
    define(yard, table="null")

    with pytest.raises(InvalidInputError, match="gluepot job run clean"):
        again(yard, "known")
