"""Logs of executors, as the workers of a standalone cluster serve them."""

from __future__ import annotations

import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from gluepot.catalog.engine import open_engine
from gluepot.catalog.errors import InvalidInputError, StorageError
from gluepot.jobs.runs.logs import executor_log_part, read_executor_log
from gluepot.jobs.runs.state import RunKind, RunState
from gluepot.jobs.runs.store import RunStore
from tests.jobs.conftest import utc_now

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gluepot.jobs.runs.state import Run

PAGE = "/logPage/?appId=app-1&executorId=0&logType=stderr"


class Worker(BaseHTTPRequestHandler):
    """Serves a log that grows, in the form of Spark's own workers."""

    log = "first\n"

    def do_GET(self) -> None:
        """Answer with the part that is asked for."""
        address = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(address.query).items()}
        assert (address.path, query["appId"], query["logType"]) == ("/log/", "app-1", "stderr")
        length = int(query["byteLength"])
        # Spark returns the end of a log where no begin is asked for.
        start = int(query.get("offset", max(0, len(self.log) - length)))
        part = self.log[start : start + length]
        end = start + len(part)
        text = f"==== Bytes {start}-{end} of {len(self.log)} of /work/stderr ====\n{part}"
        self.send_response(200)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(Worker, "log", "first\n")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Worker)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def runs(sqlite_catalog: str) -> Iterator[RunStore]:
    engine = open_engine(sqlite_catalog)
    yield RunStore(engine, utc_now)
    engine.dispose()


def at_work(runs: RunStore, address: str) -> Run:
    run = runs.enqueue(RunKind.JOB, "load", owner="w", lease=timedelta(hours=1))
    assert run is not None
    runs.set_progress(run.id, {"executor_logs": {"0": {"stderr": f"{address}{PAGE}"}}})
    return run


def test_an_executors_log_is_followed_to_the_end_of_the_run(
    worker: str, runs: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = at_work(runs, worker)
    parts = read_executor_log(runs, run.id, "0", follow=True)
    said = [next(parts)]
    monkeypatch.setattr(Worker, "log", "first\nsecond\n")
    said.append(next(parts))
    logs = {"executor_logs": {"0": {"stderr": f"{worker}{PAGE}"}}}
    runs.finish(run.id, RunState.SUCCEEDED, metrics=logs)
    said += parts

    assert "".join(said) == "first\nsecond\n"


def test_an_executor_that_is_not_there_or_silent_is_told(worker: str, runs: RunStore) -> None:
    run = at_work(runs, worker)
    with pytest.raises(InvalidInputError, match="no executor 7; there is 0"):
        list(read_executor_log(runs, run.id, "7", follow=False))

    silent = at_work(runs, "http://127.0.0.1:9")
    with pytest.raises(StorageError, match=r"127\.0\.0\.1:9 does not give its log"):
        list(read_executor_log(runs, silent.id, "0", follow=False))


def test_the_last_lines_of_an_executors_log_come_first_and_the_earlier_ones_after(
    worker: str, runs: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [f"line {number}\n" for number in range(100)]
    monkeypatch.setattr(Worker, "log", "".join(lines))
    run = runs.get(at_work(runs, worker).id)

    part = executor_log_part(run, "0", end=None, most=200)
    said = [part.text]
    while part.start:
        part = executor_log_part(run, "0", end=part.start, most=200)
        said.insert(0, part.text)

    assert "".join(said) == "".join(lines)
    assert all(text.endswith("\n") and text.startswith("line") for text in said)
