"""The ASGI application: AWS Glue's protocol at ``POST /``, and what those who run it look at."""

from __future__ import annotations

import contextlib
import time
import uuid
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Route

from gluepot.catalog.access.model import HttpRequest
from gluepot.catalog.errors import GluepotError
from gluepot.server.dispatch import CONTENT_TYPE, refusal
from gluepot.server.errors import UnknownPathError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from starlette.requests import Request
    from starlette.routing import BaseRoute
    from starlette.types import Receive, Scope, Send

    from gluepot.server.dispatch import HttpReply
    from gluepot.server.observe import Observer
    from gluepot.server.work import Admitted, WorkPool


class Answering(Protocol):
    """What answers whole requests."""

    def answer(self, request: HttpRequest, request_id: str) -> HttpReply:
        """Return the reply, of a failure too; called in threads."""


class GlueEndpoint:
    """``POST /``: reads a request whole, answers it in a thread, sends the reply."""

    def __init__(self, dispatcher: Answering, pool: WorkPool, observer: Observer) -> None:
        self._dispatcher = dispatcher
        self._pool = pool
        self._observer = observer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; a client that left gets nothing."""
        started = time.perf_counter()
        size = 0
        self._observer.began()
        reply: HttpReply | None = None
        try:
            reply, size = await self._answer(scope, receive)
            await _send(send, reply)
        except ClientDisconnect:
            pass
        finally:
            source = scope["client"][0] if scope["client"] else ""
            seconds = time.perf_counter() - started
            self._observer.ended(reply, source=source, seconds=seconds, request_bytes=size)

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[HttpReply, int]:
        request_id = str(uuid.uuid4())
        size = 0
        try:
            with self._pool.admit() as admitted:
                body = await _body(scope, receive, admitted)
                size = len(body)
                request = _http_request(scope, body)
                work = partial(self._dispatcher.answer, request, request_id)
                reply = await admitted.run(work)
        except GluepotError as error:
            reply = refusal(error, "", request_id)
        return reply, size


def glue_app(
    endpoint: GlueEndpoint,
    *,
    routes: Sequence[BaseRoute] = (),
    closing: Sequence[Callable[[], None]] = (),
) -> Starlette:
    """Return the application: Glue's protocol at ``POST /``, and other routes beside it.

    ``closing`` is called when the server has answered its last request.
    """

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        for close in closing:
            close()

    return Starlette(
        routes=[Route("/", endpoint, methods=["POST"]), *routes],
        lifespan=lifespan,
        exception_handlers={HTTPException: _unknown},
    )


async def _unknown(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    sentence = f"{request.method} {request.url.path} is not served; the Glue API is POST /"
    reply = refusal(UnknownPathError(sentence), "", str(uuid.uuid4()), status=status)
    headers = {name.decode(): value.decode() for name, value in _headers(reply)}
    return Response(reply.body, reply.status, headers)


async def _body(scope: Scope, receive: Receive, admitted: Admitted) -> bytes:
    """Return the body; a length that is too much is refused before it is read."""
    for name, value in scope["headers"]:
        if name == b"content-length":
            admitted.expect(int(value))
    chunks = []
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk = message.get("body", b"")
        admitted.read(len(chunk))
        chunks.append(chunk)
        more = message.get("more_body", False)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _http_request(scope: Scope, body: bytes) -> HttpRequest:
    return HttpRequest(
        method=scope["method"],
        path=scope["raw_path"].decode("latin-1"),
        query=scope["query_string"].decode("latin-1"),
        headers=tuple(
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]
        ),
        body=body,
        source=scope["client"][0] if scope["client"] else "",
    )


def _headers(reply: HttpReply) -> list[tuple[bytes, bytes]]:
    headers = [
        (b"content-type", CONTENT_TYPE.encode()),
        (b"content-length", str(len(reply.body)).encode()),
        (b"x-amzn-requestid", reply.request_id.encode()),
    ]
    if reply.error_code is not None:
        headers.append((b"x-amzn-errortype", reply.error_code.encode()))
    return headers


async def _send(send: Send, reply: HttpReply) -> None:
    start: dict[str, Any] = {"type": "http.response.start", "status": reply.status}
    await send(start | {"headers": _headers(reply)})
    await send({"type": "http.response.body", "body": reply.body})
