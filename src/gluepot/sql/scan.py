"""A catalog table as something that DuckDB reads: an Arrow dataset, or files fetched first."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

from gluepot.catalog.model import NULL_PARTITION
from gluepot.catalog.table_format import serde_parameters, table_format
from gluepot.catalog.types import parse_type, to_arrow
from gluepot.crawlers.sources.objects import FILE_SCHEME, normalize_uri, open_source
from gluepot.jobs.reading.compressed_files import whole_file_codec
from gluepot.jobs.reading.inputs import READABLE as READ_BY_JOBS
from gluepot.jobs.reading.inputs import list_table
from gluepot.jobs.reading.json_documents import json_layout, json_names
from gluepot.jobs.reading.unreadable import why_unreadable
from gluepot.sql.delimited import csv_format, dialect_of, is_read_by_name, typed_cells
from gluepot.sql.fetched import QueryError, delimited_lines, fetch, json_lines
from gluepot.sql.storage import arrow_filesystem
from gluepot.sql.types import duckdb_type, literal, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import pyarrow as pa

    from gluepot.catalog.model import Column, Table
    from gluepot.catalog.store import CatalogStore
    from gluepot.crawlers.sources.config import S3Config
    from gluepot.jobs.run_context.stores import Stores

Files: TypeAlias = "Iterable[tuple[str, tuple[str, ...]]]"
"""The address of each file, and its partition's values as text."""

READABLE = ("delta", "parquet", "symlink", "orc", "csv", "json")


