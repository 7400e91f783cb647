"""Delimited tables for DuckDB: Arrow cuts the cells, and DuckDB tries them as the columns' types.

A value that is not of its column's type is null, as it is to Hive and to jobs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gluepot.catalog.table_format import serde_parameters, storage_parameters
from gluepot.jobs.reading.compressed_files import SPARK_CODECS
from gluepot.sql.types import duckdb_type, literal, quoted, timestamp_formats

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gluepot.catalog.model import Column, Table

_COMPRESSED_ENDS = frozenset({*SPARK_CODECS, "br", "lzo"})
"""By the ends of names Arrow knows codecs too, if not the same ones."""


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How delimited files are written; ``escape`` and ``comment`` are empty where there is none."""

    delimiter: str
    quote: str
    escape: str
    skipped: int
    comment: str
    several_lines: bool
    encoding: str
    null: str

    @property
    def is_known_to_arrow(self) -> bool:
        """Return whether Arrow reads such files as they lie."""
        return self.encoding.upper() == "UTF-8" and not self.comment


def dialect_of(table: Table) -> Dialect:
    """Return how a table's files are written, by what a crawler writes to its parameters."""
    parameters = {**storage_parameters(table), **(table.parameters or {})}
    serde = serde_parameters(table)
    marks = (parameters.get("delimiter"), serde.get("field.delim"), serde.get("separatorChar"))
    skipped = parameters.get("skip.header.line.count", serde.get("skip.header.line.count", "0"))
    return Dialect(
        delimiter=next((mark for mark in marks if mark), ","),
        quote=serde.get("quoteChar", '"'),
        escape=serde.get("escape.delim", ""),
        skipped=int(skipped) if skipped.isdecimal() else 0,
        comment=parameters.get("commentChar", ""),
        several_lines=parameters.get("multiLine", "").lower() == "true",
        encoding=serde.get("serialization.encoding", "UTF-8"),
        null=serde.get("serialization.null.format", ""),
    )


def is_read_by_name(codec: str | None, uris: Sequence[str]) -> bool:
    """Return whether Arrow undoes the compression of files, which it knows by their names."""
    if codec is None:
        return True
    ends = {uri.rpartition("/")[2].rpartition(".")[2].lower() for uri in uris}
    return ends <= {"gz"} if codec == "gzip" else codec == "none" and not ends & _COMPRESSED_ENDS


def csv_format(dialect: Dialect, names: Sequence[str], *, skipped: int) -> Any:  # noqa: ANN401
    """Return Arrow's format of delimited files whose cells are text."""
    import pyarrow as pa  # noqa: PLC0415
    from pyarrow import csv, dataset  # noqa: PLC0415

    return dataset.CsvFileFormat(
        parse_options=csv.ParseOptions(
            delimiter=dialect.delimiter,
            quote_char=dialect.quote or False,
            escape_char=dialect.escape or False,
            newlines_in_values=dialect.several_lines,
        ),
        read_options=csv.ReadOptions(skip_rows=skipped, column_names=list(names)),
        convert_options=csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            null_values=["", dialect.null],
            strings_can_be_null=True,
        ),
    )


def typed_cells(table: Table, columns: Sequence[Column]) -> list[str]:
    """Return for each column the SQL that makes its type of a cell."""
    patterns = timestamp_formats(serde_parameters(table).get("timestamp.formats", ""))
    return [f"{_typed(column, patterns)} AS {quoted(column.name)}" for column in columns]


def _typed(column: Column, patterns: list[str]) -> str:
    name, type_ = quoted(column.name), duckdb_type(column.type)
    if type_ == "VARCHAR":
        return name
    cast = f"TRY_CAST({name} AS {type_})"
    if type_ == "TIMESTAMP" and patterns:
        return f"coalesce({cast}, CAST(try_strptime({name}, {literal(patterns)}) AS TIMESTAMP))"
    return cast
