"""Input files to DataFrames: schema and dialect from the catalog, one read for all files."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812

from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.model import NULL_PARTITION
from gluepot.catalog.table_format import serde_parameters, storage_parameters
from gluepot.catalog.types import STRING, TIMESTAMP, parse_type, to_spark_ddl
from gluepot.jobs.errors import SourceError
from gluepot.jobs.reading.compressed_files import TEXT_FORMATS, check_codec
from gluepot.jobs.reading.csv_preamble import FILE_COLUMN, rows_below
from gluepot.jobs.reading.csv_tables import (
    SKIPPED_LINES,
    allow_encoding,
    as_timestamp,
    reader_options,
    timestamp_patterns,
)
from gluepot.jobs.reading.grok_tables import grok_of, grok_rows
from gluepot.jobs.reading.json_documents import json_layout, json_names
from gluepot.jobs.reading.json_rows import document_rows
from gluepot.jobs.reading.text_rows import UTF_8, as_bytes, text_options
from gluepot.jobs.runs.failure import brief
from gluepot.transforms.spark_errors import SPARK_ERRORS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pyspark.sql import Column as SparkColumn
    from pyspark.sql import DataFrame, DataFrameReader, SparkSession

    from gluepot.catalog.model import Column, Table
    from gluepot.jobs.reading.inputs import SourceInput

READ_AS_TEXT = ("csv", "grok")
"""The formats whose values are text, tried as the columns' types."""

EXPLICIT_FILES = 32
"""Up to here Spark is given each file; beyond, it lists the root once and keeps those chosen."""


def read_source(spark: SparkSession, source: SourceInput) -> DataFrame:
    """Return the rows of a source; only the files of ``source`` are opened.

    Raises:
        SourceError: Spark cannot read it as the catalog says.
    """
    with errors_of(source.name):
        if source.by_log:
            return _read_by_log(spark, source)
        if source.table is None:
            return _read_path(spark, source)
        return _read_table(spark, source, source.table)


@contextlib.contextmanager
def errors_of(name: str) -> Iterator[None]:
    """Say of Spark's errors in the block, and of wrong definitions, which source they are about."""
    try:
        with spark_errors_of(name):
            yield
    except InvalidInputError as error:
        raise SourceError(name, str(error)) from error


@contextlib.contextmanager
def spark_errors_of(name: str) -> Iterator[None]:
    """Say of Spark's errors in the block which source they are about."""
    try:
        yield
    except SPARK_ERRORS as error:
        raise SourceError(name, brief(error)) from error


def _read_by_log(spark: SparkSession, source: SourceInput) -> DataFrame:
    # Iceberg reads one metadata file as the table at that moment, without a catalog.
    place = source.root if source.detail is None else f"{source.root}#{source.detail}"
    frame = spark.read.format(source.format).options(**source.options).load(place)
    return frame if source.predicate is None else frame.where(source.predicate)


def _read_path(spark: SparkSession, source: SourceInput) -> DataFrame:
    if not source.files:
        raise SourceError(source.name, f"there is no file at {source.root}")
    reader = plain_reader(spark).format(source.format).options(**source.options)
    return reader.load([file.uri for file in source.files])


def _read_table(spark: SparkSession, source: SourceInput, table: Table) -> DataFrame:
    if not source.files:
        return empty_table(spark, table)
    opened = open_table(spark, source, table)
    return opened.finish([item.value.alias(item.column.name) for item in opened.columns])


def empty_table(spark: SparkSession, table: Table) -> DataFrame:
    """Return no rows, with the columns and partition keys of a table."""
    storage, keys = table.storage_descriptor, table.partition_keys or ()
    columns = () if storage is None else storage.columns or ()
    return spark.createDataFrame([], _ddl([*columns_without(columns, keys), *keys]))


@dataclass(frozen=True, kw_only=True)
class ReadColumn:
    """A column of a table: ``read`` as its files have it, and its ``value`` of its type."""

    column: Column
    read: SparkColumn
    value: SparkColumn


