"""The data that is crawled: written once, read by everybody, with the answer that is expected."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from crawling.parquet_files import add_files, many_columns, wide_columns, write_many, write_wide
from crawling.text_files import (
    BLOCK_MEGABYTES,
    DEEP_COLUMNS,
    LONG_COLUMNS,
    write_deep_json,
    write_long_csv,
    write_wide_csv,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Format = Literal["parquet", "csv", "json"]
NAMES = ("many", "wide", "wide-csv", "deep-json", "long-csv")


@dataclass(frozen=True, kw_only=True)
class Shape:
    """Files of one table.

    Attributes:
        name: One of ``NAMES``.
        format: What the files are.
        size: How large it is, in ``unit``.
        unit: What ``size`` counts.
        files: How many there are.
        columns: The Hive type of each column, as the files were written.
        keys: The Hive type of each partition key.
        write: Writes it below a folder.
        add: Puts one more file into some of the folders and returns them; None for single files.
    """

    name: str
    format: Format
    size: int
    unit: str
    files: int
    columns: dict[str, str]
    keys: dict[str, str]
    write: Callable[[Path], None]
    add: Callable[[Path], list[Path]] | None = None

    @property
    def folder(self) -> str:
        """Where it lies below the root; the last name becomes the table's."""
        return f"{self.name}-{self.size}/t"


def many(files: int) -> Shape:
    """Return small Parquet files in Hive folders of ten; every tenth has a column more."""
    return Shape(
        name="many",
        format="parquet",
        size=files,
        unit="files",
        files=files,
        columns=many_columns(),
        keys={"year": "int", "part": "int"},
        write=lambda folder: write_many(folder, files),
        add=lambda folder: add_files(folder, files),
    )


def wide(columns: int, files: int) -> Shape:
    """Return Parquet files of many columns, in Hive folders of ten."""
    return Shape(
        name="wide",
        format="parquet",
        size=columns,
        unit="columns",
        files=files,
        columns=wide_columns(columns),
        keys={"part": "int"},
        write=lambda folder: write_wide(folder, columns=columns, files=files),
    )


def wide_csv(columns: int) -> Shape:
    """Return one CSV file of many columns and 1,000 rows."""
    return _single(
        "wide-csv",
        "csv",
        size=columns,
        unit="columns",
        columns={f"c{i:04}": ("bigint", "double", "string")[i % 3] for i in range(columns)},
        write=lambda folder: write_wide_csv(folder, columns),
    )


def deep_json(lines: int) -> Shape:
    """Return one file of JSON lines, nested twelve levels deep, with arrays of structs."""
    return _single(
        "deep-json",
        "json",
        size=lines,
        unit="lines",
        columns=DEEP_COLUMNS,
        write=lambda folder: write_deep_json(folder, lines),
    )


def long_csv(megabytes: int) -> Shape:
    """Return one long CSV file."""
    return _single(
        "long-csv",
        "csv",
        size=megabytes,
        unit="MB",
        columns=LONG_COLUMNS,
        write=lambda folder: write_long_csv(folder, megabytes),
    )


def few(shape: Shape) -> Shape:
    """Return a little of the same kind, for readers to warm up with."""
    small = {
        "many": lambda: many(20),
        "wide": lambda: wide(20, 20),
        "wide-csv": lambda: wide_csv(20),
        "deep-json": lambda: deep_json(20),
        "long-csv": lambda: long_csv(BLOCK_MEGABYTES),
    }
    return replace(small[shape.name](), name="few")


def _single(  # noqa: PLR0913 - a shape without folders
    name: str,
    kind: Format,
    *,
    size: int,
    unit: str,
    columns: dict[str, str],
    write: Callable[[Path], None],
) -> Shape:
    return Shape(
        name=name,
        format=kind,
        size=size,
        unit=unit,
        files=1,
        columns=columns,
        keys={},
        write=write,
    )
