"""`gluepot match`, as a user types it, and what it writes."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

from typer.testing import CliRunner

from gluepot.cli.main import app

if TYPE_CHECKING:
    from pathlib import Path


def matched(*arguments: object, typed: str | None = None) -> str:
    """Run a command that must succeed, and return what it printed."""
    words = ["match", *map(str, arguments)]
    done = CliRunner().invoke(app, words, input=typed, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def as_json(*arguments: object) -> Any:  # noqa: ANN401
    """Run a command that must succeed, and return the JSON that it printed."""
    return json.loads(matched(*arguments, "--json"))


def rows(file: Path, delimiter: str = ",") -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    with file.open(newline="", encoding="utf-8") as opened:
        return list(csv.DictReader(opened, delimiter=delimiter))


def pairs(result: Path) -> set[frozenset[str]]:
    """Return the pairs that a result accepts."""
    found = rows(result / "pairs" / "pairs.csv")
    return {frozenset((row["id_left"], row["id_right"])) for row in found}
