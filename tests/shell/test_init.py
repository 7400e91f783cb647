"""A new project runs as it is, and nothing is overwritten."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from typer.testing import CliRunner

from gluepot.catalog.errors import InvalidInputError
from gluepot.cli.main import app

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def done(*words: str) -> str:
    found = CliRunner().invoke(app, list(words))
    assert found.exit_code == 0, found.output or found.exception
    return found.stdout


def test_a_new_project_is_crawled_and_its_job_is_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done("init", str(tmp_path / "lake"))
    monkeypatch.chdir(tmp_path / "lake")
    done("apply")
    done("crawl", "run", "data")

    table = json.loads(done("catalog", "show", "raw.orders", "-o", "json"))
    assert [one["Name"] for one in table["StorageDescriptor"]["Columns"]] == [
        *("id", "customer", "day", "amount"),
    ]
    assert json.loads(done("job", "validate", "-o", "json")) == [{"job": "example", "fault": None}]
    assert ".gluepot/" in (tmp_path / "lake" / ".gitignore").read_text().splitlines()


def test_nothing_is_overwritten_and_nothing_half_written(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("mine\n")

    found = CliRunner().invoke(app, ["init", str(tmp_path)])

    assert isinstance(found.exception, InvalidInputError)
    assert ".gitignore already" in str(found.exception)
    assert [file.name for file in tmp_path.iterdir()] == [".gitignore"]


def test_a_project_of_the_demo_has_its_data_and_definitions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done("init", "--demo", str(tmp_path / "lake"))
    monkeypatch.chdir(tmp_path / "lake")

    assert [one["name"] for one in json.loads(done("crawl", "ls", "-o", "json"))] == ["raw"]
    assert done("job", "ls", "-o", "ndjson").count("\n") == 2
