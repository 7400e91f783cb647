from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql import types as T  # noqa: N812

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms import gluetypes as G  # noqa: N812
from gluepot.transforms.choices import to_glue, to_spark_struct
from gluepot.transforms.json_shapes import parse_all
from gluepot.transforms.json_values import (
    JSON_OPTIONS,
    as_record,
    infer_json,
    json_schema,
    parsed_json,
    resolved_rows,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pyspark.sql import DataFrame, SparkSession


def texts(spark: SparkSession, *lines: str | None) -> DataFrame:
    return spark.createDataFrame([(line,) for line in lines], "text string")


def records(frame: DataFrame) -> DataFrame:
    kind = as_record(infer_json(frame, "text"))
    parsed = frame.select(F.from_json("text", json_schema(kind), JSON_OPTIONS).alias("r"))
    return resolved_rows(parsed.select("r.*"), kind)


def merged(value: Any, kind: G.DataType) -> Any:  # noqa: ANN401
    """Return a Spark value as Python has it, a choice as the value that it is."""
    if value is None:
        return None
    if isinstance(kind, G.ChoiceType):
        present = [name for name in kind.choices if value[name] is not None]
        assert len(present) <= 1
        return merged(value[present[0]], kind.choices[present[0]]) if present else None
    if isinstance(kind, G.StructType):
        held = {field.name: merged(value[field.name], field.dataType) for field in kind}
        return {name: each for name, each in held.items() if each is not None}
    if isinstance(kind, G.ArrayType):
        return [merged(item, kind.elementType) for item in value]
    return int(value) if isinstance(kind, G.DecimalType) else value


def values(frame: DataFrame) -> list[Any]:
    kind = to_glue(frame.schema)
    return [merged(row, kind) for row in frame.collect()]


def without_nulls(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        return {name: without_nulls(each) for name, each in value.items() if each is not None}
    return [without_nulls(each) for each in value] if isinstance(value, list) else value


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, -1, 2**31 - 1, -(2**31) - 1, 2**63 - 1, -(2**63), 2**63, -(10**37)]),
    st.sampled_from([1.0, -0.1, 1e300, 12345678901234567.0, 5e-324]),
    st.sampled_from(["", "1", "true", "null", "ä\n", "2026-01-01", "[1]"]),
)
DOCUMENTS = st.dictionaries(
    st.sampled_from(["a", "b.c", "d e", "`"]),
    st.recursive(
        SCALARS,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["x", "y.z"]), inner, max_size=2)
        ),
        max_leaves=4,
    ),
)


@settings(
    max_examples=2,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(DOCUMENTS, min_size=20, max_size=40))
def test_every_value_of_any_documents_comes_back(
    spark: SparkSession, documents: list[dict[str, Any]]
) -> None:
    frame = texts(spark, *map(json.dumps, documents)).coalesce(1)

    assert values(records(frame)) == without_nulls(documents)


def test_types_do_not_depend_on_partitions(spark: SparkSession) -> None:
    lines = ['{"z": 1, "b": {"c": 1}}', '{"b": {"c": "x", "a": [1]}}', '{"b": 5, "z": 3000000000}']
    frame = texts(spark, *lines)

    kinds = [infer_json(frame.repartition(count), "text") for count in (1, 3)]

    b = [
        G.IntegerType(),
        G.StructType(_fields(c=_int_or_text(), a=G.ArrayType(G.IntegerType()))),
    ]
    z = G.ChoiceType([G.IntegerType(), G.LongType()])
    expected = G.StructType(_fields(b=G.ChoiceType(b), z=z))
    assert kinds == [expected, expected]


def _fields(**kinds: G.DataType) -> list[G.Field]:
    return [G.Field(name, kind) for name, kind in kinds.items()]


def _int_or_text() -> G.ChoiceType:
    return G.ChoiceType([G.IntegerType(), G.StringType()])


def test_a_column_of_choices_has_marked_members(spark: SparkSession) -> None:
    rows = records(texts(spark, '{"v": 1, "n": null}', '{"v": "x"}'))

    assert to_glue(rows.schema) == G.StructType(_fields(v=_int_or_text(), n=G.NullType()))
    assert rows.collect() == [((1, None), None), ((None, "x"), None)]


def test_null_is_no_value_of_a_choice(spark: SparkSession) -> None:
    rows = records(texts(spark, '{"v": 1}', '{"v": "x"}', '{"v": null}', "{}"))

    assert rows.where("v is null").count() == 2


