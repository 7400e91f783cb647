"""HTTP/1.1 within bounds: how much a client may send before its body, and how slowly.

uvicorn's own protocol reads headers without end and waits for them without end.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from gluepot.server.dispatch import CONTENT_TYPE, refusal
from gluepot.server.errors import (
    HeadersTooLargeError,
    MalformedRequestError,
    OverloadedError,
    RequestTimeoutError,
)

if TYPE_CHECKING:
    import asyncio
    from asyncio import TimerHandle

    from gluepot.catalog.errors import GluepotError

MOST_HEADERS = 100
"""A client of AWS sends about ten."""


@dataclass(frozen=True, kw_only=True)
class ConnectionLimits:
    """What one client may take.

    Attributes:
        connections: As many are open at once in one process.
        header_bytes: The first line and all headers of a request.
        request_seconds: From a request's first byte, or from connecting, to its last byte.
    """

    connections: int
    header_bytes: int
    request_seconds: float


def limited_protocol(limits: ConnectionLimits) -> type[asyncio.Protocol]:
    """Return uvicorn's protocol with these limits."""
    return type("BoundProtocol", (LimitedProtocol,), {"limits": limits})


class LimitedProtocol(HttpToolsProtocol):
    """uvicorn's protocol; what breaks a limit is answered in Glue's shape and hung up on."""

    limits: ConnectionLimits

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401
        super().__init__(*arguments, **options)
        self._header_bytes = 0
        self._in_headers = True
        self._timer: TimerHandle | None = None
        self._fault: GluepotError | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request, unless there are too many connections."""
        super().connection_made(transport)
        if len(self.connections) > self.limits.connections:
            many = f"The server has {self.limits.connections} connections; try again a little later"
            self._hang_up(OverloadedError(many))
        else:
            self._start_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read a part of a request; the time for all of it runs from its first part."""
        if self.transport.is_closing():
            return
        if self._timer is None:
            self._start_timer()
        super().data_received(data)

    def on_message_begin(self) -> None:
        """Count the headers anew."""
        self._header_bytes = 0
        self._in_headers = True
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Count the first line."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count a header."""
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Hand the request on; its body follows."""
        self._in_headers = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Stop the clock: the client has done its part."""
        self._stop_timer()
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what the parser refused."""
        self._hang_up(self._fault or MalformedRequestError(msg))

    def _count(self, size: int) -> None:
        self._header_bytes += size
        if self._header_bytes > self.limits.header_bytes or len(self.headers) >= MOST_HEADERS:
            self._fault = HeadersTooLargeError(
                f"The server reads {MOST_HEADERS} headers of {self.limits.header_bytes} bytes"
                " together, the URL included; send less"
            )
            raise self._fault

    def _start_timer(self) -> None:
        self._timer = self.loop.call_later(self.limits.request_seconds, self._late)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _late(self) -> None:
        self._timer = None
        if self.transport.is_closing():
            return
        cycle = self.cycle
        if cycle is not None and cycle.response_started and not cycle.response_complete:
            self._start_timer()  # The reply to the request before is still being sent.
        elif cycle is not None and cycle.response_started and not self._in_headers:
            self.transport.close()  # Its reply was sent before its body was read.
        else:
            seconds = self.limits.request_seconds
            self._hang_up(RequestTimeoutError(f"The request was not here within {seconds:g} s"))

    def _hang_up(self, error: GluepotError) -> None:
        reply = refusal(error, "", str(uuid.uuid4()))
        lines = {
            b"content-type": CONTENT_TYPE.encode(),
            b"content-length": str(len(reply.body)).encode(),
            b"x-amzn-requestid": reply.request_id.encode(),
            b"x-amzn-errortype": error.code.encode(),
            b"connection": b"close",
        }
        head = b"".join(b"%s: %s\r\n" % line for line in lines.items())
        self.transport.write(STATUS_LINE[reply.status] + head + b"\r\n" + reply.body)
        self.transport.close()
