"""The ASGI application: reads the request whole, answers it in a thread, sends the reply."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from gluepot.catalog.access.model import HttpRequest
from gluepot.server.dispatch import CONTENT_TYPE

if TYPE_CHECKING:
    from starlette.requests import Request

    from gluepot.server.dispatch import Dispatcher


def glue_app(dispatcher: Dispatcher) -> Starlette:
    """Return the application that speaks AWS Glue's protocol at ``POST /``."""

    async def glue(request: Request) -> Response:
        http = await _http_request(request)
        reply = await run_in_threadpool(dispatcher.answer, http)
        headers = {"x-amzn-requestid": reply.request_id}
        if reply.error_code is not None:
            headers["x-amzn-errortype"] = reply.error_code
        return Response(reply.body, reply.status, headers, media_type=CONTENT_TYPE)

    return Starlette(routes=[Route("/", glue, methods=["POST"])])


async def _http_request(request: Request) -> HttpRequest:
    scope = request.scope
    return HttpRequest(
        method=scope["method"],
        path=scope["raw_path"].decode("latin-1"),
        query=scope["query_string"].decode("latin-1"),
        headers=tuple(
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]
        ),
        body=await request.body(),
        source=scope["client"][0] if scope["client"] else "",
    )
