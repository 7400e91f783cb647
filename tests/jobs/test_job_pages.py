"""The pages about jobs say what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from scripts import job_parameters
from typer.testing import CliRunner

from gluepot.cli.main import app
from gluepot.jobs.definitions.model import load_job

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "run-jobs.md"


def test_the_page_of_parameters_is_current() -> None:
    assert job_parameters.FILE.read_text() == job_parameters.page(), "run scripts/job_parameters.py"


def test_the_job_on_the_page_is_one(tmp_path: Path) -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    folder = tmp_path / "jobs"
    (folder / "scripts").mkdir(parents=True)
    (folder / "scripts" / "load.py").write_text("")
    (folder / "load.yaml").write_text(text)

    job = load_job(tmp_path, "load")

    assert (job.command, job.max_retries) == ("pythonshell", 3)
    assert job.members["JobRunQueuingEnabled"]
    assert job.default_arguments["day"] == yaml.safe_load(text)["arguments"]["day"]


def commands() -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line]


@pytest.mark.parametrize("line", commands())
def test_each_command_on_the_page_has_the_options_it_is_given(line: str) -> None:
    words = line.partition("#")[0].split()[1:]
    depth = 1 if words[0] in {"plan", "apply"} else 2
    shown = CliRunner().invoke(app, [*words[:depth], "--help"], env={"COLUMNS": "300"})

    assert shown.exit_code == 0
    for word in words[depth:]:
        if word.startswith("-"):
            assert word in shown.stdout
