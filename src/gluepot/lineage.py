"""Lineage over the services' database, and who else is told of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from gluepot.jobs.lineage.follower import LineageFollower
from gluepot.jobs.lineage.graph import LineageGraph
from gluepot.jobs.notifications.errors import DeliveryError
from gluepot.jobs.notifications.http_post import post
from gluepot.jobs.notifications.outbox import Outbox

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gluepot.jobs.notifications.outbox import Delivery
    from gluepot.services import Services
    from gluepot.settings import LineageSettings

BY_HTTP, BY_FILE = "lineage:http", "lineage:file"


def lineage_graph(services: Services) -> LineageGraph:
    """Return the graph in the services' database."""
    return LineageGraph(services.engine, services.clock)


def lineage_follower(services: Services) -> LineageFollower:
    """Return what makes events of OpenLineage of what happens to runs."""
    lineage = services.settings.lineage
    return LineageFollower(
        lineage_graph(services),
        services.jobs.lineage,
        services.crawlers,
        Outbox(services.engine, services.clock),
        addressees=tuple(lineage_senders(lineage)),
        namespace=lineage.namespace,
        load_job=services.job_book.load,
    )


def lineage_senders(lineage: LineageSettings) -> dict[str, Callable[[Delivery], int | None]]:
    """Return what sends events to those whom the settings name."""
    senders: dict[str, Callable[[Delivery], int | None]] = {}
    if lineage.url is not None:
        senders[BY_HTTP] = lambda delivery: _post(delivery, lineage)
    if lineage.file is not None:
        file = lineage.file
        senders[BY_FILE] = lambda delivery: _append(delivery, file)
    return senders


def _post(delivery: Delivery, lineage: LineageSettings) -> int:
    headers = {"content-type": "application/json", "user-agent": "gluepot"}
    if lineage.api_key is not None:
        headers["authorization"] = f"Bearer {lineage.api_key.get_secret_value()}"
    body = orjson.dumps(dict(delivery.body))
    return post(str(lineage.url), body, headers, seconds=lineage.timeout_seconds)


def _append(delivery: Delivery, file: Path) -> None:
    line = orjson.dumps(dict(delivery.body)) + b"\n"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        # One write to the end: lines of several processes do not mix.
        with file.open("ab", buffering=0) as output:
            output.write(line)
    except OSError as error:
        raise DeliveryError(f"The file of lineage cannot be written: {error.strerror}") from error
