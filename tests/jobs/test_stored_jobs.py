"""Jobs that the API has stored: their scripts are fetched and run, and stop when they are told."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from gluepot.jobs.definitions.model import UnknownJobError
from gluepot.jobs.definitions.script_files import MissingScriptError
from gluepot.jobs.definitions.stored_jobs import KIND, merged_arguments
from gluepot.jobs.errors import LaunchError
from gluepot.jobs.parameters.file_names import file_name
from gluepot.jobs.runs.lease import LEASE
from gluepot.jobs.runs.state import RunKind, RunState
from gluepot.jobs.scheduling.runner import JobExecutor
from tests.jobs.test_launch import settings  # noqa: F401 - a fixture

if TYPE_CHECKING:
    from gluepot.jobs.launchers.launch import LaunchSettings
    from gluepot.jobs.runs.state import Run
    from tests.jobs.conftest import Lake

SCRIPT = """
import sys
from gluepot.jobs.parameters.arguments import getResolvedOptions
found = getResolvedOptions(sys.argv, ["JOB_NAME", "day", "scope", "fixed"])
assert found["JOB_NAME"] == "a/b", found
assert (found["day"], found["scope"], found["fixed"]) == ("2", "all", "1"), found
"""


def store(lake: Lake, name: str, location: str, **members: Any) -> None:  # noqa: ANN401
    command = {"Name": "glueetl", "ScriptLocation": location}
    lake.jobs.definitions.create(KIND, name, {"Role": "r", "Command": command, **members})


def queue(lake: Lake, name: str, **members: Any) -> Run:  # noqa: ANN401
    run = lake.runs.enqueue(RunKind.JOB, name, owner="tests", lease=LEASE, **members)
    assert run is not None
    return run


def test_a_stored_job_runs_the_script_that_lies_in_s3(
    lake: Lake,
    settings: LaunchSettings,  # noqa: F811
) -> None:
    lake.put("scripts/load.py", SCRIPT)
    arguments = {"--day": "1", "--scope": "all"}
    fixed = {"--fixed": "1"}
    store(
        lake,
        "a/b",
        lake.uri("scripts/load.py"),
        DefaultArguments=arguments,
        NonOverridableArguments=fixed,
    )
    run = queue(lake, "a/b", arguments={"--day": "2", "--fixed": "9"})

    JobExecutor(lake.runs, lambda: settings, lake.book).execute(run)

    ended = lake.runs.get(run.id)
    assert ended.state is RunState.SUCCEEDED, ended.error


def test_a_script_that_is_not_there_is_told_by_its_name_before_anything_starts(
    lake: Lake,
    settings: LaunchSettings,  # noqa: F811
) -> None:
    store(lake, "load", lake.uri("scripts/nothing.py"))
    run = queue(lake, "load")

    with pytest.raises(MissingScriptError, match=r"script of job load .*scripts/nothing\.py"):
        JobExecutor(lake.runs, lambda: settings, lake.book).execute(run)

    assert lake.runs.get(run.id).state is RunState.STARTING


@pytest.mark.parametrize("how", ["stopped", "timeout"])
def test_a_run_at_work_ends_when_it_is_told_to_or_is_over_its_time(
    lake: Lake,
    settings: LaunchSettings,  # noqa: F811
    how: str,
) -> None:
    script = lake.home / "sleep.py"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text("import time\ntime.sleep(600)\n")
    store(lake, "long", f"file://{script}", MaxRetries=3)
    over = {"Timeout": 0} if how == "timeout" else {}
    run = queue(lake, "long", settings=over, max_retries=3)
    executor = JobExecutor(lake.runs, lambda: settings, lake.book)
    at_work = threading.Thread(target=executor.execute, args=(run,))

    at_work.start()
    deadline = time.monotonic() + 120
    while lake.runs.get(run.id).state is RunState.STARTING and time.monotonic() < deadline:
        time.sleep(0.1)
    if how == "stopped":
        lake.runs.stop(run.id)
    at_work.join(timeout=120)

    ended = lake.runs.get(run.id)
    assert ended.state is (RunState.STOPPED if how == "stopped" else RunState.TIMEOUT)
    assert len(lake.runs.list(name="long")) == 1
    if how == "timeout":
        assert ended.error is not None
        assert "0 minutes" in ended.error.message


def test_what_gluepot_does_not_run_is_refused_by_name(lake: Lake) -> None:
    store(lake, "ray", "s3://b/x.py")
    lake.jobs.definitions.update(
        KIND, "ray", {"Command": {"Name": "glueray", "ScriptLocation": "s3://b/x.py"}}
    )
    lake.jobs.definitions.create(KIND, "bare", {"Command": {"Name": "glueetl"}})
    store(lake, "scala", "s3://b/x.scala", DefaultArguments={"--job-language": "scala"})

    for name, said in (("ray", "glueray"), ("bare", "ScriptLocation"), ("scala", "Python")):
        with pytest.raises(LaunchError, match=said):
            lake.book.load(name)
        assert lake.book.max_retries(name) == 0
    with pytest.raises(UnknownJobError):
        lake.book.load("nowhere")


def test_a_file_goes_before_a_stored_job_of_its_name(lake: Lake) -> None:
    lake.define("load", "pass\n", "py")
    store(lake, "load", "s3://b/x.py", MaxRetries=4)

    assert lake.book.load("load").script == lake.conf_dir / "jobs" / "load.py"


def test_arguments_are_joined_in_glues_order() -> None:
    document = {"DefaultArguments": {"--a": "1"}, "NonOverridableArguments": {"--b": "1"}}

    assert merged_arguments(document, {"--a": "2", "--b": "2"}) == {"--a": "2", "--b": "1"}
    assert merged_arguments({}, None) == {}


def test_a_jobs_name_is_one_part_of_a_path() -> None:
    assert file_name("a/../b") == "a%2F..%2Fb"
    assert file_name("..") == "%2E%2E"
