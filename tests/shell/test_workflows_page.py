"""The page of workflows: its commands work one after another, and its documents are machines."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from typer.testing import CliRunner

from gluepot.cli.main import app
from gluepot.jobs.workflows.documents import machine_from_json
from gluepot.jobs.workflows.functions import FUNCTIONS
from gluepot.jobs.workflows.resources import KNOWN, RUN_MEMBERS
from tests.docs.blocks import texts

if TYPE_CHECKING:
    import pytest

DOCS = Path(__file__).parents[2] / "docs"
REFERENCE = (DOCS / "reference" / "states-language.md").read_text()


def blocks(language: str) -> list[str]:
    return texts("how-to/workflows.md", language)


def test_the_commands_of_the_page_do_what_they_say(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GLUEPOT_CATALOG_URL", sqlite_url)
    (document,) = blocks("json")
    Path("monthly.asl.json").write_text(document)
    commands = [line for block in blocks("sh") for line in block.splitlines()]

    said = ""
    for line in commands:
        program, *arguments = shlex.split(line)
        done = CliRunner().invoke(app, arguments)
        said = done.stdout
        assert program == "gluepot"
        assert done.exit_code == 0, f"{line}: {done.output} {done.exception}"

    assert len(commands) > 10
    # The last one exports what was imported.
    assert json.loads(said) == json.loads(document)


def test_the_file_of_the_page_is_a_workflow() -> None:
    (text,) = blocks("yaml")

    workflow = machine_from_json(yaml.safe_load(text))

    assert workflow.members["MaxConcurrentRuns"] == 1


def test_the_reference_names_all_that_there_is() -> None:
    for name in (*FUNCTIONS, *RUN_MEMBERS, *KNOWN):
        assert f"`{name}`" in REFERENCE
