from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import fastavro
import pytest

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.streaming.inference import with_inferred_columns
from gluepot.jobs.streaming.payloads import parse_payload, read_payload

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

AVRO = {
    "type": "record",
    "name": "Click",
    "fields": [{"name": "n", "type": "long"}, {"name": "page", "type": ["null", "string"]}],
}


def parsed(spark: SparkSession, options: dict[str, Any], *values: bytes) -> DataFrame:
    """Return what records become; one partition keeps their order."""
    rows = [(at, value) for at, value in enumerate(values)]
    records = spark.createDataFrame(rows, "offset INT, value BINARY").coalesce(1)
    frame = parse_payload(records, read_payload(options), "value", [records["offset"]])
    return with_inferred_columns(frame)


def test_json_has_the_columns_of_its_schema_and_nulls_where_it_does_not_fit(
    spark: SparkSession,
) -> None:
    options = {"classification": "json", "schema": "n INT, `a.b` STRUCT<c: STRING>"}

    frame = parsed(spark, options, b'{"n": 1, "a.b": {"c": "x"}, "other": 2}', b"broken", b"[]")

    assert frame.columns == ["n", "a.b", "offset"]
    assert [tuple(row) for row in frame.collect()] == [
        (1, ("x",), 0),
        (None, None, 1),
        (None, None, 2),
    ]


def test_fields_of_json_are_found_in_all_records_and_clashing_types_are_text(
    spark: SparkSession,
) -> None:
    values = [
        {"a": 1, "deep": {"x": 1.5, "list": [{"k": 1}]}, "OBJECT": None, "big": 10**25},
        {"a": "one", "deep": {"y": True}, "we`ird: name": "w", "list": [1, 2.5]},
    ]
    texts = [json.dumps(value).encode() for value in values]

    frame = parsed(spark, {"classification": "json", "inferSchema": "true"}, *texts, b"[1]", b"x")

    types = {field.name: field.dataType.simpleString() for field in frame.schema.fields}
    assert types == {
        "OBJECT": "string",
        "a": "string",
        "big": "decimal(26,0)",
        "deep": "struct<list:array<struct<k:bigint>>,x:double,y:boolean>",
        "list": "array<double>",
        "we`ird: name": "string",
        "offset": "int",
    }
    rows = frame.collect()
    assert [row["a"] for row in rows] == ["1", "one", None, None]
    assert rows[0]["deep"].asDict(recursive=True) == {"list": [{"k": 1}], "x": 1.5, "y": None}
    assert int(rows[0]["big"]) == 10**25


def test_records_of_which_none_is_an_object_have_no_columns(spark: SparkSession) -> None:
    frame = parsed(spark, {"classification": "json"}, b"{}", b"[1]", b"x")

    assert frame.columns == ["offset"]
    assert frame.count() == 3


def test_csv_without_a_schema_has_as_many_columns_as_its_longest_record(
    spark: SparkSession,
) -> None:
    options = {"classification": "csv", "delimiter": "|"}

    frame = parsed(spark, options, b'1|"a|""b"', b"2|c|d")

    assert [tuple(row) for row in frame.select("col0", "col2", "offset").collect()] == [
        ("1", None, 0),
        ("2", "d", 1),
    ]
    typed = parsed(spark, options | {"schema": "n INT, s STRING"}, b"7|x", b"no|y")
    assert [tuple(row) for row in typed.collect()] == [(7, "x", 0), (None, "y", 1)]


def test_avro_is_read_by_its_schema(spark: SparkSession) -> None:
    whole = io.BytesIO()
    fastavro.schemaless_writer(whole, fastavro.parse_schema(AVRO), {"n": 5, "page": "home"})
    options = {"classification": "AVRO", "schema": json.dumps(AVRO)}

    frame = parsed(spark, options, whole.getvalue(), b"\xff")

    assert [tuple(row) for row in frame.collect()] == [(5, "home", 0), (None, None, 1)]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"classification": "jsn"}, "Did you mean 'json'"),
        ({"classification": "avro"}, "needs schema"),
        ({"classification": "json", "inferSchema": "false"}, "inferSchema false needs schema"),
    ],
)
def test_what_cannot_be_read_is_told(options: dict[str, str], sentence: str) -> None:
    with pytest.raises(InvalidInputError, match=sentence):
        read_payload(options)