def test_hostile_texts_are_no_values(spark: SparkSession) -> None:
    bad = ["", "  ", "{", "nul", "{'a': 1}", '{"a" 1}', "\x00", '{"a": 01}', None]
    deep = "[" * 100_000

    assert infer_json(texts(spark, *bad, deep), "text") == G.NullType()


def test_what_is_odd_but_json_for_spark_is_read(spark: SparkSession) -> None:
    frame = texts(spark, '{"a": NaN}', '{"a": 1, "a": 2.5}', '{"a": "\\ud800"} tail', '{"a":1e999}')

    assert [str(value["a"]) for value in values(records(frame))] == ["nan", "2.5", "?", "inf"]


def test_values_that_are_no_objects_have_types_too(spark: SparkSession) -> None:
    frame = texts(spark, '[1, "x"]', "5", '{"a": 1}', "null").coalesce(1)
    kind = infer_json(frame, "text")

    found = values(frame.select(parsed_json(F.col("text"), kind).alias("v")))

    assert found == [{"v": [1, "x"]}, {"v": 5}, {"v": {"a": 1}}, {}]


def test_an_array_stands_for_records_where_asked(spark: SparkSession) -> None:
    frame = texts(spark, '[{"a": 1}, {"b": 1}]', '{"a": "x"}')

    kind = infer_json(frame, "text", multi=True)

    assert kind == G.StructType(_fields(a=_int_or_text(), b=G.IntegerType()))


def test_documents_without_choices_are_parsed_by_spark_alone(spark: SparkSession) -> None:
    kind = infer_json(texts(spark, '{"a": {"b": [1.5]}, "c": true}'), "text")
    assert isinstance(kind, G.StructType)
    schema = json_schema(kind)

    assert schema == to_spark_struct(kind)
    rows = spark.createDataFrame([], schema)
    assert resolved_rows(rows, kind).schema == rows.schema


def test_names_that_differ_only_in_case_are_told(spark: SparkSession) -> None:
    frame = texts(spark, '{"a": [{"Id": 1}, {"id": 2}]}')

    with pytest.raises(InvalidInputError, match=r"'Id' and 'id'.*spark\.sql\.caseSensitive"):
        infer_json(frame, "text")


def test_sparks_reader_takes_the_schema(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"v": 1}\n{"v": {"k": [1, "x"]}}\n')
    lines = spark.read.text(str(tmp_path))
    kind = as_record(infer_json(lines, "value"))

    rows = spark.read.schema(json_schema(kind)).options(**JSON_OPTIONS).json(str(tmp_path))

    assert values(resolved_rows(rows, kind)) == [{"v": 1}, {"v": {"k": [1, "x"]}}]


@pytest.mark.parametrize(
    ("member", "value"),
    [
        (G.LongType(), {"v": {"long": 5, "string": None}}),
        (G.ShortType(), {"v": {"short": 5, "string": None}}),
        (G.DoubleType(), {"v": {"double": 5.0, "string": None}}),
        (G.DecimalType(5, 1), {"v": {"decimal": 5, "string": None}}),
        (G.MapType(G.IntegerType()), {"v": {"map": None, "string": None}}),
    ],
    ids=repr,
)
def test_declared_choices_take_what_fits(
    spark: SparkSession, member: G.DataType, value: object
) -> None:
    kind = G.StructType(_fields(v=G.ChoiceType([member, G.StringType()])))

    row = texts(spark, '{"v": 5}').select(parsed_json(F.col("text"), kind).alias("r")).first()

    assert row is not None
    assert row.asDict(recursive=True)["r"] == value


@pytest.mark.parametrize("parser", ["orjson", "json"])
def test_texts_are_parsed_alike_by_either_parser(
    parser: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if parser == "json":
        monkeypatch.setitem(sys.modules, "orjson", None)
    lines: Sequence[str | None] = ['{"a": 1}', None, "bad", '"x"', "[1.0]", "NaN", "5 6", "1e999"]

    found = parse_all(lines, exact=False)

    assert found[:5] == [{"a": 1}, None, None, "x", [1.0]]
    assert list(map(str, found[5:])) == ["nan", "5", "inf"]


def test_a_choice_is_a_variant_in_the_schema(spark: SparkSession) -> None:
    kind = G.StructType(_fields(v=_int_or_text(), w=G.ArrayType(_int_or_text())))

    schema = json_schema(kind)

    assert schema["v"].dataType == T.VariantType()
    assert schema["w"].dataType == T.ArrayType(T.VariantType())
    assert spark.createDataFrame([], schema).count() == 0
