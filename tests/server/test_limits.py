"""What one client, or many, cannot take from a server: its memory, its threads, its patience."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa

from gluepot.catalog.engine import reading
from gluepot.server.app import GlueEndpoint, glue_app
from gluepot.server.database import bound_statements, end_statements_after
from gluepot.server.metrics import Metrics
from gluepot.server.observe import Observer
from gluepot.server.work import WorkLimits, WorkPool
from gluepot.settings import ServerSettings
from tests.servers.glue import thread_app, thread_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from gluepot.catalog.calls import Call, Document
    from tests.server.conftest import Direct

LIMITS = ServerSettings(
    max_body_bytes=2000, max_header_bytes=1024, max_connections=5, request_seconds=0.3
)
TARGET = {"X-Amz-Target": "AWSGlue.GetDatabases"}


@pytest.fixture
def url(sqlite_url: str, tmp_path: Path) -> Iterator[str]:
    """Yield a server that takes little."""
    with thread_server(sqlite_url, tmp_path / "home", server=LIMITS) as server:
        yield server.url


@contextlib.contextmanager
def connected(url: str) -> Iterator[socket.socket]:
    where = urlsplit(url)
    with socket.create_connection((where.hostname or "", where.port or 0), timeout=10) as client:
        yield client


def reply_of(client: socket.socket) -> tuple[int, str]:
    """Return status and error code of the reply on a connection."""
    response = http.client.HTTPResponse(client)
    response.begin()
    body = json.load(response)
    assert response.headers["x-amzn-requestid"]
    assert response.headers["x-amzn-errortype"] == body["__type"]
    return response.status, body["__type"]


def sent(url: str, raw: bytes) -> tuple[int, str]:
    with connected(url) as client:
        client.sendall(raw)
        return reply_of(client)


def head(*lines: str) -> bytes:
    start = ["POST / HTTP/1.1", "Host: x", "X-Amz-Target: AWSGlue.GetDatabases", *lines]
    return ("\r\n".join(start) + "\r\n\r\n").encode("latin-1")


def test_a_body_that_is_too_long_is_refused_before_it_is_sent(url: str) -> None:
    found = sent(url, head("Content-Length: 1000000000"))

    assert found == (413, "RequestEntityTooLargeException")


def test_a_body_without_a_length_is_refused_when_it_gets_too_long(url: str) -> None:
    chunk = b"400\r\n" + b" " * 1024 + b"\r\n"

    found = sent(url, head("Transfer-Encoding: chunked") + chunk * 3)

    assert found == (413, "RequestEntityTooLargeException")


def test_the_longest_body_is_read(url: str) -> None:
    with connected(url) as client:
        client.sendall(head("Content-Length: 2000") + b"{}" + b" " * 1998)
        response = http.client.HTTPResponse(client)
        response.begin()

        assert response.status == 200
        assert json.load(response) == {"DatabaseList": []}


@pytest.mark.parametrize(
    "raw",
    [
        head(*(f"X-{number}: a" for number in range(101))),
        head(f"X-Long: {'a' * 1100}"),
        b"POST /" + b"a" * 1100 + b" HTTP/1.1\r\n\r\n",
    ],
    ids=["many", "long", "url"],
)
def test_headers_beyond_what_is_read_are_refused(url: str, raw: bytes) -> None:
    assert sent(url, raw) == (431, "RequestHeaderFieldsTooLargeException")


@pytest.mark.parametrize("raw", [b"\x16\x03\x01\x02\x00\x01\x00", b"hello\r\n\r\n"])
def test_what_is_not_http_is_refused(url: str, raw: bytes) -> None:
    assert sent(url, raw) == (400, "MalformedHttpRequestException")


@pytest.mark.parametrize(
    "raw", [b"", b"POST / HT", head("Content-Length: 10"), head("Content-Length: 10") + b"{"]
)
def test_a_client_that_does_not_go_on_is_hung_up_on(url: str, raw: bytes) -> None:
    with connected(url) as client:
        client.sendall(raw)

        assert reply_of(client) == (408, "RequestTimeoutException")
        assert client.recv(1) == b""


def test_a_client_that_sends_bit_by_bit_gains_no_time(url: str) -> None:
    with connected(url) as client, contextlib.suppress(OSError):
        started = time.monotonic()
        for byte in head("Content-Length: 10"):
            client.sendall(bytes([byte]))
            time.sleep(0.02)
        pytest.fail(f"the server still listens after {time.monotonic() - started:.1f} s")


def test_connections_beyond_the_limit_are_told_to_come_back(url: str) -> None:
    with contextlib.ExitStack() as open_ones:
        for _ in range(5):
            open_ones.enter_context(connected(url))
        with connected(url) as client:
            assert reply_of(client) == (503, "ThrottlingException")

    # Those that left make room, as soon as the server sees that they did.
    deadline = time.monotonic() + 10
    while status_of(url) != 200:
        assert time.monotonic() < deadline


def test_a_connection_is_kept_for_many_requests(url: str) -> None:
    client = http.client.HTTPConnection(urlsplit(url).netloc)
    sockets = set()
    for _ in range(3):
        client.request("POST", "/", b"{}", TARGET)
        response = client.getresponse()
        sockets.add(id(client.sock))
        assert json.load(response) == {"DatabaseList": []}
    client.close()

    assert len(sockets) == 1


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("DELETE", "/", 405), ("PUT", "/", 405)],
)
def test_an_unknown_address_is_a_typed_error(url: str, method: str, path: str, status: int) -> None:
    found = sent(url, f"{method} {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())

    assert found == (status, "UnknownOperationException")


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("https://evil.example", 400),
        ("null", 400),
        ("http://localhost.evil.example:8470", 400),
        ("http://localhost:8470", 200),
        ("http://127.0.0.1:8470", 200),
        ("http://[::1]:8470", 200),
    ],
)
def test_without_keys_only_pages_of_this_machine_may_call(
    url: str, origin: str, status: int
) -> None:
    client = http.client.HTTPConnection(urlsplit(url).netloc)
    client.request("POST", "/", b"{}", TARGET | {"Origin": origin})
    response = client.getresponse()
    body = json.load(response)
    client.close()

    assert response.status == status
    assert body.get("__type") == (None if status == 200 else "AccessDeniedException")


class Slow:
    """An operation that ends when it is told to."""

    def __init__(self) -> None:
        self.running = threading.Semaphore(0)
        self.may_end = threading.Event()

    def __call__(self, _call: Call, _request: Document) -> Document:
        """Wait, then answer."""
        self.running.release()
        self.may_end.wait(20)
        return {"DatabaseList": []}


@contextlib.contextmanager
def slow_server(empty: Direct, slow: Slow, limits: WorkLimits) -> Iterator[tuple[str, WorkPool]]:
    """Run a server whose one operation is slow."""
    dispatcher = replace(empty.dispatcher, operations={"GetDatabases": slow})
    pool = WorkPool(limits)
    endpoint = GlueEndpoint(dispatcher, pool, Observer(Metrics()))
    try:
        with thread_app(glue_app(endpoint, closing=[pool.close]), ServerSettings()) as url:
            yield url, pool
    finally:
        slow.may_end.set()


def in_thread(work: Callable[[], Any]) -> tuple[threading.Thread, list[Any]]:
    """Start ``work`` and return where its result will be."""
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(work()))
    thread.start()
    return thread, found


def status_of(url: str) -> int:
    with connected(url) as client:
        client.sendall(head("Content-Length: 2") + b"{}")
        response = http.client.HTTPResponse(client)
        response.begin()
        response.read()
        return response.status


LITTLE = WorkLimits(threads=1, requests=2, request_bytes=1000, all_bytes=2000, seconds=20)


def test_requests_beyond_the_queue_are_throttled(empty: Direct) -> None:
    slow = Slow()
    with slow_server(empty, slow, LITTLE) as (url, pool):
        waiting = [in_thread(lambda: status_of(url)) for _ in range(2)]
        while pool.in_hand < 2:
            time.sleep(0.01)
        third = sent(url, head("Content-Length: 2") + b"{}")
        slow.may_end.set()
        for thread, _ in waiting:
            thread.join()

        assert third == (400, "ThrottlingException")
        assert [status for _, found in waiting for status in found] == [200, 200]
        assert status_of(url) == 200
        assert (pool.in_hand, pool.bytes_in_hand) == (0, 0)


def test_an_operation_that_takes_too_long_is_answered_without(empty: Direct) -> None:
    slow = Slow()
    limits = replace(LITTLE, seconds=0.2)
    request = head("Content-Length: 2") + b"{}"
    with slow_server(empty, slow, limits) as (url, pool):
        first = sent(url, request)
        # The one thread is still taken: this one never begins.
        second = sent(url, request)
        slow.may_end.set()

        assert first == (400, "OperationTimeoutException")
        assert second == (400, "ThrottlingException")
        assert slow.running.acquire(blocking=False)
        assert not slow.running.acquire(blocking=False)
        assert status_of(url) == 200
        assert (pool.in_hand, pool.bytes_in_hand) == (0, 0)


ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
SLEEP = "SELECT pg_sleep(600)"


def test_a_statement_ends_with_the_time_of_its_operation(empty: Direct) -> None:
    bound_statements(empty.engine, seconds=0.3)
    statement = ENDLESS if empty.engine.dialect.name == "sqlite" else SLEEP

    def ask(_call: Call, _request: Document) -> Document:
        with reading(empty.engine) as connection:
            connection.execute(sa.text(statement))
        return {"DatabaseList": []}

    dispatcher = replace(empty.dispatcher, operations={"GetDatabases": ask})
    end_statements_after(0.3)

    reply = replace(empty, dispatcher=dispatcher).call("GetDatabases", {})

    assert reply.error_code == "OperationTimeoutException"
    end_statements_after(20)
    assert empty.call("GetDatabases", {}).status == 200
