"""The page of profiles: its commands work one after another, and its ruleset is one."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from gluepot.cli.main import app
from gluepot.transforms.quality.dqdl import parse_ruleset
from tests.docs.blocks import texts

if TYPE_CHECKING:
    from pathlib import Path


def blocks(language: str) -> list[str]:
    return texts("how-to/profile-tables.md", language)


@pytest.mark.usefixtures("spark")
def test_the_commands_of_the_page_work(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GLUEPOT_CATALOG_URL", sqlite_url)
    (tmp_path / "lake" / "trips").mkdir(parents=True)
    (tmp_path / "lake" / "trips" / "trips.csv").write_text(blocks("csv")[0])
    for line in (line for block in blocks("sh") for line in block.splitlines()):
        program, *arguments = shlex.split(line)
        done = CliRunner().invoke(app, arguments)
        assert program == "gluepot"
        assert done.exit_code == 0, f"{line}: {done.output} {done.exception}"


def test_the_ruleset_of_the_page_is_one() -> None:
    (text,) = blocks("dqdl")
    assert len(parse_ruleset(text).rules) == 5
