from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest

from gluepot.jobs.streaming.current import Batch, working_on
from gluepot.jobs.writing.ledger import Ledger
from gluepot.jobs.writing.target import Target

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from tests.jobs.conftest import Lake


@pytest.mark.parametrize(("format_", "bookmark"), [("delta", True), ("parquet", False)])
def test_each_batch_is_written_once_however_often_it_is_given(
    format_: Literal["delta", "parquet"], lake: Lake, spark: SparkSession, *, bookmark: bool
) -> None:
    path = lake.uri(f"out/{format_}")
    target = Target(name="out", key="out", path=path, format=format_, table=f"raw.{format_}_out")

    def work(number: int, row: int) -> None:
        # Another run of the job, as after a restart.
        ledger = Ledger(lake.workshop("stream"), bookmark=bookmark)
        with working_on(Batch(stream_id="the-stream", number=number)):
            ledger.write(spark.range(row, row + 1), target)

    work(0, 1)
    work(1, 2)
    work(1, 2)

    rows = spark.read.format(format_).load(path).collect()
    assert sorted(row["id"] for row in rows) == [1, 2]
    assert lake.catalog.get_table("raw", f"{format_}_out").name == f"{format_}_out"
