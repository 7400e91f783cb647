from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.transforms import DynamicFrame

if TYPE_CHECKING:
    import pytest
    from pyspark.sql import SparkSession


def test_a_frame_keeps_its_context_and_name_through_transforms(spark: SparkSession) -> None:
    context = object()
    frame = DynamicFrame.fromDF(spark.range(2).toDF("id"), context, "ids")

    result = frame.rename_field("id", "key").filter("key > 0")

    assert (result.glue_ctx, result.name) == (context, "ids")
    assert result.count() == 1


def test_the_schema_is_printed_as_glue_does(
    spark: SparkSession, capsys: pytest.CaptureFixture[str]
) -> None:
    schema = (
        "id bigint, price decimal(10,2), tags array<string>,"
        " links array<struct<note:string>>, more map<string,int>"
    )

    DynamicFrame(spark.createDataFrame([], schema)).printSchema()

    assert capsys.readouterr().out.splitlines() == [
        "root",
        "|-- id: long",
        "|-- price: decimal(10,2)",
        "|-- tags: array",
        "|    |-- element: string",
        "|-- links: array",
        "|    |-- element: struct",
        "|    |    |-- note: string",
        "|-- more: map",
        "|    |-- keyType: string",
        "|    |-- valueType: int",
    ]


def test_records_are_shown_as_json(spark: SparkSession, capsys: pytest.CaptureFixture[str]) -> None:
    frame = DynamicFrame(spark.createDataFrame([(1, None), (2, "x")], "id int, name string"))

    frame.show(1)

    assert capsys.readouterr().out == '{"id":1,"name":null}\n'


def test_a_frame_without_user_functions_has_no_errors(spark: SparkSession) -> None:
    frame = DynamicFrame(spark.range(1).toDF("id"))

    errors = frame.errorsAsDynamicFrame()

    assert frame.errorsCount() == 0
    assert errors.toDF().schema.names == ["error"]
    assert errors.count() == 0
