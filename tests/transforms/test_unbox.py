from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any, cast

import fastavro
import pytest
from pyspark.sql import types as T  # noqa: N812

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms import DynamicFrame
from gluepot.transforms import gluetypes as G  # noqa: N812
from gluepot.transforms.boxes import CsvBox, XmlBox
from gluepot.transforms.choices import choice_column
from gluepot.transforms.methods.choices import ChoiceMethods
from gluepot.transforms.paths import UnknownFieldError
from gluepot.transforms.stages import ErrorThresholdError
from gluepot.transforms.unbox import Unbox

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def boxed(spark: SparkSession, *values: Any, kind: str = "string") -> DynamicFrame:  # noqa: ANN401
    rows = [(at, (value,), "kept") for at, value in enumerate(values)]
    source = spark.createDataFrame(rows, f"id int, `in` struct<`a.b`:{kind}>, last string")
    return DynamicFrame(source, None, "boxes")


def unbox(frame: DynamicFrame, *args: object, **options: object) -> DynamicFrame:
    result: DynamicFrame = Unbox.apply(frame, *args, **options)
    return result


def values(frame: DynamicFrame) -> list[Any]:
    rows = frame.toDF().orderBy("id").select("in.`a.b`").collect()
    return [row[0].asDict(recursive=True) if isinstance(row[0], T.Row) else row[0] for row in rows]


PATH = "in.`a.b`"


def test_json_becomes_a_struct_with_choices_at_a_nested_path(spark: SparkSession) -> None:
    frame = boxed(spark, '{"v": 1, "w": {"k": [1.5]}}', '{"v": "x"}', None, "null", " ")

    result = unbox(frame, PATH, "json")

    field = result.schema().getField("in").dataType
    assert isinstance(field, G.StructType)
    kind = field.getField("a.b").dataType
    assert isinstance(kind, G.StructType)
    assert kind.getField("v").dataType == G.ChoiceType([G.IntegerType(), G.StringType()])
    assert values(result) == [
        {"v": {"int": 1, "string": None}, "w": {"k": [1.5]}},
        {"v": {"int": None, "string": "x"}, "w": None},
        None,
        None,
        None,
    ]
    assert result.toDF().columns == ["id", "in", "last"]
    assert result.errorsCount() == 0
    assert frame.schema() == boxed(spark, "x").schema()


def test_texts_that_are_no_json_become_error_records(spark: SparkSession) -> None:
    frame = boxed(spark, '{"v": 1}', '{"v": ', "{'v': 1}", '"text"')

    result = unbox(frame, PATH, "json", info="the boxes")

    # A text among objects is JSON too: the field is a choice then.
    assert [row is None for row in values(result)] == [False, False]
    errors = result.errorsAsDynamicFrame().toDF().select("error.*").orderBy("input").collect()
    assert [row["input"] for row in errors] == ['{"v": ', "{'v': 1}"]
    assert errors[0]["callsite"]["info"] == "the boxes"
    assert errors[0]["callsite"]["site"].split(":")[0] == __file__
    assert errors[0]["bytesread"] == len('{"v": ')
    assert errors[0]["dynamicRecord"]["last"] == "kept"
    assert "not JSON" in errors[0]["msg"]
    assert (result.stageErrorsCount(), result.count()) == (2, 2)
    with pytest.raises(ErrorThresholdError):
        unbox(frame, PATH, "json", stageThreshold=2).count()


def test_json_that_is_no_object_keeps_its_type(spark: SparkSession) -> None:
    assert values(unbox(boxed(spark, "[1, 2]", "[]"), PATH, "json")) == [[1, 2], []]
    assert values(unbox(boxed(spark, "{}", "{}"), PATH, "json")) == [{}, {}]


def test_a_schema_saves_the_pass_over_json(spark: SparkSession) -> None:
    schema = T.StructType().add("v", "double").add("when", "date")
    frame = boxed(spark, '{"v": 1, "when": "2026-01-02", "more": 1}', '{"v": "x"}')

    result = unbox(frame, PATH, "json", withSchema=schema.json())
    glue = unbox(frame, PATH, "json", withSchema=G.to_json(G.StructType([])))

    assert result.planned().schema["in"].dataType == T.StructType().add("a.b", schema)
    assert [str(row["when"]) for row in values(result)] == ["2026-01-02"]
    assert result.stageErrorsCount() == 1
    assert values(glue) == [{}, {}]


def test_the_texts_of_a_choice_are_unboxed(spark: SparkSession) -> None:
    source = spark.sql("select * from values (1, '{\"v\": 1}'), (2, null) as t(id, text)")
    number = source["id"].cast("int")
    mixed = choice_column(
        {"int": number.try_cast("string").try_cast("int"), "string": source["text"]}
    )
    frame = DynamicFrame(source.select("id", mixed.alias("c")))

    result = unbox(frame, "c", "json")

    assert result.stageErrorsCount() == 2
    messages = result.errorsAsDynamicFrame().toDF().select("error.msg").distinct().collect()
    assert [row[0] for row in messages] == ["the field holds no text"]


