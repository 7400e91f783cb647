"""A script that dies at some point, and runs again: each row is there once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gluepot.jobs.context import GlueContext, Job
from gluepot.jobs.run_context.script_run import ScriptRun, running
from gluepot.jobs.writing import staged_sink
from gluepot.transforms import DynamicFrame

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from tests.jobs.conftest import Lake


class DiedError(BaseException):
    """Nothing catches it, as nothing catches SIGKILL."""


def script(spark: SparkSession, lake: Lake, kind: str, *, purges: bool = False) -> ScriptRun:
    """Run a script that copies the new flights, by day, in one run of the job."""
    run = ScriptRun(workshop=lake.workshop("copy"), bookmark=True)
    with running(run):
        context = GlueContext(spark)
        job = Job(context)
        job.init("copy", {})
        flights = context.create_dynamic_frame.from_catalog(
            database="raw", table_name="flights", transformation_ctx="flights"
        )
        if purges:
            context.purge_s3_path(lake.uri("out/"), {"retentionPeriod": 0})
        for half in ("carrier = 'AA'", "carrier <> 'AA'"):
            rows = DynamicFrame(flights.toDF().where(half), context, "flights")
            context.write_dynamic_frame.from_options(
                frame=rows,
                connection_type="s3",
                connection_options={"path": lake.uri("out/flights"), "partitionKeys": ["day"]},
                format=kind,
                transformation_ctx="out",
            )
        job.commit()
    return run


def written(spark: SparkSession, lake: Lake, kind: str) -> list[int]:
    reader = spark.read.format(kind).option("header", "true")
    found = reader.load(lake.uri("out/flights")).select("flight").collect()
    return sorted(int(row["flight"]) for row in found)


def die_in(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, call: int) -> None:  # noqa: ANN401
    """Let a function die instead of doing its work when it is called for that time."""
    calls, work = [0], getattr(owner, name)

    def dying(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        calls[0] += 1
        if calls[0] == call:
            raise DiedError
        return work(*args, **kwargs)

    monkeypatch.setattr(owner, name, dying)


@pytest.mark.parametrize(
    ("kind", "place", "call"),
    [
        ("csv", "_stage_rows", 2),
        ("avro", "_publish", 1),
        ("json", "_partitions", 2),
    ],
)
def test_a_death_before_or_after_publishing_doubles_and_loses_nothing(  # noqa: PLR0913, PLR0917
    kind: str,
    place: str,
    call: int,
    spark: SparkSession,
    lake: Lake,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as dying:
        die_in(dying, staged_sink, place, call)
        with pytest.raises(DiedError):
            script(spark, lake, kind)
    lake.land(3, ["UA,4,601"])

    repeated = script(spark, lake, kind)
    assert repeated.repeated
    assert written(spark, lake, kind) == [1, 2, 3]

    script(spark, lake, kind)
    assert written(spark, lake, kind) == [1, 2, 3, 4]
    assert lake.keys("out/flights/_gluepot_staging/") == []


def test_an_iceberg_table_takes_a_transaction_that_it_has_seen_no_second_time(
    spark: SparkSession, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as dying:
        die_in(dying, Job, "commit", 1)
        with pytest.raises(DiedError):
            script(spark, lake, "iceberg")

    script(spark, lake, "iceberg")
    assert written(spark, lake, "iceberg") == [1, 2, 3]


def test_a_script_that_purges_first_does_not_purge_what_its_dead_run_published(
    spark: SparkSession, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.put("out/older.json", "{}")
    with monkeypatch.context() as dying:
        die_in(dying, staged_sink, "_publish", 2)
        with pytest.raises(DiedError):
            script(spark, lake, "json", purges=True)

    script(spark, lake, "json", purges=True)

    assert written(spark, lake, "json") == [1, 2, 3]
    assert "out/older.json" not in lake.keys("out/")
