"""A process that matches once: ``python -m matching_runs.child RUNNER FOLDER``."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

from matching_runs.task import answer


def main() -> None:
    """Import the runner, and let it match what lies in the folder."""
    runner, folder = sys.argv[1:]
    run = importlib.import_module(f"matching_runs.runners.{runner}").run
    answer(Path(folder), run)


if __name__ == "__main__":
    main()
