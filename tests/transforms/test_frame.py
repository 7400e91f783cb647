from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pyspark.sql.types import IntegerType

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms import DynamicFrame
from gluepot.transforms import gluetypes as G  # noqa: N812
from gluepot.transforms.resolve import ResolveOption

if TYPE_CHECKING:
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


def test_a_told_schema_picks_casts_and_adds_fields(spark: SparkSession) -> None:
    frame = DynamicFrame(spark.sql("SELECT '7' AS n, 1 AS gone"))
    told = G.StructType([G.Field("n", G.LongType()), G.Field("new", G.StringType())])

    result = frame.with_frame_schema(told)

    assert result.schema() == told
    assert [tuple(row) for row in result.toDF().collect()] == [(7, None)]


def test_options_resolve_choices_on_the_way_to_a_dataframe(spark: SparkSession) -> None:
    kinds = [1, "x"]
    frame = DynamicFrame(spark.range(2)).map(lambda r: {"id": r.id, "value": kinds[r.id]})

    cast = frame.toDF([ResolveOption("value", "Cast", IntegerType())])

    assert frame.toDF().schema["value"].dataType.simpleString() == "struct<int:int,string:string>"
    assert {row.id: row.value for row in cast.collect()} == {0: 1, 1: None}


def test_a_frame_without_a_context_says_how_to_write(spark: SparkSession) -> None:
    with pytest.raises(InvalidInputError, match="fromDF"):
        DynamicFrame(spark.range(1)).write("s3", {"path": "s3://b/x"}, "json")
