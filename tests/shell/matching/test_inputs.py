"""Records come from files and folders of CSV or Parquet, and from the catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from pyarrow import parquet

from gluepot.catalog.errors import InvalidInputError, StorageError
from gluepot.matching.errors import InputFileError
from gluepot.matching.inputs import FileFormat, read_input

if TYPE_CHECKING:
    from pathlib import Path


def _none(database: str, name: str) -> pa.Table:
    raise AssertionError(database + name)


def test_a_folder_of_csv_is_one_table_whatever_the_order_of_its_columns(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("id;a\n1;x\n")
    (tmp_path / "2.csv").write_text("a;id\ny;2\n")
    (tmp_path / "_SUCCESS").write_text("")

    found = read_input(str(tmp_path), _none)

    assert found.table.to_pydict() == {"id": ["1", "2"], "a": ["x", "y"]}
    assert (found.format, found.delimiter) == (FileFormat.CSV, ";")


def test_a_folder_of_parquet_is_read_with_its_partitions_as_text(tmp_path: Path) -> None:
    for code, value in (("007", 1), ("08", 2)):
        (tmp_path / f"code={code}").mkdir()
        parquet.write_table(pa.table({"id": [value]}), tmp_path / f"code={code}" / "part")

    found = read_input(str(tmp_path), _none)

    assert found.table.to_pydict() == {"id": [1, 2], "code": ["007", "08"]}
    assert found.format is FileFormat.PARQUET


def test_parquet_files_of_unlike_columns_are_one_table(tmp_path: Path) -> None:
    parquet.write_table(pa.table({"id": pa.array([1], pa.int32())}), tmp_path / "a.parquet")
    parquet.write_table(pa.table({"id": [2], "b": ["x"]}), tmp_path / "b.parquet")

    found = read_input(str(tmp_path), _none).table

    assert found.to_pydict() == {"id": [1, 2], "b": [None, "x"]}


def test_a_table_of_the_catalog_is_asked_for_by_name() -> None:
    found = read_input("catalog:raw.people", lambda *names: pa.table({"id": names}))

    assert found.table.to_pydict() == {"id": ["raw", "people"]}
    assert found.format is FileFormat.PARQUET


def test_damaged_parquet_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1 and no more")

    with pytest.raises(InputFileError, match=r"a\.parquet.*cannot be read as Parquet"):
        read_input(str(tmp_path / "a.parquet"), _none)


def test_files_of_a_folder_must_fit_together(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("id,a\n1,x\n")
    (tmp_path / "2.csv").write_text("id,b\n1,x\n")
    with pytest.raises(InputFileError, match=r"2\.csv line 1: its columns are not those of"):
        read_input(str(tmp_path), _none)

    parquet.write_table(pa.table({"id": [1]}), tmp_path / "3.parquet")
    with pytest.raises(InputFileError, match="CSV and other files"):
        read_input(str(tmp_path), _none)


@pytest.mark.parametrize(
    ("word", "error", "words"),
    [
        ("catalog:people", InvalidInputError, "catalog:database.table"),
        ("s3://bucket/people", InvalidInputError, "crawl it"),
        ("no/such/file.csv", StorageError, "No such file"),
    ],
)
def test_what_names_nothing_is_refused(word: str, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        read_input(word, _none)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputFileError, match="holds no file"):
        read_input(str(tmp_path), _none)
