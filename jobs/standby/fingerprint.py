"""Which drivers fit which runs: equal settings, variables, folders and code."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gluepot.jobs.launchers.launch import Submission

PACKAGE = Path(__file__).parents[2]
"""The folder of gluepot, as it is imported here."""

_APP_NAME = "spark.app.name"
_LOOSE = frozenset({"_", "PWD", "OLDPWD", "SHLVL", "TERM", "COLUMNS", "LINES", "COLORTERM", "TTY"})
_LOOSE_PREFIXES = ("GLUEPOT_", "TERM_", "SSH_", "TMUX", "WINDOWID", "VSCODE_", "PYTEST_")
_NAME_LENGTH = 20


def is_loose(variable: str) -> bool:
    """Tell whether a variable may change in a process that has started.

    Those of gluepot are read by the run's own code; the others are those of terminals. Any other
    may be one that Java, Spark or a process of Python has read when it started.
    """
    return variable in _LOOSE or variable.startswith(_LOOSE_PREFIXES)


def fingerprint(submission: Submission, environment: Mapping[str, str], folder: Path) -> str:
    """Return a name that two submissions share when one's driver can carry out the other's runs.

    Args:
        submission: What would be started.
        environment: The variables of the process that would start it.
        folder: The folder that it would start in.
    """
    given = {**environment, **submission.environment}
    told = {
        "conf": {key: value for key, value in submission.conf.items() if key != _APP_NAME},
        "options": submission.options,
        "environment": {key: value for key, value in given.items() if not is_loose(key)},
        "folder": str(folder),
        "code": package_state(),
    }
    text = json.dumps(told, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:_NAME_LENGTH]


def package_state() -> str:
    """Return a name of the code as it lies on the disk, which changes when a file of it does."""
    return hashlib.sha256(repr(sorted(_files(str(PACKAGE)))).encode()).hexdigest()


def _files(folder: str) -> Iterator[tuple[str, int, int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                if entry.name != "__pycache__":
                    yield from _files(entry.path)
            elif entry.name.endswith(".py"):
                state = entry.stat()
                yield entry.path, state.st_mtime_ns, state.st_size
