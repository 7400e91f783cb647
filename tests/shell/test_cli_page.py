"""The page about the command line: its commands run, and its lists are the program's own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from gluepot.cli.exit_codes import MEANINGS
from gluepot.cli.output import OutputFormat

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "command-line.md").read_text("utf-8")


def test_the_commands_of_the_page_run_one_after_another(tmp_path: Path) -> None:
    command = tmp_path / "gluepot"
    code = "import sys; sys.argv[0] = 'gluepot'; from gluepot.cli.main import main; main()"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{code}" "$@"\n')
    command.chmod(0o755)
    blocks = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}

    done = subprocess.run(
        ["/bin/bash", "-euc", "\n".join(blocks)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "gluepot.toml:12" in done.stdout
    assert "local[2]" in done.stdout


def test_the_page_lists_the_exit_codes_and_the_formats() -> None:
    assert all(f"| {int(code)} | {text} |" in PAGE for code, text in MEANINGS.items())
    assert all(f"| `{each}` |" in PAGE for each in OutputFormat)
