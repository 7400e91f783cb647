"""A proxy before a real server that spoils the requests a test chooses, and notes all headers."""

from __future__ import annotations

import contextlib
import http.client
import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SLOW_DOWN = (
    b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
)
HOP_HEADERS = frozenset({"connection", "transfer-encoding", "content-length", "keep-alive"})


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request as it came in; ``number`` counts from 1 over all of them."""

    number: int
    method: str
    path: str
    headers: dict[str, str] = field(repr=False)


class FaultProxy:
    """Asks ``fault`` about each request: a status, ``reset``, ``cut``, ``hang`` or None for none.

    ``cut`` breaks the connection off in the middle of the body; ``hang`` answers nothing for a
    second.
    """

    def __init__(self, target: str) -> None:
        self.fault: Callable[[Request], int | str | None] = lambda _: None
        self.requests: list[Request] = []
        self.url = ""
        self._target = urlsplit(target)
        self._lock = threading.Lock()

    def note(self, method: str, path: str, headers: dict[str, str]) -> Request:
        """Keep a request and return it."""
        with self._lock:
            request = Request(
                number=len(self.requests) + 1, method=method, path=path, headers=headers
            )
            self.requests.append(request)
        return request

    def forward(self, request: Request, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        """Return the real server's answer."""
        host, port = str(self._target.hostname), self._target.port
        connection = http.client.HTTPConnection(host, port, timeout=30)
        with contextlib.closing(connection):
            # The signature covers the Host header: it goes on as the client wrote it.
            connection.putrequest(
                request.method, request.path, skip_host=True, skip_accept_encoding=True
            )
            for name, value in request.headers.items():
                if name.lower() not in HOP_HEADERS:
                    connection.putheader(name, value)
            connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy: FaultProxy

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = self.proxy.note(self.command, self.path, dict(self.headers.items()))
        fault = self.proxy.fault(request)
        if fault == "reset":
            self._reset()
        elif fault == "hang":
            time.sleep(1)
            self._reset()
        elif isinstance(fault, int):
            self._answer(fault, [], SLOW_DOWN)
        else:
            self._answer(*self.proxy.forward(request, body), cut=fault == "cut")

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _handle  # noqa: N815 - http.server's names

    def _answer(
        self, status: int, headers: list[tuple[str, str]], body: bytes, *, cut: bool = False
    ) -> None:
        lengths = [value for name, value in headers if name.lower() == "content-length"]
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in HOP_HEADERS:
                self.send_header(name, value)
        is_head = self.command == "HEAD"
        self.send_header("Content-Length", lengths[0] if is_head and lengths else str(len(body)))
        self.end_headers()
        if is_head:
            return
        self.wfile.write(body[: len(body) // 2] if cut else body)
        if cut:
            self.wfile.flush()
            self._reset()

    def _reset(self) -> None:
        """Close so that the client sees the connection reset."""
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True
        self.connection.close()

    def finish(self) -> None:
        """Write what is left, unless the connection was reset."""
        with contextlib.suppress(OSError, ValueError):
            super().finish()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of connections that clients give up."""


@contextlib.contextmanager
def fault_proxy(target: str) -> Iterator[FaultProxy]:
    """Run a proxy of ``target`` in a thread."""
    proxy = FaultProxy(target)
    handler = type("Handler", (_Handler,), {"proxy": proxy})
    server = _Server(("127.0.0.1", 0), handler)
    proxy.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
