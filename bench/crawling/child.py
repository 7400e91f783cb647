"""A process that reads once and ends: ``python -m crawling.child``, the task on its input.

Starting Python, importing and opening a Spark session are not counted: the reader looks at a few
small files of the same kind first. The memory is that of the whole process.
"""

from __future__ import annotations

import importlib
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from crawling.task import Answer, Seen, task_from_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from crawling.task import Task

LONG = 60
"""Seconds after which nothing is read once more."""


def main() -> None:
    """Read the task, do it, and print the answer as the last line."""
    task = task_from_text(sys.stdin.read())
    # Only this one is imported: what others need would count as its memory.
    read = importlib.import_module(f"crawling.readers.{task.reader}").prepare(task)
    seconds, seen = best_of(task, read)
    print(Answer(seconds=seconds, peak_bytes=peak_bytes(), seen=seen).to_text(), flush=True)


def best_of(task: Task, read: Callable[[], Seen]) -> tuple[float, Seen]:
    """Return the shortest time, and what was seen last; what takes long is not repeated."""
    times: list[float] = []
    seen = Seen()
    while len(times) < task.repeats and sum(times) < LONG:
        # The default action of the signal ends the process in the middle of a foreign call, too.
        signal.alarm(task.limit)
        started = time.perf_counter()
        seen = read()
        times.append(time.perf_counter() - started)
        signal.alarm(0)
    return min(times), seen


def peak_bytes() -> int:
    """Return the most memory of this process and its descendants, each at its own peak.

    ``getrusage`` would count what the parent held when it started this process.
    """
    family = ["self"]
    for member in family:
        for task in Path(f"/proc/{member}/task").iterdir():
            family += (task / "children").read_text().split()
    return sum(map(_peak_of, family))


def _peak_of(process: str) -> int:
    status = Path(f"/proc/{process}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    main()
