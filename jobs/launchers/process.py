"""A run as a process of this machine: what it says is logged and echoed, and it can be ended."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from typing import TYPE_CHECKING, BinaryIO

from gluepot.jobs.launchers.model import Ending
from gluepot.jobs.metrics.tracing import child_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

TAIL_LINES = 20
"""How much of the log the error of a crashed child quotes."""

LOG = "driver.log"


class ProcessHandle:
    """A child that is the leader of a session of its own, so that its whole tree can be ended.

    Args:
        command: What to run, without a shell.
        folder: Where ``driver.log`` goes: all that the child says.
        echo: Called with each line of the child's standard output, in a thread of its own.
        environment: Variables beside those of this process.
        kill: Runs what ends the work elsewhere, where the child only waits for that.
        remote: By what the work is found again when this process is gone.
        notes: Sentences that the log begins with.
    """

    records_itself = True

    def __init__(  # noqa: PLR0913
        self,
        command: Sequence[str],
        *,
        folder: Path,
        echo: Callable[[str], None] | None = None,
        environment: Mapping[str, str] | None = None,
        kill: Callable[[], None] | None = None,
        remote: Mapping[str, str] | None = None,
        notes: Sequence[str] = (),
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / LOG
        self.log = str(self._file)
        self.remote = remote
        self._kill = kill
        self._output = self._file.open("ab", buffering=0)
        self._output.write("".join(f"{note}\n" for note in notes).encode())
        self._child = subprocess.Popen(  # noqa: S603 - a list, without a shell
            command,
            stdout=subprocess.PIPE,
            stderr=self._output,
            start_new_session=True,
            env={**os.environ, **child_environment(), **(environment or {})},
        )
        self._pump = threading.Thread(
            target=_copy_lines,
            args=(self._child.stdout, self._output, echo),
            name="log",
            daemon=True,
        )
        self._pump.start()

    def poll(self, seconds: float) -> Ending | None:
        """Return how the child ended, or None when it has not within ``seconds``."""
        try:
            code = self._child.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            return None
        self._pump.join()
        self._output.close()
        what = f"The driver ended with {cause_of(code)} before it recorded an end."
        return Ending(message=f"{what} Its log, {self.log}:\n{tail(self._file)}".rstrip())

    def at_work(self) -> bool:
        """Return False: the child says so itself, in the run's record."""
        return False

    def stop(self, *, hard: bool = False) -> None:
        """End the child and all that it has started."""
        if self._kill is not None:
            self._kill()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._child.pid, signal.SIGKILL if hard else signal.SIGTERM)


def _copy_lines(source: BinaryIO, output: BinaryIO, echo: Callable[[str], None] | None) -> None:
    with source:
        for line in source:
            output.write(line)
            if echo is not None:
                echo(line.decode(errors="replace").rstrip("\n"))


def tail(log: Path) -> str:
    """Return the last lines of a log."""
    lines = log.read_text(errors="replace").splitlines()
    return "\n".join(lines[-TAIL_LINES:])


def cause_of(code: int) -> str:
    """Say what an exit code means.

    >>> cause_of(-9), cause_of(143), cause_of(2)
    ('SIGKILL', 'SIGTERM', 'exit code 2')
    """
    # A shell between us and the JVM reports a signal as 128 and its number.
    number = -code if code < 0 else code - 128
    with contextlib.suppress(ValueError):
        return signal.Signals(number).name
    return f"exit code {code}"
