from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from gluepot.catalog.errors import GluepotError
from gluepot.cli.job import app

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """
name: copy
bookmark: enable
sources:
  all: { path: FOLDER/in, format: csv }
sinks:
  - { input: all, path: FOLDER/out }
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("GLUEPOT_CONFIG", "GLUEPOT_CATALOG_URL", "GLUEPOT_HOME"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "conf" / "jobs").mkdir(parents=True)
    define(tmp_path, "copy", GOOD)
    return tmp_path


def define(project: Path, name: str, text: str) -> None:
    file = project / "conf" / "jobs" / f"{name}.yaml"
    file.write_text(text.replace("FOLDER", str(project)))


def test_good_definitions_are_said_to_be_good(project: Path) -> None:
    assert project.is_dir()

    result = CliRunner().invoke(app, ["validate"])

    assert (result.exit_code, result.stdout) == (0, "copy: good\n")


def test_a_faulty_definition_is_told_with_its_line_and_exit_code_1(project: Path) -> None:
    define(
        project, "bad", GOOD.replace("name: copy", "name: bad").replace("input: all", "input: al")
    )

    result = CliRunner().invoke(app, ["validate"])

    assert result.exit_code == 1
    assert "copy: good" in result.stdout
    assert "bad.yaml:7:7: nothing here is called 'al'. Did you mean 'all'?" in result.stderr


def test_jobs_are_listed_faulty_ones_too(project: Path) -> None:
    define(project, "bad", "nonsense: 1")

    result = CliRunner().invoke(app, ["ls", "-o", "json"])

    assert [(row["name"], row["kind"]) for row in json.loads(result.stdout)] == [
        ("bad", "faulty"),
        ("copy", "pipeline"),
    ]


def test_the_line_is_printed_without_running(project: Path) -> None:
    result = CliRunner().invoke(app, ["run", "copy", "--print-only", "--arg", "day=1 2"])

    assert result.exit_code == 0, result.exception
    assert "gluepot_job.py --JOB_NAME copy --day '1 2'" in result.stdout
    assert (project / ".gluepot" / "jobs" / "copy" / "spark.properties").is_file()


def test_a_job_that_is_not_defined_is_an_error(project: Path) -> None:
    assert project.is_dir()

    result = CliRunner().invoke(app, ["run", "cpy"])

    assert isinstance(result.exception, GluepotError)
    assert "Did you mean 'copy'?" in str(result.exception)


def test_an_argument_is_a_pair(project: Path) -> None:
    assert project.is_dir()

    result = CliRunner().invoke(app, ["run", "copy", "--arg", "day"])

    assert result.exit_code == 2


def test_a_job_and_its_bookmark_are_shown(project: Path) -> None:
    assert project.is_dir()

    shown = CliRunner().invoke(app, ["show", "copy"])
    bookmark = CliRunner().invoke(app, ["bookmark", "show", "copy"])
    reset = CliRunner().invoke(app, ["bookmark", "reset", "copy"])

    assert "source" in shown.stdout, shown.exception
    assert "has no bookmark" in bookmark.stderr
    assert "has no bookmark" in reset.stderr
