"""`gluepot quality`, as a user types it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gluepot.catalog.errors import EntityNotFoundError
from gluepot.cli.main import app
from gluepot.jobs.run_context.store import GateResult
from gluepot.services import open_services
from gluepot.settings import load_settings
from gluepot.transforms.quality import QualityResult, write_report
from tests.transforms.quality.pages import DELAYS, LOST, ROWS, context, result

RUN = "jr_" + "0" * 64
OLDER = "jr_" + "1" * 64


@pytest.fixture(autouse=True)
def reports(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GLUEPOT_CATALOG_URL", sqlite_url)
    folder = tmp_path / "reports"
    keep(OLDER, "before", result(ROWS, name="before"), folder / "older")
    keep(RUN, "before", result(DELAYS, ROWS, LOST, name="before"), folder)
    keep(RUN, "after", result(ROWS, name="after"), folder)
    return folder


def keep(run_id: str, gate: str, found: QualityResult, folder: Path) -> None:
    paths = write_report(found, folder=folder, context=context())
    with open_services(load_settings()) as services:
        services.jobs.record_gate(
            GateResult(
                run_id=run_id,
                job_name="clean",
                gate=gate,
                on_failure="warn",
                passed=found.passed,
                result=found.to_json(),
                html_report=str(paths.html),
                json_report=str(paths.json),
            )
        )


def printed(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["quality", *arguments])
    assert done.exit_code == 0, done.output or done.exception
    return done.stdout


def listed(*arguments: str) -> Any:  # noqa: ANN401
    return json.loads(printed(*arguments, "-o", "json"))


def test_history_lists_a_jobs_results_newest_first() -> None:
    found = listed("history", "clean")

    assert [(item["run_id"], item["gate"], item["verdict"]) for item in found] == [
        (RUN, "after", "PASSED"),
        (RUN, "before", "FAILED"),
        (OLDER, "before", "PASSED"),
    ]
    assert found[1]["failed"] == ["delays", "seatss"]


def test_history_is_of_one_gate_if_asked_and_a_table_for_people() -> None:
    table = printed("history", "clean", "--gate", "before", "--limit", "1")

    assert "33%" in table
    assert "delays, seatss" in table
    assert "after" not in table


def test_show_tells_every_rule_of_a_run() -> None:
    told = " ".join(printed("show", RUN).split())

    assert "before: FAILED, 1 of 3 rules hold" in told
    assert "after: PASSED, 1 of 1 rules hold" in told
    assert "82 %" in told
    assert "at least 99 %" in told
    assert "Did you mean 'seats'?" in told


def test_show_gives_programs_the_whole_result() -> None:
    (found,) = listed("show", RUN, "--gate", "before")

    assert QualityResult.from_json(found["result"]) == result(DELAYS, ROWS, LOST, name="before")


def test_report_prints_where_the_files_lie(reports: Path) -> None:
    pages = printed("report", RUN, "--gate", "before")
    documents = printed("report", RUN, "--json")

    assert pages.splitlines() == [str(reports / "before.html")]
    assert sorted(map(Path, documents.splitlines())) == [
        reports / "after.json",
        reports / "before.json",
    ]


def test_report_says_so_when_the_file_is_gone(reports: Path) -> None:
    (reports / "after.html").unlink()

    done = CliRunner().invoke(app, ["quality", "report", RUN, "--gate", "after"])

    assert done.stdout.splitlines() == [str(reports / "after.html")]
    assert "not there any more" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [("history", "nope"), ("show", "jr_nope"), ("report", RUN, "--gate", "nope")],
)
def test_what_has_no_result_is_named(arguments: tuple[str, ...]) -> None:
    done = CliRunner().invoke(app, ["quality", *arguments])

    assert isinstance(done.exception, EntityNotFoundError)
    assert "nope" in str(done.exception)
