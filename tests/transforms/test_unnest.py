from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pyspark.sql import functions as F  # noqa: N812

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms import DynamicFrame
from gluepot.transforms.choices import choice_column
from gluepot.transforms.unnest import UnnestFrame

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def test_structs_become_fields_with_dots_in_their_names(
    spark: SparkSession, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [("Sally", 36, ("NE", ("Omaha", 7))), ("Bob", 4, None)]
    schema = "name string, age int, address struct<state:string,town:struct<`n.o`:string,no:int>>"
    frame = DynamicFrame(spark.createDataFrame(rows, schema), None, "people")

    flat = UnnestFrame.apply(frame=frame)

    flat.printSchema()
    assert capsys.readouterr().out.splitlines() == [
        "root",
        "|-- name: string",
        "|-- age: int",
        "|-- address.state: string",
        "|-- address.town.n.o: string",
        "|-- address.town.no: int",
    ]
    assert list(map(tuple, flat.toDF().collect())) == [
        ("Sally", 36, "NE", "Omaha", 7),
        ("Bob", 4, None, None, None),
    ]
    assert frame.toDF().columns == ["name", "age", "address"]


def test_structs_inside_arrays_are_flat_and_named_by_the_array_and_val(
    spark: SparkSession,
) -> None:
    schema = (
        "links array<string>, a struct<orders:array<struct<sku:string,at:struct<x:int,y:int>,"
        "tags:array<struct<t:string>>>>>, grid array<array<struct<n:int>>>"
    )
    orders: list[Any] = [("s", (1, 2), [("t",), None]), None, ("u", None, [])]
    rows = [(["l"], (orders,), [[(1,)], None, []]), (None, None, None)]
    frame = DynamicFrame(spark.createDataFrame(rows, schema))

    flat = UnnestFrame.apply(frame).toDF()

    assert flat.schema.simpleString() == (
        "struct<links:array<string>,a.orders:array<struct<a.orders.val.sku:string,"
        "a.orders.val.at.x:int,a.orders.val.at.y:int,"
        "a.orders.val.tags:array<struct<a.orders.val.tags.val.t:string>>>>,"
        "grid:array<array<struct<grid.val.val.n:int>>>>"
    )
    assert list(map(tuple, flat.collect())) == [
        (
            ["l"],
            [("s", 1, 2, [("t",), None]), None, ("u", None, None, [])],
            [[(1,)], None, []],
        ),
        (None, None, None),
    ]


def test_choices_and_maps_stay_as_they_are(spark: SparkSession) -> None:
    frame = spark.createDataFrame([(1, {"k": (2,)})], "n int, m map<string,struct<x:int>>")
    choice = choice_column({"int": F.col("n"), "string": F.lit(None).cast("string")})
    mixed = DynamicFrame(
        frame.select("m", F.struct(choice.alias("c"), F.array(choice).alias("cs")).alias("s"))
    )

    flat = UnnestFrame.apply(mixed)

    assert flat.toDF().schema.simpleString() == (
        "struct<m:map<string,struct<x:int>>,s.c:struct<int:int,string:string>,"
        "s.cs:array<struct<int:int,string:string>>>"
    )
    kinds = {field.name: field.dataType.typeName() for field in flat.schema()}
    assert kinds == {"m": "map", "s.c": "choice", "s.cs": "array"}


def test_two_fields_of_one_name_are_told(spark: SparkSession) -> None:
    frame = DynamicFrame(spark.createDataFrame([((1,), 2)], "a struct<b:int>, `A.b` int"))

    with pytest.raises(InvalidInputError, match=r"more than one field would be called 'a\.b'"):
        UnnestFrame.apply(frame)
