"""A receiver of webhooks for tests: keeps what it gets, and answers as it is told."""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, kw_only=True)
class Posted:
    """A request that came in; names of headers are in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(kw_only=True)
class Hook:
    """The receiver: ``answers`` are the next statuses, and then ``status`` for good."""

    url: str
    status: int = 200
    answers: list[int] = field(default_factory=list)
    location: str | None = None
    drip_seconds: float = 0
    got: list[Posted] = field(default_factory=list)


@contextlib.contextmanager
def hook_server() -> Iterator[Hook]:
    """Run a receiver in threads."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Receiver)
    hook = Hook(url=f"http://127.0.0.1:{server.server_address[1]}")
    server.hook = hook  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hook
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        hook: Hook = self.server.hook  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        hook.got.append(Posted(path=self.path, headers=headers, body=body))
        if hook.drip_seconds:
            self._drip(hook.drip_seconds)
            return
        self.send_response(hook.answers.pop(0) if hook.answers else hook.status)
        if hook.location is not None:
            self.send_header("location", hook.location)
        self.send_header("content-length", "0")
        self.end_headers()

    def _drip(self, seconds: float) -> None:
        # Each byte comes well within the time-out of a read; all of them do not.
        self.wfile.write(b"HTTP/1.1 200 OK\r\nx: ")
        until = time.monotonic() + seconds
        with contextlib.suppress(OSError):
            while time.monotonic() < until:
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.05)

    def log_message(self, *_: object) -> None:
        """Say nothing."""
