"""What a run has said so far, and goes on to say, read from wherever it is at work."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from urllib.request import urlopen

from gluepot.catalog.errors import InvalidInputError, StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from gluepot.jobs.runs.state import Run
    from gluepot.jobs.runs.store import RunStore

LOOK_SECONDS = 0.3
_PART = 1 << 20
_SECONDS = 10.0
_BYTES = re.compile(r"==== Bytes \d+-(\d+) of (\d+) ")

DRIVER_LOG = "driver.log"


def driver_log(home: Path, run_id: str) -> Path:
    """Return where a run's driver writes what it says, on the machine that has started it."""
    return home / "runs" / run_id / DRIVER_LOG


@dataclass(frozen=True, kw_only=True)
class LogPart:
    """Some lines of a log, whole ones where they are shorter than a part may be.

    Attributes:
        text: The lines.
        start: At which byte of the log they begin; more comes before where it is not 0.
        end: At which byte they end.
        size: How many bytes the log has.
    """

    text: str
    start: int
    end: int
    size: int


def driver_log_part(home: Path, run_id: str, *, end: int | None, most: int) -> LogPart | None:
    """Return the lines of a driver's log before the byte ``end``, or its last ones.

    At most so many bytes; None where there is no log on this machine.
    """
    file = driver_log(home, run_id)
    if not file.is_file():
        return None
    with file.open("rb") as log:
        size = log.seek(0, 2)
        stop = size if end is None else min(end, size)
        start = max(0, stop - most)
        log.seek(start)
        data = log.read(stop - start)
    cut = data.find(b"\n") + 1 if start else 0
    return LogPart(text=data[cut:].decode(errors="replace"), start=start + cut, end=stop, size=size)


def executor_log_part(
    run: Run, executor: str, *, stream: str = "stderr", end: int | None, most: int
) -> LogPart:
    """Return the same of an executor's log, which its worker serves.

    Raises:
        InvalidInputError: The run has no such executor, or none with logs of its own.
        StorageError: The worker does not answer.
    """
    address = executor_logs(run).get(executor, {}).get(stream)
    if address is None:
        raise InvalidInputError(f"Run {run.id} has no executor {executor} with logs of its own")
    if end is None:
        _, _, end = _asked(address, {"byteLength": "1"})
    start = max(0, end - most)
    text, stop, size = _asked(address, {"offset": str(start), "byteLength": str(end - start)})
    head, line_end, rest = text.partition("\n")
    if start and line_end:
        start, text = start + len(head.encode()) + 1, rest
    return LogPart(text=text, start=start, end=stop, size=size)


def read_driver_log(
    runs: RunStore,
    run_id: str,
    home: Path,
    *,
    follow: bool,
    on_progress: Callable[[Run], None] | None = None,
) -> Iterator[str]:
    """Yield the text of a driver's log; with ``follow``, until the run has ended.

    Args:
        runs: Where the run is recorded.
        run_id: The run.
        home: The folder of state on this machine, or one that machines share.
        follow: Whether to wait for more.
        on_progress: Called between looks with the run as it is recorded.

    Raises:
        EntityNotFoundError: There is no such run.
        InvalidInputError: It has ended, or begun, and left no log here.
    """
    file, start = driver_log(home, run_id), 0
    while True:
        run = runs.get(run_id)  # before the log, so that nothing of its end is missed
        if file.is_file():
            with file.open("rb") as log:
                log.seek(start)
                while data := log.read(_PART):
                    start += len(data)
                    yield data.decode(errors="replace")
        elif run.state.final or not follow:
            where = "" if run.owner is None else f" Its process was {run.owner}."
            raise InvalidInputError(f"There is no log of run {run_id} at {file}.{where}")
        if run.state.final or not follow:
            return
        if on_progress is not None:
            on_progress(run)
        time.sleep(LOOK_SECONDS)


def executor_logs(run: Run) -> dict[str, dict[str, str]]:
    """Return the addresses of the logs of a run's executors: by executor, ``stdout`` and so on.

    Empty on one machine, where the executors are in the driver's process.
    """
    found = (run.progress or {}).get("executor_logs") or run.metrics.get("executor_logs") or {}
    return {str(name): dict(logs) for name, logs in found.items()}


def read_executor_log(
    runs: RunStore, run_id: str, executor: str, *, stream: str = "stderr", follow: bool
) -> Iterator[str]:
    """Yield the text of an executor's log, which its worker serves; follow it as that of a driver.

    Raises:
        InvalidInputError: The run has no such executor, or none with logs of its own.
        StorageError: The worker does not answer.
    """
    start = 0
    while True:
        run = runs.get(run_id)
        logs = executor_logs(run)
        address = logs.get(executor, {}).get(stream)
        if address is not None:
            text, start = _part_of(address, start)
            yield text
        elif run.state.final or not follow:
            known = ", ".join(logs) or "none with logs of its own: the driver's log has all"
            raise InvalidInputError(f"Run {run_id} has no executor {executor}; there is {known}")
        if run.state.final or not follow:
            return
        time.sleep(LOOK_SECONDS)


def _part_of(address: str, start: int) -> tuple[str, int]:
    """Return what a standalone worker has of a log from ``start`` on, and where that ends."""
    text, end, _ = _asked(address, {"offset": str(start), "byteLength": str(_PART)})
    return (text, end) if end > start else ("", max(end, start))


def _asked(address: str, span: Mapping[str, str]) -> tuple[str, int, int]:
    """Return a part of a log of a standalone worker, where it ends, and the size of the log."""
    parts = urlsplit(address)
    query = {**dict(parse_qsl(parts.query)), **span}
    path = parts.path.replace("/logPage", "/log")
    plain = urlunsplit(parts._replace(path=path, query=urlencode(query)))
    try:
        with urlopen(plain, timeout=_SECONDS) as reply:  # noqa: S310 - http, from Spark itself
            text = reply.read().decode(errors="replace")
    except (URLError, TimeoutError) as error:
        raise StorageError(f"The worker at {parts.netloc} does not give its log: {error}") from None
    head, _, body = text.partition("\n")
    # ==== Bytes 0-512 of 512 of /work/app-1/0/stderr ====
    found = _BYTES.match(head)
    return (body, int(found[1]), int(found[2])) if found else ("", 0, 0)
