from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from pyspark.sql import Row

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms import ApplyMapping, DynamicFrame

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import SparkSession


@pytest.fixture
def sales(spark: SparkSession) -> DynamicFrame:
    schema = "Id string, amount string, day string, buyer struct<name:string,zip:int>, `a.b` int"
    rows = [("1", "2.50", "2024-02-29", ("Ada", 1010), 7), ("x", "", "2023-02-29", None, None)]
    return DynamicFrame(spark.createDataFrame(rows, schema), None, "sales")


def test_only_mapped_fields_survive_in_the_order_of_the_mappings(sales: DynamicFrame) -> None:
    result = ApplyMapping.apply(
        frame=sales,
        mappings=[
            ("amount", "string", "amount", "decimal(10,2)"),
            ("Id", "key", "long"),
            ("day", "day", "date"),
            ("`a.b`", "ab"),
        ],
    )

    expected = "struct<amount:decimal(10,2),key:bigint,day:date,ab:int>"
    assert result.toDF().schema.simpleString() == expected
    assert result.toDF().where("key = 1").collect()[0].day == date(2024, 2, 29)


def test_what_cannot_be_cast_becomes_null(sales: DynamicFrame) -> None:
    mappings = [("Id", "Id", "int"), ("amount", "amount", "double"), ("day", "day", "timestamp")]

    rows = sales.apply_mapping(mappings).toDF().collect()

    assert {row.Id for row in rows} == {1, None}
    assert {row.amount for row in rows} == {2.5, None}
    assert sum(row.day is None for row in rows) == 1


def test_dots_nest_and_unnest(sales: DynamicFrame) -> None:
    result = sales.applyMapping(
        [
            ("buyer.name", "name"),
            ("Id", "sale.id"),
            ("buyer.zip", "int", "sale.buyer.zip", "string"),
            ("buyer", "`buyer.all`"),
        ]
    )

    assert result.toDF().schema.simpleString() == (
        "struct<name:string,sale:struct<id:string,buyer:struct<zip:string>>,"
        "buyer.all:struct<name:string,zip:int>>"
    )
    rows = {row.sale.id: row for row in result.toDF().collect()}
    assert rows["1"].sale.buyer.zip == "1010"
    assert rows["x"].sale.buyer.zip is None


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *(("long", "bigint"), ("short", "smallint"), ("byte", "tinyint"), ("int", "int")),
        *(("timestampntz", "timestamp_ntz"), ("boolean", "boolean"), ("float", "float")),
        *(("binary", "binary"), ("string", "string"), ("String", "string"), ("Long", "bigint")),
        *(("decimal", "decimal(10,2)"), ("decimal(12, 3)", "decimal(12,3)"), ("date", "date")),
        *(("timestamp", "timestamp"), ("double", "double"), ("enum", "string")),
    ],
)
def test_glues_names_of_types_are_understood(sales: DynamicFrame, name: str, kind: str) -> None:
    result = sales.apply_mapping([("Id", "Id", name)])

    assert result.toDF().schema[0].dataType.simpleString() == kind


def test_names_are_found_without_their_case_unless_asked(sales: DynamicFrame) -> None:
    loose = sales.apply_mapping([("ID", "id"), ("BUYER.Name", "name")])
    strict = sales.apply_mapping([("ID", "id"), ("Id", "key")], case_sensitive=True)

    assert loose.toDF().schema.names == ["id", "name"]
    assert strict.toDF().schema.names == ["key"]


def test_a_source_that_is_not_there_is_null_if_it_has_a_type(
    sales: DynamicFrame, caplog: pytest.LogCaptureFixture
) -> None:
    result = sales.apply_mapping([("amont", "a"), ("amont", "b", "double"), ("Id.x", "c", "int")])

    assert result.toDF().schema.simpleString() == "struct<b:double,c:int>"
    assert {row.b for row in result.toDF().collect()} == {None}
    assert "Did you mean 'amount'?" in caplog.text


@pytest.mark.parametrize(
    ("mappings", "sentence"),
    [
        ([("a",)], "is no mapping"),
        (["ab"], "is no mapping"),
        ([("Id", "Id", "nonsense")], "'Id' cannot become 'nonsense'"),
        ([("a.b", "x", "date"), ("`a.b`", "int", "y", "date")], "'a.b' cannot become 'date'"),
        ([("Id", "x"), ("day", "x")], "the target 'x'"),
        ([("Id", "x"), ("day", "x.y")], "the target 'x.y'"),
        ([("Id", "x.y"), ("day", "x")], "the target 'x'"),
    ],
)
def test_a_wrong_mapping_is_refused_at_the_call(
    sales: DynamicFrame, mappings: list[Sequence[str]], sentence: str
) -> None:
    with pytest.raises(InvalidInputError, match=sentence):
        sales.apply_mapping(mappings)


@pytest.fixture
def providers(spark: SparkSession) -> DynamicFrame:
    longs = DynamicFrame(spark.sql("SELECT 10001L AS id, struct(5 AS n) AS at"), None, "providers")
    texts = DynamicFrame(spark.sql("SELECT '20002' AS id, 'here' AS at"))
    return longs.union(texts).union(DynamicFrame(spark.sql("SELECT 'x' AS id")))


def mapped(frame: DynamicFrame, *mapping: str) -> list[object]:
    """Return the values of one mapped field, null ones last."""
    rows = frame.apply_mapping([mapping]).toDF().collect()
    return sorted((row[0] for row in rows), key=lambda value: (value is None, str(value)))


def test_of_a_choice_only_the_source_types_values_are_taken(providers: DynamicFrame) -> None:
    assert mapped(providers, "id", "bigint", "id", "string") == ["10001", None, None]
    assert mapped(providers, "id", "String", "id", "long") == [20002, None, None]
    assert mapped(providers, "id", "double", "id", "double") == [None, None, None]
    assert mapped(providers, "at.n", "int", "n", "long") == [5, None, None]


def test_without_a_source_type_each_value_of_a_choice_is_cast(providers: DynamicFrame) -> None:
    assert mapped(providers, "id", "id", "long") == [10001, 20002, None]
    assert mapped(providers, "id", "choice", "id", "string") == ["10001", "20002", "x"]
    assert mapped(providers, "at", "at", "string") == ["here", '{"n":5}', None]
    assert mapped(providers, "at", "at", "int") == [None, None, None]


def test_a_choice_is_kept_whole(providers: DynamicFrame) -> None:
    result = providers.apply_mapping([("id", "key"), ("at", "choice", "place", "choice")])

    kinds = [field.dataType for field in providers.schema()]
    assert [field.dataType for field in result.schema()] == kinds


def test_a_type_without_its_parts_keeps_the_value(
    sales: DynamicFrame, providers: DynamicFrame
) -> None:
    result = sales.apply_mapping(
        [("buyer", "struct", "who", "struct"), ("no", "array", "l", "array")]
    )

    assert result.toDF().schema.simpleString() == "struct<who:struct<name:string,zip:int>,l:void>"
    assert mapped(providers, "at", "struct", "at", "struct") == [Row(n=5), None, None]
    with pytest.raises(InvalidInputError, match="'Id' cannot become 'array': it is string"):
        sales.apply_mapping([("Id", "string", "Id", "array")])


def test_one_mapping_may_stand_alone(sales: DynamicFrame) -> None:
    result = ApplyMapping.apply(sales, ("Id", "string", "key", "string"))

    assert result.toDF().schema.names == ["key"]
