"""What a running server tells: a log line and the metrics of every request."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gluepot.server.dispatch import HttpReply
    from gluepot.server.metrics import Metrics

log = logging.getLogger(__name__)


class Observer:
    """Sees each request begin and end; called on the event loop, so it never waits."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def began(self) -> None:
        """Note that a request came."""
        self._metrics.in_flight.inc()

    def ended(
        self, reply: HttpReply | None, *, source: str, seconds: float, request_bytes: int
    ) -> None:
        """Note how a request ended; without a reply its client has left."""
        metrics = self._metrics
        metrics.in_flight.dec()
        operation = reply.operation if reply is not None else ""
        outcome = (reply.error_code or "ok") if reply is not None else "client left"
        reply_bytes = len(reply.body) if reply is not None else 0
        metrics.request(operation, outcome).inc()
        metrics.latency(operation).observe(seconds)
        metrics.request_bytes.inc(request_bytes)
        metrics.reply_bytes.inc(reply_bytes)
        if log.isEnabledFor(logging.INFO):
            log.info(
                "%s: %s",
                operation or "unknown operation",
                outcome,
                extra={
                    "action": "request",
                    "request_id": reply.request_id if reply is not None else None,
                    "operation": operation,
                    "outcome": outcome,
                    "status": reply.status if reply is not None else None,
                    "principal": reply.principal if reply is not None else None,
                    "source": source,
                    "milliseconds": round(seconds * 1000, 3),
                    "request_bytes": request_bytes,
                    "reply_bytes": reply_bytes,
                },
            )
