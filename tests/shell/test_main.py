"""The command: help, unknown names, and errors as one line."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def gluepot(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    code = "from gluepot.cli.main import main; main()"
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_help_lists_every_noun(tmp_path: Path) -> None:
    done = gluepot(tmp_path, "--help")

    assert done.returncode == 0
    for noun in ("catalog", "crawl", "job", "run", "trigger", "scheduler", "quality", "jars"):
        assert f"\n  {noun} " in done.stdout


def test_each_noun_has_help(tmp_path: Path) -> None:
    for noun in ("catalog", "crawl", "job", "run", "trigger", "scheduler", "quality", "jars"):
        done = gluepot(tmp_path, noun, "--help")

        assert done.returncode == 0, done.stderr


def test_a_mistyped_noun_gets_a_suggestion(tmp_path: Path) -> None:
    done = gluepot(tmp_path, "catlog")

    assert done.returncode == 2
    assert "Did you mean 'catalog'?" in done.stderr


def test_an_error_is_one_line_and_exit_code_1(tmp_path: Path) -> None:
    done = gluepot(tmp_path, "query", "SELECT * FROM nowhere.nothing")

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "nowhere" in done.stderr
