"""A table as the statement that makes it: in Hive's dialect, which Athena takes too, or Spark's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.table_format import serde_parameters, storage_parameters, table_format
from gluepot.catalog.types import (
    Array,
    Map,
    Struct,
    Union,
    parse_type,
    print_type,
    to_spark_ddl,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gluepot.catalog.model import Column, Partition, StorageDescriptor, Table
    from gluepot.catalog.types import Type

_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PRESTO_VIEW = "/* Presto"
_SPARK_FORMATS = frozenset(
    {"parquet", "orc", "avro", "json", "csv", "text", "delta", "iceberg", "hudi"}
)
_CSV_OPTIONS = {
    "field.delim": "sep",
    "separatorChar": "sep",
    "quoteChar": "quote",
    "escapeChar": "escape",
    "escape.delim": "escape",
    "serialization.null.format": "nullValue",
}


def hive_ddl(table: Table) -> str:
    """Return Hive's ``CREATE EXTERNAL TABLE`` or ``CREATE VIEW`` of a table.

    Raises:
        InvalidInputError: The table is a view in another engine's language, or has no columns.
    """
    if _is_view(table):
        return _view_ddl(table)
    clauses = [
        f"CREATE EXTERNAL TABLE {_full_name(table)} (\n{_hive_columns(table)}\n)",
        _comment(table.description),
        *_hive_partitioned(table),
        *_hive_storage(table.storage_descriptor),
        *_properties("TBLPROPERTIES", table.parameters or {}),
    ]
    return "\n".join(filter(None, clauses)) + ";"


def spark_ddl(table: Table) -> str:
    """Return Spark's ``CREATE TABLE ... USING`` or ``CREATE VIEW`` of a table.

    Raises:
        InvalidInputError: The table is a view in another engine's language, has no columns, is
            of a format that Spark does not read, or has a column of a type that Spark lacks.
    """
    if _is_view(table):
        return _view_ddl(table)
    found = table_format(table)
    if found not in _SPARK_FORMATS:
        raise InvalidInputError(
            f"{_plain_name(table)} is of format {found or 'unknown'}; Spark reads"
            f" {', '.join(sorted(_SPARK_FORMATS))}"
        )
    keys = [_quoted(key.name) for key in table.partition_keys or ()]
    clauses = [
        f"CREATE TABLE {_full_name(table)} (\n{_spark_columns(table)}\n)",
        f"USING {found}",
        *_properties("OPTIONS", _spark_options(table, found)),
        f"PARTITIONED BY ({', '.join(keys)})" if keys else "",
        _comment(table.description),
        _location(table.storage_descriptor),
        *_properties("TBLPROPERTIES", table.parameters or {}),
    ]
    return "\n".join(filter(None, clauses)) + ";"


def partitions_ddl(table: Table, partitions: Iterable[Partition]) -> Iterator[str]:
    """Yield one ``ALTER TABLE ... ADD PARTITION`` for each partition, for Hive and Spark."""
    keys = [_quoted(key.name) for key in table.partition_keys or ()]
    for partition in partitions:
        values = zip(keys, partition.values, strict=True)
        chosen = ", ".join(f"{key} = {_text(value)}" for key, value in values)
        place = _location(partition.storage_descriptor)
        added = f"ALTER TABLE {_full_name(table)} ADD IF NOT EXISTS PARTITION ({chosen})"
        yield f"{added} {place}".rstrip() + ";"


def _is_view(table: Table) -> bool:
    return (table.table_type or "").upper() == "VIRTUAL_VIEW"


def _view_ddl(table: Table) -> str:
    text = table.view_expanded_text or table.view_original_text or ""
    if (
        not text
        or text.lstrip().startswith(_PRESTO_VIEW)
        or _PRESTO_VIEW in (table.view_original_text or "")
    ):
        raise InvalidInputError(
            f"{_plain_name(table)} is a view of Athena or Trino, whose text is not of this dialect"
        )
    return f"CREATE VIEW {_full_name(table)} AS\n{text.rstrip().rstrip(';')};"


def _columns(table: Table) -> Sequence[Column]:
    storage = table.storage_descriptor
    columns = (storage.columns or ()) if storage is not None else ()
    if not columns:
        raise InvalidInputError(f"{_plain_name(table)} has no columns, so no statement makes it")
    return columns


def _hive_columns(table: Table) -> str:
    return ",\n".join(f"  {_hive_column(column)}" for column in _columns(table))


def _hive_column(column: Column) -> str:
    text = _hive_type(parse_type(column.type or "string"))
    return f"{_quoted(column.name)} {text} {_comment(column.comment)}".rstrip()


def _hive_type(type_: Type) -> str:
    """Return a type as a statement has it: there odd names of members stand in back-quotes."""
    match type_:
        case Array(element):
            return f"array<{_hive_type(element)}>"
        case Map(key, value):
            return f"map<{_hive_type(key)},{_hive_type(value)}>"
        case Struct(fields):
            inner = (f"{_member(item.name)}:{_hive_type(item.type)}" for item in fields)
            return f"struct<{','.join(inner)}>"
        case Union(members):
            return f"uniontype<{','.join(map(_hive_type, members))}>"
        case _:
            return print_type(type_)


def _member(name: str) -> str:
    return name if _PLAIN_NAME.fullmatch(name) else _quoted(name)


def _spark_columns(table: Table) -> str:
    return ",\n".join(
        f"  {_quoted(column.name)} {to_spark_ddl(parse_type(column.type or 'string'))}"
        f" {_comment(column.comment)}".rstrip()
        for column in (*_columns(table), *(table.partition_keys or ()))
    )


def _hive_partitioned(table: Table) -> list[str]:
    keys = [_hive_column(key) for key in table.partition_keys or ()]
    return [f"PARTITIONED BY ({', '.join(keys)})"] if keys else []


def _hive_storage(storage: StorageDescriptor | None) -> Iterator[str]:
    if storage is None:
        return
    if storage.bucket_columns:
        names = ", ".join(map(_quoted, storage.bucket_columns))
        order = ", ".join(
            f"{_quoted(item.column)} {'ASC' if item.sort_order else 'DESC'}"
            for item in storage.sort_columns or ()
        )
        sorted_by = f" SORTED BY ({order})" if order else ""
        yield f"CLUSTERED BY ({names}){sorted_by} INTO {storage.number_of_buckets} BUCKETS"
    serde = storage.serde_info
    if serde is not None and serde.serialization_library:
        yield f"ROW FORMAT SERDE {_text(serde.serialization_library)}"
        yield from _properties("WITH SERDEPROPERTIES", serde.parameters or {})
    if storage.input_format and storage.output_format:
        yield f"STORED AS INPUTFORMAT {_text(storage.input_format)}"
        yield f"OUTPUTFORMAT {_text(storage.output_format)}"
    yield _location(storage)


def _spark_options(table: Table, found: str) -> dict[str, str]:
    if found != "csv":
        return {}
    parameters = {**storage_parameters(table), **(table.parameters or {})}
    options = {
        _CSV_OPTIONS[key]: value
        for key, value in serde_parameters(table).items()
        if key in _CSV_OPTIONS
    }
    options.setdefault("sep", parameters.get("delimiter", ","))
    options["header"] = str(parameters.get("skip.header.line.count", "0") == "1").lower()
    return options


def _location(storage: StorageDescriptor | None) -> str:
    return f"LOCATION {_text(storage.location)}" if storage and storage.location else ""


def _comment(text: str | None) -> str:
    return f"COMMENT {_text(text)}" if text else ""


def _properties(keyword: str, properties: Mapping[str, str]) -> list[str]:
    if not properties:
        return []
    pairs = ",\n".join(f"  {_text(key)} = {_text(value)}" for key, value in properties.items())
    return [f"{keyword} (\n{pairs}\n)"]


def _full_name(table: Table) -> str:
    return f"{_quoted(table.database_name)}.{_quoted(table.name)}"


def _plain_name(table: Table) -> str:
    return f"{table.database_name}.{table.name}"


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _text(value: str) -> str:
    """Return a literal: Hive and Spark both take the backslash as an escape."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return "'" + escaped.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t") + "'"
