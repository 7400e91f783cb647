"""Whether a run is handed to a driver that stands by: only where one fits."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from gluepot.jobs.standby import client
from gluepot.jobs.standby.fingerprint import fingerprint

if TYPE_CHECKING:
    from gluepot.jobs.launchers.launch import Submission

FOLDER = "standby"
"""Below home: the sockets and logs of drivers that stand by."""


def ready_mark(at: Path) -> Path:
    """Return the file by which the driver that listens at a socket says that it is warm."""
    return at.with_suffix(".ready")


_EVENT_LOG = "spark.eventLog.enabled"


def by_standby(command: tuple[str, ...], submission: Submission, home: Path) -> tuple[str, ...]:
    """Return the command that hands a run over to a driver that stands by, if there may be one.

    Args:
        command: What starts the run otherwise; the one returned becomes that when need be.
        submission: What the command is made of.
        home: The folder of state.
    """
    folder = home.absolute() / FOLDER
    # The log of a session's events would begin with what it did before the run.
    if submission.conf.get(_EVENT_LOG) == "true" or not any(folder.glob("*.sock")):
        return command
    name = fingerprint(submission, os.environ, Path.cwd())
    if not any(folder.glob(f"{name}-*.sock")):
        return command
    entry = submission.command[-1]
    return (sys.executable, "-S", client.__file__, str(folder), name, entry, *command)
