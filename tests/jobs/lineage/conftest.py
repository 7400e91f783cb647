"""Events of OpenLineage as others send them, and a graph over each database."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from gluepot.catalog.engine import open_engine
from gluepot.jobs.lineage.graph import LineageGraph

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def dataset(name: str, table: str | None = None, **facets: Any) -> dict[str, Any]:  # noqa: ANN401
    links = {"symlinks": {"identifiers": [{"namespace": "n", "name": table, "type": "TABLE"}]}}
    return {
        "namespace": "s3://lake",
        "name": name,
        "facets": facets | (links if table is not None else {}),
    }


def told(
    job: str, inputs: list[Any], outputs: list[Any], at: datetime = NOW, kind: str = "COMPLETE"
) -> dict[str, Any]:
    return {
        "eventType": kind,
        "eventTime": at.isoformat(),
        "run": {"runId": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{job}{at}"))},
        "job": {"namespace": "elsewhere", "name": job},
        "inputs": inputs,
        "outputs": outputs,
        "producer": "https://example.com",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
    }


@pytest.fixture
def graph(database_url: str) -> Iterator[LineageGraph]:
    """Yield a graph over each database in turn."""
    engine = open_engine(database_url)
    yield LineageGraph(engine, lambda: NOW)
    engine.dispose()
