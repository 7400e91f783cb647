"""One HTTP POST within a time, to the host that was named and to no other."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from gluepot.jobs.notifications.errors import DeliveryError

if TYPE_CHECKING:
    from collections.abc import Mapping

_TRY_AGAIN = frozenset(
    {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
)
_READ_BYTES = 64 << 10
"""So much of an answer is read and thrown away; what it says does not matter."""


def post(url: str, body: bytes, headers: Mapping[str, str], *, seconds: float) -> int:
    """Post a body and return the answer's status, which is one of success.

    Redirects are not followed: the body goes to nobody that the URL does not name.

    Raises:
        DeliveryError: There was no answer in time, or one of no success; final where the receiver
            says that the request itself is at fault. The URL is not in the sentence.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise DeliveryError("The URL is not http:// or https:// with a host", final=True)
    connection = _connect(parts.scheme, parts.hostname, parts.port, seconds)
    # The time-outs of sockets bound each read; this bounds them all.
    late = threading.Event()
    watchdog = threading.Timer(seconds, _hang_up, (connection, late))
    watchdog.daemon = True
    watchdog.start()
    try:
        path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
        connection.request("POST", path, body, dict(headers))
        answer = connection.getresponse()
        status = answer.status
        answer.read(_READ_BYTES)
    except (OSError, http.client.HTTPException) as error:
        raise DeliveryError(_without_answer(error, seconds)) from None
    except ValueError as error:  # a header or path that HTTP has no way to send
        raise DeliveryError(
            f"The request cannot be sent: {type(error).__name__}", final=True
        ) from None
    finally:
        watchdog.cancel()
        connection.close()
    if late.is_set():  # the library takes a head that breaks off for a whole one
        raise DeliveryError(_without_answer(TimeoutError(), seconds))
    _check(status)
    return status


def _connect(
    scheme: str, host: str, port: int | None, seconds: float
) -> http.client.HTTPConnection:
    if scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=seconds)
    context = ssl.create_default_context()
    return http.client.HTTPSConnection(host, port, timeout=seconds, context=context)


def _hang_up(connection: http.client.HTTPConnection, late: threading.Event) -> None:
    late.set()
    held = connection.sock
    if held is not None:
        # Closing it would not wake a thread that reads from it.
        try:
            held.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # It has ended meanwhile.


def _without_answer(error: Exception, seconds: float) -> str:
    if isinstance(error, TimeoutError):
        return f"There was no answer within {seconds:g} s"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"The server's certificate is not trusted: {error.verify_message}"
    reason = error.strerror if isinstance(error, OSError) else None
    return f"There was no answer: {reason or type(error).__name__}"


def _check(status: int) -> None:
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return
    if status < HTTPStatus.BAD_REQUEST:
        raise DeliveryError(
            f"The server answered {status}, a redirect, which is not followed: name the place that"
            " it leads to",
            status,
            final=True,
        )
    fault = status < HTTPStatus.INTERNAL_SERVER_ERROR and status not in _TRY_AGAIN
    raise DeliveryError(f"The server answered {status}", status, final=fault)
