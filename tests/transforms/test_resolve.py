from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

import pytest
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql import types as T  # noqa: N812

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms import DynamicFrame
from gluepot.transforms import gluetypes as G  # noqa: N812
from gluepot.transforms.choices import has_choice, to_glue_struct
from gluepot.transforms.json_values import (
    JSON_OPTIONS,
    as_record,
    infer_json,
    json_schema,
    resolved_rows,
)
from gluepot.transforms.methods.choices import ChoiceMethods
from gluepot.transforms.paths import UnknownFieldError
from gluepot.transforms.resolve import ResolveChoice, ResolveOption, resolve_for_dataframe

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

DOCUMENTS: list[dict[str, Any]] = [
    {"id": 1, "v": 7, "list": [{"price": 1.5}, {"price": "2"}], "mix": [1, "x"], "a.b": {"c": 1}},
    {"id": 2, "v": "12", "list": [{"price": "bad"}], "mix": [], "a.b": {"c": "y"}},
    {"id": 3, "v": "many", "mix": ["3"], "tags": [1, 2]},
    {"id": 4, "v": {"k": 1}, "list": [{}]},
    {"id": 5, "v": {"k": "z"}},
    {"id": 6},
]


def frame_of(spark: SparkSession, documents: list[Any], glue_ctx: object = None) -> DynamicFrame:
    lines = spark.createDataFrame([(json.dumps(each),) for each in documents], "text string")
    kind = as_record(infer_json(lines, "text"))
    parsed = lines.select(F.from_json("text", json_schema(kind), JSON_OPTIONS).alias("r"))
    return DynamicFrame(resolved_rows(parsed.select("r.*"), kind), glue_ctx, "orders")


@pytest.fixture(scope="module")
def orders(spark: SparkSession) -> DynamicFrame:
    return frame_of(spark, DOCUMENTS)


def resolve(frame: DynamicFrame, *args: object, **kwargs: object) -> DynamicFrame:
    result: DynamicFrame = ResolveChoice.apply(frame, *args, **kwargs)
    return result


def rows(frame: DynamicFrame, *columns: str) -> list[Any]:
    chosen = frame.toDF().orderBy("id").select(*(columns or frame.toDF().columns)).collect()
    return [row[0] if len(columns) == 1 else tuple(row) for row in chosen]


def kinds(frame: DynamicFrame) -> dict[str, str]:
    return {field.name: field.dataType.simpleString() for field in frame.planned().schema.fields}


def test_cast_makes_null_of_what_cannot_be_cast(orders: DynamicFrame) -> None:
    result = resolve(orders, specs=[("v", "cast:long")])

    assert rows(result, "v") == [7, 12, None, None, None, None]
    assert kinds(result)["v"] == "bigint"


def test_cast_to_text_keeps_nested_values_as_json(orders: DynamicFrame) -> None:
    result = resolve(orders, specs=[("v", "cast:string")])

    assert rows(result, "v") == ["7", "12", "many", '{"k":1}', '{"k":"z"}', None]


def test_the_method_is_the_transform(orders: DynamicFrame) -> None:
    result = ChoiceMethods.resolveChoice(cast("Any", orders), choice="cast:string")

    assert result.planned().schema == resolve(orders, choice="cast:string").planned().schema


def test_project_keeps_the_values_of_one_type(orders: DynamicFrame) -> None:
    result = resolve(orders, specs=[("v", "project:string")])
    absent = resolve(orders, specs=[("v", "project:double")])

    assert rows(result, "v") == [None, "12", "many", None, None, None]
    assert rows(absent, "v") == [None] * 6
    assert kinds(absent)["v"] == "double"


def test_a_struct_branch_can_be_projected(orders: DynamicFrame) -> None:
    result = resolve(orders, specs=[("v", "project:struct"), ("v.k", "cast:string")])
    # The specs of one call see the frame as it was: a projected struct's fields are resolved too.
    assert rows(result, "v") == [None, None, None, ("1",), ("z",), None]


