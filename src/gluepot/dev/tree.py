"""The processes that ``gluepot dev`` has started, kept at work and ended together."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

END_SECONDS = 12.0
"""How long parts may take to end: runs in hand put their end on record first."""

REST_SECONDS = 5.0
"""After a part that has ended by itself, until it is started again."""


class Part:
    """One process: a session of its own, so that the terminal's Ctrl-C reaches it through us.

    Args:
        name: For people.
        command: Arguments of ``gluepot.dev.parts``.
        environment: Variables beside those of this process.
        descriptors: What it inherits.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        descriptors: Sequence[int] = (),
    ) -> None:
        self.name = name
        self._command = (sys.executable, "-m", "gluepot.dev.parts", *command)
        self._environment = {**os.environ, **environment}
        self._descriptors = tuple(descriptors)
        self._not_before = 0.0
        self._child = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - a list, without a shell
            self._command,
            stdin=subprocess.DEVNULL,
            env=self._environment,
            pass_fds=self._descriptors,
            start_new_session=True,
        )

    def step(self) -> int | None:
        """Start it again when it has ended; return the code that it has just ended with."""
        code = self._child.poll()
        if code is None:
            return None
        now = time.monotonic()
        if not self._not_before:
            self._not_before = now + REST_SECONDS
            return code
        if now >= self._not_before:
            self._not_before = 0.0
            self._child = self._start()
        return None

    def wait(self, until: float) -> None:
        """Wait for its end, and make it end when ``until`` has come, by ``time.monotonic``."""
        try:
            self._child.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it with all that it has started in its group."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._child.pid, signal.SIGKILL)
        self._child.wait()


def run_part(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Carry out a part that ends by itself, and return its exit code."""
    done = subprocess.run(  # noqa: S603 - a list, without a shell
        (sys.executable, "-m", "gluepot.dev.parts", *command),
        stdin=subprocess.DEVNULL,
        env={**os.environ, **environment},
        check=False,
        start_new_session=True,
    )
    return done.returncode
