"""Jobs beside a Spark Connect server: plain Python processes with a remote session."""

from __future__ import annotations

import shlex
import stat
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gluepot.jobs.definitions.model import load_job
from gluepot.jobs.errors import LaunchError
from gluepot.jobs.launchers.connect import ConnectLauncher
from gluepot.jobs.launchers.places import ConnectPlace, Places
from gluepot.jobs.runs.state import RunState
from gluepot.jobs.scheduling.runner import JobExecutor
from gluepot.jobs.sessions.session import session_conf
from tests.jobs.launchers.conftest import PIPELINE, SECRET
from tests.servers.spark import connect_server

if TYPE_CHECKING:
    from collections.abc import Callable

    from gluepot.jobs.launchers.launch import LaunchSettings
    from gluepot.jobs.runs.state import Run
    from tests.jobs.conftest import Lake

PLACE = ConnectPlace(url="sc://connect:15002")
SCRIPT = """
from awsglue.context import GlueContext
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
print("SESSION", type(spark).__module__)
frame = GlueContext(spark).create_dynamic_frame.from_catalog("raw", "flights")
print("FLIGHTS", frame.count())
"""


def test_the_line_holds_no_secret_and_its_facts_are_for_this_user_alone(
    lake: Lake, settings: LaunchSettings
) -> None:
    lake.define("flights", SCRIPT, "py")

    line = ConnectLauncher(settings, PLACE).show(load_job(lake.conf_dir, "flights"), {"a": "b c"})

    words = shlex.split(line)
    variables = dict(word.split("=", 1) for word in words[:3])
    file = Path(variables["GLUEPOT_FACTS"])
    assert variables["SPARK_REMOTE"] == "sc://connect:15002"
    assert words[-4:] == ["--JOB_NAME", "flights", "--a", "b c"]
    assert SECRET not in line
    assert SECRET in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_spark_settings_that_a_running_server_cannot_take_are_refused(
    lake: Lake, settings: LaunchSettings
) -> None:
    lake.define("flights", PIPELINE + "spark:\n  conf:\n    spark.executor.memory: 1g\n")

    with pytest.raises(LaunchError, match=r"spark\.executor\.memory, but the server sc://connect"):
        ConnectLauncher(settings, PLACE).show(load_job(lake.conf_dir, "flights"), {})


def test_a_script_and_a_pipeline_run_beside_a_server_without_a_jvm_of_their_own(
    lake: Lake,
    settings: LaunchSettings,
    jars_dir: Path,
    tmp_path: Path,
    new_run: Callable[..., Run],
) -> None:
    known = replace(
        settings,
        catalog_url=lake.url,
        home=lake.home,
        conf_dir=lake.conf_dir,
        s3=lake.s3,
        java_home="/nowhere",
    )
    conf = session_conf(jars_dir=jars_dir, s3=lake.s3, master="local[1]", extra={})
    ends: list[Run] = []
    with connect_server(tmp_path, conf) as url:
        here = replace(known, places=Places(launcher="connect", connect=ConnectPlace(url=url)))
        for text, suffix in ((SCRIPT, "py"), (PIPELINE, "yaml")):
            lake.define("flights", text, suffix)
            run = new_run()
            JobExecutor(lake.runs, lambda: here, lake.book).execute(run)
            ends.append(lake.runs.get(run.id))

    logs = [(lake.home / "runs" / run.id / "driver.log").read_text() for run in ends]
    assert [run.state for run in ends] == [RunState.SUCCEEDED] * 2, logs
    assert "SESSION pyspark.sql.connect.session" in logs[0]
    assert "FLIGHTS 3" in logs[0]
    assert ends[1].metrics["rows_out"] == 3