def test_csv_becomes_a_struct_of_texts(spark: SparkSession) -> None:
    frame = boxed(spark, '1;"x;y"', "2;z;more", None, "a\nb")

    result = unbox(frame, PATH, "csv", separator=";")

    assert values(result) == [
        {"col0": "1", "col1": "x;y", "col2": None},
        {"col0": "2", "col1": "z", "col2": "more"},
        None,
    ]
    error = result.errorsAsDynamicFrame().toDF().select("error.*").collect()
    assert [row["msg"] for row in error] == ["ValueError: the text holds 2 rows of CSV, not one"]
    assert error[0]["dynamicRecord"]["id"] == 3


def test_csv_takes_the_types_of_a_schema(spark: SparkSession) -> None:
    schema = T.StructType().add("n", "integer").add("s", "string")
    result = unbox(boxed(spark, "1,x", "bad,y"), PATH, "csv", withSchema=schema.json())

    assert values(result) == [{"n": 1, "s": "x"}, {"n": None, "s": "y"}]


@pytest.mark.parametrize(
    ("box", "text", "expected"),
    [
        (CsvBox(with_header=True), "a,b\n1,2", {"a": "1", "b": "2"}),
        (CsvBox(with_header=True, names=("b", "a")), "a,b\n1,2", {"a": "1", "b": "2"}),
        (CsvBox(skip_first=True), "a,b\n1,2", {"col0": "1", "col1": "2"}),
        (CsvBox(quote=""), '"a,b"', {"col0": '"a', "col1": 'b"'}),
        (CsvBox(escaper="\\"), r"a\,b", {"col0": "a,b"}),
        (CsvBox(), '"a\nb"\n', {"col0": "a\nb"}),
        (CsvBox(names=("a", "b")), b"1", {"a": "1", "b": None}),
    ],
    ids=repr,
)
def test_one_row_of_csv_is_read(box: CsvBox, text: str, expected: dict[str, str]) -> None:
    assert box(text) == expected


def container(*records: dict[str, Any]) -> bytes:
    schema = {
        "type": "record",
        "name": "R",
        "fields": [{"name": "n", "type": "long"}, {"name": "t", "type": ["null", "string"]}],
    }
    sink = io.BytesIO()
    fastavro.writer(sink, fastavro.parse_schema(schema), records)
    return sink.getvalue()


def test_avro_containers_become_structs(spark: SparkSession) -> None:
    good, two = container({"n": 2**40, "t": "x"}), container({"n": 1}, {"n": 2})
    result = unbox(boxed(spark, good, b"junk", two, kind="binary"), PATH, "avro")

    assert values(result) == [{"n": 2**40, "t": "x"}]
    errors = result.errorsAsDynamicFrame().toDF().select("error.msg").collect()
    assert any("holds several records" in row[0] for row in errors)
    assert len(errors) == 2


def test_xml_becomes_a_struct_of_typed_values(spark: SparkSession) -> None:
    text = '<r id="7"><n>1</n><n>2</n><zip>007</zip><in><x y="true">t</x></in></r>'
    result = unbox(boxed(spark, text, "<r><n>"), PATH, "xml")

    expected = {"_id": 7, "n": [1, 2], "zip": "007", "in": {"x": {"_y": True, "_VALUE": "t"}}}
    assert values(result) == [expected]
    assert result.stageErrorsCount() == 1


@pytest.mark.parametrize(
    ("box", "text", "expected"),
    [
        (XmlBox(row_tag="b"), "<a><b><c>1.5</c></b></a>", {"c": 1.5}),
        (XmlBox(), "<a>text</a>", {"_VALUE": "text"}),
        (XmlBox(value_tag="v", attribute_prefix="@"), '<a x="1">t</a>', {"@x": 1, "v": "t"}),
        (XmlBox(exclude_attributes=True), '<a x="1"><b/></a>', {"b": ""}),
        (XmlBox(empty_is_null=True), "<a><b/></a>", {"b": None}),
        (XmlBox(strip=True), "<a><b> t </b></a>", {"b": "t"}),
    ],
    ids=repr,
)
def test_one_element_of_xml_is_read(box: XmlBox, text: str, expected: dict[str, Any]) -> None:
    assert box(text) == expected


def test_entities_of_xml_are_refused() -> None:
    with pytest.raises(ValueError, match="declares entities"):
        XmlBox()('<!DOCTYPE a [<!ENTITY x "xx">]><a>&x;</a>')


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((PATH, "jsn"), "no format 'jsn'. Did you mean 'json'"),
        (("id", "json"), "'id' holds no texts: it is int"),
    ],
    ids=repr,
)
def test_wrong_arguments_are_told(
    spark: SparkSession, arguments: tuple[str, str], message: str
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        unbox(boxed(spark, "{}"), *arguments).planned()

    assert message in str(caught.value)


def test_unknown_options_and_fields_are_told(spark: SparkSession) -> None:
    frame = boxed(spark, "{}")

    with pytest.raises(InvalidInputError, match="Did you mean 'separator'"):
        unbox(frame, PATH, "csv", seperator=";")
    with pytest.raises(InvalidInputError, match=r"StructType\.json"):
        unbox(frame, PATH, "json", withSchema="v int")
    with pytest.raises(UnknownFieldError, match="Did you mean 'in'"):
        unbox(frame, "inn", "json").planned()


def test_the_method_is_the_transform(spark: SparkSession) -> None:
    schema = json.dumps(T.StructType().add("v", "integer").jsonValue())
    frame = boxed(spark, '{"v": 1}')

    result = ChoiceMethods.unbox(cast("Any", frame), PATH, "json", withSchema=schema)

    assert values(result) == [{"v": 1}]
