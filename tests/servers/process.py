"""Start a real server as a child on loopback, wait until it answers, end it by its own id."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path


def free_port() -> int:
    """Return a port on loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def started(
    command: Sequence[str], *, log: Path, env: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run ``command`` until the block ends; it need not be there yet."""
    with log.open("wb") as output:
        child = subprocess.Popen(command, stdout=output, stderr=output, env=env)
    try:
        yield child
    finally:
        child.terminate()
        child.wait(timeout=20)


@contextlib.contextmanager
def running(
    command: Sequence[str],
    *,
    port: int,
    log: Path,
    env: Mapping[str, str] | None = None,
    seconds: float = 30,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run ``command`` until the block ends; it must listen on ``port`` within so many seconds."""
    with started(command, log=log, env=env) as child:
        wait_for(port, what=command[0], log=log, seconds=seconds)
        yield child


def wait_for(port: int, *, what: str, log: Path, seconds: float = 30) -> None:
    """Return as soon as somebody listens on a port; raise with the end of the log otherwise."""
    wait_until(lambda: _listens(port), what=f"{what} on port {port}", log=log, seconds=seconds)


def wait_until(ready: Callable[[], bool], *, what: str, log: Path, seconds: float = 30) -> None:
    """Return as soon as ``ready`` holds; raise with the end of the log when it never does."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not start: {log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.05)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
