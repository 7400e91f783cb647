"""A secret in an argument: the script has it, and nothing that is said or kept of the run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from gluepot.callers import local_caller
from gluepot.cli.main import app
from gluepot.jobs.notifications.outbox import Outbox
from gluepot.jobs.runs.state import RunState
from gluepot.posting import post_office
from gluepot.services import open_services
from gluepot.settings import load_settings
from tests.servers.hooks import Hook, hook_server

if TYPE_CHECKING:
    from collections.abc import Iterator

SCRIPT = """
import contextlib, logging, os, sys
from awsglue.utils import getResolvedOptions

args = getResolvedOptions(sys.argv, ["db_password", "token"])
lines = []
for process in filter(str.isdigit, os.listdir("/proc")):
    with contextlib.suppress(OSError):
        lines.append(open(f"/proc/{process}/cmdline", "rb").read())
print("length", len(args["db_password"]), "seen", sum(b"s3cret" in line for line in lines))
print("plain:", args["db_password"], "and:", args["token"])
logging.error("no entry with %s", args["token"])
raise ValueError(f"no entry with {args['db_password']} or {args['token']}")
"""

IN_JAVA = """
import os, sys
from awsglue.utils import getResolvedOptions
from pyspark import SparkContext

token = getResolvedOptions(sys.argv, ["token"])["token"]
java = SparkContext.getOrCreate()._jvm
java.java.lang.System.out.println(f"out: {token}")
java.java.lang.System.err.println(f"err: {token}")
java.org.apache.logging.log4j.LogManager.getLogger("driver").error(f"log4j: {token}")
java.java.lang.Exception(f"jdbc:postgresql://host/db?password={token}").printStackTrace()
os.system(f"echo program: '{token}'")
"""


@pytest.fixture
def hook() -> Iterator[Hook]:
    with hook_server() as made:
        yield made


@pytest.fixture(autouse=True)
def _project(
    sqlite_catalog: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hook: Hook
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GLUEPOT_CATALOG_URL", sqlite_catalog)
    monkeypatch.setenv("GLUEPOT_LINEAGE__FILE", "lineage.jsonl")
    monkeypatch.setenv("LOAD_TOKEN", "s3cret, too")
    for name, text in {
        "jobs/load.yaml": "name: load\nscript: load.py\ncommand: pythonshell\n",
        "jobs/load.py": SCRIPT,
        "jobs/java.yaml": "name: java\nscript: java.py\n",
        "jobs/java.py": IN_JAVA,
        "notifications/oncall.yaml": (
            f"events: [failure]\nchannel: {{type: webhook, url: '{hook.url}'}}\n"
        ),
    }.items():
        file = Path("conf") / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def invoked(*arguments: str) -> Any:  # noqa: ANN401
    return CliRunner().invoke(app, list(arguments))


def test_a_secret_in_an_argument_is_masked_everywhere(hook: Hook) -> None:
    secrets = ("--arg", "db_password=hunter2 s3cret", "--arg", "token={{env:LOAD_TOKEN}}")
    done = invoked("job", "run", "load", *secrets)
    with open_services(load_settings()) as services:
        (run,) = services.runs.list(name="load")
        events = services.runs.events(run.id)
        reply = local_caller(services)("GetJobRun", {"JobName": "load", "RunId": run.id})
        office = post_office(services)
        office.drain()
        office.close()
        deliveries = Outbox(services.engine, services.clock).list()

    assert run.state is RunState.FAILED
    assert "length 14 seen 0" in done.stdout
    assert "plain: ****** and: ******" in done.stdout
    assert reply["JobRun"]["ErrorMessage"] == "ValueError: no entry with ****** or ******"
    arguments = reply["JobRun"]["Arguments"]
    assert arguments == {"db_password": "******", "token": "{{env:LOAD_TOKEN}}"}
    assert {one.addressee for one in deliveries} == {"oncall", "lineage:file"}
    said = {
        "output": done.stdout + done.stderr,
        "log": (Path(".gluepot") / "runs" / run.id / "driver.log").read_text(),
        "logs": invoked("run", "logs", run.id).output,
        "show": invoked("run", "show", run.id).output,
        "show as JSON": invoked("run", "show", run.id, "-o", "json").output,
        "list": invoked("run", "list", "-o", "json").output,
        "error": repr(run.error),
        "events": repr(events),
        "API": json.dumps(reply),
        "deliveries": repr(deliveries),
        "notification": repr(hook.got),
        "lineage": Path("lineage.jsonl").read_text(),
    }
    assert {name for name, text in said.items() if "s3cret" in text or not text} == set()


def test_a_secret_that_java_or_a_program_says_is_masked_in_the_log() -> None:
    done = invoked("job", "run", "java", "--arg", "token={{env:LOAD_TOKEN}}")

    (log,) = Path(".gluepot/runs").glob("*/driver.log")
    text = log.read_text()
    assert done.exit_code == 0
    for said in ("out: ", "err: ", "driver: log4j: ", "?password=", "program: "):
        assert f"{said}******\n" in text
    assert "s3cret" not in text + done.output
