"""A locked file that says its process lives: what depends on that process ends with it.

The kernel lets the lock go however the process ends, by ``kill -9`` too, and wakes at once whoever
waits for it. Nothing is inherited for that, so it reaches the children of children.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

VARIABLE = "GLUEPOT_LIFELINE"
"""Names the file to the processes that are to end with the one that holds it."""

GRACE_SECONDS = 8.0
"""How long what has to end may take to put its end on record."""


@contextlib.contextmanager
def held(folder: Path) -> Iterator[Path]:
    """Yield a new file in ``folder`` that is locked until the block or the process ends."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=folder, suffix=".alive")
    file = Path(name)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield file
    finally:
        file.unlink(missing_ok=True)
        os.close(descriptor)


def is_held(file: Path) -> bool:
    """Tell whether the process lives that has made ``file``."""
    try:
        descriptor = os.open(file, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def watch(file: Path, on_lost: Callable[[], None]) -> None:
    """Call ``on_lost`` in a thread when the process that holds ``file`` is gone, or has let it go.

    Returns when the file is open, so that its removal is no matter any more.
    """
    try:
        descriptor = os.open(file, os.O_RDONLY)
    except FileNotFoundError:
        on_lost()
        return

    def wait() -> None:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        on_lost()

    threading.Thread(target=wait, name="lifeline", daemon=True).start()


def watch_of_process() -> None:
    """End this process and its group with the one that the environment names, if it names one."""
    file = os.environ.get(VARIABLE)
    if file is not None:
        watch(Path(file), end_group)


def end_group() -> None:
    """Ask this process's group to end, and make it when it has had its time."""
    os.killpg(0, signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    kill_group()


def kill_group() -> None:
    """End this process and its group at once."""
    os.killpg(0, signal.SIGKILL)
