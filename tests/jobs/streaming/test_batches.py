from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.runs.failure import describe
from gluepot.jobs.streaming import batches
from gluepot.jobs.streaming.batches import for_each_batch
from gluepot.jobs.streaming.current import current_batch
from gluepot.jobs.streaming.reading import StreamingDataSource, read_stream
from gluepot.transforms.frame import DynamicFrame

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import DataFrame

    from gluepot.jobs.context import GlueContext
    from tests.jobs.streaming.conftest import Landing

SCHEMA = "id LONG, name STRING"


def stream_of(landing: Landing, **options: object) -> DataFrame:
    given = {"paths": [str(landing.folder)], "schema": SCHEMA}
    return read_stream(landing.context, "file", given | options, format="json")


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the seconds that were slept; nobody waits for them."""
    slept: list[float] = []
    monkeypatch.setattr(batches, "sleep", slept.append)
    return slept


def test_each_batch_is_given_once_with_a_number_that_grows(landing: Landing) -> None:
    landing.land("1.json", {"id": 1, "name": "a"}, {"id": 2, "name": "b"})
    landing.land("2.json", {"id": 3, "name": "c"})
    frame = stream_of(landing, maxFilesPerTrigger=1)
    seen: list[tuple[int, list[int]]] = []

    def work(rows: DataFrame, number: int) -> None:
        made = DynamicFrame.fromDF(rows, landing.context, "batch")
        seen.append((number, sorted(row["id"] for row in made.toDF().collect())))

    landing.drain(frame, work)
    landing.drain(frame, work)
    landing.land("3.json", {"id": 4})
    landing.drain(frame, work)

    assert sorted(seen) == seen
    assert sorted(ids for _, ids in seen) == [[1, 2], [3], [4]]
    assert [number for number, _ in seen] == [0, 1, 2]


def test_what_a_batch_keeps_is_let_go_with_it(landing: Landing) -> None:
    landing.land("1.json", {"id": 1})
    landing.land("2.json", {"id": 2})
    persisted = landing.context.spark_session.sparkContext._jsc.getPersistentRDDs
    before = len(persisted())
    inside: list[int] = []

    def work(rows: DataFrame, _: int) -> None:
        frame = DynamicFrame.fromDF(rows, landing.context, "batch")
        frame.map(lambda record: {"id": record.id}).count()
        inside.append(len(persisted()))

    landing.drain(stream_of(landing, maxFilesPerTrigger=1), work)

    assert inside == [before + 2, before + 2]  # the batch's rows, and the function's results
    assert len(persisted()) == before


def test_batches_without_rows_are_not_given_and_persisting_is_a_choice(landing: Landing) -> None:
    landing.land("1.json", {"id": 1}, {"id": 2})
    landing.land("2.json", {"id": 3})
    frame = stream_of(landing, maxFilesPerTrigger=1).where("id > 2")
    stored: list[bool] = []

    def work(rows: DataFrame, _: int) -> None:
        stored.append(rows.storageLevel.useDisk)

    landing.drain(frame, work, storageLevel="disk_only")
    landing.land("3.json", {"id": 4})
    landing.drain(frame, work, persistDataFrame="false")

    assert stored == [True, False]


def test_a_batch_that_fails_is_given_again_after_growing_pauses(
    landing: Landing, pauses: list[float]
) -> None:
    landing.land("1.json", {"id": 1})
    tries: list[tuple[int, int]] = []

    def work(rows: DataFrame, number: int) -> None:
        tries.append((number, rows.count()))
        if len(tries) <= 4:
            raise ConnectionError("the database is away")

    landing.drain(stream_of(landing), work, batchMaxRetries=4)

    assert tries == [(0, 1)] * 5
    assert pauses == [1, 2, 5, 5]


def test_a_batch_that_goes_on_failing_ends_the_job_at_the_line_that_raised(
    landing: Landing, pauses: list[float], tmp_path: Path
) -> None:
    landing.land("1.json", {"id": 1})
    script = tmp_path / "script.py"
    script.write_text("def work(rows, number):\n    rows.count()\n    raise KeyError('colour')\n")
    names: dict[str, Any] = {}
    exec(compile(script.read_text(), str(script), "exec"), names)  # noqa: S102

    with pytest.raises(KeyError) as caught:
        landing.drain(stream_of(landing), names["work"], batchMaxRetries="1")

    described = describe(caught.value, script=script)
    assert (described.message, described.line) == ("KeyError: 'colour'", 3)
    assert pauses == [1]


def test_an_error_of_a_lost_checkpoint_is_not_tried_again(
    landing: Landing, pauses: list[float]
) -> None:
    landing.land("1.json", {"id": 1})

    def work(*_: object) -> None:
        raise RuntimeError("CheckpointMetadataNotFound: it is gone")

    with pytest.raises(RuntimeError, match="it is gone"):
        landing.drain(stream_of(landing), work)

    assert pauses == []


def test_sinks_are_told_the_batch_and_each_of_their_writes_is_a_sequence(
    landing: Landing, pauses: list[float]
) -> None:
    landing.land("1.json", {"id": 1})
    landing.land("2.json", {"id": 2})
    told: list[tuple[int, list[str]]] = []

    def work(_: DataFrame, number: int) -> None:
        batch = current_batch()
        assert batch is not None
        assert batch.number == number
        told.append((number, [batch.sequence("a"), batch.sequence("a"), batch.sequence("b")]))
        if len(told) == 1:
            raise ConnectionError("away")

    landing.drain(stream_of(landing, maxFilesPerTrigger=1), work)

    assert [number for number, _ in told] == [0, 0, 1]
    (first, again, second) = (names for _, names in told)
    assert first == again == second
    assert len(set(first)) == 3
    assert current_batch() is None
    assert pauses == [1]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"checkpointLocation": "x"}, "Missing windowSize argument"),
        ({"windowSize": "1 second"}, "Missing checkpointLocation argument"),
        ({"batchMaxRetries": "101"}, "batchMaxRetries is a number from 0 to 100, not '101'"),
        ({"batchMaxRetries": -1}, "batchMaxRetries is a number from 0 to 100, not '-1'"),
        ({"storageLevel": "MEMORY_ONLI"}, "Did you mean 'MEMORY_ONLY'?"),
        ({}, "needs a stream"),
    ],
)
def test_wrong_options_are_told_before_anything_is_read(
    context: GlueContext, options: dict[str, Any], sentence: str
) -> None:
    whole = {"windowSize": "1 second", "checkpointLocation": "x"}
    given = options if sentence.startswith("Missing") else whole | options

    with pytest.raises(InvalidInputError, match=re.escape(sentence)):
        for_each_batch(context, context.spark_session.range(1), lambda *_: None, given)


def test_a_stream_of_spark_connect_is_refused_with_the_reason(context: GlueContext) -> None:
    from pyspark.sql.connect.dataframe import DataFrame as ConnectFrame  # noqa: PLC0415

    frame = object.__new__(ConnectFrame)
    options = {"windowSize": "1 second", "checkpointLocation": "x"}

    with pytest.raises(InvalidInputError, match="needs a classic Spark session"):
        for_each_batch(context, frame, lambda *_: None, options)


def test_a_source_is_made_first_and_told_its_format_after(landing: Landing) -> None:
    landing.land("1.csv")
    (landing.folder / "1.csv").write_text("a;1\n")
    source = StreamingDataSource(landing.context, "s3", {"paths": [str(landing.folder)]})
    source.setFormat("csv", separator=";")
    seen: list[dict[str, Any]] = []

    landing.drain(source.getFrame(), lambda rows, _: seen.extend(map(_dict, rows.collect())))

    assert seen == [{"col0": "a", "col1": "1"}]


def _dict(row: Any) -> dict[str, Any]:  # noqa: ANN401
    found: dict[str, Any] = row.asDict()
    return found
