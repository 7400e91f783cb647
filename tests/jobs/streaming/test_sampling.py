from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.streaming.reading import read_stream
from gluepot.jobs.streaming.sampling import sample_stream
from gluepot.transforms.frame import DynamicFrame

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from gluepot.jobs.context import GlueContext
    from tests.jobs.streaming.conftest import Landing

QUICK = {"windowSize": "500 milliseconds", "pollingTimeInMs": 60_000}


def stream_of(landing: Landing) -> DataFrame:
    options = {"paths": [str(landing.folder)], "schema": "id LONG", "maxFilesPerTrigger": 1}
    return read_stream(landing.context, "file", options, format="json")


def test_a_sample_ends_when_it_has_enough_and_remembers_nothing(landing: Landing) -> None:
    for file in range(3):
        landing.land(f"{file}.json", *({"id": file * 10 + row} for row in range(2)))
    options = QUICK | {"recordPollingLimit": "3"}

    samples = [sample_stream(landing.context, stream_of(landing), options) for _ in range(2)]

    for sample in samples:
        assert isinstance(sample, DynamicFrame)
        ids = {row["id"] for row in sample.toDF().collect()}
        assert len(ids) == 3
        assert ids < {0, 1, 10, 11, 20, 21}


def test_a_function_makes_of_each_batch_what_is_sampled(landing: Landing) -> None:
    landing.land("1.json", {"id": 1})
    landing.land("2.json", {"id": 2})

    def work(rows: DataFrame, number: int) -> DynamicFrame:
        made = rows.selectExpr("id", f"id * 2 AS twice_{number}")
        return DynamicFrame.fromDF(made, landing.context, "made")

    options = QUICK | {"recordPollingLimit": 2}
    sample = sample_stream(landing.context, stream_of(landing), options, work).toDF()

    assert sample.columns == ["id", "twice_0", "twice_1"]
    assert {row["twice_0"] or row["twice_1"] for row in sample.collect()} == {2, 4}


def test_a_stream_that_gives_nothing_is_an_empty_sample_when_time_is_up(landing: Landing) -> None:
    landing.land("1.json")
    options = {"windowSize": "100 milliseconds", "pollingTimeInMs": 500}

    sample = sample_stream(landing.context, stream_of(landing), options).toDF()

    assert (sample.count(), sample.columns) == (0, ["id"])


def test_what_the_function_raises_ends_the_sample(landing: Landing) -> None:
    landing.land("1.json", {"id": 1})

    def work(*_: object) -> None:
        raise KeyError("colour")

    with pytest.raises(KeyError, match="colour"):
        sample_stream(landing.context, stream_of(landing), QUICK, work)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"windowSize": "10 seconds"}, "pollingTimeInMs, 10000, must be more than windowSize"),
        ({"windowSize": "soon"}, "'soon' is not a number and a unit"),
        ({"recordPollingLimit": "0"}, "recordPollingLimit is a number above 0"),
        ({}, "needs a stream"),
    ],
)
def test_wrong_options_are_told(
    context: GlueContext, options: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(InvalidInputError, match=re.escape(sentence)):
        sample_stream(context, context.spark_session.range(1), options)
