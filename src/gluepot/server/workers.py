"""Several processes behind one listening socket, started anew when one dies.

    python -m gluepot.server.workers FD

is one such process: it takes connections from the socket with that number, and ends when its
parent does, of which the end of its standard input tells.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from typing import TYPE_CHECKING

from gluepot.server.metrics import MULTIPROCESS
from gluepot.server.serve import serve
from gluepot.services import open_services
from gluepot.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

RESTART_SECONDS = 1
"""A worker that died is replaced after so long, so that one that always dies takes no core."""


class Supervisor:
    """Keeps a number of workers alive until it is told to end by SIGTERM or SIGINT."""

    def __init__(self, listener: socket.socket, *, workers: int, shutdown_seconds: float) -> None:
        self._listener = listener
        self._wanted = workers
        self._shutdown_seconds = shutdown_seconds
        self._told = threading.Event()
        self._children: list[subprocess.Popen[bytes]] = []

    def run(self) -> None:
        """Start the workers, replace those that die, and end them all at the end."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._told.set())
        with _shared_metrics() as environment:
            try:
                while not self._told.is_set():
                    self._children = [item for item in self._children if item.poll() is None]
                    while len(self._children) < self._wanted:
                        self._children.append(self._start(environment))
                    self._told.wait(RESTART_SECONDS)
            finally:
                self._end()

    def _start(self, environment: dict[str, str]) -> subprocess.Popen[bytes]:
        descriptor = self._listener.fileno()
        return subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "gluepot.server.workers", str(descriptor)],
            stdin=subprocess.PIPE,
            pass_fds=(descriptor,),
            env=environment,
        )

    def _end(self) -> None:
        # The socket goes first: while the last requests are answered nobody connects any more.
        self._listener.close()
        for child in self._children:
            child.terminate()
        deadline = time.monotonic() + self._shutdown_seconds + 10
        for child in self._children:
            try:
                child.wait(timeout=max(0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


@contextlib.contextmanager
def _shared_metrics() -> Iterator[dict[str, str]]:
    """Yield the workers' environment, with the folder that their metrics share."""
    with tempfile.TemporaryDirectory(prefix="gluepot-metrics-") as folder:
        yield {**os.environ, MULTIPROCESS: folder}


def _end_with_parent() -> None:
    """Wait for the end of standard input, then end as if told to."""
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


def work(descriptor: int) -> None:
    """Answer requests as one of several processes."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with (
        socket.socket(fileno=descriptor) as listener,
        open_services(load_settings()) as services,
    ):
        serve(services, listener)


if __name__ == "__main__":
    work(int(sys.argv[1]))
