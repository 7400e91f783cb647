"""A small run of a pipeline on rows of our own, so that the next one finds all loaded.

The first run in a process takes seconds for what every run does: Python's modules, the statements
of the catalog, Java's classes, plans made into code. This one has a catalog, a home and files that
are gone afterwards.
"""

from __future__ import annotations

import json
import logging
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from gluepot.crawlers.sources.config import S3Config
from gluepot.jobs.parameters.facts import JobFacts
from gluepot.jobs.run_context.workshop import open_workshop
from gluepot.jobs.runs.lease import begin_new

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from pyspark.sql import SparkSession

_NAME = "warm_up"
_ROUNDS = 2
"""The second finds classes loaded, and has Java compile what it runs."""

logger = logging.getLogger(__name__)


def warm_up(spark: SparkSession, *, enough: Callable[[], bool] = lambda: False) -> None:
    """Carry out a small pipeline in the session, and leave the session's settings as they were.

    A failure is logged and no more: what is not warm is slower, and right.

    Args:
        spark: The session.
        enough: Asked before each round: where it is, the rest is left out.
    """
    before = _settings(spark)
    with tempfile.TemporaryDirectory(prefix="gluepot-") as folder:
        try:
            _run(Path(folder), enough)
        except Exception:
            logger.exception("The driver stands by without having been tried")
    after = _settings(spark)
    for key in after.keys() - before.keys():
        spark.conf.unset(key)
    for key, value in before.items():
        if after.get(key) != value:
            spark.conf.set(key, value)
    spark.catalog.clearCache()


def _settings(spark: SparkSession) -> Mapping[str, str]:
    return dict(spark.conf.getAll)


def _run(folder: Path, enough: Callable[[], bool]) -> None:
    from gluepot.jobs.process.child import carry_out  # noqa: PLC0415 - which may import this one day

    (folder / "rows").mkdir()
    (folder / "rows" / "rows.csv").write_text("id,name\n1,a\n2,b\n3,a\n")
    (folder / "conf" / "jobs").mkdir(parents=True)
    facts = JobFacts(
        catalog_url=f"sqlite:///{folder / 'catalog.db'}",
        home=folder / "home",
        conf_dir=folder / "conf",
        s3=S3Config(),
    )
    workshop = open_workshop(facts, job_name=_NAME, run_id="", clock=lambda: datetime.now(UTC))
    for number in range(_ROUNDS):
        if enough():
            return
        pipeline = _pipeline(folder, number)
        (folder / "conf" / "jobs" / f"{_NAME}.yaml").write_text(json.dumps(pipeline))
        run = begin_new(workshop.runs, _NAME, {})
        carry_out(replace(workshop, run_id=run.id), run, facts, {"JOB_NAME": _NAME})


def _pipeline(folder: Path, number: int) -> dict[str, Any]:
    sink = {"input": "rows", "format": "parquet", "path": f"{folder}/parquet-{number}"}
    return {
        "name": _NAME,
        "sources": {
            "rows": {"path": str(folder / "rows"), "format": "csv", "options": {"header": True}}
        },
        "sinks": [sink, sink | {"format": "delta", "path": f"{folder}/delta-{number}"}],
    }
