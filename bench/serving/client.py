"""A client that is not the bottleneck: bytes prepared before, many connections in one loop.

The same client asks every system, so that what differs is the system.
"""

from __future__ import annotations

import selectors
import socket
import statistics
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# moto finds the service by the signature's scope, and checks no more of it.
_AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=bench/20260101/us-east-1/glue/aws4_request,"
    " SignedHeaders=host, Signature=0"
)
_READ_BYTES = 1 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Prepared:
    """A request as bytes, and what it is counted as."""

    operation: str
    raw: bytes


def prepare(operation: str, request: dict[str, Any]) -> Prepared:
    """Return a request ready to be sent."""
    body = orjson.dumps(request)
    head = (
        "POST / HTTP/1.1\r\nHost: glue.us-east-1.amazonaws.com\r\n"
        f"X-Amz-Target: AWSGlue.{operation}\r\nContent-Type: application/x-amz-json-1.1\r\n"
        f"Authorization: {_AUTHORIZATION}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return Prepared(operation=operation, raw=head.encode() + body)


class Connection:
    """One kept connection; a server that closes after its reply is connected to again."""

    def __init__(self, url: str) -> None:
        where = urlsplit(url)
        self._address = (where.hostname or "", where.port or 0)
        self.socket = self._connect()

    def _connect(self) -> socket.socket:
        connected = socket.create_connection(self._address)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connected

    def call(self, prepared: Prepared) -> bytes:
        """Return the body of the reply; other statuses than 200 end the run."""
        self.socket.sendall(prepared.raw)
        reader = Reply()
        while not reader.feed(self.socket.recv(_READ_BYTES)):
            pass
        if reader.closing:
            self.renew()
        return reader.body(prepared)

    def ask(self, operation: str, request: dict[str, Any]) -> Any:  # noqa: ANN401
        """Return the reply as data."""
        return orjson.loads(self.call(prepare(operation, request)))

    def renew(self) -> None:
        """Connect again."""
        self.socket.close()
        self.socket = self._connect()

    def close(self) -> None:
        """Hang up."""
        self.socket.close()


class Reply:
    """The bytes of one reply as they come."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._begin = -1
        self._end = -1
        self._status = b""
        self.closing = False

    def feed(self, data: bytes) -> bool:
        """Take bytes and return whether the reply is whole."""
        self._data += data
        if self._begin < 0:
            place = self._data.find(b"\r\n\r\n")
            if place < 0:
                if not data:
                    raise SystemExit("the server hung up in the middle of a reply")
                return False
            self._read_head(bytes(self._data[:place]).lower())
            self._begin = place + 4
            if self._end >= 0:
                self._end += self._begin
        if self._end >= 0:
            return len(self._data) >= self._end
        if not data:
            self._end = len(self._data)
        return not data

    def _read_head(self, head: bytes) -> None:
        self._status = head.split(b" ", 2)[1]
        self.closing = b"connection: close" in head or head.startswith(b"http/1.0")
        _, found, rest = head.partition(b"\r\ncontent-length:")
        if found:
            self._end = int(rest.split(b"\r\n", 1)[0])

    @property
    def failed(self) -> bool:
        """Return whether the server answered with another status than 200."""
        return self._status != b"200"

    def body(self, prepared: Prepared) -> bytes:
        """Return the body."""
        body = bytes(self._data[self._begin : self._end])
        if self.failed:
            raise SystemExit(f"{prepared.operation}: {self._status!r} {body[:500]!r}")
        return body


@dataclass(kw_only=True)
class Timings:
    """How long requests took, by operation, and all of them together."""

    wall_seconds: float = 0.0
    client_seconds: float = 0.0
    failures: int = 0
    seconds: dict[str, list[float]] = field(default_factory=dict)

    def add(self, operation: str, seconds: float) -> None:
        """Note one request."""
        self.seconds.setdefault(operation, []).append(seconds)

    @property
    def every(self) -> list[float]:
        """Return the times of all requests."""
        return [one for times in self.seconds.values() for one in times]

    @property
    def rate(self) -> float:
        """Return requests a second."""
        return len(self.every) / self.wall_seconds

    def summary(self) -> dict[str, Any]:
        """Return the figures of a report."""
        return {
            "requests": len(self.every),
            "failures": self.failures,
            "wall_seconds": round(self.wall_seconds, 3),
            "requests_per_second": round(self.rate, 1),
            # Near 1 the client was the bottleneck, and the figures are its own.
            "client_cpu_share": round(self.client_seconds / self.wall_seconds, 3),
            **percentiles(self.every),
        }


def percentiles(times: list[float]) -> dict[str, float]:
    """Return p50 and p99 in milliseconds."""
    cuts = statistics.quantiles(times, n=100, method="inclusive") if len(times) > 1 else times * 99
    return {"p50_ms": round(cuts[49] * 1000, 3), "p99_ms": round(cuts[98] * 1000, 3)}


def run(
    url: str,
    requests: Iterable[Prepared],
    *,
    connections: int,
    seconds: float | None = None,
    go_on: bool = False,
) -> Timings:
    """Send requests over several connections at once, each as soon as its last one is answered.

    Args:
        url: The server.
        requests: Taken one by one; endless ones need ``seconds``.
        connections: So many at once, all served by one loop.
        seconds: When to send no more.
        go_on: Count what the server fails at; without it the first failure ends the run.
    """
    pending: Iterator[Prepared] = iter(requests)
    timings = Timings()
    selector = selectors.DefaultSelector()
    began, cpu = time.perf_counter(), time.process_time()
    deadline = began + seconds if seconds is not None else float("inf")
    for _ in range(connections):
        prepared = next(pending, None)
        if prepared is not None:
            _begin(selector, Connection(url), prepared)
    while selector.get_map():
        for key, _ in selector.select():
            connection, prepared, sent_at, reply = key.data
            if not reply.feed(connection.socket.recv(_READ_BYTES)):
                continue
            now = time.perf_counter()
            timings.add(prepared.operation, now - sent_at)
            if go_on and reply.failed:
                timings.failures += 1
            else:
                reply.body(prepared)
            selector.unregister(connection.socket)
            following = next(pending, None) if now < deadline else None
            if following is None:
                connection.close()
                continue
            if reply.closing:
                connection.renew()
            _begin(selector, connection, following)
    timings.wall_seconds = time.perf_counter() - began
    timings.client_seconds = time.process_time() - cpu
    return timings


def _begin(selector: selectors.BaseSelector, connection: Connection, prepared: Prepared) -> None:
    sent_at = time.perf_counter()
    connection.socket.sendall(prepared.raw)
    data = (connection, prepared, sent_at, Reply())
    selector.register(connection.socket, selectors.EVENT_READ, data)
