"""`gluepot quality convert`, as a user types it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from gluepot.cli.main import app
from gluepot.transforms.quality.suites.model import NotTheSameError

if TYPE_CHECKING:
    from pathlib import Path

RULES = 'Rules = [ IsComplete "id", ColumnValues "kind" in ["a", NULL] ]'


def test_rules_become_a_suite_and_the_suite_rules(tmp_path: Path) -> None:
    file = tmp_path / "trips.dqdl"
    file.write_text(RULES)

    suite = CliRunner().invoke(app, ["quality", "convert", str(file)]).stdout

    assert json.loads(suite)["name"] == "trips"
    (tmp_path / "trips.json").write_text(suite)
    back = CliRunner().invoke(app, ["quality", "convert", str(tmp_path / "trips.json")])
    assert back.exit_code == 0
    assert 'IsComplete "id"' in back.stdout
    assert 'ColumnValues "kind" in ["a"] where' in back.stdout


def test_what_has_no_twin_ends_the_command_unless_a_part_will_do(tmp_path: Path) -> None:
    file = tmp_path / "trips.dqdl"
    file.write_text('Rules = [ IsComplete "id", Entropy "id" > 1 ]')

    refused = CliRunner().invoke(app, ["quality", "convert", str(file)])
    partial = CliRunner().invoke(app, ["quality", "convert", str(file), "--partial"])

    with pytest.raises(NotTheSameError, match='Entropy "id" > 1: there is no expectation'):
        raise refused.exception or AssertionError
    assert len(json.loads(partial.stdout)["expectations"]) == 1
    assert 'left out: Entropy "id" > 1' in partial.stderr
