"""`gluepot plan` and `gluepot apply`: what files define, compared and stored."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gluepot.catalog.errors import GluepotError
from gluepot.cli.main import app

JOB = """
name: copy
timeout: 30
sources: { all: { path: /data/in, format: csv } }
sinks: [{ input: all, path: /data/out }]
"""
CRAWLER = """
name: raw
database: raw
targets: [{ uri: s3://lake/raw/ }]
"""
TRIGGER = """
name: nightly
type: SCHEDULED
schedule: cron(0 3 * * ? *)
actions: [{ job_name: copy }]
start_on_creation: true
"""


@pytest.fixture(autouse=True)
def _project(sqlite_catalog: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GLUEPOT_CATALOG_URL", sqlite_catalog)
    define("jobs", "copy", JOB)
    define("crawlers", "raw", CRAWLER)
    define("triggers", "nightly", TRIGGER)


def define(kind: str, name: str, text: str) -> None:
    file = Path("conf") / kind / f"{name}.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def called(*arguments: str) -> tuple[int, Any]:
    done = CliRunner().invoke(app, [*arguments, "-o", "json"])
    return done.exit_code, json.loads(done.stdout)


def changes(*arguments: str) -> list[tuple[str, str, str]]:
    _, found = called(*arguments)
    return [(item["kind"], item["name"], item["change"]) for item in found["changes"]]


def test_a_plan_changes_nothing_and_says_by_its_exit_code_that_something_is_to_do() -> None:
    for _ in range(2):
        code, found = called("plan")
        assert (code, len(found["changes"])) == (4, 3)

    assert changes("apply", "--dry-run") == changes("apply")
    assert called("plan") == (0, {"changes": [], "unchanged": 3})


def test_what_has_changed_is_told_member_by_member() -> None:
    called("apply")
    define("jobs", "copy", JOB.replace("30", "40").replace("/data/out", "/data/new"))
    define("crawlers", "raw", CRAWLER.replace("lake/raw", "lake/new"))
    define("triggers", "nightly", TRIGGER.replace("0 3", "0 4"))

    shown = CliRunner().invoke(app, ["plan"]).stdout
    called("apply")

    assert "~ job copy: changed" in shown
    assert 'sinks[0].path: "/data/out" -> "/data/new"' in shown
    assert "members.Timeout: 30 -> 40" in shown
    assert 'Targets.S3Targets[0].Path: "s3://lake/raw/" -> "s3://lake/new/"' in shown
    assert 'Schedule: "cron(0 3 * * ? *)" -> "cron(0 4 * * ? *)"' in shown
    assert "0 created, 3 changed, 0 removed, 0 as they are" in shown
    assert called("plan")[0] == 0


def test_what_is_gone_from_the_files_goes_and_what_others_made_stays() -> None:
    called("apply")
    made = ["trigger", "create", "mine", "--schedule", "rate(1 hour)", "--job", "copy"]
    assert CliRunner().invoke(app, made).exit_code == 0
    for file in Path("conf").rglob("*.yaml"):
        file.unlink()

    planned = changes("plan")
    called("apply")

    assert planned == [
        ("job", "copy", "removed"),
        ("crawler", "raw", "removed"),
        ("trigger", "nightly", "removed"),
    ]
    left = CliRunner().invoke(app, ["trigger", "ls", "-o", "json"]).stdout
    assert [item["Name"] for item in json.loads(left)] == ["mine"]
    assert called("plan") == (0, {"changes": [], "unchanged": 0})


def test_a_workflows_start_is_given_to_another_trigger() -> None:
    define("triggers", "nightly", f"{TRIGGER}workflow_name: flow\n")
    called("apply")
    (Path("conf") / "triggers" / "nightly.yaml").unlink()
    define("triggers", "hourly", f"{TRIGGER.replace('nightly', 'hourly')}workflow_name: flow\n")

    called("apply")

    left = CliRunner().invoke(app, ["trigger", "ls", "-o", "json"]).stdout
    assert [item["Name"] for item in json.loads(left)] == ["hourly"]
    define("triggers", "second", f"{TRIGGER.replace('nightly', 'second')}workflow_name: flow\n")
    refused = CliRunner().invoke(app, ["apply"])
    assert "'flow' is started by trigger 'hourly' already" in str(refused.exception)


def test_a_trigger_that_somebody_has_stopped_stays_so() -> None:
    called("apply")
    assert CliRunner().invoke(app, ["trigger", "stop", "nightly"]).exit_code == 0

    assert called("plan")[0] == 0
    called("apply")
    (shown,) = json.loads(CliRunner().invoke(app, ["trigger", "ls", "-o", "json"]).stdout)
    assert shown["State"] == "DEACTIVATED"


def test_a_faulty_file_stops_everything() -> None:
    define("jobs", "bad", "name: bad\n")
    define("triggers", "odd", "name: odd\nwhat: 1\n")

    done = CliRunner().invoke(app, ["apply"])

    assert isinstance(done.exception, GluepotError)
    assert "odd.yaml" in str(done.exception)
    assert "bad.yaml" in str(done.exception)
    for name in ("jobs/bad", "triggers/odd"):
        (Path("conf") / f"{name}.yaml").unlink()
    assert len(changes("plan")) == 3
