"""What is matched: files and folders of CSV or Parquet, and tables of the catalog."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import dataset

from gluepot.catalog.errors import InvalidInputError, StorageError
from gluepot.matching.csv_files import read_csv
from gluepot.matching.errors import InputFileError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CATALOG = "catalog:"
_PARQUET = b"PAR1"
_HIDDEN = ("_", ".")


class FileFormat(StrEnum):
    """How records are written: as they were read, those of the catalog as Parquet."""

    CSV = "csv"
    PARQUET = "parquet"


@dataclass(frozen=True, kw_only=True)
class Input:
    """Records as they came.

    Attributes:
        name: What they were called on the command line.
        table: Every column; those of CSV are texts.
        format: How they were written.
        delimiter: Of CSV.
    """

    name: str
    table: pa.Table
    format: FileFormat
    delimiter: str = ","


def read_input(word: str, read_catalog: Callable[[str, str], pa.Table]) -> Input:
    """Return the records that a word of the command line names.

    Args:
        word: A file, a folder, or ``catalog:database.table``.
        read_catalog: Returns the rows of a table, given its database and its name.

    Raises:
        InputFileError: A file is malformed or damaged; its line is named where there are lines.
        InvalidInputError: The word names nothing that can be read.
        StorageError: There is no such file, or it may not be read.
        GluepotError: The catalog's table cannot be read.
    """
    if word.startswith(CATALOG):
        database, _, name = word.removeprefix(CATALOG).partition(".")
        if not (database and name):
            raise InvalidInputError(f"{word!r} names no table; write catalog:database.table")
        table = read_catalog(database, name)
        return Input(name=word, table=_checked(table, word), format=FileFormat.PARQUET)
    if "://" in word:
        raise InvalidInputError(
            f"{word} is no path of this machine: crawl it, and give catalog:database.table"
        )
    try:
        return _read_path(word, Path(word))
    except OSError as error:
        raise StorageError(f"{word} cannot be read: {error.strerror or error}") from error


def _read_path(word: str, path: Path) -> Input:
    files = _files(path) if path.is_dir() else [path]
    if not files:
        raise InputFileError("the folder holds no file", word)
    formats = {_format(file) for file in files}
    if len(formats) > 1:
        raise InputFileError("the folder holds CSV and other files", word)
    if formats == {FileFormat.PARQUET}:
        table = _read_parquet(path, files, word)
        return Input(name=word, table=_checked(table, word), format=FileFormat.PARQUET)
    return _read_csv_files(word, files)


def _files(folder: Path) -> list[Path]:
    """Return the files below a folder, those left out that begin with ``_`` or ``.``."""
    return sorted(
        file
        for file in folder.rglob("*")
        if file.is_file()
        and not any(part.startswith(_HIDDEN) for part in file.relative_to(folder).parts)
    )


def _format(file: Path) -> FileFormat:
    with file.open("rb") as opened:
        return FileFormat.PARQUET if opened.read(4) == _PARQUET else FileFormat.CSV


def _read_csv_files(word: str, files: Sequence[Path]) -> Input:
    found = [read_csv(file) for file in files]
    names = found[0].table.column_names
    for file, other in zip(files, found, strict=True):
        if sorted(other.table.column_names) != sorted(names):
            raise InputFileError(
                f"its columns are not those of {files[0]}: {', '.join(other.table.column_names)}",
                str(file),
                1,
            )
    table = pa.concat_tables([each.table.select(names) for each in found])
    return Input(name=word, table=table, format=FileFormat.CSV, delimiter=found[0].delimiter)


def _read_parquet(path: Path, files: Sequence[Path], word: str) -> pa.Table:
    """Return the rows of Parquet files; what their folders tell, ``key=value``, are texts."""
    keys = _partition_keys(path, files[0])
    hive = dataset.partitioning(pa.schema([(key, pa.string()) for key in keys]), flavor="hive")
    read = partial(
        dataset.dataset,
        [str(file) for file in files],
        format="parquet",
        partitioning=hive if keys else None,
        partition_base_dir=str(path),
    )
    try:
        parts = read()
        schemas = [part.physical_schema for part in parts.get_fragments()]
        # The first file's columns come first, the folders' last.
        schema = pa.unify_schemas([*schemas, parts.schema], promote_options="permissive")
        return read(schema=schema).to_table()
    except pa.ArrowException as error:
        raise InputFileError(f"it cannot be read as Parquet: {error}", word) from error


def _partition_keys(path: Path, file: Path) -> list[str]:
    if path == file:
        return []
    folders = file.relative_to(path).parts[:-1]
    return [folder.partition("=")[0] for folder in folders if "=" in folder]


def _checked(table: pa.Table, word: str) -> pa.Table:
    names = table.column_names
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputFileError(f"the column {twice!r} is there twice", word)
    return table
