from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F  # noqa: N812

from gluepot.transforms import DropNullFields, DynamicFrame
from gluepot.transforms.choices import choice_column

if TYPE_CHECKING:
    import pytest
    from pyspark.sql import SparkSession


def test_fields_of_null_type_go_but_not_arrays_or_maps_of_them(spark: SparkSession) -> None:
    schema = (
        "a int, n void, s struct<x:int,n:void>, l array<struct<y:int,n:void>>, ln array<void>,"
        " m map<string,void>, typed string"
    )
    row = (1, None, (1, None), [(1, None)], [None], {"k": None}, None)
    frame = DynamicFrame(spark.createDataFrame([row], schema))

    result = DropNullFields.apply(frame)

    assert result.toDF().schema.simpleString() == (
        "struct<a:int,s:struct<x:int>,l:array<struct<y:int>>,ln:array<void>,m:map<string,void>,"
        "typed:string>"
    )


def test_fields_that_are_null_in_every_row_go_when_asked(spark: SparkSession) -> None:
    schema = (
        "a int, gone string, `dot.gone` date, s struct<x:int,gone:int>,"
        " void_struct struct<p:int,q:struct<r:int>>, l array<struct<y:int,gone:string>>,"
        " empty array<struct<y:int>>, void_array array<int>"
    )
    rows: list[tuple[Any, ...]] = [
        (1, None, None, (None, None), None, None, [], None),
        (None, None, None, (5, None), (None, None), [(None, None), (3, None)], None, None),
    ]
    frame = DynamicFrame(spark.createDataFrame(rows, schema))

    result = DropNullFields.apply(frame, all_null=True)

    assert result.toDF().schema.simpleString() == (
        "struct<a:int,s:struct<x:int>,l:array<struct<y:int>>,empty:array<struct<y:int>>>"
    )
    assert result.count() == 2


def test_a_frame_without_rows_keeps_its_fields(spark: SparkSession) -> None:
    frame = DynamicFrame(spark.createDataFrame([], "a int, b struct<c:int>"))

    result = frame.drop_null_fields(all_null=True)

    assert result.schema() == frame.schema()


def test_the_dropped_fields_are_printed_and_logged(
    spark: SparkSession, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("INFO", logger="gluepot.transforms.nulls")
    frame = DynamicFrame(spark.createDataFrame([(1, None, None)], "a int, n void, `o.p` void"))

    frame.drop_null_fields()

    assert capsys.readouterr().out == "null_fields ['n', '`o.p`']\n"
    assert [vars(record)["fields"] for record in caplog.records] == [["n", "`o.p`"]]


def test_a_field_with_its_only_value_far_behind_stays(spark: SparkSession) -> None:
    late = "case when id = 4999 then id end AS late"
    source = spark.range(5000).selectExpr("id", late, "cast(null as int) AS gone")

    result = DropNullFields.apply(DynamicFrame(source), all_null=True)

    assert result.toDF().schema.names == ["id", "late"]


def test_a_choice_stays_while_a_record_has_a_value_of_it(spark: SparkSession) -> None:
    source = spark.createDataFrame([(None, None, None)], "i int, s string, n void")
    empty = choice_column({"int": F.col("i"), "string": F.col("s")})
    frame = DynamicFrame(source.select("n", empty.alias("c"), F.array(empty).alias("a")))

    assert DropNullFields.apply(frame).toDF().schema.names == ["c", "a"]
    assert DropNullFields.apply(frame, all_null=True).toDF().schema.names == ["a"]
