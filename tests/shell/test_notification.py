"""`gluepot notification`, as a user types it, and the scheduler that tells of what happened."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from gluepot.cli.main import app
from gluepot.jobs.notifications.errors import DeliveryError
from gluepot.jobs.runs.state import RunError, RunKind, RunState
from gluepot.services import open_services
from gluepot.settings import load_settings
from tests.servers.hooks import Hook, hook_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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
    folder = tmp_path / "conf" / "notifications"
    folder.mkdir(parents=True)
    (folder / "oncall.yaml").write_text(
        "events: [failure]\njobs: ['night*']\n"
        f"channel: {{type: webhook, url: '{hook.url}/secret-path'}}\n"
    )


def printed(*arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["notification", *arguments])
    assert done.exit_code == code, done.output or done.exception
    return done.stdout


def listed(*arguments: str) -> Any:  # noqa: ANN401
    return json.loads(printed(*arguments, "-o", "json"))


def _fail_a_run() -> None:
    with open_services(load_settings()) as services:
        run = services.runs.enqueue(RunKind.JOB, "nightly")
        assert run is not None
        services.runs.finish(run.id, RunState.FAILED, error=RunError(message="boom"))


def test_definitions_are_listed_without_the_path_of_their_url() -> None:
    (one,) = listed("ls")

    assert one == {
        "name": "oncall",
        "events": "failure",
        "about": "jobs night*",
        "channel": "webhook",
        "to": "127.0.0.1",
    }


def test_a_faulty_definition_makes_the_list_fail(tmp_path: Path) -> None:
    (tmp_path / "conf" / "notifications" / "bad.yaml").write_text("events: []\n")

    assert "oncall" in printed("ls", code=1)


def test_a_test_message_says_what_came_back(hook: Hook) -> None:
    assert printed("test", "oncall") == "oncall: webhook 127.0.0.1 answered 200\n"
    assert json.loads(hook.got[0].body)["detail"]["state"] == "TEST"

    hook.status = 503
    done = CliRunner().invoke(app, ["notification", "test", "oncall"])
    assert isinstance(done.exception, DeliveryError)


def test_a_scheduler_tells_of_a_failed_run_and_a_dead_delivery_is_retried(hook: Hook) -> None:
    hook.answers = [404]
    _fail_a_run()
    CliRunner().invoke(app, ["scheduler", "run", "--until-idle"])

    (dead,) = listed("deliveries", "--state", "dead")
    shown = listed("show", dead["id"])
    assert [(one["status"], one["succeeded"]) for one in shown["tries"]] == [(404, False)]
    assert "404" in printed("show", dead["id"])

    assert printed("retry", "--name", "oncall") == "1 deliveries are due again\n"
    CliRunner().invoke(app, ["scheduler", "run", "--until-idle"])

    (done,) = listed("deliveries")
    assert (done["id"], done["state"]) == (dead["id"], "DELIVERED")
    assert [json.loads(one.body)["detail"]["state"] for one in hook.got] == ["FAILED"] * 2
