from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.errors import SourceError
from gluepot.jobs.streaming.reading import read_stream

if TYPE_CHECKING:
    from pathlib import Path

    from gluepot.jobs.context import GlueContext
    from tests.jobs.streaming.conftest import Landing


def test_several_folders_of_csv_are_one_stream_with_the_names_of_their_header(
    landing: Landing, tmp_path: Path
) -> None:
    for name, text in {"a": "n|s\n1|'x|y'\n", "b": "n|s\n2|z\n"}.items():
        (tmp_path / name / "deep").mkdir(parents=True)
        (tmp_path / name / "deep" / "1.csv").write_text(text)
    options = {"paths": [str(tmp_path / "a"), str(tmp_path / "b")], "recurse": True}
    csv = {"withHeader": True, "separator": "|", "quoteChar": "'"}
    seen: list[tuple[str, str]] = []

    frame = read_stream(landing.context, "s3", options, format="csv", format_options=csv)
    landing.drain(
        frame, lambda rows, _: seen.extend((row["n"], row["s"]) for row in rows.collect())
    )

    assert sorted(seen) == [("1", "x|y"), ("2", "z")]


def test_the_schema_is_found_in_the_files_that_are_there(
    context: GlueContext, tmp_path: Path
) -> None:
    spark = context.spark_session
    made = spark.sql("SELECT 1 AS n, named_struct('d', DATE'2026-01-01') AS s")
    for kind in ("json", "parquet", "avro", "orc"):
        made.coalesce(1).write.format(kind).save(str(tmp_path / kind))

    schemas = {
        kind: read_stream(context, "file", {"path": str(tmp_path / kind)}, format=kind).schema
        for kind in ("json", "parquet", "avro", "orc")
    }

    found = {kind: schema.simpleString() for kind, schema in schemas.items()}
    binary = "struct<n:int,s:struct<d:date>>"
    json = "struct<n:bigint,s:struct<d:string>>"
    assert found == {"json": json, "parquet": binary, "avro": binary, "orc": binary}


@pytest.mark.parametrize(
    ("kind", "options", "format_options", "sentence"),
    [
        ("xlsx", {}, {}, "format 'xlsx' is not read as a stream"),
        ("json", {}, {}, "needs paths"),
        ("json", {"paths": ["x"], "maxFilePerTrigger": 1}, {}, "Did you mean 'maxFilesPerTrigger'"),
        ("csv", {"paths": ["x"], "schema": "a INT"}, {"header": True}, "Did you mean 'withHeader'"),
    ],
)
def test_wrong_options_are_told(
    context: GlueContext,
    kind: str,
    options: dict[str, Any],
    format_options: dict[str, Any],
    sentence: str,
) -> None:
    with pytest.raises(InvalidInputError, match=sentence):
        read_stream(context, "file", options, format=kind, format_options=format_options)


def test_a_folder_without_files_needs_a_schema(context: GlueContext, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="give one as option schema"):
        read_stream(context, "file", {"paths": [str(tmp_path)]}, format="json")


def test_a_connection_type_that_is_no_stream_is_refused(context: GlueContext) -> None:
    with pytest.raises(InvalidInputError, match="Did you mean 'kafka'"):
        read_stream(context, "kafak", {})
