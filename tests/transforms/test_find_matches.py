from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pyspark.sql import functions as F  # noqa: N812

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms.choices import choice_column
from gluepot.transforms.find_matches import FindMatches
from gluepot.transforms.frame import DynamicFrame
from gluepot.transforms.paths import UnknownFieldError
from gluepot.transforms.registry import find_step
from tests.transforms.febrl import found_share, pairs, persons

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import DataFrame, SparkSession


@pytest.fixture(scope="module")
def table(spark: SparkSession) -> DataFrame:
    """Return persons with a nested column, and a choice that holds the postcode."""
    rows = persons()
    plain = spark.createDataFrame(rows, ", ".join(f"`{name}` string" for name in rows[0]))
    number = F.col("postcode").try_cast("int")
    code = choice_column({"int": number, "string": F.when(number.isNull(), F.col("postcode"))})
    nested = F.struct(F.array("street_number", "address_1").alias("lines"))
    return plain.withColumn("home.address", nested).withColumn("postcode", code)


@pytest.fixture(scope="module")
def found(table: DataFrame) -> DynamicFrame:
    """Return the persons as the step of a declarative job numbers them."""
    frame = DynamicFrame(table, None, "persons")
    result: DynamicFrame = find_step("FindMatches").run(
        [frame], {"id_column": "id", "confidence": True}
    )
    return result


def match_ids(frame: DynamicFrame) -> dict[str, int]:
    return {row.id: row.match_id for row in frame.toDF().select("id", "match_id").collect()}


def test_records_of_one_person_have_one_number_and_a_confidence(found: DynamicFrame) -> None:
    rows = found.toDF().select("id", "match_id", "match_confidence_score").collect()

    precision, recall = found_share({row.id: row.match_id for row in rows})
    assert precision > 0.95
    assert recall > 0.95
    assert len({(row.match_id, row.match_confidence_score) for row in rows}) == len(
        {row.match_id for row in rows}
    )
    assert all(0 <= row.match_confidence_score <= 1 for row in rows)


def test_all_other_columns_stay_as_they_are_nested_ones_and_choices(
    table: DataFrame, found: DynamicFrame
) -> None:
    result = found.planned()

    fields = result.schema.fields
    assert fields[:-2] == table.schema.fields
    assert [(each.name, each.dataType.simpleString()) for each in fields[-2:]] == [
        ("match_id", "bigint"),
        ("match_confidence_score", "double"),
    ]
    kept = result.drop("match_id", "match_confidence_score").collect()
    assert sorted(kept, key=str) == sorted(table.collect(), key=str)


def test_numbers_do_not_depend_on_how_the_rows_lie(table: DataFrame, found: DynamicFrame) -> None:
    elsewhere = DynamicFrame(table.repartition(5).orderBy(F.desc("surname")))

    assert match_ids(FindMatches.apply(elsewhere, id_column="id")) == match_ids(found)


def test_two_sources_are_linked_by_the_columns_they_share(table: DataFrame) -> None:
    left = table.where("id like '%org'").drop("state").withColumn("only_left", F.lit(1))
    right = table.where("id like '%dup%'").drop("suburb")
    frames = [DynamicFrame(each) for each in (left, right)]

    linked = find_step("FindMatches").run(frames, {"id_column": "id", "link": "one-to-one"})

    rows = linked.toDF().select("id", "match_id", "match_source", "only_left").collect()
    _, recall = found_share({row.id: row.match_id for row in rows})
    assert recall > 0.9
    assert {(row.id[-3:] == "org", row.match_source, row.only_left) for row in rows} == {
        (True, "left", 1),
        (False, "right", None),
    }
    assert len(rows) == 2 * len(pairs())


@pytest.mark.parametrize(
    ("columns", "kind", "sentence"),
    [
        (["key", "a"], InvalidInputError, "primary key 'key' is null in 1 records of 3"),
        (["twice AS key", "a"], InvalidInputError, "'key' has '1' 2 times"),
        (["a"], UnknownFieldError, "key"),
        (["array(a) AS key", "a"], InvalidInputError, "a primary key is one value"),
        (["a AS key"], InvalidInputError, "no column to compare"),
        (["a AS key", "a AS match_id"], InvalidInputError, "a field 'match_id' already"),
    ],
)
def test_records_that_cannot_be_told_apart_or_compared_are_refused(
    spark: SparkSession, columns: Sequence[str], kind: type[Exception], sentence: str
) -> None:
    rows = [(1, 1, "x"), (None, 1, "y"), (3, 2, "z")]
    frame = DynamicFrame(spark.createDataFrame(rows, "key int, twice int, a string"))
    given = DynamicFrame(frame.toDF().selectExpr(*columns))

    with pytest.raises(kind, match=sentence):
        FindMatches.apply(given, id_column="key").toDF()


@pytest.mark.parametrize(
    "key", ["9L", "date'2020-01-02'", "timestamp'2020-01-02 03:04:05'", "2.5D"]
)
def test_a_primary_key_may_be_of_any_single_type(spark: SparkSession, key: str) -> None:
    frame = DynamicFrame(spark.sql(f"SELECT {key} AS `the key`, 'x' AS a"))

    (row,) = FindMatches.apply(frame, id_column="the key").toDF().collect()

    assert (row.a, row.match_id) == ("x", 0)
