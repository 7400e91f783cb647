"""An S3 that stops at a chosen request: a proxy before a real one, to kill jobs at exact points."""

from __future__ import annotations

import contextlib
import threading
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


class HoldingS3:
    """Holds the first request that ``catches`` says yes to, before or after it takes effect."""

    def __init__(self, endpoint: str) -> None:
        self.backend = urlsplit(endpoint).netloc
        self.catches: Callable[[str, str, bytes], bool] | None = None
        self.after_effect = False
        self.caught = threading.Event()
        self.release = threading.Event()

    def hold(
        self, catches: Callable[[str, str, bytes], bool], *, after_effect: bool = False
    ) -> None:
        """Hold the next request (method, path, body) that ``catches`` picks."""
        self.caught.clear()
        self.release.clear()
        self.after_effect = after_effect
        self.catches = catches

    def let_go(self) -> None:
        """Hold nothing any more."""
        self.catches = None
        self.release.set()

    def picks(self, method: str, path: str, body: bytes) -> bool:
        """Tell whether a request is the one to hold."""
        return self.catches is not None and self.catches(method, path, body)

    def wait(self) -> None:
        """Say that the request is here, and hold it."""
        self.caught.set()
        self.release.wait(timeout=120)


def _handler(holding: HoldingS3) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            picked = holding.picks(self.command, self.path, body)
            if picked and not holding.after_effect:
                holding.wait()
                self.close_connection = True
                return
            backend = HTTPConnection(holding.backend, timeout=60)
            headers = {key: value for key, value in self.headers.items() if key.lower() != "expect"}
            with contextlib.closing(backend):
                backend.request(self.command, self.path, body=body, headers=headers)
                reply = backend.getresponse()
                data = reply.read()
            if picked:
                holding.wait()
                self.close_connection = True
                return
            self.answer(reply.status, reply.getheaders(), data, reply.getheader("Content-Length"))

        def answer(
            self, status: int, headers: list[tuple[str, str]], data: bytes, length: str | None
        ) -> None:
            self.send_response_only(status)
            for key, value in headers:
                if key.lower() not in HOP_BY_HOP:
                    self.send_header(key, value)
            # A HEAD reply tells the length of what it does not send.
            if self.command != "HEAD" or length is None:
                length = str(len(data))
            self.send_header("Content-Length", length)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = forward  # noqa: N815

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing about clients that were killed, which is the purpose."""


@contextlib.contextmanager
def holding_s3(endpoint: str) -> Iterator[tuple[str, HoldingS3]]:
    """Yield the address of a proxy before ``endpoint``, and the hand on it."""
    holding = HoldingS3(endpoint)
    server = _Server(("127.0.0.1", 0), _handler(holding))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", holding
    finally:
        holding.let_go()
        server.shutdown()
        server.server_close()
        thread.join()
