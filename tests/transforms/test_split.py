from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from pyspark.sql import functions as F  # noqa: N812

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms import DynamicFrame
from gluepot.transforms.choices import choice_column
from gluepot.transforms.paths import UnknownFieldError
from gluepot.transforms.split import SplitFields, SplitRows

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

PEOPLE = """
    SELECT *, CASE WHEN id = 1 THEN 5 END AS an_int, CASE WHEN id = 2 THEN 50L END AS a_long,
        CASE WHEN id = 3 THEN '5' END AS a_string
    FROM VALUES
        (1L, '0100', DATE'1970-01-01', TIMESTAMP'2024-05-01 12:00:00', true, 1.5D,
         named_struct('city', 'Wien', 'floor', 3), array(named_struct('sku', 'a', 'price', 1D))),
        (2L, '20', null, null, false, null, null, null),
        (3L, 'x', DATE'1999-09-09', TIMESTAMP'2026-01-01 00:00:00', null, 9D,
         named_struct('city', 'Graz', 'floor', null), array())
        AS people(id, `zip.code`, born, seen, glad, score, address, orders)
"""


@pytest.fixture
def people(spark: SparkSession) -> DynamicFrame:
    # Rows of a statement are filtered while it is planned, which spares a job for each case.
    source = spark.sql(PEOPLE)
    parts = {"int": F.col("an_int"), "long": F.col("a_long"), "string": F.col("a_string")}
    mixed = source.withColumn("mixed", choice_column(parts)).drop("an_int", "a_long", "a_string")
    return DynamicFrame(mixed, None, "people")


def ddl(frame: DynamicFrame) -> str:
    return frame.toDF().schema.simpleString()


def test_listed_fields_are_split_from_the_rest(people: DynamicFrame) -> None:
    frames = SplitFields.apply(people, ["orders.sku", "address.city", "`zip.code`", "mixed"])

    assert list(frames) == ["people1", "people2"]
    assert frames["people1"].name == "people1"
    assert ddl(frames["people1"]) == (
        "struct<zip.code:string,address:struct<city:string>,orders:array<struct<sku:string>>,"
        "mixed:struct<int:int,long:bigint,string:string>>"
    )
    assert ddl(frames["people2"]) == (
        "struct<id:bigint,born:date,seen:timestamp,glad:boolean,score:double,"
        "address:struct<floor:int>,orders:array<struct<price:double>>>"
    )
    assert [row["address"] for row in frames["people1"].toDF().collect()][1] is None


def test_one_path_may_be_text_and_unnamed_frames_are_frame_1_and_2(people: DynamicFrame) -> None:
    unnamed = DynamicFrame(people.planned())

    frames = SplitFields.apply(unnamed, "id", transformation_ctx="s")

    assert list(frames) == ["frame1", "frame2"]
    assert ddl(frames["frame1"]) == "struct<id:bigint>"


def test_unknown_fields_are_ignored_and_logged_once(
    people: DynamicFrame, caplog: pytest.LogCaptureFixture
) -> None:
    frames = people_split(people, ["idd", "id"])

    assert ddl(frames[0]) == "struct<id:bigint>"
    assert [vars(record)["field"] for record in caplog.records] == ["idd"]
    assert "Did you mean 'id'?" in caplog.text


def people_split(people: DynamicFrame, paths: list[str]) -> list[DynamicFrame]:
    return list(SplitFields.apply(people, paths, "one", "two").values())


DAY, NOON = dt.date(1980, 1, 1), dt.datetime(2025, 1, 1)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("comparisons", "matching"),
    [
        ({"id": {">": 1}}, [2, 3]),
        ({"id": {">=": 1, "<": 3}}, [1, 2]),
        ({"id": {"!=": 1}, "score": {"<=": 9}}, [3]),
        ({"score": {"!=": 1.5}}, [3]),
        ({"score": {"<": Decimal("1.6")}}, [1]),
        ({"id": {"<": 10**30}}, [1, 2, 3]),
        ({"id": {"=": "3"}}, [3]),
        ({"address.city": {"=": "Wien"}}, [1]),
        ({"address.floor": {"=": 3}}, [1]),
        ({"`zip.code`": {"<": 50}}, [2]),
        ({"`zip.code`": {">": "1"}}, [2, 3]),
        ({"born": {"<": DAY}}, [1]),
        ({"born": {">": "1980-01-01"}}, [3]),
        ({"seen": {">=": NOON}}, [3]),
        ({"seen": {"<": "2025-01-01T00:00:00"}}, [1]),
        ({"glad": {"!=": True}}, [2]),
        ({"mixed": {"=": 5}}, [1]),
        ({"mixed": {">": 4}}, [1, 2]),
        ({"mixed": {"=": "5"}}, [3]),
    ],
)
def test_rows_are_split_where_all_comparisons_hold(
    people: DynamicFrame, comparisons: dict[str, Any], matching: list[int]
) -> None:
    frames = SplitRows.apply(people, comparisons, "yes", "no")

    found = [sorted(row["id"] for row in frames[key].toDF().collect()) for key in ("yes", "no")]
    assert found == [matching, sorted({1, 2, 3} - set(matching))]


def test_frames_of_rows_have_glues_names(people: DynamicFrame) -> None:
    frames = SplitRows.apply(people, {"id": {">": 1}})

    assert frames["frame2"].schema() == people.schema()
    assert [(key, frames[key].name) for key in frames] == [
        ("frame1", "frame1"),
        ("frame2", "frame2"),
    ]


@pytest.mark.parametrize(
    ("comparisons", "sentence"),
    [
        ({}, "compares nothing"),
        ({"id": {}}, "compares nothing"),
        ({"id": {"~": 1}}, "'~' is no comparison of 'id'; there are: = != < <= > >="),
        ({"id": {"=": None}}, "'id' cannot be compared with None"),
        ({"id": {"=": [1]}}, r"'id' cannot be compared with \[1\]"),
        ({"id": {"=": "one"}}, "'id' is bigint, which is not comparable with 'one'"),
        ({"born": {"=": "soon"}}, "'born' is date, which is not comparable with 'soon'"),
        ({"glad": {"=": 1}}, "'glad' is boolean, which is not comparable with 1"),
        ({"address": {"=": "Wien"}}, "'address' is struct"),
        ({"mixed": {"=": True}}, "not comparable with True"),
        ({"orders.sku": {"=": "a"}}, "lies inside an array"),
    ],
)
def test_comparisons_that_cannot_be_are_refused(
    people: DynamicFrame, comparisons: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(InvalidInputError, match=sentence):
        SplitRows.apply(people, comparisons)


def test_an_unknown_field_to_compare_is_told_with_the_nearest(people: DynamicFrame) -> None:
    with pytest.raises(UnknownFieldError, match="Did you mean 'city'"):
        SplitRows.apply(people, {"address.citi": {"=": "Wien"}})


def test_two_frames_must_have_two_names(people: DynamicFrame) -> None:
    with pytest.raises(InvalidInputError, match="both frames would be called 'a'"):
        SplitRows.apply(people, {"id": {">": 1}}, "a", "a")
    with pytest.raises(InvalidInputError, match="both frames would be called 'a'"):
        SplitFields.apply(people, ["id"], "a", "a")
