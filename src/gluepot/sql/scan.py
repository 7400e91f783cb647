"""A catalog table as a DuckDB scan of its files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gluepot.catalog.errors import GluepotError
from gluepot.crawlers.sources.objects import open_source
from gluepot.sql.types import duckdb_type, literal, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gluepot.catalog.model import Column, Partition, Table
    from gluepot.crawlers.sources.config import S3Config

READABLE = ("delta", "parquet", "csv", "json")


class QueryError(GluepotError):
    """The query is not a SELECT, is not valid, or reads what cannot be read."""


def table_format(table: Table) -> str:
    """Return one of READABLE.

    Raises:
        QueryError: The table has another format, or none is known.
    """
    parameters = table.parameters or {}
    if parameters.get("spark.sql.sources.provider", "").lower() == "delta":
        return "delta"
    classification = parameters.get("classification", "unknown").lower()
    if classification not in READABLE:
        raise QueryError(
            f"{table.database_name}.{table.name} is a table of format {classification};"
            f" queries read {', '.join(READABLE)}"
        )
    return classification


def table_location(table: Table) -> str:
    """Return where the table lies.

    Raises:
        QueryError: It has no location.
    """
    storage = table.storage_descriptor
    if storage is None or not storage.location:
        raise QueryError(f"{table.database_name}.{table.name} has no location")
    return storage.location.replace("s3a://", "s3://")


def scan_sql(table: Table, partitions: Iterable[Partition], s3: S3Config) -> str:
    """Return a SELECT of every column and partition key, typed as the catalog says.

    The files of each partition are scanned on their own where the folders' names do not hold the
    keys' values (positional partitions), else all in one scan.
    """
    columns = (table.storage_descriptor.columns or ()) if table.storage_descriptor else ()
    keys = table.partition_keys or ()
    if not keys:
        files = list(_files(table_location(table), s3))
        return _select(table, columns, files, {}) or _empty((*columns, *keys))
    scans = [
        _select(table, columns, list(_files(_partition_location(item), s3)), _values(keys, item))
        for item in partitions
    ]
    return "\nUNION ALL ".join(scan for scan in scans if scan) or _empty((*columns, *keys))


def _partition_location(partition: Partition) -> str:
    storage = partition.storage_descriptor
    if storage is None or not storage.location:
        raise QueryError(f"Partition {partition.values} has no location")
    return storage.location.replace("s3a://", "s3://")


def _values(keys: tuple[Column, ...], partition: Partition) -> dict[str, str]:
    return {
        key.name: f"CAST({literal(value)} AS {duckdb_type(key.type)})"
        for key, value in zip(keys, partition.values, strict=True)
    }


def _files(location: str, s3: S3Config) -> Iterator[str]:
    for item in open_source(location, s3).list(location):
        name = item.uri.rpartition("/")[2]
        if item.size and not name.startswith(("_", ".")):
            yield item.uri


def _select(
    table: Table, columns: tuple[Column, ...], files: list[str], values: dict[str, str]
) -> str:
    if not files:
        return ""
    kind = table_format(table)
    types = {column.name: duckdb_type(column.type) for column in columns}
    arguments = [literal(files), "hive_partitioning=false"]
    if kind == "csv":
        arguments += _csv_arguments(table, types)
    elif kind == "json":
        arguments += [f"columns={literal(types)}", "format='newline_delimited'"]
    else:
        arguments.append("union_by_name=true")
    names = [quoted(column.name) for column in columns]
    constants = [f"{value} AS {quoted(name)}" for name, value in values.items()]
    chosen = ", ".join([*names, *constants])
    return f"SELECT {chosen} FROM read_{kind}({', '.join(arguments)})"  # noqa: S608 - quoted above


def _csv_arguments(table: Table, types: dict[str, str]) -> list[str]:
    parameters = table.parameters or {}
    header = parameters.get("skip.header.line.count", "0") != "0"
    nulls = ["", *json.loads(parameters.get("nullMarkers", "[]"))]
    return [
        f"columns={literal(types)}",
        f"header={str(header).lower()}",
        f"delim={literal(parameters.get('delimiter', ','))}",
        f"nullstr={literal(nulls)}",
        "auto_detect=false",
    ]


def _empty(columns: tuple[Column, ...]) -> str:
    names = (f"NULL::{duckdb_type(item.type)} AS {quoted(item.name)}" for item in columns)
    return f"SELECT {', '.join(names) or 'NULL AS nothing'} WHERE false"