@dataclass(frozen=True, kw_only=True, eq=False)
class OpenTable:
    """The rows of a table's files as they are read, and its columns by them.

    ``finish`` makes rows of columns chosen, with the partition keys behind them.
    """

    rows: DataFrame
    columns: tuple[ReadColumn, ...]
    finish: Callable[[Sequence[SparkColumn]], DataFrame]


def open_table(spark: SparkSession, source: SourceInput, table: Table) -> OpenTable:
    """Return the rows of a table's files, of which there are some.

    Raises:
        InvalidInputError: The catalog's definition cannot be followed.
        SourceError: The files are compressed by what Spark does not undo.
    """
    storage, keys = table.storage_descriptor, table.partition_keys or ()
    columns = () if storage is None else storage.columns or ()
    named = _reading(source.format, table, columns)
    check_codec(spark, source, table)
    rows = _rows(spark, source, table, named)
    key_names = {key.name.lower() for key in keys}
    patterns = timestamp_patterns(serde_parameters(table))
    opened = tuple(
        ReadColumn(
            column=column,
            read=F.col(_quote(read)),
            value=_typed(source.format, read, column, patterns),
        )
        for (read, _), column in zip(named, columns, strict=True)
        if column.name.lower() not in key_names
    )
    return OpenTable(
        rows=rows,
        columns=opened,
        finish=lambda picked: with_partitions(spark, rows, picked, source),
    )


def _rows(
    spark: SparkSession, source: SourceInput, table: Table, named: Sequence[tuple[str, str]]
) -> DataFrame:
    """Return the rows of a table's files under the names and types that they are read by."""
    options = table_options(table, source.format) | dict(source.options)
    encoding = options.get("encoding", UTF_8)
    allow_encoding(spark, encoding)
    schema = ", ".join(f"{_quote(name)} {kind}" for name, kind in named)
    if source.format == "grok":
        lines = raw_texts(spark, source, encoding, whole=False)
        return grok_rows(lines, grok_of(table), encoding, [name for name, _ in named])
    if source.format == "json":
        layout = json_layout(table)
        if not layout.is_plain or encoding.upper() != UTF_8:
            texts = raw_texts(spark, source, encoding, whole=layout.whole)
            return document_rows(texts, layout, encoding, schema, source.options)
    skipped = int(options.pop(SKIPPED_LINES, "0"))
    if skipped:
        lines = only_chosen(plain_reader(spark).format("text"), source)
        return rows_below(lines, file_address(), skipped, schema, options)
    kind = "parquet" if source.format == "symlink" else source.format
    return only_chosen(plain_reader(spark).format(kind).schema(schema).options(**options), source)


def raw_texts(spark: SparkSession, source: SourceInput, encoding: str, *, whole: bool) -> DataFrame:
    """Return lines, or files as a ``whole``, as bytes in ``value``, and ``FILE_COLUMN``."""
    options = text_options(encoding, whole=whole)
    lines = only_chosen(plain_reader(spark).format("text").options(**options), source)
    return as_bytes(lines, file_address())


def plain_reader(spark: SparkSession) -> DataFrameReader:
    """Return a reader of the files and folders that it is told, with nothing taken from names."""
    # Addresses are exact, never patterns, and partitions are the catalog's, not the folders'.
    return spark.read.option("recursiveFileLookup", "true").option("__globPaths__", "false")


def only_chosen(reader: DataFrameReader, source: SourceInput) -> DataFrame:
    """Return what a reader of a format finds in the files of a source."""
    uris = [file.uri for file in source.files]
    root = source.root if source.root.endswith("/") else f"{source.root}/"
    if len(uris) <= EXPLICIT_FILES or not all(uri.startswith(root) for uri in uris):
        return reader.load(uris)
    # Spark asks the store about each file it is given; one listing of the root costs a
    # thousandth. The condition is on constants of each file, so others are never opened.
    return reader.load(source.root).where(file_address().isin(uris))