def test_make_cols_makes_a_column_of_each_type_in_place(orders: DynamicFrame) -> None:
    result = resolve(orders, specs=("v", "make_cols"))

    assert result.toDF().columns[:4] == ["id", "v_int", "v_string", "v_struct"]
    assert rows(result, "v_int", "v_string")[:3] == [(7, None), (None, "12"), (None, "many")]


def test_make_struct_makes_a_plain_struct(orders: DynamicFrame) -> None:
    result = resolve(orders, specs=[("v", "make_struct"), ("v.k", "project:int")])

    assert kinds(result)["v"] == "struct<int:int,string:string,struct:struct<k:int>>"
    assert not has_choice(result.planned().schema["v"].dataType)
    assert rows(result, "v")[:2] == [(7, None, None), (None, "12", None)]


@pytest.mark.parametrize("path", ["list[].price", "list.price"])
def test_a_path_leads_into_an_array_of_structs(orders: DynamicFrame, path: str) -> None:
    result = resolve(orders, specs=[(path, "cast:double")])
    columns = resolve(orders, specs=[(path, "make_cols")])

    assert rows(result, "list")[:2] == [[(1.5,), (2.0,)], [(None,)]]
    assert kinds(columns)["list"] == "array<struct<price_double:double,price_string:string>>"


@pytest.mark.parametrize("path", ["mix[]", "mix"])
def test_the_elements_of_an_array_are_resolved(orders: DynamicFrame, path: str) -> None:
    result = resolve(orders, specs=[(path, "cast:int")])
    columns = resolve(orders, specs=[(path, "make_cols")])

    assert rows(result, "mix")[:3] == [[1, None], [], [3]]
    assert rows(columns, "mix_int", "mix_string")[0] == ([1, None], [None, "x"])


def test_names_with_dots_are_told_in_back_ticks(orders: DynamicFrame) -> None:
    result = resolve(orders, specs=[("`a.b`.c", "make_cols")])

    assert kinds(result)["a.b"] == "struct<c_int:int,c_string:string>"


def test_fields_that_are_no_choices_are_cast_and_else_left(orders: DynamicFrame) -> None:
    specs = [("id", "cast:string"), ("tags[]", "cast:double"), ("list", "project:string")]
    result = resolve(orders, specs=specs)
    others = resolve(orders, specs=[("id", "make_cols"), ("tags", "make_struct")])

    assert (kinds(result)["id"], kinds(result)["tags"]) == ("string", "array<double>")
    assert others.planned().schema == orders.planned().schema


@pytest.mark.parametrize("action", ["make_cols", "make_struct", "cast:string", "project:int"])
def test_one_action_resolves_all_choices_at_any_depth(orders: DynamicFrame, action: str) -> None:
    result = resolve(orders, choice=action)

    assert not has_choice(result.planned().schema)
    assert rows(result, "id") == [1, 2, 3, 4, 5, 6]
    assert has_choice(orders.planned().schema)


def scalars(value: Any) -> list[str]:  # noqa: ANN401
    if isinstance(value, dict):
        return sorted(found for each in value.values() for found in scalars(each))
    if isinstance(value, (list, tuple)):
        return sorted(found for each in value for found in scalars(each))
    return [] if value is None else [str(value)]


@pytest.mark.parametrize("action", ["make_cols", "make_struct"])
def test_columns_and_structs_lose_nothing(spark: SparkSession, action: str) -> None:
    values = [
        *(1, 2**40, 2**70, 0.5, True, "x", [1, "a", None, [2, "b"]], {"k": 1}, {"k": [{"n": "c"}]}),
        *([{"m": 3}, {"m": "d"}, 4], {"k": {"n": 5}}, None, {}, []),
    ]
    documents = [{"id": at, "v": value, "l": [{"v": value}]} for at, value in enumerate(values)]

    result = resolve(frame_of(spark, documents), choice=action)

    assert [scalars(row) for row in rows(result)] == [scalars(each) for each in documents]


