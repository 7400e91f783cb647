"""A server of HTTP whose answers follow from the path that is asked for."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Server(ThreadingHTTPServer):
    """Answers by path, and keeps what it was sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[tuple[str, str, dict[str, str], Any]] = []

    @property
    def url(self) -> str:
        """Return its address."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Server

    def do_POST(self) -> None:
        """Answer."""
        length = int(self.headers.get("Content-Length", 0))
        text = self.rfile.read(length)
        body = json.loads(text) if text else None
        self.server.seen.append((self.command, self.path, dict(self.headers), body))
        status, reply = self._reply(body)
        self.send_response(status)
        self.send_header("Location", "/elsewhere")
        self.end_headers()
        self.wfile.write(reply)

    do_GET = do_POST  # noqa: N815  the name that the base class looks for

    def _reply(self, body: Any) -> tuple[int, bytes]:  # noqa: ANN401
        if self.path.startswith("/add"):
            return 200, json.dumps(sum(body)).encode()
        if self.path.startswith("/large"):
            return 200, b"x" * 300_000
        if self.path.startswith("/named"):
            return 500, b'{"errorType": "CustomError"}'
        status = int(self.path.split("?", maxsplit=1)[0].removeprefix("/"))
        return status, b'{"token": "s3cret"}' if status == 403 else b""

    def log_message(self, *_args: object) -> None:
        """Say nothing."""
