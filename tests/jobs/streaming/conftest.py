"""A context for scripts, and streams of files that tests land one by one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from gluepot.jobs.context import GlueContext
from gluepot.jobs.streaming.batches import for_each_batch
from tests.servers.kafka import Kafka, kafka_jars, kafka_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from pyspark.sql import DataFrame, SparkSession


NO_KAFKA = "Kafka's broker is not fetched; `make setup-test` fetches it"


@pytest.fixture(scope="session")
def kafka(server_dir: Path) -> Iterator[Kafka]:
    """Yield a broker; each test has a topic of its own."""
    jars = kafka_jars()
    if jars is None:
        pytest.skip(NO_KAFKA)
    with kafka_server(server_dir / "kafka", jars) as broker:
        yield broker


@pytest.fixture
def context(spark: SparkSession) -> GlueContext:
    return GlueContext(spark)


@dataclass(frozen=True, kw_only=True)
class Landing:
    """A folder of JSON files, and the checkpoint of what reads it."""

    context: GlueContext
    folder: Path
    checkpoint: Path

    def land(self, name: str, *rows: Mapping[str, Any]) -> None:
        """Land a file; none is seen half."""
        self.folder.mkdir(exist_ok=True)
        hidden = self.folder / f".{name}"
        hidden.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
        hidden.rename(self.folder / name)

    def drain(
        self, frame: DataFrame, function: Callable[[DataFrame, int], Any], **options: object
    ) -> None:
        """Read what is there, from the checkpoint on."""
        given = {
            "windowSize": "1 second",
            "checkpointLocation": str(self.checkpoint),
            "triggerAvailableNow": "true",
        }
        for_each_batch(self.context, frame, function, given | options)


@pytest.fixture
def landing(context: GlueContext, tmp_path: Path) -> Landing:
    return Landing(context=context, folder=tmp_path / "in", checkpoint=tmp_path / "checkpoint")
