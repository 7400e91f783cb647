"""Files that scripts read by a path and a format's options."""

from __future__ import annotations

import gzip
import logging
from typing import TYPE_CHECKING, Any

import pytest

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.errors import SourceError

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

    from gluepot.jobs.context import GlueContext
    from gluepot.transforms.frame import DynamicFrame


def read(context: GlueContext, path: Path, kind: str, **options: Any) -> DynamicFrame:  # noqa: ANN401
    return context.create_dynamic_frame.from_options(
        connection_type="s3",
        connection_options={"paths": [str(path)]},
        format=kind,
        format_options=options,
    )


def rows(frame: DynamicFrame) -> list[tuple[Any, ...]]:
    return sorted((tuple(row) for row in frame.toDF().collect()), key=str)


CSV_CASES: dict[str, tuple[str, dict[str, Any], list[str] | None, list[tuple[str, ...]]]] = {
    "plain": ("1,a\n2,b\n", {}, ["col0", "col1"], [("1", "a"), ("2", "b")]),
    "header": ("id,n\n1,a\n", {"withHeader": True}, ["id", "n"], [("1", "a")]),
    "skip": ("id,n\n1,a\n", {"skipFirst": "true"}, ["col0", "col1"], [("1", "a")]),
    "both": ("id\n--\n1\n", {"withHeader": True, "skipFirst": True}, ["id"], [("1",)]),
    "marks": ("'1';'a''b'\n", {"separator": ";", "quoteChar": "'"}, None, [("1", "a'b")]),
    "escaped": ('"a\\"b"\n', {"escaper": "\\"}, None, [('a"b',)]),
    "unquoted": ('"a,b\n', {"quoteChar": -1}, None, [('"a', "b")]),
    "lines": ('"a\nb",1\n', {"multiLine": True}, None, [("a\nb", "1")]),
}


def test_format_options_of_csv_are_followed(context: GlueContext, tmp_path: Path) -> None:
    for name, (text, options, columns, expected) in CSV_CASES.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.csv").write_text(text)

        frame = read(context, tmp_path / name, "csv", optimizePerformance=True, **options)

        assert rows(frame) == expected, name
        assert columns is None or frame.toDF().columns == columns, name


def test_files_whose_headers_differ_are_not_read_under_the_names_of_one(
    context: GlueContext, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text("id,n\n1,a\n")
    (tmp_path / "b.csv").write_text("n,id\nb,2\n")

    with pytest.raises(Exception, match="header"):
        rows(read(context, tmp_path, "csv", withHeader=True))


def test_parquet_orc_and_unions_of_avro_have_the_types_of_the_files(
    context: GlueContext, spark: SparkSession, tmp_path: Path
) -> None:
    fastavro = pytest.importorskip("fastavro")
    frame = spark.createDataFrame([(1, ["a"])], "id int, names array<string>")
    frame.write.parquet(str(tmp_path / "parquet"))
    frame.write.orc(str(tmp_path / "orc"))
    union = {"type": "array", "items": ["null", "string", "long"]}
    fields = [{"name": "v", "type": ["int", "string"]}, {"name": "many", "type": union}]
    schema = {"type": "record", "name": "r", "fields": fields}
    with (tmp_path / "a.avro").open("wb") as file:
        fastavro.writer(file, schema, [{"v": 1, "many": ["x", 5]}, {"v": "s", "many": [None]}])

    avro = read(context, tmp_path / "a.avro", "avro", version="1.7")

    assert rows(read(context, tmp_path / "parquet", "glueparquet")) == [(1, ["a"])]
    by_type = context.create_dynamic_frame.from_options("orc", {"path": str(tmp_path / "orc")})
    assert rows(by_type) == [(1, ["a"])]
    kinds = {field.name: field.dataType.typeName() for field in avro.schema()}
    assert kinds == {"v": "choice", "many": "array"}
    assert avro.toDF().dtypes == [
        ("v", "struct<int:int,string:string>"),
        ("many", "array<struct<long:bigint,string:string>>"),
    ]
    assert rows(avro.resolveChoice(specs=[("v", "cast:string")]).select_fields(["v"])) == [
        ("1",),
        ("s",),
    ]


def test_keys_in_folders_are_columns_of_parquet_and_orc(
    context: GlueContext, spark: SparkSession, tmp_path: Path
) -> None:
    frame = spark.createDataFrame(
        [(1, 2013, "a b"), (2, 2014, None)], "id int, year int, name string"
    )
    for kind in ("parquet", "orc"):
        frame.write.format(kind).partitionBy("year", "name").save(str(tmp_path / kind))
    frame.drop("year", "name").write.parquet(str(tmp_path / "parquet" / "other"))
    year = tmp_path / "parquet" / "year=2013"

    def many(*paths: Path, only: str = "") -> DynamicFrame:
        given = {"paths": [str(path) for path in paths]}
        return context.create_dynamic_frame.from_options(
            "s3", given, format="parquet", push_down_predicate=only
        )

    assert read(context, tmp_path / "orc", "orc").toDF().dtypes[1:] == [
        ("year", "int"),
        ("name", "string"),
    ]
    assert rows(many(tmp_path / "parquet")) == [(1, 2013, "a b"), (2, 2014, None)]
    assert rows(many(tmp_path / "parquet", only="year > 2013")) == [(2, 2014, None)]
    assert rows(many(year)) == [(1, "a b")]
    both = many(year, tmp_path / "parquet" / "other")
    assert sorted(row["id"] for row in both.toDF().collect()) == [1, 1, 2]


XML = """<all><row n="1"><id>1</id><t> x </t></row><row n="2"><id>2</id><t/></row></all>"""


def test_elements_of_xml_are_rows_and_broken_ones_error_records(
    context: GlueContext, tmp_path: Path
) -> None:
    (tmp_path / "a.xml").write_text(XML)
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "b.xml").write_text("<row><id>1</id></row><row><id>2</ix></row><row><id>3</id></row>")

    frame = read(context, tmp_path / "a.xml", "xml", rowTag="row", attributePrefix="@")
    failing = read(context, broken, "xml", rowTag="row")

    assert frame.toDF().columns == ["@n", "id", "t"]
    assert [row[:2] for row in rows(frame)] == [(1, 1), (2, 2)]
    assert rows(frame)[0][2] == " x "
    assert failing.errorsCount() == 1
    assert failing.count() == len(rows(failing))
    with pytest.raises(InvalidInputError, match="rowTag"):
        read(context, tmp_path, "xml")


