"""The demo, run once for all that look at what it leaves."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


def environment() -> dict[str, str]:
    """Return this process's variables without any that sets something of gluepot."""
    return {key: value for key, value in os.environ.items() if "GLUEPOT" not in key}


def gluepot(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command as a user does, in a folder."""
    code = "from gluepot.cli.main import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the demo once and return its project folder."""
    folder = tmp_path_factory.mktemp("demo")
    done = gluepot(folder, "demo")
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return folder / "gluepot-demo"
