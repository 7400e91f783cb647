"""``POST /api/v1/lineage``: events of OpenLineage from other tools, where its clients send them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from gluepot.catalog.access.model import Attempt
from gluepot.catalog.errors import GluepotError
from gluepot.jobs.lineage.receiving import read_lineage
from gluepot.lineage import lineage_graph
from gluepot.server.dispatch import HttpReply, refusal

if TYPE_CHECKING:
    from gluepot.catalog.access.model import Gate, HttpRequest
    from gluepot.jobs.lineage.graph import LineageGraph
    from gluepot.services import Services

PATH = "/api/v1/lineage"
OPERATION = "PostLineageEvent"
"""Amazon DataZone's name for it, for logs and metrics: AWS Glue has none."""

RIGHT = "CreateTable"
"""Whose right stands for telling what tables come from."""

_CREATED = 201


@dataclass(frozen=True, kw_only=True)
class LineageReceiver:
    """Takes events into the graph; ``answer`` is safe in many threads.

    Whoever sends them needs the right to create any table (``glue:CreateTable`` on ``*``).
    """

    graph: LineageGraph
    gate: Gate
    account_id: str
    region: str

    def answer(self, request: HttpRequest, request_id: str) -> HttpReply:
        """Return how many events were taken; every failure is typed, and then none was."""
        try:
            principal = self.gate.authenticate(request)
            attempt = Attempt(
                principal=principal,
                operation=RIGHT,
                request={"DatabaseName": "*", "TableInput": {"Name": "*"}},
                account_id=self.account_id,
                region=self.region,
                source=request.source,
                request_id=request_id,
            )
            count = self._take(attempt, request.body)
        except GluepotError as error:
            return refusal(error, OPERATION, request_id)
        body = orjson.dumps({"accepted": count})
        return HttpReply(status=_CREATED, body=body, request_id=request_id, operation=OPERATION)

    def _take(self, attempt: Attempt, body: bytes) -> int:
        code: str | None = GluepotError.code
        try:
            self.gate.authorize(attempt)
            events = read_lineage(body)
            self.graph.accept_all(events)
            code = None
        except GluepotError as error:
            code = error.code
            raise
        finally:
            self.gate.ended(attempt, code)
        return len(events)


def lineage_receiver(services: Services, gate: Gate) -> LineageReceiver:
    """Return what takes events into the services' database."""
    server = services.settings.server
    return LineageReceiver(
        graph=lineage_graph(services),
        gate=gate,
        account_id=server.account_id,
        region=server.region,
    )
