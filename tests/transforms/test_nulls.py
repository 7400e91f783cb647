from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gluepot.transforms import DropNullFields, DynamicFrame

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


def test_the_dropped_fields_are_logged(
    spark: SparkSession, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="gluepot.transforms.nulls")
    frame = DynamicFrame(spark.createDataFrame([(1, None)], "a int, n void"))

    frame.drop_null_fields()

    assert [vars(record)["fields"] for record in caplog.records] == [["`n`"]]