@dataclass(frozen=True)
class Catalog:
    """A context that knows one table."""

    table: str

    def get_catalog_schema_as_spark_schema(
        self, database: str, table_name: str, catalog_id: str | None = None
    ) -> T.StructType:
        """Return the table's schema."""
        assert (database, table_name, catalog_id) == ("shop", "orders", "123")
        kind = T.DataType.fromDDL(self.table)
        assert isinstance(kind, T.StructType)
        return kind


def test_match_catalog_casts_choices_to_the_tables_types(spark: SparkSession) -> None:
    table = "id string, V bigint, list array<struct<price:decimal(5,2)>>, mix array<string>"
    documents = [*DOCUMENTS, {"id": 7, "other": 1}, {"id": 8, "other": "x"}]
    frame = frame_of(spark, documents, Catalog(table))

    result = resolve(frame, None, "match_catalog", "shop", "orders", catalog_id="123")

    assert rows(result, "v")[:3] == [7, 12, None]
    assert rows(result, "list")[0] == [(Decimal("1.50"),), (Decimal("2.00"),)]
    assert rows(result, "mix")[0] == ["1", "x"]
    # What is no choice stays as it is, and so does a choice that the table has not.
    assert kinds(result)["id"] == "int"
    assert has_choice(result.planned().schema["other"].dataType)


def test_match_catalog_reads_objects_as_the_tables_maps_and_structs(spark: SparkSession) -> None:
    documents = [
        {"id": 1, "m": {"a": 1, "b": "x"}, "s": {"K": 5, "z": 1}},
        {"id": 2, "m": 1, "s": 2},
    ]
    frame = frame_of(spark, documents, Catalog("m map<string,string>, s struct<k:string,n:int>"))

    result = resolve(frame, None, "match_catalog", "shop", "orders", catalog_id="123")

    assert rows(result, "m", "s") == [({"a": "1", "b": "x"}, ("5", None)), (None, None)]


ALL_TYPES = [
    *("binary", "boolean", "byte", "date", "decimal", "decimal(6,3)", "double", "enum", "float"),
    *("int", "long", "short", "string", "timestamp", "timestampntz", "null", "array", "set"),
    *("map", "struct", "bigint", "smallint", "tinyint"),
]


def cast_to_all(source: DataFrame, path: str) -> DataFrame:
    """Return a column as each type, by the type's name."""
    copies = source.select(*(F.col(path).alias(name) for name in ALL_TYPES))
    specs = [(f"`{name}`", f"cast:{name}") for name in ALL_TYPES]
    return resolve(DynamicFrame(copies), specs=specs).planned()


def test_no_cast_ever_fails(spark: SparkSession) -> None:
    values: list[Any] = [1, 2**40, 2**70, 1e300, True, "x", "5", "2026-01-01", [1], {"a": 1}]
    choices = frame_of(spark, [{"v": value} for value in values]).planned()
    plain = spark.sql(
        "select 1 i, x'ff' b, date'2026-01-01' d, timestamp_ntz'2026-01-01' t, map('a', 1) m,"
        " array(1.5) l, named_struct('a', 1) s, null n, double('nan') f, false o"
    )

    results = [cast_to_all(choices, "v"), *(cast_to_all(plain, name) for name in plain.columns)]

    for result in results:
        result.write.format("noop").mode("overwrite").save()
    first = results[0].select("long", "double", "boolean", "date").collect()
    found = [
        [value for value in column if value is not None] for column in zip(*first, strict=True)
    ]
    assert found == [
        [1, 2**40, 1, 5],
        [1, 2.0**40, 2.0**70, 1e300, 1, 5],
        [True] * 5,
        [date(2026, 1, 1)],
    ]


