"""Readers that run in a process of their own, with bounded time and memory.

What python-calamine and amazon.ion read is compiled code that allocates what a file claims and, on
damaged files, may go on for ever: two cells of a sheet, first and last, ask for 400 GB. A process
that ends is a problem of one file, not of the crawl.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from gluepot.catalog.types import parse_type
from gluepot.crawlers.classifiers.base import FoundColumn

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_MEMORY_BYTES = 1024 * 1024 * 1024
"""Of the process; a reader needs some 50 MB for itself."""

LEAST_SECONDS = 2
"""Of processor time, and one more for each MiB."""

MAX_WAIT_SECONDS = 120
"""For a reader on a machine that is busy with other things."""

MAX_OUTPUT_BYTES = 16 * 1024 * 1024
"""What a reader may answer: 16,000 columns with their reasons stay under 4 MB."""

_AT_ONCE = threading.BoundedSemaphore(2)


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a reader answers.

    Attributes:
        columns: Name, type and reason of each.
        records: How many rows the bytes hold.
        cut: Why reading ended before the bytes did, None where it did not.
        warnings: What is wrong with the file, but did not stop it from being read.
        parameters: What the table's parameters say of the file.
        reason: What the answer rests on.
        problem: Why nothing could be read.
    """

    columns: list[tuple[str, str, str]] = field(default_factory=list)
    records: int = 0
    cut: str | None = None
    warnings: list[str] = field(default_factory=list)
    parameters: dict[str, str] = field(default_factory=dict)
    reason: str = ""
    problem: str | None = None

    def found_columns(self) -> tuple[FoundColumn, ...]:
        """Return the columns with their types as trees."""
        return tuple(
            FoundColumn(name=name, type=parse_type(type_), reason=reason)
            for name, type_, reason in self.columns
        )


def read_confined(module: str, data: bytes) -> Reading:
    """Return what a reader says of a file; what goes wrong with it is the reading's problem.

    Args:
        module: One whose ``main`` calls ``answer``.
        data: What it is to read.
    """
    seconds = LEAST_SECONDS + len(data) // 1024**2
    command = [sys.executable, "-m", module, str(seconds)]
    # Nothing of the surroundings is handed down: keys to a store are no business of a reader.
    environment = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    with _AT_ONCE:
        try:
            done = subprocess.run(  # noqa: S603 - our own interpreter and module
                command,
                input=data,
                capture_output=True,
                env=environment,
                timeout=MAX_WAIT_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Reading(problem=f"it could not be read within {MAX_WAIT_SECONDS} seconds")
    if done.returncode:
        return Reading(problem=_why_it_ended(done.returncode, done.stderr, seconds))
    found = json.loads(done.stdout)
    return Reading(**found | {"columns": [tuple(item) for item in found["columns"]]})


def answer(read: Callable[[bytes], Reading]) -> None:
    """Bound this process, read what it is given, and answer: the whole of a reader's ``main``."""
    import resource  # noqa: PLC0415 - a process of its own, on systems that have it

    seconds = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    text = json.dumps(asdict(read(sys.stdin.buffer.read())))
    if len(text) > MAX_OUTPUT_BYTES:
        text = json.dumps(asdict(Reading(problem="it has more columns than a table can have")))
    sys.stdout.write(text)


def _why_it_ended(code: int, said: bytes, seconds: int) -> str:
    if code < 0 or b"MemoryError" in said or b"memory allocation" in said:
        return (
            f"reading it takes more than {seconds} seconds or"
            f" {MAX_MEMORY_BYTES // 1024**2:,} MB; it is damaged, or made to"
        )
    lines = said.decode("utf-8", "replace").strip().splitlines()
    return f"its reader failed: {lines[-1] if lines else f'exit code {code}'}"
