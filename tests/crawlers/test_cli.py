"""``gluepot crawl``: what a person types, and what comes back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

from gluepot.catalog.errors import EntityNotFoundError, GluepotError, InvalidInputError
from gluepot.cli.crawl import app

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a working directory with two days of a table in it."""
    monkeypatch.chdir(tmp_path)
    for day in (1, 2):
        folder = tmp_path / "raw" / "visits" / f"day={day}"
        folder.mkdir(parents=True)
        (folder / "a.csv").write_text("id,name\n1,a\n2,b\n")
    return tmp_path


def crawl(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), catch_exceptions=False)


@pytest.mark.usefixtures("project")
def test_a_plan_exits_with_4_until_the_crawl_has_run() -> None:
    before = crawl("plan", "raw", "-d", "db")
    ran = crawl("run", "raw", "-d", "db")
    after = crawl("plan", "raw", "-d", "db")

    assert (before.exit_code, ran.exit_code, after.exit_code) == (4, 0, 0)
    assert "Changes are pending." in before.output
    assert "1 tables and 2 partitions" in ran.output
    assert "db.visits" in ran.output
    assert "Next: gluepot catalog show db.visits" in ran.stderr
    assert "Nothing would change." in after.output


@pytest.mark.usefixtures("project")
def test_a_dry_run_changes_nothing() -> None:
    crawl("run", "raw", "-d", "db", "--dry-run")

    assert crawl("plan", "raw", "-d", "db").exit_code == 4


@pytest.mark.usefixtures("project")
def test_results_are_json_for_programs() -> None:
    done = json.loads(crawl("run", "raw", "-d", "db", "-o", "json").stdout)
    planned = json.loads(crawl("plan", "raw", "-d", "db", "-o", "json").stdout)

    assert done["state"] == "SUCCEEDED"
    assert [table["name"] for table in done["tables"]] == ["visits"]
    assert planned["pending"] is False


@pytest.mark.usefixtures("project")
def test_a_stored_crawler_runs_by_name_and_has_a_history() -> None:
    created = crawl("create", "nightly", "raw", "-d", "db", "--prefix", "p_")
    listed = crawl("ls")
    crawl("run", "nightly")
    shown = json.loads(crawl("history", "nightly", "-o", "json").stdout)

    assert created.exit_code == 0
    assert "nightly" in listed.stdout
    assert [item["state"] for item in shown] == ["SUCCEEDED"]
    assert "SUCCEEDED" in crawl("history", "nightly").stdout
    assert json.loads(crawl("ls", "-o", "json").stdout)[0]["table_prefix"] == "p_"


@pytest.mark.usefixtures("project")
def test_explaining_names_file_and_line() -> None:
    crawl("run", "raw", "-d", "db")

    table = crawl("explain", "db.visits")
    column = crawl("explain", "db.visits.name")

    assert "the first row is taken for a header" in table.stdout
    assert "line 2 holds 'a'" in column.stdout
    assert "day" not in column.stdout.splitlines()[0]


@pytest.mark.usefixtures("project")
def test_explaining_what_is_not_there_is_an_error() -> None:
    crawl("run", "raw", "-d", "db")

    with pytest.raises(EntityNotFoundError, match=r"db\.visits\.nothing"):
        crawl("explain", "db.visits.nothing")
    with pytest.raises(InvalidInputError, match="names no table"):
        crawl("explain", "visits")


@pytest.mark.usefixtures("project")
def test_a_mistyped_crawler_gets_a_suggestion() -> None:
    crawl("create", "nightly", "raw", "-d", "db")

    with pytest.raises(InvalidInputError, match="Did you mean 'nightly'"):
        crawl("run", "nigthly")


def test_a_crawl_that_fails_is_an_error_with_its_reason(project: Path) -> None:
    (project / "empty").mkdir()

    with pytest.raises(GluepotError, match="There is nothing below"):
        crawl("run", "empty")


@pytest.mark.usefixtures("project")
def test_a_crawl_by_hand_is_listed_as_a_run() -> None:
    from gluepot.cli.run import app as run_app  # noqa: PLC0415

    crawl("run", "raw", "-d", "db")

    shown = CliRunner().invoke(run_app, ["ls", "-o", "json"]).stdout
    assert [(item["name"], item["state"]) for item in json.loads(shown)] == [("raw", "SUCCEEDED")]
