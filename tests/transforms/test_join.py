from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms import DynamicFrame, Join, Union
from gluepot.transforms.gluetypes import (
    ArrayType,
    ChoiceType,
    DecimalType,
    Field,
    IntegerType,
    LongType,
    MapType,
    StringType,
    StructType,
)
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


def test_fields_of_different_types_become_choices_at_any_depth(
    spark: SparkSession, persons: DynamicFrame
) -> None:
    schema = (
        "ID string, home struct<state:int,zip:string>, tags array<string>, more map<string,int>"
    )
    rows = [("x", (7, "1010"), ["t"], {"k": 1}), (None, None, None, None)]
    texts = DynamicFrame(spark.createDataFrame(rows, schema), None, "texts")
    numbers = DynamicFrame(
        spark.createDataFrame([([1], {"k": "v"})], "tags array<int>, more map<string,string>")
    )

    once = persons.union(texts)
    result = once.union(numbers)

    assert result.name == "persons"
    assert result.schema() == StructType(
        [
            Field("id", ChoiceType([IntegerType(), StringType()])),
            Field("name", StringType()),
            Field(
                "home",
                StructType(
                    [
                        Field("state", ChoiceType([IntegerType(), StringType()])),
                        Field("zip", StringType()),
                    ]
                ),
            ),
            Field("tags", ArrayType(ChoiceType([IntegerType(), StringType()]))),
            Field("more", MapType(ChoiceType([IntegerType(), StringType()]))),
        ]
    )
    found = [
        [row.id and (row.id.int or row.id.string), row.home] for row in result.toDF().collect()
    ]
    assert {key for key, _ in found} == {1, 2, None, "x"}
    homes = [(home.state.int, home.state.string, home.zip) for _, home in found if home]
    assert sorted(homes, key=str) == [(7, None, "1010"), (None, "G", None), (None, "W", None)]
    maps = [row.more["k"] for row in result.toDF().collect() if row.more]
    assert {(each.int, each.string) for each in maps} == {(1, None), (None, "v")}


def test_whole_numbers_of_other_widths_are_a_choice_and_decimals_widen(
    spark: SparkSession,
) -> None:
    one = DynamicFrame(spark.sql("SELECT 1 AS n, 1.5BD AS d, 2 AS v"))
    two = DynamicFrame(spark.sql("SELECT 2L AS n, 10.25BD AS d, null AS v"))

    result = one.union(two)

    assert result.schema() == StructType(
        [
            Field("n", ChoiceType([IntegerType(), LongType()])),
            Field("d", DecimalType(4, 2)),
            Field("v", IntegerType()),
        ]
    )


def test_a_union_with_choices_is_the_same_from_both_sides(spark: SparkSession) -> None:
    one, two, three = (
        DynamicFrame(spark.sql(f"SELECT {sql} AS c")) for sql in ("1", "'x'", "struct('y' AS y)")
    )

    left = one.union(two).union(three)
    right = three.union(two.union(one))

    assert left.schema() == right.schema()
    assert sorted(map(repr, left.toDF().collect())) == sorted(map(repr, right.toDF().collect()))


def test_what_glue_has_no_name_for_is_in_no_choice(spark: SparkSession) -> None:
    odd = DynamicFrame(spark.sql("SELECT parse_json('1') AS id"))

    with pytest.raises(InvalidInputError, match="'id' is variant in one frame"):
        odd.union(DynamicFrame(spark.sql("SELECT 1 AS id")))


def test_values_of_a_choice_are_joined_by_their_kind(spark: SparkSession) -> None:
    numbers = DynamicFrame(spark.sql("SELECT * FROM VALUES (1), (2), (null) AS t(k)"))
    texts = DynamicFrame(spark.sql("SELECT * FROM VALUES ('1'), ('x') AS t(k)"))
    mixed = numbers.union(texts)
    longs = DynamicFrame(spark.sql("SELECT * FROM VALUES (1L, 'n'), (null, 'z') AS t(k, w)"))

    with_numbers = Join.apply(mixed, longs, ["k"], ["k"])
    with_itself = Join.apply(mixed, mixed, ["k"], ["k"], how="left")

    assert [(row[".k"].int, row["k"]) for row in with_numbers.toDF().collect()] == [(1, 1)]
    rows = with_itself.toDF().select("`.k`.int", "`.k`.string", "k.int", "k.string").collect()
    pairs = sorted(map(tuple, rows), key=str)
    assert pairs == [
        *((1, None, 1, None), (2, None, 2, None)),
        *((None, "1", None, "1"), (None, "x", None, "x"), (None, None, None, None)),
    ]


def test_a_choice_without_a_type_of_the_other_keys_kind_is_refused(spark: SparkSession) -> None:
    mixed = DynamicFrame(spark.sql("SELECT 1 AS k")).union(
        DynamicFrame(spark.sql("SELECT 'x' AS k"))
    )
    days = DynamicFrame(spark.sql("SELECT current_date() AS d"))

    with pytest.raises(InvalidInputError, match="'k' is a choice of int and string but 'd' is dat"):
        Join.apply(mixed, days, ["k"], ["d"])
