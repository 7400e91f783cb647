"""Running the server with uvicorn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import uvicorn

from gluepot.server.app import glue_app
from gluepot.server.wiring import dispatcher_of

if TYPE_CHECKING:
    from gluepot.services import Services


def serve(services: Services) -> None:
    """Answer requests until the process is told to end."""
    server = services.settings.server
    config = uvicorn.Config(
        glue_app(dispatcher_of(services)),
        host=server.host,
        port=server.port,
        log_level="warning",
        access_log=False,
        server_header=False,
    )
    uvicorn.Server(config).run()
