"""A session is started ahead for the runs that are sure to use it, and is the one they use."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from gluepot.crawlers.sources.config import S3Config
from gluepot.jobs.definitions.model import load_job
from gluepot.jobs.metrics.spark_figures import active_context
from gluepot.jobs.parameters.facts import FACTS_VARIABLE, JobFacts, to_conf
from gluepot.jobs.sessions import ahead as session_ahead

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

SOURCE = "sources: { rows: { path: /in, format: csv } }"
SINK = "sinks: [{ input: rows, format: parquet, path: /out }]"


@pytest.mark.parametrize(
    ("text", "ahead"),
    [
        (f"name: job\n{SOURCE}\n{SINK}\n", True),
        (f"name: job\nbookmark: disable\n{SOURCE}\n{SINK}\n", True),
        (f"name: job\nbookmark: enable\n{SOURCE}\n{SINK}\n", False),
        ("name: job\nscript: job.py\n", False),
    ],
)
def test_it_is_started_ahead_where_it_is_sure_to_be_used(
    tmp_path: Path, text: str, *, ahead: bool
) -> None:
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "job.yaml").write_text(text)
    (tmp_path / "jobs" / "job.py").write_text("")

    assert bool(session_ahead.variables(load_job(tmp_path, "job"))) is ahead


def test_what_was_started_ahead_is_the_session_of_the_thread_that_asks(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = JobFacts(catalog_url="sqlite://", home=tmp_path, conf_dir=tmp_path, s3=S3Config())
    (tmp_path / "facts.json").write_text(json.dumps(to_conf(facts)))
    monkeypatch.setenv(FACTS_VARIABLE, str(tmp_path / "facts.json"))
    assert session_ahead.start() is None

    monkeypatch.setenv(session_ahead.VARIABLE, "1")
    assert session_ahead.start() == facts
    with ThreadPoolExecutor(1) as other_thread:
        assert other_thread.submit(spark.getActiveSession).result() is None
        assert other_thread.submit(session_ahead.own_session).result() is spark
        assert other_thread.submit(spark.getActiveSession).result() is spark


def test_a_context_that_is_still_starting_is_not_asked_for_figures(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert active_context() is spark.sparkContext

    monkeypatch.delattr(spark.sparkContext, "_jsc")
    assert active_context() is None
