"""Scripts by plain spark-submit: they record their own runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from gluepot.jobs.definitions.model import load_job
from gluepot.jobs.launchers.launch import prepare, write_script_properties
from gluepot.jobs.parameters.facts import to_conf
from gluepot.jobs.runs.state import RunState
from gluepot.jobs.sessions.jars import spark_home
from tests.jobs.script_api.conftest import lay_payments
from tests.jobs.script_api.test_samples import SAMPLES
from tests.jobs.test_launch import settings  # noqa: F401 - a fixture

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

    from gluepot.jobs.launchers.launch import LaunchSettings
    from tests.jobs.conftest import Lake

SHOWN = ["few [('057', 24)]", "many [('039', 91), ('282', 41)]"]
BROKEN = """
from awsglue.context import GlueContext
from pyspark.context import SparkContext

context = GlueContext(SparkContext())
frame = context.create_dynamic_frame.from_catalog(database="payments", table_name="nothing")
"""


def submit(properties: Path, script: Path, lake: Lake) -> subprocess.CompletedProcess[str]:
    folder = script.parent / "empty" / script.stem
    folder.mkdir(parents=True)
    arguments = ["--JOB_NAME", script.stem, "--output", lake.uri("out")]
    command = [str(spark_home() / "bin" / "spark-submit"), "--properties-file", str(properties)]
    environment = {**os.environ, "PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    return subprocess.run(
        [*command, str(script), *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_scripts_run_by_plain_spark_submit_and_record_how_they_ended(
    lake: Lake,
    settings: LaunchSettings,  # noqa: F811
    spark: SparkSession,
    tmp_path: Path,
) -> None:
    lay_payments(lake)
    properties = write_script_properties(replace(settings, master="local[1]"))
    good, bad = tmp_path / "visual_job.py", tmp_path / "broken.py"
    good.write_text((SAMPLES / "visual_job.py").read_text())
    bad.write_text(BROKEN)

    with ThreadPoolExecutor() as pool:
        done, failed = pool.map(lambda script: submit(properties, script, lake), (good, bad))

    assert (done.returncode, failed.returncode) == (0, 1), done.stderr[-4000:]
    assert done.stdout.splitlines() == ["null_fields ['nothing']", *SHOWN]
    written = spark.read.parquet(lake.uri("out/visual"))
    assert "nothing" not in written.columns
    assert sorted(row["drg"] for row in written.collect()) == ["039", "282"]
    made = lake.catalog.get_table("payments", "busy").storage_descriptor
    assert made is not None
    assert "provider id" in [column.name for column in made.columns or ()]
    runs = {run.name: run for run in lake.runs.list()}
    assert runs["visual_job"].state is RunState.SUCCEEDED
    assert runs["visual_job"].metrics["passes"][0]["sources"]["Source_node1"]["rows"] == 3
    assert runs["broken"].state is RunState.FAILED
    error = runs["broken"].error
    assert error is not None
    assert (error.file, error.line) == (str(bad), 6)
    assert "payments.nothing" in error.message


ENDINGS = {
    "pass": (RunState.SUCCEEDED, 0),
    "sys.exit(0)": (RunState.SUCCEEDED, 0),
    "sys.exit(3)": (RunState.FAILED, 3),
    "exit(3)": (RunState.FAILED, 3),
    "leave('gone')": (RunState.FAILED, 1),
    "1 / 0": (RunState.FAILED, 1),
}
"""A session is only asked for its settings, so that none has to be started."""
SCRIPT = """
import json, sys
from sys import exit as leave
from types import SimpleNamespace
from gluepot.jobs.run_context.own_run import join_run
conf = json.loads({conf!r})
join_run(SimpleNamespace(conf=SimpleNamespace(get=lambda name, default: conf.get(name, default))))
{ending}
"""


def test_a_script_that_makes_its_own_context_runs_by_job_run(
    lake: Lake,
    settings: LaunchSettings,  # noqa: F811
) -> None:
    lay_payments(lake)
    lake.define("visual_job", (SAMPLES / "visual_job.py").read_text(), suffix="py")
    submission = prepare(
        load_job(lake.conf_dir, "visual_job"), replace(settings, master="local[1]")
    )
    command = submission.arguments(None, {"output": lake.uri("out")})

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr[-4000:]
    assert done.stdout.splitlines()[1:] == SHOWN
    assert [run.state for run in lake.runs.list()] == [RunState.SUCCEEDED]


def test_a_run_ends_as_its_process_ends(lake: Lake, tmp_path: Path) -> None:
    def end(at: int, ending: str) -> tuple[RunState, int]:
        script = tmp_path / f"ends{at}.py"
        script.write_text(SCRIPT.format(conf=json.dumps(to_conf(lake.facts)), ending=ending))
        done = subprocess.run([sys.executable, str(script)], capture_output=True, check=False)
        (run,) = (run for run in lake.runs.list() if run.name == script.stem)
        return run.state, done.returncode

    with ThreadPoolExecutor(2) as pool:
        found = pool.map(end, range(len(ENDINGS)), ENDINGS)

    assert dict(zip(ENDINGS, found, strict=True)) == ENDINGS


def test_a_run_with_a_bookmark_waits_for_no_other_and_says_whose_turn_it_is(
    lake: Lake, tmp_path: Path
) -> None:
    lake.workshop("busy")
    script = tmp_path / "late.py"
    script.write_text(SCRIPT.format(conf=json.dumps(to_conf(lake.facts)), ending="pass"))
    command = [sys.executable, str(script), "--JOB_NAME", "busy"]

    def run(*more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*command, *more], capture_output=True, text=True, check=False)

    with ThreadPoolExecutor(2) as pool:
        free, late = pool.map(run, ("--x", "--job_bookmark_option=job-bookmark-enable"))

    assert (free.returncode, late.returncode) == (0, 1), free.stderr
    assert "of job busy is at work" in late.stderr
    states = sorted(run.state for run in lake.runs.list(name="busy"))
    assert states == [RunState.FAILED, RunState.RUNNING, RunState.SUCCEEDED]
