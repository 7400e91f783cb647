"""What the command's exit codes mean: the one list that commands, help and documents go by."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class ExitCode(IntEnum):
    """How a command ended, as scripts see it."""

    DONE = 0
    ERROR = 1
    USAGE = 2
    GATE_FAILED = 3
    PENDING = 4
    INTERRUPTED = 130


MEANINGS: Mapping[ExitCode, str] = {
    ExitCode.DONE: "Done.",
    ExitCode.ERROR: "An error, said on standard error; or a question answered with no.",
    ExitCode.USAGE: "The command line is wrong: an unknown name, option or value.",
    ExitCode.GATE_FAILED: "A quality gate or a rule failed.",
    ExitCode.PENDING: "A plan would change something.",
    ExitCode.INTERRUPTED: "Ended by Ctrl-C.",
}
