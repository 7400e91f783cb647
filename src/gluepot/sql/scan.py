"""A catalog table as something that DuckDB reads: an Arrow dataset, or files fetched first."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from gluepot.catalog.errors import GluepotError
from gluepot.catalog.table_format import table_format
from gluepot.catalog.types import parse_type, to_arrow
from gluepot.crawlers.sources.objects import open_source
from gluepot.jobs.inputs import list_table
from gluepot.jobs.stores import Stores
from gluepot.sql.types import duckdb_type, literal, quoted, timestamp_formats

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    import pyarrow as pa

    from gluepot.catalog.model import Column, Table
    from gluepot.catalog.store import CatalogStore
    from gluepot.crawlers.sources.config import S3Config

READABLE = ("delta", "parquet", "csv", "json")
FETCHES = 16
"""How many objects are fetched at a time."""


class QueryError(GluepotError):
    """The query is not a SELECT, is not valid, or reads what cannot be read."""


def readable_format(table: Table) -> str:
    """Return one of READABLE.

    Raises:
        QueryError: The table has another format, or none is known.
    """
    found = table_format(table)
    if found not in READABLE:
        raise QueryError(
            f"{table.database_name}.{table.name} is a table of format {found or 'unknown'};"
            f" queries read {', '.join(READABLE)}"
        )
    return found


def table_location(table: Table) -> str:
    """Return where the table lies.

    Raises:
        QueryError: It has no location.
    """
    storage = table.storage_descriptor
    if storage is None or not storage.location:
        raise QueryError(f"{table.database_name}.{table.name} has no location")
    return storage.location.replace("s3a://", "s3://")


def table_files(
    catalog: CatalogStore, table: Table, s3: S3Config
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the URI of each file that a job would read, and its partition's values as text."""
    for file in list_table(catalog, table, expression=None, stores=Stores(s3)):
        yield file.uri, file.values or ()


def arrow_dataset(
    table: Table,
    files: Iterable[tuple[str, tuple[str, ...]]],
    filesystem: Any,  # noqa: ANN401
) -> Any:  # noqa: ANN401
    """Return a Parquet or CSV table as an Arrow dataset, its columns typed as the catalog says."""
    from pyarrow import dataset  # noqa: PLC0415

    format_: Any = dataset.ParquetFileFormat()
    if readable_format(table) == "csv":
        format_ = _csv_format(table)
    keys = arrow_schema(table.partition_keys or ())
    fragments = [
        format_.make_fragment(
            uri.partition("://")[2],
            filesystem,
            partition_expression=_partition_expression(keys, values),
        )
        for uri, values in files
    ]
    columns = arrow_schema((*_columns(table), *(table.partition_keys or ())))
    return dataset.FileSystemDataset(fragments, columns, format_, filesystem)


def arrow_schema(columns: Iterable[Column]) -> pa.Schema:
    """Return the columns as an Arrow schema."""
    import pyarrow as pa  # noqa: PLC0415

    return pa.schema([(item.name, to_arrow(parse_type(item.type or "string"))) for item in columns])


def _partition_expression(keys: pa.Schema, values: tuple[str, ...]) -> Any:  # noqa: ANN401
    import pyarrow as pa  # noqa: PLC0415
    from pyarrow import dataset  # noqa: PLC0415

    expression = dataset.scalar(value=True)
    for key, value in zip(keys, values, strict=True):
        typed = pa.scalar(value).cast(key.type)
        expression = expression & (dataset.field(key.name) == typed)
    return expression


def _csv_format(table: Table) -> Any:  # noqa: ANN401
    from pyarrow import csv, dataset  # noqa: PLC0415

    parameters, serde = table.parameters or {}, _serde(table)
    columns = arrow_schema(_columns(table))
    marker = serde.get("serialization.null.format")
    parsers = [csv.ISO8601, *timestamp_formats(serde.get("timestamp.formats", ""))]
    return dataset.CsvFileFormat(
        parse_options=csv.ParseOptions(delimiter=parameters.get("delimiter", ",")),
        read_options=csv.ReadOptions(
            skip_rows=int(parameters.get("skip.header.line.count", "0")),
            column_names=columns.names,
        ),
        convert_options=csv.ConvertOptions(
            column_types=columns,
            null_values=["", marker] if marker else [""],
            strings_can_be_null=True,
            timestamp_parsers=parsers,
        ),
    )


def _columns(table: Table) -> tuple[Column, ...]:
    return (table.storage_descriptor.columns or ()) if table.storage_descriptor else ()


def _serde(table: Table) -> Mapping[str, str]:
    storage = table.storage_descriptor
    serde = storage.serde_info if storage else None
    return (serde.parameters if serde else None) or {}


def json_scan(
    table: Table, files: Iterable[tuple[str, tuple[str, ...]]], s3: S3Config, folder: Path
) -> str:
    """Return a SELECT over a JSON table's files, which are fetched to ``folder`` first.

    Arrow has no JSON reader that takes compressed files and nested types; DuckDB's reads only
    local ones, as its S3 extension is a download of its own.
    """
    keys = table.partition_keys or ()
    source = open_source(table_location(table), s3)

    def fetch(number: int, uri: str, values: tuple[str, ...]) -> Path:
        parts = [f"{key.name}={quote(value, '')}" for key, value in zip(keys, values, strict=True)]
        path = folder.joinpath(*parts, f"{number}-{quote(uri.rpartition('/')[2], '')[-200:]}")
        path.parent.mkdir(parents=True, exist_ok=True)
        (info,) = source.list(uri)
        path.write_bytes(source.read(uri, 0, info.size))
        return path

    with ThreadPoolExecutor(FETCHES) as pool:
        found = list(pool.map(lambda item: fetch(item[0], *item[1]), enumerate(files)))
    columns = _columns(table)
    if not found:
        return _empty((*columns, *keys))
    types = {column.name: duckdb_type(column.type) for column in columns}
    hive = {key.name: duckdb_type(key.type) for key in keys}
    arguments = [
        literal([str(path) for path in found]),
        f"columns={literal(types)}",
        "format='newline_delimited'",
        f"hive_partitioning={str(bool(hive)).lower()}",
    ]
    if hive:
        arguments.append(f"hive_types={literal(hive)}")
    chosen = ", ".join(quoted(name) for name in (*types, *hive))
    return f"SELECT {chosen} FROM read_json({', '.join(arguments)})"  # noqa: S608 - quoted above


def _empty(columns: tuple[Column, ...]) -> str:
    names = (f"NULL::{duckdb_type(item.type)} AS {quoted(item.name)}" for item in columns)
    return f"SELECT {', '.join(names) or 'NULL AS nothing'} WHERE false"
