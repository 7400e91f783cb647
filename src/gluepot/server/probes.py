"""What those who run the server ask it: is it alive, may it get requests, how does it do."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

import orjson
import sqlalchemy as sa
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import Response
from starlette.routing import Route

from gluepot.catalog.engine import DatabaseError, reading
from gluepot.catalog.errors import GluepotError, OperationTimeoutError
from gluepot.catalog.migrate import is_migrated

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from gluepot.server.metrics import Metrics

T = TypeVar("T")

PROBE_SECONDS = 5
"""How long the database may take to show that it is there."""


class Probes:
    """``/healthz``, ``/readyz`` and ``/metrics``; a thread of their own asks the database.

    They need no signature: they tell no names and no contents.
    """

    def __init__(self, engine: sa.Engine, metrics: Metrics) -> None:
        self._engine = engine
        self._metrics = metrics
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="gluepot-probe")

    @property
    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/healthz", self._alive, methods=["GET"]),
            Route("/readyz", self._ready, methods=["GET"]),
            Route("/metrics", self._figures, methods=["GET"]),
        ]

    def close(self) -> None:
        """Let the thread go."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    async def _alive(self, _request: Request) -> Response:
        return _json(200, {"status": "alive"})

    async def _ready(self, _request: Request) -> Response:
        try:
            await self._ask(self._check)
        except GluepotError as error:
            # Sentences of the database name its host and user, which are nobody's business here.
            return _json(503, {"status": "not ready", "reason": error.code})
        return _json(200, {"status": "ready"})

    async def _figures(self, _request: Request) -> Response:
        size: int | None
        try:
            size = await self._ask(self._database_bytes)
        except GluepotError:
            size = None  # The other figures matter most while the database is away.
        text = self._metrics.exposition(database_bytes=size)
        return Response(text, headers={"content-type": CONTENT_TYPE_LATEST})

    async def _ask(self, question: Callable[[], T]) -> T:
        waiting = asyncio.get_running_loop().run_in_executor(self._executor, question)
        try:
            return await asyncio.wait_for(waiting, PROBE_SECONDS)
        except TimeoutError:
            late = f"The database did not answer within {PROBE_SECONDS} s"
            raise OperationTimeoutError(late) from None

    def _check(self) -> None:
        if not is_migrated(self._engine):
            raise DatabaseError("The database is not at this gluepot's revision")

    def _database_bytes(self) -> int:
        sizes = {
            "postgresql": "SELECT pg_database_size(current_database())",
            "sqlite": "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
        }
        with reading(self._engine) as connection:
            return int(connection.scalar(sa.text(sizes[self._engine.dialect.name])) or 0)


def _json(status: int, body: dict[str, str]) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")
