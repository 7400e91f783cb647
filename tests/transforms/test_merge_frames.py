from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms.frame import DynamicFrame
from gluepot.transforms.gluetypes import ChoiceType, IntegerType, StringType
from gluepot.transforms.merge_frames import MergeDynamicFrame
from gluepot.transforms.paths import UnknownFieldError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@pytest.fixture
def old(spark: SparkSession) -> DynamicFrame:
    rows = [(1, "a", 10), (1, "b", 10), (2, "c", 20), (3, "d", 30), (3, "d", 30), (None, "n", 0)]
    return DynamicFrame(spark.createDataFrame(rows, "id int, name string, zip int"), None, "old")


def test_staged_records_replace_those_of_equal_keys(spark: SparkSession, old: DynamicFrame) -> None:
    rows = [(1, "x", "1010"), (1, "x", "1010"), (4, "y", None), (None, "z", None)]
    stage = DynamicFrame(spark.createDataFrame(rows, "id bigint, more string, zip string"))

    result = MergeDynamicFrame.apply(old, stage.rename_field("id", "id"), ["id"])

    assert result.name == "old"
    assert [field.name for field in result.schema()] == ["id", "name", "zip", "more"]
    kind = result.schema().getField("zip").dataType
    assert kind == ChoiceType([IntegerType(), StringType()])
    found = [
        ((row.id.int or row.id.long) if row.id else None, row.name, row.more)
        for row in result.toDF().collect()
    ]
    assert sorted(found, key=str) == sorted(
        [
            *([(1, None, "x")] * 2),
            *([(3, "d", None)] * 2),
            *((2, "c", None), (4, None, "y"), (None, "n", None), (None, None, "z")),
        ],
        key=str,
    )


def test_a_frame_merges_with_its_own_records(old: DynamicFrame) -> None:
    stage = old.filter("id = 3")

    result = MergeDynamicFrame.apply(old, stage, ("id", "name"))

    assert result.count() == old.count()
    assert result.schema() == old.schema()


def test_keys_must_be_given_and_be_in_both_frames(old: DynamicFrame) -> None:
    other = old.rename_field("id", "key")

    with pytest.raises(UnknownFieldError, match="no field 'id' of frame 'old'"):
        MergeDynamicFrame.apply(old, other, "id")
    with pytest.raises(InvalidInputError, match="at least one"):
        MergeDynamicFrame.apply(old, other, [])