def readable_format(table: Table) -> str:
    """Return one of READABLE.

    Raises:
        QueryError: The table has another format, or none is known.
    """
    found = table_format(table)
    if found not in READABLE:
        said = why_unreadable(table, found, READABLE, "queries")
        if found in READ_BY_JOBS:
            said += ". Jobs and Spark SQL read it"
        raise QueryError(said)
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
    catalog: CatalogStore, table: Table, stores: Stores, expression: str | None = None
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the URI of each file that a job would read, and its partition's values as text.

    ``expression`` chooses partitions; without it all are read.
    """
    for file in list_table(catalog, table, expression=expression, stores=stores):
        yield file.uri, file.values or ()


def check_log(table: Table, stores: Stores) -> None:
    """Check where a table lies whose log says which files it has: no listing does.

    Raises:
        FileRootError: On this machine, where files are not shown.
    """
    place = normalize_uri(table_location(table))
    if stores.roots is not None and place.startswith(FILE_SCHEME):
        stores.roots.check(place)


def dataset_scan(table: Table, files: Files, s3: S3Config) -> tuple[Any, str]:
    """Return a Parquet or ORC table as an Arrow dataset, and the columns to select from it."""
    from pyarrow import dataset  # noqa: PLC0415

    orc = readable_format(table) == "orc"
    format_: Any = dataset.OrcFileFormat() if orc else dataset.ParquetFileFormat()
    filesystem = arrow_filesystem(table_location(table), s3)
    keys = table.partition_keys or ()
    fragments = _fragments(format_, filesystem, keys, files)
    # Arrow tells names by their case, which the catalog does not keep.
    known = _names_in(fragments[0]) if fragments else ()
    spelled = {name.lower(): name for name in known}
    columns = _columns(table)
    physical = [
        replace(column, name=spelled.get(column.name.lower(), column.name)) for column in columns
    ]
    found = dataset.FileSystemDataset(
        fragments, arrow_schema((*physical, *keys)), format_, filesystem
    )
    chosen = [
        f"{quoted(there.name)} AS {quoted(column.name)}"
        for there, column in zip(physical, columns, strict=True)
    ]
    return found, ", ".join([*chosen, *(quoted(key.name) for key in keys)])


def _names_in(fragment: Any) -> list[str]:  # noqa: ANN401
    """Return the columns of a file as it spells them.

    Raises:
        QueryError: It is damaged.
    """
    import pyarrow as pa  # noqa: PLC0415

    try:
        names: list[str] = fragment.physical_schema.names
    except (OSError, pa.ArrowException) as error:
        raise QueryError(f"{fragment.path} cannot be read: {error}") from error
    return names


def csv_scan(table: Table, files: Files, s3: S3Config, folder: Path) -> tuple[Any, str]:
    """Return a delimited table as an Arrow dataset, and the columns to select from it.

    Files that Arrow does not read as they lie are fetched to ``folder`` first.
    """
    from pyarrow import dataset, fs  # noqa: PLC0415

    dialect, keys, found = dialect_of(table), table.partition_keys or (), list(files)
    filesystem = arrow_filesystem(table_location(table), s3)
    skipped = dialect.skipped
    by_name = is_read_by_name(whole_file_codec(table), [uri for uri, _ in found])
    if not (by_name and dialect.is_known_to_arrow):
        source = open_source(table_location(table), s3)
        lay_out = delimited_lines(dialect.encoding, skipped, dialect.comment)
        fetched = fetch(found, source, folder, keys, lay_out)
        found = [(f"file://{file.path}", file.values) for file in fetched]
        filesystem, skipped = fs.LocalFileSystem(), 0
    columns = _columns(table)
    names = [column.name for column in columns]
    format_ = csv_format(dialect, names, skipped=skipped)
    texts = [replace(column, type="string") for column in columns]
    rows = dataset.FileSystemDataset(
        _fragments(format_, filesystem, keys, found),
        arrow_schema((*texts, *keys)),
        format_,
        filesystem,
    )
    return rows, ", ".join([*typed_cells(table, columns), *(quoted(key.name) for key in keys)])


def arrow_schema(columns: Iterable[Column]) -> pa.Schema:
    """Return the columns as an Arrow schema."""
    import pyarrow as pa  # noqa: PLC0415

    return pa.schema([(item.name, to_arrow(parse_type(item.type or "string"))) for item in columns])


def _fragments(format_: Any, filesystem: Any, keys: Iterable[Column], files: Files) -> list[Any]:  # noqa: ANN401
    schema = arrow_schema(keys)
    in_s3 = filesystem.type_name == "s3"
    return [
        format_.make_fragment(
            _path(uri, in_s3=in_s3),
            filesystem,
            partition_expression=_partition_expression(schema, values),
        )
        for uri, values in files
    ]


def _path(uri: str, *, in_s3: bool) -> str:
    scheme, _, path = uri.partition("://")
    if (scheme == "s3") != in_s3:
        # Taken as a path of the other store it would be another file.
        raise QueryError(f"{uri} lies in another store than its table does; a job reads both")
    return path


def _partition_expression(keys: pa.Schema, values: tuple[str, ...]) -> Any:  # noqa: ANN401
    from pyarrow import dataset  # noqa: PLC0415

    expression = dataset.scalar(value=True)
    for key, value in zip(keys, values, strict=True):
        field, typed = dataset.field(key.name), _typed_value(value, key.type)
        expression = expression & (field.is_null() if typed is None else field == typed)
    return expression


def _typed_value(value: str, type_: pa.DataType) -> pa.Scalar | None:
    """Return a partition's value, None for null and for what is not of its key's type."""
    import pyarrow as pa  # noqa: PLC0415

    if value == NULL_PARTITION:
        return None
    try:
        return pa.scalar(value).cast(type_)
    except pa.ArrowInvalid:
        return None


def _columns(table: Table) -> tuple[Column, ...]:
    return tuple(table.storage_descriptor.columns or ()) if table.storage_descriptor else ()


def json_scan(table: Table, files: Files, s3: S3Config, folder: Path) -> str:
    """Return a SELECT over a JSON table's files, which are fetched to ``folder`` first.

    Arrow has no JSON reader that takes compressed files and nested types; DuckDB's reads only
    local ones, as its S3 extension is a download of its own.
    """
    keys = table.partition_keys or ()
    source = open_source(table_location(table), s3)
    encoding = serde_parameters(table).get("serialization.encoding", "UTF-8")
    found = fetch(files, source, folder, keys, json_lines(json_layout(table), encoding))
    columns = _columns(table)
    if not found:
        return _empty((*columns, *keys))
    spelled = json_names(table)
    names = [spelled.get(column.name.lower(), column.name) for column in columns]
    types = {name: duckdb_type(column.type) for name, column in zip(names, columns, strict=True)}
    hive = {key.name: duckdb_type(key.type) for key in keys}
    arguments = [
        literal([str(file.path) for file in found]),
        f"columns={literal(types)}",
        "format='newline_delimited'",
        f"hive_partitioning={str(bool(hive)).lower()}",
    ]
    if hive:
        arguments.append(f"hive_types={literal(hive)}")
    chosen = [
        f"{quoted(name)} AS {quoted(column.name)}"
        for name, column in zip(names, columns, strict=True)
    ]
    chosen += map(quoted, hive)
    return f"SELECT {', '.join(chosen)} FROM read_json({', '.join(arguments)})"  # noqa: S608


def _empty(columns: tuple[Column, ...]) -> str:
    names = (f"NULL::{duckdb_type(item.type)} AS {quoted(item.name)}" for item in columns)
    return f"SELECT {', '.join(names) or 'NULL AS nothing'} WHERE false"
