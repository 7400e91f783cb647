from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms.error_records import ErrorsAsDynamicFrame
from gluepot.transforms.frame import DynamicFrame
from gluepot.transforms.partitions import Coalesce, Repartition, count_partitions

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def test_partitions_are_counted_the_empty_ones_too(spark: SparkSession) -> None:
    frame = DynamicFrame(spark.range(2).toDF("id"))

    three = Repartition.apply(frame, 3)

    assert count_partitions(three.planned()) == 3
    assert count_partitions(Coalesce.apply(three, 2).planned()) == 2
    assert count_partitions(Coalesce.apply(three, 4, shuffle=True).planned()) == 4
    assert three.count() == 2


@pytest.mark.parametrize("transform", [Repartition, Coalesce])
def test_there_is_at_least_one_partition(
    spark: SparkSession, transform: type[Repartition | Coalesce]
) -> None:
    with pytest.raises(InvalidInputError, match=r"is 1 or more, not 0"):
        transform.apply(DynamicFrame(spark.range(1).toDF("id")), 0)


def test_the_failed_records_are_a_frame(spark: SparkSession) -> None:
    frame = DynamicFrame(spark.range(3).toDF("id")).filter(lambda record: 1 / record["id"] > 0)

    errors = ErrorsAsDynamicFrame.apply(frame)

    assert [row.error.msg for row in errors.toDF().collect()] == [
        "ZeroDivisionError: division by zero"
    ]