def file_address() -> SparkColumn:
    """Return the raw address of a row's file; Spark's own is escaped as a URI.

    Of files of this machine Spark writes one slash where listings have three.
    """
    escaped = F.regexp_replace("_metadata.file_path", "^file:/+", "file:///")
    return F.url_decode(F.replace(escaped, F.lit("+"), F.lit("%2B")))


def with_partitions(
    spark: SparkSession, rows: DataFrame, picked: Sequence[SparkColumn], source: SourceInput
) -> DataFrame:
    """Return columns of the rows of files with the partition keys of their table behind them.

    Args:
        spark: Any session.
        rows: As they were read, with Spark's metadata or with FILE_COLUMN.
        picked: The columns.
        source: Its files have the values of the keys.
    """
    keys = () if source.table is None else source.table.partition_keys or ()
    if not keys:
        return rows.select(*picked)
    # A manifest may list files of several partitions that lie in one folder.
    by_file = source.format == "symlink"
    places = {
        file.uri if by_file else file.uri.rpartition("/")[0]: [
            _value(value) for value in file.values or ()
        ]
        for file in source.files
    }
    names = [f"_key_{number}" for number in range(len(keys))]
    schema = ", ".join(["_place string", *(f"{name} string" for name in names)])
    folders = spark.createDataFrame([(place, *values) for place, values in places.items()], schema)
    address = F.col(FILE_COLUMN) if FILE_COLUMN in rows.columns else file_address()
    place = address if by_file else F.regexp_extract(address, "^(.*)/[^/]*$", 1)
    placed = rows.withColumn("_place", place).join(F.broadcast(folders), "_place")
    typed = [
        F.col(name).try_cast(_spark_type(key)).alias(key.name)
        for name, key in zip(names, keys, strict=True)
    ]
    return placed.select(*picked, *typed)


def _value(value: str) -> str | None:
    return None if value == NULL_PARTITION else value


def _typed(kind: str, read: str, column: Column, patterns: list[str]) -> SparkColumn:
    found = F.col(_quote(read))
    type_ = parse_type(column.type or "string")
    if kind in READ_AS_TEXT and type_ == TIMESTAMP:
        found = as_timestamp(found, patterns)
    elif kind in READ_AS_TEXT and type_ != STRING:
        # A null for what is not of the type (NA, -, n/a): under ANSI a cast would end the job.
        found = found.try_cast(_spark_type(column))
    return found


def _reading(kind: str, table: Table, columns: Sequence[Column]) -> list[tuple[str, str]]:
    """Return the name and Spark type under which each column is read from the files."""
    if kind in READ_AS_TEXT:
        return [(column.name, "STRING") for column in columns]
    spelled = json_names(table) if kind == "json" else {}
    return [
        (spelled.get(column.name.lower(), column.name), _spark_type(column)) for column in columns
    ]


def table_options(table: Table, kind: str) -> dict[str, str]:
    """Return Spark's reader options for what the catalog says about a table's files.

    Raises:
        InvalidInputError: It does not say which element of XML is a row.
    """
    parameters = {**storage_parameters(table), **(table.parameters or {})}
    serde = serde_parameters(table)
    if kind == "csv":
        return reader_options(serde, parameters)
    encoding = serde.get("serialization.encoding")
    options = {} if encoding is None or kind not in TEXT_FORMATS else {"encoding": encoding}
    if kind != "xml":
        return options
    tag = parameters.get("rowTag") or parameters.get("xmlRowTag")
    if not tag:
        raise InvalidInputError("its parameters have no rowTag, which says what a row of XML is")
    return options | {"rowTag": tag}


def columns_without(columns: Sequence[Column], keys: Sequence[Column]) -> list[Column]:
    """Return the columns that are not partition keys as well."""
    taken = {key.name.lower() for key in keys}
    return [column for column in columns if column.name.lower() not in taken]


def _ddl(columns: Sequence[Column]) -> str:
    return ", ".join(f"{_quote(column.name)} {_spark_type(column)}" for column in columns)


def _spark_type(column: Column) -> str:
    return to_spark_ddl(parse_type(column.type or "string"))


def _quote(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
