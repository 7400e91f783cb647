"""Bad input to jobs: a typed error that says where, and nothing written."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest

from gluepot.jobs.process.child import FAILED, GATE_FAILED, carry_out
from gluepot.jobs.runs.lease import LEASE
from gluepot.jobs.runs.state import RunKind, RunState

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from gluepot.jobs.runs.state import Run
    from tests.jobs.conftest import Lake

pytestmark = pytest.mark.usefixtures("spark")

PIPELINE = """
name: flights
bookmark: enable
sources:
  flights: { table: raw.flights }
  airlines: { table: raw.airlines, bookmark: false }
steps:
  - name: named
    transform: Join
    inputs: [flights, airlines]
    keys1: [carrier]
    keys2: [code]
sinks:
  - { input: named, path: s3://BUCKET/curated/flights, table: curated.flights }
"""

GATE = """
quality:
  - input: named
    name: known times
    on_failure: ON_FAILURE
    rules:
      - { expect: expect_column_values_to_not_be_null, column: dep_time }
"""

READ = """
import sys
from pyspark.sql import SparkSession
from gluepot.jobs.context import GlueContext, Job, getResolvedOptions

args = getResolvedOptions(sys.argv, ["JOB_NAME"])
glue = GlueContext(SparkSession.builder.getOrCreate())
job = Job(glue)
job.init(args["JOB_NAME"], args)
flights = glue.create_dynamic_frame.from_catalog(
    database="raw", table_name="flights", transformation_ctx="flights",
    PREDICATE
)
flights = flights.resolveChoice(specs=[("dep_time", "cast:double")])
sink = glue.getSink(
    connection_type="s3", path="s3://BUCKET/curated/flights", enableUpdateCatalog=True,
    partitionKeys=["day"], transformation_ctx="sink",
)
sink.setFormat("FORMAT")
sink.setCatalogInfo(catalogDatabase="curated", catalogTableName="flights")
sink.writeFrame(flights)
AFTER
job.commit()
"""


def run(lake: Lake, text: str, suffix: str = "yaml") -> tuple[int, Run]:
    lake.define("flights", text, suffix)
    workshop = lake.workshop("flights")
    code = carry_out(workshop, lake.runs.get(workshop.run_id), lake.facts, {})
    return code, lake.runs.get(workshop.run_id)


def script(**words: str) -> str:
    text = READ
    given = {"PREDICATE": "", "FORMAT": "parquet", "AFTER": ""} | words
    for word, value in given.items():
        text = text.replace(word, value)
    return text


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("keys1: [carrier]", "keys1: [carier]", "step 'named' (FILE:8): Join"),
        ("raw.airlines", "raw.airline", "source 'airlines' cannot be read: "),
        ("raw.airlines", "row.airlines", "Has the crawler run?"),
        ("s3://BUCKET", "s3://no-such-bucket-here", "sink 'named' cannot be written to s3://no-"),
        ("s3://BUCKET", "/etc/hostname", "/etc/hostname is a file, not a folder"),
        ("{ table: raw.flights }", "{ table: raw.flights, partition_predicate: hour = 1 }", "hour"),
        ("transform: Join", "transform: Joim", "Did you mean 'Join'?"),
    ],
)
def test_a_wrong_definition_fails_the_run_and_writes_nothing(
    lake: Lake, right: str, wrong: str, message: str
) -> None:
    code, ended = run(lake, PIPELINE.replace(right, wrong))

    assert (code, ended.state) == (FAILED, RunState.FAILED)
    assert ended.error is not None
    file = str(lake.conf_dir / "jobs" / "flights.yaml")
    assert message in ended.error.message.replace(file, "FILE")
    assert lake.keys("curated/") == []
    assert lake.jobs.bookmarks.find_intent("flights") is None


def test_a_failed_step_names_its_line(lake: Lake) -> None:
    _, ended = run(lake, PIPELINE.replace("keys1: [carrier]", "keys1: [carier]"))

    assert ended.error is not None
    assert (ended.error.line, ended.error.source_line) == (8, "- name: named")


def test_a_column_to_partition_by_must_be_there(lake: Lake) -> None:
    text = PIPELINE.replace("table: curated.flights", "partition_by: [dya]")

    _, ended = run(lake, text)

    assert ended.error is not None
    assert "there is no column 'dya' to partition by" in ended.error.message


def test_a_gate_that_fails_stops_the_run_before_anything_is_written(lake: Lake) -> None:
    code, ended = run(lake, PIPELINE + GATE.replace("ON_FAILURE", "fail"))

    assert (code, ended.state) == (GATE_FAILED, RunState.FAILED)
    assert ended.error is not None
    assert "quality gate 'known times' failed, so nothing was written" in ended.error.message
    assert lake.keys("curated/") == []
    (kept,) = lake.jobs.list_gates(run_id=ended.id)
    assert not kept.passed
    assert (lake.home / kept.html_report).is_file()


def test_a_gate_that_warns_lets_the_run_go_on(lake: Lake) -> None:
    code, ended = run(lake, PIPELINE + GATE.replace("ON_FAILURE", "warn"))

    assert (code, ended.metrics["rows_out"]) == (0, 3)
    assert not lake.jobs.list_gates(run_id=ended.id)[0].passed


def test_a_live_run_of_the_same_job_goes_first(lake: Lake) -> None:
    other = lake.workshop("flights")

    code, ended = run(lake, PIPELINE)

    assert code == FAILED
    assert ended.error is not None
    assert other.run_id in ended.error.message


def test_a_run_whose_process_is_gone_is_closed(lake: Lake) -> None:
    gone = lake.runs.enqueue(RunKind.JOB, "flights")
    assert gone is not None
    child = os.posix_spawn("/bin/true", ["true"], {})
    os.waitpid(child, 0)
    lake.runs.begin(gone.id, f"{socket.gethostname()}:{child}", lease=LEASE)

    code, _ = run(lake, PIPELINE)

    assert code == 0
    closed = lake.runs.get(gone.id)
    assert closed.state is RunState.FAILED
    assert closed.error is not None
    assert "is gone" in closed.error.message


@pytest.mark.parametrize("kind", ["parquet", "delta"])
def test_a_script_reads_only_what_is_new(spark: SparkSession, lake: Lake, kind: str) -> None:
    text = script(FORMAT=kind)
    option = text.replace('job.init(args["JOB_NAME"], args)', _ENABLED)
    first = run(lake, option, "py")
    lake.land(3, ["UA,4,601"])

    second = run(lake, option, "py")

    assert [first[0], second[0]] == [0, 0], (first[1].error, second[1].error)
    assert [first[1].metrics["rows_in"], second[1].metrics["rows_in"]] == [3, 1]
    rows = spark.read.format(kind).load(lake.uri("curated/flights")).collect()
    assert sorted(row["flight"] for row in rows) == [1, 2, 3, 4]
    assert lake.catalog.get_table("curated", "flights").partition_keys is not None


_ENABLED = 'job.init(args["JOB_NAME"], args | {"job_bookmark_option": "job-bookmark-enable"})'


@pytest.mark.parametrize(
    ("predicate", "rows"),
    [
        ('push_down_predicate="day = 2"', 1),
        ('push_down_predicate="day % 2 = 1"', 2),
        ('additional_options={"catalogPartitionPredicate": "day = 1"}', 2),
    ],
)
def test_a_script_reads_the_partitions_that_a_predicate_chooses(
    lake: Lake, predicate: str, rows: int
) -> None:
    _, ended = run(lake, script(PREDICATE=predicate), "py")

    assert ended.metrics["rows_in"] == rows, ended.error


def test_the_line_of_the_script_is_told_and_not_ours(lake: Lake) -> None:
    text = script(AFTER='glue.create_dynamic_frame.from_catalog(database="raw", table_name="x")')

    code, ended = run(lake, text, "py")

    assert code == FAILED
    assert ended.error is not None
    assert ended.error.file == str(lake.conf_dir / "jobs" / "flights.py")
    assert ended.error.source_line is not None
    assert ended.error.source_line.startswith("glue.create_dynamic_frame.from_catalog(")
    assert "Entity" not in ended.error.message.partition(":")[0]


def test_what_python_raises_in_a_script_keeps_its_name(lake: Lake) -> None:
    _, ended = run(lake, script(AFTER="boom = 1 / 0"), "py")

    assert ended.error is not None
    assert ended.error.message == "ZeroDivisionError: division by zero"
    assert ended.error.source_line == "boom = 1 / 0"
