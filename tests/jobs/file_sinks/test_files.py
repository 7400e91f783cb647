from __future__ import annotations

import gzip
import json
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from gluepot.jobs.errors import LaunchError, SinkError
from gluepot.jobs.file_sinks.script_sinks import DataSink, write_to_options
from gluepot.transforms import DynamicFrame
from gluepot.transforms.collection import DynamicFrameCollection

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession


def write(frame: Any, path: Path, kind: str, options: Any = None, **connection: Any) -> Any:  # noqa: ANN401
    given = {"path": str(path), **connection}
    return write_to_options(frame, "file", given, kind, options or {}, transformation_ctx="")


def files(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith((".", "_"))
    )


def text(folder: Path) -> str:
    (file,) = files(folder)
    return file.read_text()


def test_csv_quotes_what_needs_it_and_keeps_blanks(
    every_type: DynamicFrame, tmp_path: Path
) -> None:
    write(every_type, tmp_path / "a", "csv")

    assert text(tmp_path / "a") == (
        "id,text,empty,missing,quoted,raw,at,day,price,inner,list,void\n"
        '1," a,b ","",,"q""x",YWI=,2020-01-02 03:04:05.500000,2020-01-01,1.50,"{""x"":1}",'
        '"[""s""]",\n'
    )


def test_csv_without_quotes_has_none_at_all(spark: SparkSession, tmp_path: Path) -> None:
    rows = [(1, " a|b", 'q"x', "k"), (2, "two\nlines", None, "k")]
    frame = DynamicFrame(spark.createDataFrame(rows, "id int, a string, b string, k string"))

    write(
        frame.coalesce(1), tmp_path, "csv", {"quoteChar": -1, "separator": "|"}, partitionKeys=["k"]
    )

    assert text(tmp_path / "k=k") == 'id|a|b\n1| a|b|q"x\n2|two lines|\n'


def test_csv_takes_its_header_from_an_option(spark: SparkSession, tmp_path: Path) -> None:
    frame = DynamicFrame(spark.createDataFrame([(1, "x")], "id int, name string"))

    write(
        frame.coalesce(1),
        tmp_path,
        "csv",
        {"writeHeader": False, "separator": "\t"},
        compression="gzip",
    )

    (file,) = files(tmp_path)
    assert file.name.endswith(".csv.gz")
    assert gzip.decompress(file.read_bytes()).decode() == "1\tx\n"


def test_json_is_an_object_a_line_without_null_fields(
    every_type: DynamicFrame, tmp_path: Path
) -> None:
    write(every_type, tmp_path, "json")

    assert json.loads(text(tmp_path)) == {
        "id": 1,
        "text": " a,b ",
        "empty": "",
        "quoted": 'q"x',
        "raw": "YWI=",
        "at": "2020-01-02 03:04:05.500000",
        "day": "2020-01-01",
        "price": 1.50,
        "inner": {"x": 1},
        "list": ["s"],
    }


def test_avro_1_7_has_text_for_what_1_8_has_types_for(
    every_type: DynamicFrame, spark: SparkSession, tmp_path: Path
) -> None:
    write(every_type, tmp_path / "7", "avro")
    write(every_type, tmp_path / "8", "avro", {"version": "1.8"})

    names = ["at", "day", "price"]
    seven, eight = (
        spark.read.format("avro").load(str(tmp_path / version)).select(*names).first()
        for version in ("7", "8")
    )
    assert tuple(seven or ()) == ("2020-01-02 03:04:05.5", "2020-01-01", "1.50")
    at = datetime(2020, 1, 2, 3, 4, 5, 500_000)  # noqa: DTZ001 - as Spark gives them
    assert tuple(eight or ()) == (at, date(2020, 1, 1), Decimal("1.50"))


