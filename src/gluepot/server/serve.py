"""Running the server with uvicorn: one process or several, until it is told to end."""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
import threading
from functools import partial
from typing import TYPE_CHECKING

import uvicorn
from starlette.routing import Route

from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.service_model import glue_model
from gluepot.console.app import Console
from gluepot.server.app import GlueEndpoint, glue_app
from gluepot.server.database import bound_statements
from gluepot.server.events import PATH as EVENTS
from gluepot.server.events import event_receiver
from gluepot.server.lineage import PATH as LINEAGE
from gluepot.server.lineage import lineage_receiver
from gluepot.server.logs import configure_logs
from gluepot.server.metrics import Metrics
from gluepot.server.observe import Observer
from gluepot.server.probes import Probes
from gluepot.server.protocol import ConnectionLimits, limited_protocol
from gluepot.server.wiring import dispatcher_of
from gluepot.server.work import WorkLimits, WorkPool, with_body
from gluepot.telemetry import configure_tracing

if TYPE_CHECKING:
    from pathlib import Path
    from types import FrameType

    from starlette.applications import Starlette

    from gluepot.services import Services
    from gluepot.settings import ServerSettings

BACKLOG = 2048
_BODIES_IN_HAND = 16
"""How many of the longest bodies may be in memory at once."""
_LAST_SECONDS = 5
"""For closing the database when requests have had their time."""
_COLLECT_AFTER = (10_000, 10, 10)
"""New objects before the young are looked through, and rounds of these before the older are."""


def application(services: Services) -> Starlette:
    """Return the application over the services' database, which is migrated by this."""
    server = services.settings.server
    glue_model().compile()
    dispatcher = dispatcher_of(services)
    metrics = Metrics()
    bound_statements(services.engine, seconds=server.operation_seconds)
    metrics.watch(services.engine)
    pool = WorkPool(
        WorkLimits(
            threads=server.threads,
            requests=server.max_requests,
            request_bytes=server.max_body_bytes,
            all_bytes=server.max_body_bytes * _BODIES_IN_HAND,
            seconds=server.operation_seconds,
        )
    )
    probes = Probes(services.engine, metrics)
    observer = Observer(metrics)
    endpoint = GlueEndpoint(dispatcher, pool, observer)
    events = GlueEndpoint(event_receiver(services, dispatcher.gate), pool, observer)
    lineage = GlueEndpoint(lineage_receiver(services, dispatcher.gate), pool, observer)
    routes = [
        *probes.routes,
        Route(EVENTS, events, methods=["POST"]),
        Route(LINEAGE, lineage, methods=["POST"]),
        *Console(services, dispatcher, partial(with_body, pool)).routes,
    ]
    return glue_app(
        endpoint, routes=routes, closing=(pool.close, dispatcher.gate.close, probes.close)
    )


def server_config(app: Starlette, server: ServerSettings) -> uvicorn.Config:
    """Return how uvicorn runs the application."""
    limits = ConnectionLimits(
        connections=server.max_connections,
        header_bytes=server.max_header_bytes,
        request_seconds=server.request_seconds,
    )
    return uvicorn.Config(
        app,
        http=limited_protocol(limits),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=max(1, int(server.keep_alive_seconds)),
        timeout_graceful_shutdown=max(1, int(server.shutdown_seconds)),
    )


def listen(server: ServerSettings) -> socket.socket:
    """Return the socket that clients connect to.

    Raises:
        InvalidInputError: The address cannot be had; the sentence says why.
    """
    where = server.unix_socket or f"{server.host}:{server.port}"
    try:
        if server.unix_socket is not None:
            return _listen_on_file(server.unix_socket)
        family = socket.AF_INET6 if ":" in server.host else socket.AF_INET
        listener = socket.create_server((server.host, server.port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise InvalidInputError(
            f"The server cannot listen on {where}: {error.strerror}; name another with --port"
        ) from error
    # A client that takes nothing of its reply for so long is hung up on by the kernel.
    late = int(server.request_seconds * 1000)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, late)
    return listener


def _listen_on_file(path: Path) -> socket.socket:
    if path.is_socket():
        path.unlink()
    listener = socket.socket(socket.AF_UNIX)
    before = os.umask(0o177)
    try:
        listener.bind(str(path))
    finally:
        os.umask(before)
    listener.listen(BACKLOG)
    return listener


def serve(services: Services, listener: socket.socket) -> None:
    """Answer requests in this process until it is told to end by SIGTERM or SIGINT."""
    server = services.settings.server
    configure_logs(requests=server.log_requests)
    configure_tracing(services, "gluepot-api")
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    app = application(services)
    _seldom_collect()
    BoundServer(server_config(app, server)).run(sockets=[listener])


def _seldom_collect() -> None:
    """Let few requests wait for Python's collection of what refers to itself.

    What is loaded by now stays, and is not looked through again. Libraries that pages load later
    are, in a tenth of a second each time; a large page, which makes a million objects in fifty
    requests, would have that at every tenth with Python's own thresholds.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECT_AFTER)


def _leave(_number: int, _frame: object) -> None:
    # uvicorn raises the signal again when all is done; what is open is closed on the way out.
    sys.exit(0)


class BoundServer(uvicorn.Server):
    """uvicorn's server; when told to end it does so, whatever still runs."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end; threads that hang are not waited for much longer than requests are."""
        grace = (self.config.timeout_graceful_shutdown or 0) + _LAST_SECONDS
        watchdog = threading.Timer(grace, os._exit, (1,))
        watchdog.daemon = True
        watchdog.start()
        super().handle_exit(sig, frame)
