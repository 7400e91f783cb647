from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

import pytest
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql import types as T  # noqa: N812

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms import DynamicFrame
from gluepot.transforms.choices import has_choice
from gluepot.transforms.ddb_json import SimplifyDDBJson, UnnestDDBJson
from gluepot.transforms.json_values import as_record, infer_json, json_schema, resolved_rows
from gluepot.transforms.methods.choices import ChoiceMethods

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ITEM = {
    "parentMap": {"M": {"childMap": {"M": {"appName": {"S": "a"}, "updatedAt": {"N": "7"}}}}},
    "strings": {"SS": ["x", "y"]},
    "numbers": {"NS": ["1", "2.5"]},
    "binaries": {"BS": ["aGk="]},
    "raw": {"B": "aGk="},
    "isDDBJson": {"BOOL": True},
    "nullValue": {"NULL": True},
    "list": {"L": [{"S": "p"}, {"S": "q"}]},
    "nested": {"L": [{"L": [{"N": "1"}]}]},
    "mixed": {"L": [{"S": "p"}, {"N": "1"}]},
    "maps": {"L": [{"M": {"k": {"S": "v"}}}]},
    "empty": {"M": {}},
}


def frame_of(spark: SparkSession, *records: dict[str, Any]) -> DynamicFrame:
    texts = spark.createDataFrame([(json.dumps(record),) for record in records], "text string")
    kind = as_record(infer_json(texts, "text"))
    parsed = texts.select(F.from_json("text", json_schema(kind)).alias("r")).select("r.*")
    return DynamicFrame(resolved_rows(parsed, kind), None, "items")


def simplify(frame: DynamicFrame) -> DynamicFrame:
    result: DynamicFrame = SimplifyDDBJson.apply(frame)
    return result


def unnest(frame: DynamicFrame) -> DynamicFrame:
    result: DynamicFrame = UnnestDDBJson.apply(frame)
    return result


def kinds(frame: DynamicFrame) -> dict[str, str]:
    return {field.name: field.dataType.simpleString() for field in frame.planned().schema.fields}


def records(frame: DynamicFrame) -> list[dict[str, Any]]:
    return [row.asDict(recursive=True) for row in frame.toDF().collect()]


WRAPPED = "array<struct<N:string,S:string>>"
WRAPPED_MAPS = "array<struct<M:struct<k:struct<S:string>>>>"


def test_wrappers_come_off_and_maps_become_structs(spark: SparkSession) -> None:
    frame = frame_of(spark, {"Item": ITEM}, {"Item": {}})

    result = simplify(frame)

    assert kinds(result) == {
        "parentMap": "struct<childMap:struct<appName:string,updatedAt:string>>",
        "strings": "array<string>",
        "numbers": "array<string>",
        "binaries": "array<string>",
        "raw": "string",
        "isDDBJson": "boolean",
        "nullValue": "void",
        "list": "array<string>",
        "nested": "array<array<string>>",
        "mixed": WRAPPED,
        "maps": WRAPPED_MAPS,
        "empty": "struct<>",
    }
    first, second = records(result)
    assert first == {
        "parentMap": {"childMap": {"appName": "a", "updatedAt": "7"}},
        "strings": ["x", "y"],
        "numbers": ["1", "2.5"],
        "binaries": ["aGk="],
        "raw": "aGk=",
        "isDDBJson": True,
        "nullValue": None,
        "list": ["p", "q"],
        "nested": [["1"]],
        "mixed": [{"S": "p", "N": None}, {"S": None, "N": "1"}],
        "maps": [{"M": {"k": {"S": "v"}}}],
        "empty": {},
    }
    assert set(second.values()) == {None}


def test_unnest_makes_columns_of_maps_and_leaves_lists(spark: SparkSession) -> None:
    result = unnest(frame_of(spark, {"Item": ITEM}, {"Item": {}}))

    found = kinds(result)
    assert list(found)[:3] == [
        "parentMap.childMap.appName",
        "parentMap.childMap.updatedAt",
        "strings",
    ]
    assert (found["list"], found["maps"]) == ("array<struct<S:string>>", WRAPPED_MAPS)
    assert (found["numbers"], found["nullValue"]) == ("array<string>", "void")
    assert [record["parentMap.childMap.appName"] for record in records(result)] == ["a", None]


def test_an_attribute_of_several_types_is_a_choice(spark: SparkSession) -> None:
    items = [{"v": {"S": "x"}}, {"v": {"N": "5"}}, {"v": {"BOOL": False}}, {"v": {"NULL": True}}]
    lists = [{"v": {"SS": ["a"]}}, {"v": {"L": [{"M": {"k": {"S": "z"}}}]}}]

    result = simplify(frame_of(spark, *({"Item": item} for item in items)))
    arrays = simplify(frame_of(spark, *({"Item": item} for item in lists)))

    assert has_choice(result.planned().schema)
    assert [record["v"] for record in records(result)] == [
        {"boolean": None, "string": "x"},
        {"boolean": None, "string": "5"},
        {"boolean": False, "string": None},
        None,
    ]
    assert [record["v"] for record in records(arrays)] == [["a"], ['{"M":{"k":{"S":"z"}}}']]


def test_attributes_at_the_top_and_plain_columns_stay_at_the_top(spark: SparkSession) -> None:
    record = {
        "pk": {"S": "a"},
        "when": 5,
        "NewImage": {"S": {"N": "1"}, "q": {"S": "z"}},
        "p": {"q": 1},
    }

    result = simplify(frame_of(spark, record))

    assert records(result) == [{"pk": "a", "when": 5, "S": "1", "q": "z", "p": {"q": 1}}]


def test_two_columns_of_one_name_are_told(spark: SparkSession) -> None:
    frame = frame_of(spark, {"pk": {"S": "a"}, "Item": {"PK": {"S": "b"}}})

    with pytest.raises(InvalidInputError, match="'pk'"):
        simplify(frame)


def test_the_methods_are_the_transforms(spark: SparkSession) -> None:
    frame = frame_of(spark, {"Item": {"a": {"M": {"b": {"S": "x"}}}}})

    simple = ChoiceMethods.simplify_ddb_json(cast("Any", frame))
    flat = ChoiceMethods.unnest_ddb_json(cast("Any", frame))

    assert records(simple) == [{"a": {"b": "x"}}]
    assert records(flat) == [{"a.b": "x"}]
    assert frame.planned().schema["Item"].dataType == T.StructType.fromDDL(
        "a struct<M:struct<b:struct<S:string>>>"
    )
