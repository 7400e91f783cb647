"""JSON that scripts read: choices, broken records, documents, paths."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.errors import SourceError

if TYPE_CHECKING:
    from pathlib import Path

    from gluepot.jobs.context import GlueContext
    from gluepot.transforms.frame import DynamicFrame

LINES = """\
{"id": 1, "price": 2, "tags": [1, "a"], "home": {"zip": "x"}}
{"id": 2, "price": "two", "tags": [], "home": {"zip": 7}}
{"id": 3, "price":
{"id": 4, "price": 2.5, "extra": true}
"""


def read(context: GlueContext, path: Path, **options: Any) -> DynamicFrame:  # noqa: ANN401
    return context.create_dynamic_frame.from_options(
        "s3", {"paths": [str(path)]}, format="json", format_options=options
    )


def ids(frame: DynamicFrame) -> list[Any]:
    return sorted(row["id"] for row in frame.toDF().select("id").collect())


def test_values_of_several_types_are_choices_and_a_broken_line_is_an_error_record(
    context: GlueContext, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.json").write_text(LINES)

    frame = read(context, tmp_path)
    frame.printSchema()

    printed = capsys.readouterr().out
    assert "|-- price: choice" in printed
    assert "|    |-- double" in printed
    assert "zip: choice" in printed
    assert (frame.count(), frame.errorsCount()) == (3, 1)
    rows = {row["id"]: row["price"] for row in frame.toDF().collect()}
    assert rows[2]["string"] == "two"
    assert rows[4]["double"] == 2.5
    error = frame.errorsAsDynamicFrame().toDF().select("error.*").first()
    assert error is not None
    assert error["input"] == '{"id": 3, "price":'
    assert "not JSON" in error["msg"]
    assert error["callsite"]["site"].startswith(__file__)


def test_documents_over_lines_in_arrays_and_behind_paths_are_rows(
    context: GlueContext, tmp_path: Path
) -> None:
    folders = {}
    for name, text in {
        "several": '{\n"id": 1}\n{\n"id": "b"\n}',
        "array": '[{"id": 1},\n{"id": 2}]',
        "path": '{"data": [{"id": 1}, {"id": 2}]}\n{"data": [{"id": 3}]}',
        "broken": '{"id": 1} {"id": ',
        "lines": '[{"id": 1}, {"id": 2}]\n{"id": 3}',
    }.items():
        folders[name] = tmp_path / name
        folders[name].mkdir()
        (folders[name] / "a.json").write_text(text)

    several = read(context, folders["several"], multiLine=True)
    broken = read(context, folders["broken"], multiLine="true")

    held = [row["id"] for row in several.toDF().collect()]
    assert sorted((each["int"], each["string"]) for each in held if each["int"]) == [(1, None)]
    assert [each["string"] for each in held if each["string"]] == ["b"]
    assert ids(read(context, folders["array"], multiLine=True)) == [1, 2]
    assert ids(read(context, folders["path"], jsonPath="$.data[*]")) == [1, 2, 3]
    assert ids(read(context, folders["lines"])) == [1, 2, 3]
    assert (ids(broken), broken.errorsCount()) == ([1], 1)


def test_a_declared_type_needs_no_pass_and_what_is_unlike_it_is_an_error_record(
    context: GlueContext, tmp_path: Path
) -> None:
    (tmp_path / "a.json").write_text('{"id": 1}\n{"id": "b"}\n')
    schema = {
        "type": "struct",
        "fields": [{"name": "id", "type": "long", "nullable": True, "metadata": {}}],
    }

    frame = read(context, tmp_path, withSchema=json.dumps(schema))

    assert frame.toDF().dtypes == [("id", "bigint")]
    assert (ids(frame), frame.errorsCount()) == ([1], 1)


def test_what_cannot_be_read_says_which_source(context: GlueContext, tmp_path: Path) -> None:
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(b'{"id": 1}\n' * 9000)[:-40])

    with pytest.raises(SourceError, match=str(tmp_path)):
        read(context, tmp_path).toDF()
    with pytest.raises(SourceError, match="missing"):
        read(context, tmp_path / "missing")
    with pytest.raises(InvalidInputError, match="JsonPath"):
        read(context, tmp_path, jsonPath="$..id")
