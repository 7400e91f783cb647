"""Figures for Prometheus.

One process keeps them in memory. Worker processes of one server share a folder of mapped files
that ``PROMETHEUS_MULTIPROC_DIR`` names, so that whichever of them is asked tells of them all.
"""

from __future__ import annotations

import os
from functools import lru_cache
from typing import TYPE_CHECKING

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy import event

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Engine

MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """The figures of one process, in a registry of their own."""

    def __init__(self) -> None:
        own = self._registry = CollectorRegistry()
        self._requests = Counter(
            "gluepot_requests",
            "Requests by operation and outcome: ok, or the name of the error.",
            ("operation", "outcome"),
            registry=own,
        )
        self._latency = Histogram(
            "gluepot_request_seconds",
            "Time from a request's headers to the end of its reply.",
            ("operation",),
            buckets=_BUCKETS,
            registry=own,
        )
        self.in_flight = _gauge("gluepot_requests_in_flight", "Requests being answered.", own)
        self.request_bytes = Counter("gluepot_request_bytes", "Bodies received.", registry=own)
        self.reply_bytes = Counter("gluepot_reply_bytes", "Bodies sent.", registry=own)
        self._open = _gauge("gluepot_database_connections", "Connections that are open.", own)
        self._used = _gauge("gluepot_database_connections_used", "Connections in use.", own)
        ProcessCollector(registry=own)
        # Looking a child up by its labels takes a lock; there are few enough to keep them all.
        self.request = lru_cache(maxsize=None)(self._requests.labels)
        self.latency = lru_cache(maxsize=None)(self._latency.labels)

    def watch(self, engine: Engine) -> None:
        """Count the connections of an engine's pool."""
        event.listen(engine, "connect", lambda *_: self._open.inc())
        event.listen(engine, "close", lambda *_: self._open.dec())
        event.listen(engine, "checkout", lambda *_: self._used.inc())
        event.listen(engine, "checkin", lambda *_: self._used.dec())

    def exposition(self, *, database_bytes: int | None) -> bytes:
        """Return all figures in Prometheus's text format."""
        sizes = CollectorRegistry()
        sizes.register(_DatabaseSize(database_bytes))
        if MULTIPROCESS in os.environ:
            shared = CollectorRegistry()
            MultiProcessCollector(shared)  # type: ignore[no-untyped-call]
            return generate_latest(shared) + generate_latest(sizes)
        return generate_latest(self._registry) + generate_latest(sizes)


class _DatabaseSize(Collector):
    def __init__(self, size: int | None) -> None:
        self._size = size

    def collect(self) -> Iterable[GaugeMetricFamily]:
        if self._size is not None:
            text = "What the database takes on its disk."
            yield GaugeMetricFamily("gluepot_database_bytes", text, value=self._size)


def _gauge(name: str, text: str, registry: CollectorRegistry) -> Gauge:
    return Gauge(name, text, registry=registry, multiprocess_mode="livesum")
