"""Our own server for the tests: in a thread of the test process, or as a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import uvicorn
from botocore.config import Config
from pydantic import SecretStr

from gluepot.server.serve import application, server_config
from gluepot.services import open_services
from gluepot.settings import Settings
from tests.servers.process import free_port, running

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from starlette.applications import Starlette

    from gluepot.settings import ServerSettings

ACCOUNT = "000000000000"
REGION = "us-east-1"


@dataclass(frozen=True, kw_only=True)
class GlueServer:
    """A server that runs: where it listens, and on which database it works."""

    url: str
    database_url: str
    home: Path
    pid: int | None = None

    def client(self, **config: Any) -> Any:  # noqa: ANN401
        """Return a boto3 client of it that does not retry."""
        options = {"retries": {"max_attempts": 0}, "max_pool_connections": 64, **config}
        return boto3.client(
            "glue",
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106
            config=Config(**options),
        )


@contextlib.contextmanager
def thread_server(
    database_url: str,
    home: Path,
    **settings: Any,  # noqa: ANN401
) -> Iterator[GlueServer]:
    """Run the server in a thread of this process; quick to start, one for each test."""
    options = Settings(home=home, catalog_url=SecretStr(database_url), **settings)
    with (
        open_services(options) as services,
        thread_app(application(services), options.server) as url,
    ):
        yield GlueServer(url=url, database_url=database_url, home=home)


class _PromptServer(uvicorn.Server):
    """uvicorn's server, which looks every 5 ms whether it shall end, not every 100 ms."""

    async def main_loop(self) -> None:
        """Serve until told to end."""
        while not await self.on_tick(0):  # noqa: ASYNC110  the flag is set by another thread
            await asyncio.sleep(0.005)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End at once where nothing is under way, else with uvicorn's patience."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        await asyncio.sleep(0)  # the connections' own ends
        if self.server_state.connections or self.server_state.tasks:
            await super().shutdown(sockets)
        else:
            await self.lifespan.shutdown()


@contextlib.contextmanager
def thread_app(app: Starlette, settings: ServerSettings) -> Iterator[str]:
    """Run an application in a thread of this process and yield its URL."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        server = _PromptServer(server_config(app, settings))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not server.started:
                if not thread.is_alive():
                    raise RuntimeError("the server did not start; its thread has the trace")
                time.sleep(0.005)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            thread.join(timeout=20)


@contextlib.contextmanager
def process_server(
    database_url: str, home: Path, *, env: Mapping[str, str] | None = None
) -> Iterator[GlueServer]:
    """Run ``gluepot serve`` as a user does, in a process that a test may kill."""
    port = free_port()
    home.mkdir(parents=True, exist_ok=True)
    variables = {
        **os.environ,
        "GLUEPOT_HOME": str(home),
        "GLUEPOT_CATALOG_URL": database_url,
        **(env or {}),
    }
    command = [str(Path(sys.executable).with_name("gluepot")), "serve", "--port", str(port)]
    log = home / f"serve-{port}.log"
    with running(command, port=port, log=log, env=variables) as child:
        yield GlueServer(
            url=f"http://127.0.0.1:{port}",
            database_url=database_url,
            home=home,
            pid=child.pid,
        )