def test_lines_of_logs_are_cut_by_their_pattern(context: GlueContext, tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("10.0.0.1 5\n10.0.0.2 -\nnonsense\n")
    pattern = "%{IP:client} %{SIZE:bytes:long}"
    options = {"logFormat": pattern, "customPatterns": "SIZE (?:\\d+|-)"}

    frame = read(context, tmp_path, "grokLog", **options)
    pairs = read(context, tmp_path, "grokLog", LineCount=2, StrictMode=True, **options)

    assert frame.toDF().dtypes == [("client", "string"), ("bytes", "bigint")]
    assert rows(frame) == [("10.0.0.1", 5), ("10.0.0.2", None)]
    error = frame.errorsAsDynamicFrame().toDF().select("error.input").first()
    assert error is not None
    assert error[0] == "nonsense"
    assert (rows(pairs), pairs.errorsCount()) == ([("10.0.0.1", "5")], 1)


def test_structs_of_ion_have_choices_and_damage_is_an_error_record(
    context: GlueContext, tmp_path: Path
) -> None:
    pytest.importorskip("amazon.ion")
    text = "{id: 1, at: 2020-01-02T03:04:05Z, tags: [red, 'x y'], big: 1.50}\n"
    text += '{id: "b", gone: null.int, yes: true, raw: {{aGk=}}, e: 1e0}\n5\n{id: '
    (tmp_path / "a.ion.gz").write_bytes(gzip.compress(text.encode()))

    frame = read(context, tmp_path, "ion")

    kinds = {field.name: field.dataType.typeName() for field in frame.schema()}
    assert kinds == {
        "id": "choice",
        "at": "timestamp",
        "tags": "array",
        "big": "decimal",
        "gone": "null",
        "yes": "boolean",
        "raw": "binary",
        "e": "double",
    }
    assert (frame.count(), frame.errorsCount()) == (2, 2)
    one = frame.toDF().where("id.int = 1").select("tags", "big").first()
    assert one is not None
    assert (one["tags"], str(one["big"])) == (["red", "x y"], "1.50")


def test_tables_of_lakes_are_read_where_they_lie(
    context: GlueContext, spark: SparkSession, tmp_path: Path
) -> None:
    place = str(tmp_path / "delta")
    spark.range(3).write.format("delta").save(place)
    spark.range(1).write.format("delta").mode("overwrite").save(place)

    now = context.create_dynamic_frame.from_options("delta", {"path": place})
    before = context.create_dynamic_frame.from_options("delta", {"path": place, "versionAsOf": "0"})

    assert (now.count(), before.count()) == (1, 3)
    with pytest.raises(SourceError, match="metadata"):
        context.create_dynamic_frame.from_options("iceberg", {"path": str(tmp_path)})


def test_what_cannot_be_read_is_told_at_the_call(context: GlueContext, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1\n")

    with pytest.raises(InvalidInputError, match="Did you mean 'parquet'"):
        read(context, tmp_path, "parket")
    with pytest.raises(InvalidInputError, match="format is missing"):
        context.create_dynamic_frame.from_options("s3", {"paths": [str(tmp_path)]})
    with pytest.raises(InvalidInputError, match="needs paths"):
        context.create_dynamic_frame.from_options("s3", {}, format="csv")
    with pytest.raises(InvalidInputError, match="connection_type 'S4'"):
        context.create_dynamic_frame.from_options("S4", {}, format="csv")
    with pytest.raises(SourceError, match="Parquet"):
        read(context, tmp_path, "parquet")
    with pytest.raises(SourceError, match=r"to end in \.gz"):
        context.create_dynamic_frame.from_options(
            "s3", {"paths": [str(tmp_path)], "compressionType": "gzip"}, format="csv"
        )


def test_an_unknown_option_does_nothing_and_is_logged_with_the_nearest(
    context: GlueContext, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "a.csv").write_text("1\n")

    with caplog.at_level(logging.WARNING):
        frame = read(context, tmp_path, "csv", withHeaders=True)

    assert frame.count() == 1
    assert "Did you mean 'withHeader'?" in caplog.text
