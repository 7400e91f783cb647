from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms import DynamicFrame, Join, Union
from gluepot.transforms.paths import UnknownFieldError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@pytest.fixture
def persons(spark: SparkSession) -> DynamicFrame:
    rows = [(1, "Ada", ("W",)), (2, "Bob", ("G",)), (None, "Eve", None)]
    source = spark.createDataFrame(rows, "id int, name string, home struct<state:string>")
    return DynamicFrame(source, None, "persons")


@pytest.fixture
def orders(spark: SparkSession) -> DynamicFrame:
    rows = [(10, 1, "W"), (11, 1, "G"), (12, None, "W"), (13, 3, "W")]
    source = spark.createDataFrame(rows, "id int, person bigint, state string")
    return DynamicFrame(source, None, "orders")


def test_a_name_of_both_frames_gets_a_dot_on_the_first_ones(
    persons: DynamicFrame, orders: DynamicFrame
) -> None:
    result = Join.apply(persons, orders, "id", "person")

    assert result.toDF().schema.names == [".id", "name", "home", "id", "person", "state"]
    found = sorted((row[".id"], row["id"]) for row in result.toDF().collect())
    assert found == [(1, 10), (1, 11)]


def test_keys_may_be_several_and_nested(persons: DynamicFrame, orders: DynamicFrame) -> None:
    result = persons.join(["id", "home.state"], ["person", "state"], orders)

    assert [row["id"] for row in result.toDF().collect()] == [10]


def test_a_frame_joins_with_itself(persons: DynamicFrame) -> None:
    result = Join.apply(persons, persons, ["id"], ["id"])

    assert result.count() == 2
    assert len(set(result.toDF().schema.names)) == 6


def test_names_that_differ_in_case_only_do_not_collide(
    spark: SparkSession, persons: DynamicFrame
) -> None:
    upper = DynamicFrame(spark.createDataFrame([(1, "x")], "ID int, `.id` string"))

    result = Join.apply(persons, upper, "id", "ID")

    assert result.toDF().schema.names == ["..id", "name", "home", "ID", ".id"]
    assert result.count() == 1


@pytest.mark.parametrize(
    ("how", "count", "columns"),
    [
        ("inner", 2, 6),
        ("left", 4, 6),
        ("right", 4, 6),
        ("full", 6, 6),
        ("left_semi", 1, 3),
        ("left_anti", 2, 3),
    ],
)
def test_each_kind_of_join_keeps_its_rows(
    persons: DynamicFrame, orders: DynamicFrame, how: str, count: int, columns: int
) -> None:
    result = Join.apply(persons, orders, ["id"], ["person"], how=how)

    assert (result.count(), len(result.toDF().schema.names)) == (count, columns)
    assert (result.toDF().schema.names[0] == "id") == (columns == 3)


@pytest.mark.parametrize(
    ("keys1", "keys2", "sentence"),
    [
        (["idd"], ["person"], "Join, keys1: there is no field 'idd' of frame 'persons'. Did you"),
        (["id"], ["persn"], "Join, keys2: there is no field 'persn' of frame 'orders'. Did you"),
        (["home.stat"], ["state"], "Did you mean 'state'? It has: state"),
    ],
)
def test_a_key_that_is_not_there_names_frame_and_nearest_field(
    persons: DynamicFrame, orders: DynamicFrame, keys1: list[str], keys2: list[str], sentence: str
) -> None:
    with pytest.raises(UnknownFieldError, match=re.escape(sentence)):
        Join.apply(persons, orders, keys1, keys2)


def test_keys_of_other_kinds_are_refused(persons: DynamicFrame, orders: DynamicFrame) -> None:
    with pytest.raises(InvalidInputError, match="'id' is int but 'state' is string"):
        Join.apply(persons, orders, ["id"], ["state"])


@pytest.mark.parametrize(("keys1", "keys2"), [([], []), (["id"], ["id", "person"])])
def test_keys_come_in_pairs(
    persons: DynamicFrame, orders: DynamicFrame, keys1: list[str], keys2: list[str]
) -> None:
    with pytest.raises(InvalidInputError, match="compared in pairs"):
        Join.apply(persons, orders, keys1, keys2)


def test_an_unknown_kind_of_join_is_refused(persons: DynamicFrame, orders: DynamicFrame) -> None:
    with pytest.raises(InvalidInputError, match="not 'outer'"):
        Join.apply(persons, orders, ["id"], ["person"], how="outer")


def test_a_key_inside_an_array_is_refused(spark: SparkSession, persons: DynamicFrame) -> None:
    source = spark.createDataFrame([([(1,)],)], "items array<struct<id:int>>")

    with pytest.raises(InvalidInputError, match="lies inside an array"):
        Join.apply(DynamicFrame(source), persons, ["items.id"], ["id"])


def test_a_union_brings_fields_together_by_name(
    persons: DynamicFrame, orders: DynamicFrame
) -> None:
    result = Union.apply(persons, orders)

    assert result.toDF().schema.names == ["id", "name", "home", "person", "state"]
    assert result.count() == 7
    assert result.toDF().where("id = 13").collect()[0].name is None


def test_a_union_of_text_and_numbers_is_refused(spark: SparkSession, persons: DynamicFrame) -> None:
    other = DynamicFrame(spark.createDataFrame([("x",)], "id string"), None, "other")

    with pytest.raises(InvalidInputError, match="'id' is int in frame 'persons' but string in"):
        persons.union(other)
