"""Jobs by real spark-submit, and what can be wrong before one starts."""

from __future__ import annotations

import json
import stat
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gluepot.jobs.definitions.model import load_job
from gluepot.jobs.launchers.launch import LaunchSettings, Submission, launch, prepare
from gluepot.jobs.runs.lease import LEASE, process_owner
from gluepot.jobs.runs.state import RunKind, RunState
from gluepot.jobs.scheduling.runner import JobExecutor
from gluepot.jobs.sessions.jars import JarError, locked_jars

if TYPE_CHECKING:
    from pathlib import Path

    from gluepot.jobs.runs.state import Run
    from tests.jobs.conftest import Lake

PIPELINE = """
name: flights
bookmark: enable
sources:
  flights: { table: raw.flights }
sinks:
  - { input: flights, format: parquet, path: s3://BUCKET/curated/flights, table: curated.flights }
"""


@pytest.fixture
def settings(lake: Lake, jars_dir: Path) -> LaunchSettings:
    return LaunchSettings(
        catalog_url=lake.url,
        home=lake.home,
        conf_dir=lake.conf_dir,
        s3=lake.s3,
        jars_dir=jars_dir,
        java_home=None,
        master="local[2]",
    )


def submission_of(lake: Lake, settings: LaunchSettings, text: str, suffix: str) -> Submission:
    lake.define("flights", text, suffix)
    return prepare(load_job(lake.conf_dir, "flights"), settings)


def queued(lake: Lake, **arguments: str) -> Run:
    run = lake.runs.enqueue(
        RunKind.JOB, "flights", arguments=arguments, owner=process_owner(), lease=LEASE
    )
    assert run is not None
    return run


def test_a_job_runs_by_the_line_that_is_printed(lake: Lake, settings: LaunchSettings) -> None:
    line = submission_of(lake, settings, PIPELINE, "yaml").line({})

    done = subprocess.run(["/bin/sh", "-c", line], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    (run,) = lake.runs.list()
    assert (run.name, run.state, run.metrics["rows_out"]) == ("flights", RunState.SUCCEEDED, 3)
    assert lake.catalog.get_table("curated", "flights").name == "flights"


def test_a_script_gets_its_arguments_and_its_output_is_seen(
    lake: Lake, settings: LaunchSettings
) -> None:
    text = "import sys, json\nprint(json.dumps(sys.argv[1:]))\nsys.exit(0)\n"
    submission = submission_of(lake, settings, text, "py")
    run = queued(lake, day="it's 'one' \"day\"\nor two")
    seen: list[str] = []

    ended = launch(
        submission, run, runs=lake.runs, folder=lake.home / "runs" / run.id, echo=seen.append
    )

    assert ended.state is RunState.SUCCEEDED, ended.error
    words = json.loads(seen[-1])
    assert words[words.index("--day") + 1] == "it's 'one' \"day\"\nor two"
    assert words[words.index("--JOB_RUN_ID") + 1] == run.id


def test_a_child_that_dies_without_a_word_is_failed_with_the_end_of_its_log(
    lake: Lake, settings: LaunchSettings
) -> None:
    lake.define("flights", "import os, sys\nsys.stderr.write('last words\\n')\nos._exit(9)\n", "py")
    executor = JobExecutor(lake.runs, lambda: settings, lake.book)
    run = queued(lake)

    executor.execute(run)

    ended = lake.runs.get(run.id)
    assert ended.state is RunState.FAILED
    assert ended.error is not None
    assert "before it recorded an end" in ended.error.message
    assert "last words" in ended.error.message


def test_secrets_are_in_a_file_of_the_user_alone_and_nowhere_on_the_command_line(
    lake: Lake, settings: LaunchSettings
) -> None:
    secret = "s3cr=t\\ :pass"  # noqa: S105
    hidden = replace(
        settings,
        catalog_url="postgresql://u:pgpassword@h/db",
        s3=replace(settings.s3, secret_access_key=secret),
    )

    submission = submission_of(lake, hidden, PIPELINE, "yaml")

    words = " ".join(submission.arguments(queued(lake), {}))
    assert "pgpassword" not in words
    assert "s3cr" not in words
    file = lake.home / "jobs" / "flights" / "spark.properties"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "pgpassword" in file.read_text()
    assert "pgpassword" not in repr(hidden)


def test_a_missing_jar_is_told_before_anything_starts(
    lake: Lake, settings: LaunchSettings, tmp_path: Path
) -> None:
    missing = replace(settings, jars_dir=tmp_path / "none")

    with pytest.raises(JarError, match=r"jars are missing .* gluepot jars fetch"):
        submission_of(lake, missing, PIPELINE, "yaml")

    assert len(locked_jars()) > 0
    assert lake.runs.list() == []


def test_missing_java_is_told_before_anything_starts(
    lake: Lake, settings: LaunchSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(JarError, match="Java was not found"):
        submission_of(lake, settings, PIPELINE, "yaml")