@pytest.mark.parametrize("kind", ["parquet", "orc", "iceberg"])
def test_columns_without_a_type_are_left_out_and_named(
    kind: str,
    every_type: DynamicFrame,
    spark: SparkSession,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    path = tmp_path / "table"
    write(every_type, path, kind)

    found = spark.read.format(kind).load(str(path))
    assert found.columns == [name for name in every_type.toDF().columns if name != "void"]
    assert found.select("inner").schema.simpleString() == "struct<inner:struct<x:int>>"
    assert "left out: `inner`.`nothing`, `void`" in caplog.text


def test_choices_are_written_as_structs(spark: SparkSession, tmp_path: Path) -> None:
    source = spark.createDataFrame([('{"a":1}',), ('{"a":"x"}',)], "box string")
    frame = DynamicFrame(source).unbox("box", "json")

    write(frame.coalesce(1), tmp_path, "json")

    written = [json.loads(line) for line in text(tmp_path).splitlines()]
    assert written == [{"box": {"a": {"int": 1}}}, {"box": {"a": {"string": "x"}}}]


def test_files_that_are_there_stay_and_keys_become_folders(
    spark: SparkSession, tmp_path: Path
) -> None:
    frame = DynamicFrame(spark.createDataFrame([(1, "a b"), (2, None)], "id int, K string"), None)
    (tmp_path / "older.json").write_text("{}")

    write(frame, tmp_path, "json", partitionKeys=["k"])
    write(frame, tmp_path, "json", partitionKeys=["k"])

    assert (tmp_path / "older.json").read_text() == "{}"
    (folder,) = [path for path in tmp_path.iterdir() if path.name.startswith("k=a")]
    assert [path.read_text() for path in files(folder)] == ['{"id":1}\n'] * 2
    assert len(files(tmp_path / "k=__HIVE_DEFAULT_PARTITION__")) == 2
    assert not (tmp_path / "_SUCCESS").exists()


def test_frames_of_a_collection_go_to_folders_of_their_names_if_asked(
    spark: SparkSession, tmp_path: Path
) -> None:
    frames = {
        name: DynamicFrame(spark.sql(f"SELECT '{name}' AS name"), None, name)
        for name in ("one", "two")
    }
    collection = DynamicFrameCollection(frames, None)

    errors = write(collection, tmp_path / "apart", "json", useFrameName=True)
    write(collection, tmp_path / "together", "json")

    assert list(errors.keys()) == ["one_errors", "two_errors"]
    assert text(tmp_path / "apart" / "two") == '{"name":"two"}\n'
    rows = [file.read_text() for file in files(tmp_path / "together")]
    assert sorted(rows) == ['{"name":"one"}\n', '{"name":"two"}\n']


def test_records_that_failed_are_returned_and_the_others_written(
    spark: SparkSession, tmp_path: Path
) -> None:
    def odd(record: Any) -> Any:  # noqa: ANN401
        if record["id"] % 2 == 0:
            raise ArithmeticError("even")
        return record

    frame = DynamicFrame(spark.range(4), None, "ids").map(odd)

    errors = write(frame, tmp_path, "csv")

    assert errors.name == "ids_errors"
    assert errors.count() == 2
    rows = {line for file in files(tmp_path) for line in file.read_text().split()}
    assert rows == {"id", "1", "3"}


def test_delta_and_iceberg_grow_by_each_write_and_by_new_columns(
    spark: SparkSession, tmp_path: Path
) -> None:
    for kind in ("delta", "iceberg"):
        path = tmp_path / kind
        for sql in ("1 AS id", "2 AS id, struct('x' AS n) AS more"):
            write(DynamicFrame(spark.sql(f"SELECT {sql}")), path, kind)
        found = spark.read.format(kind).load(str(path))
        rows = {row["id"]: row["more"] for row in found.collect()}
        assert (rows[1], rows[2]["n"]) == (None, "x")


def test_a_formats_name_as_the_connection_means_files_of_it(
    spark: SparkSession, tmp_path: Path
) -> None:
    frame = DynamicFrame(spark.sql("SELECT 1 AS id"))

    for kind in ("parquet", "orc", "delta"):
        DataSink(kind, {"path": str(tmp_path / kind)}, transformation_ctx="").writeFrame(frame)

        assert spark.read.format(kind).load(str(tmp_path / kind)).count() == 1


def test_an_iceberg_table_that_another_catalog_keeps_is_refused(
    spark: SparkSession, tmp_path: Path
) -> None:
    (tmp_path / "t" / "metadata").mkdir(parents=True)
    (tmp_path / "t" / "metadata" / "00001-4d5e.metadata.json").write_text("{}")

    with pytest.raises(SinkError, match="kept by another Iceberg catalog"):
        write(DynamicFrame(spark.range(1)), tmp_path / "t", "iceberg")


def test_a_place_that_cannot_be_written_ends_the_job_with_its_name(
    spark: SparkSession, tmp_path: Path
) -> None:
    frame = DynamicFrame(spark.range(1))
    (tmp_path / "file").write_text("I am a file")

    with pytest.raises(SinkError, match=f"sink .* cannot be written to {tmp_path}/file/x"):
        write(frame, tmp_path / "file" / "x", "json")
    with pytest.raises(SinkError, match="there is no column 'nope'"):
        write(frame, tmp_path / "y", "json", partitionKeys=["nope"])


def test_a_table_without_a_name_is_no_table(
    spark: SparkSession, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    frame = DynamicFrame(spark.sql("SELECT 1 AS id"))

    write(frame, tmp_path, "json", enableUpdateCatalog=True)

    assert text(tmp_path) == '{"id":1}\n'
    assert "enableUpdateCatalog does nothing without setCatalogInfo" in caplog.text


def test_a_table_needs_a_catalog(spark: SparkSession, tmp_path: Path) -> None:
    options = {"path": str(tmp_path), "enableUpdateCatalog": True}
    sink = DataSink("file", options, transformation_ctx="")
    sink.setFormat("json")
    sink.setCatalogInfo("curated", "rows")

    with pytest.raises(LaunchError, match="no catalog"):
        sink.writeFrame(DynamicFrame(spark.range(1)))
