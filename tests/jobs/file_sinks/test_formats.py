from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.file_sinks.formats import file_format
from gluepot.jobs.file_sinks.script_sinks import DataSink

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("kind", "options", "expected"),
    [
        ("csv", {}, {"sep": ",", "header": "true", "quote": '"', "compression": "none"}),
        ("csv", {"separator": "|", "writeHeader": False}, {"sep": "|", "header": "false"}),
        ("csv", {"quoteChar": "'", "compression": "gzip"}, {"quote": "'", "escape": "'"}),
        ("csv", {"quoteChar": -1}, {"quote": ""}),
        ("json", {"compression": "bzip2"}, {"compression": "bzip2"}),
        ("glueparquet", {}, {"compression": "snappy"}),
        ("parquet", {"blockSize": 1024}, {"parquet.block.size": "1024"}),
        ("parquet", {"pageSize": "64"}, {"parquet.page.size": "64"}),
        ("orc", {"compression": "gzip"}, {"compression": "zlib"}),
        ("avro", {"compression": "gzip"}, {"compression": "deflate"}),
        ("delta", {"mergeSchema": True}, {"mergeSchema": "true"}),
    ],
)
def test_options_of_glue_are_options_of_spark(
    kind: str, options: dict[str, Any], expected: dict[str, str]
) -> None:
    found = file_format(kind, options, "sink")

    assert expected.items() <= found.options.items()


def test_avro_keeps_logical_types_from_version_1_8() -> None:
    given: list[dict[str, Any]] = [{}, {"version": "1.7"}, {"version": "1.8"}, {"version": 1.8}]

    logical = [file_format("avro", options, "sink").has_logical_types for options in given]

    assert logical == [False, False, True, True]


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        ("xml", {}, "only read, never written"),
        ("parket", {}, "Did you mean 'parquet'"),
        (None, {}, "format None is not written"),
        ("parquet", {"compression": "lzo"}, "compression 'lzo' is not there for parquet"),
        ("csv", {"compression": "gzipp"}, "Did you mean 'gzip'"),
    ],
)
def test_what_is_not_written_is_refused(
    kind: str | None, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidInputError, match=message):
        file_format(kind, options, "sink")


def test_options_that_nobody_knows_are_logged_and_those_of_glues_writer_are_not(
    caplog: pytest.LogCaptureFixture,
) -> None:
    file_format("csv", {"separater": ";", "strictCheckForQuoting": True, "escaper": "x"}, "s")

    (record,) = caplog.records
    assert record.getMessage() == (
        "Sink s: option 'separater' is not known and does nothing. Did you mean 'separator'?"
    )


@pytest.mark.parametrize(
    ("connection", "options", "message"),
    [
        ("ftp", {"path": "s3://b/x"}, "'ftp' is no sink of files; there are: s3, file"),
        ("s3", {}, "a sink needs a path"),
        ("s3", {"path": "s3://b/x", "updateBehavior": "LOGG"}, "Did you mean 'LOG'"),
    ],
)
def test_a_sink_that_cannot_work_is_refused_at_once(
    connection: str, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidInputError, match=message):
        DataSink(connection, options, transformation_ctx="")


def test_only_frames_and_collections_are_written(tmp_path: Path) -> None:
    sink = DataSink("file", {"path": str(tmp_path)}, transformation_ctx="")
    sink.setFormat("json")
    sink.setAccumulableSize(3)

    with pytest.raises(TypeError, match=r"not list; DynamicFrame.fromDF makes one"):
        sink.write([1])  # type: ignore[arg-type]