def test_every_type_of_glue_can_be_cast_to(spark: SparkSession) -> None:
    frame = frame_of(spark, [{"v": "1.2345"}, {"v": True}, {"v": [1]}])

    schema = to_glue_struct(cast_to_all(frame.planned(), "v").schema)

    found = {name: schema.getField(name).dataType.typeName() for name in ALL_TYPES}
    spelled = {"decimal(6,3)": "decimal", "enum": "string", "set": "array", "map": "null"}
    spelled |= {"struct": "null", "bigint": "long", "smallint": "short", "tinyint": "byte"}
    assert found == {name: spelled.get(name, name) for name in ALL_TYPES}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "Parameter specs and option are both missing, add one."),
        (
            {"specs": [("v", "cast:int")], "choice": "make_cols"},
            "Parameter specs and option are both specified, choose one.",
        ),
        ({"choice": "make_col"}, "Did you mean 'make_cols'"),
        ({"choice": "cast:lnog"}, "no type 'lnog'. Did you mean 'long'"),
        ({"specs": [("v", "match_catalog")]}, "give it as choice"),
        ({"specs": [("v", "cast:decimal(50,2)")]}, "1 to 38 digits"),
        ({"specs": ["v"]}, "'v' is no spec"),
        ({"choice": "match_catalog"}, "needs database and table_name"),
        (
            {"choice": "match_catalog", "database": "d", "table_name": "t"},
            "made with a GlueContext",
        ),
    ],
    ids=repr,
)
def test_wrong_arguments_are_told(
    orders: DynamicFrame, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        resolve(orders, **arguments)

    assert message in str(caught.value)


def test_an_unknown_path_is_told_with_the_nearest(orders: DynamicFrame) -> None:
    with pytest.raises(UnknownFieldError, match=r"'list\[\]\.prise'.*Did you mean 'price'"):
        resolve(orders, specs=[("list[].prise", "cast:int")])


def test_a_new_column_never_hides_one_that_is_there(spark: SparkSession) -> None:
    frame = frame_of(spark, [{"id": 1, "v": 1, "v_int": 2}, {"id": 2, "v": "x"}])

    with pytest.raises(InvalidInputError, match="'v_int', which is there already"):
        resolve(frame, choice="make_cols")


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        (ResolveOption("v", "Project", T.StringType()), [None, "12", "many", None, None, None]),
        (ResolveOption("v", "project", G.IntegerType()), [7, None, None, None, None, None]),
        (ResolveOption("v", "Cast", T.DoubleType()), [7.0, 12.0, None, None, None, None]),
        (ResolveOption("v", "CAST", G.LongType()), [7, 12, None, None, None, None]),
        (ResolveOption("`a.b`.c", "Project", G.IntegerType()), None),
    ],
    ids=repr,
)
def test_options_resolve_choices_for_a_dataframe(
    orders: DynamicFrame, option: ResolveOption, expected: list[Any] | None
) -> None:
    result = DynamicFrame(resolve_for_dataframe(orders.planned(), [option]))

    if expected is None:
        assert kinds(result)["a.b"] == "struct<c:int>"
    else:
        assert rows(result, "v") == expected


def test_an_option_keeps_a_choice_as_a_struct(orders: DynamicFrame) -> None:
    result = resolve_for_dataframe(orders.planned(), [ResolveOption("v", "KeepAsStruct")])

    assert "int" in result.schema["v"].dataType.names  # type: ignore[attr-defined]
    assert resolve_for_dataframe(orders.planned(), []) is orders.planned()


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (ResolveOption("v", "Project"), "'v': the action Project needs a target type"),
        (ResolveOption("v", "Keep"), "There are: Project, KeepAsStruct, Cast"),
    ],
    ids=repr,
)
def test_wrong_options_are_told(orders: DynamicFrame, option: ResolveOption, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        resolve_for_dataframe(orders.planned(), [option])
