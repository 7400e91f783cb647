"""Tables of the catalog that lie in a queue: where it is, and what its records hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.table_format import serde_parameters, storage_parameters, table_format
from gluepot.catalog.types import parse_type, to_spark_ddl
from gluepot.jobs.streaming.reading import read_stream
from gluepot.transforms.paths import quote

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import DataFrame

    from gluepot.catalog.model import Column, Table
    from gluepot.jobs.context import GlueContext
    from gluepot.jobs.streaming.kafka import Connections

_KAFKA = ("topicName", "bootstrap.servers", "connectionName", "security.protocol")
_KINESIS = ("streamARN", "streamName", "endpointUrl", "kinesisUrl")
_SHARED = ("classification", "delimiter", "avroSchema", "schema", "inferSchema")


def stream_type(table: Table) -> str | None:
    """Return ``kafka`` or ``kinesis`` for a table that lies in a queue, else None."""
    found = _parameters(table)
    named = found.get("typeOfData", "").lower()
    if named in {"kafka", "kinesis"}:
        return named
    if "topicName" in found:
        return "kafka"
    return "kinesis" if "streamARN" in found else None


def is_stream_table(table: Table) -> bool:
    """Return whether a table lies in a queue and not in files."""
    return stream_type(table) is not None


def read_table_stream(
    context: GlueContext,
    table: Table,
    options: Mapping[str, Any],
    *,
    transformation_ctx: str = "",
    connections: Connections | None = None,
) -> DataFrame:
    """Return a table that lies in a queue as a stream, its columns those of the catalog.

    Args:
        context: Whose session reads.
        table: One that ``is_stream_table`` holds for.
        options: Go before what the catalog says; ``inferSchema`` true looks for the columns in
            each batch instead.
        transformation_ctx: Not used: what was read stands in the checkpoint.
        connections: Finds the properties of a connection of the catalog, with its secrets.

    Raises:
        InvalidInputError: The table does not lie in a queue, or an option is wrong.
    """
    kind = stream_type(table)
    if kind is None:
        raise InvalidInputError(f"table {table.database_name}.{table.name} lies in no queue")
    given = (_kafka if kind == "kafka" else _kinesis)(table) | _payload(table) | dict(options)
    return read_stream(
        context, kind, given, transformation_ctx=transformation_ctx, connections=connections
    )


def _parameters(table: Table) -> dict[str, str]:
    return {**storage_parameters(table), **(table.parameters or {})}


def _kafka(table: Table) -> dict[str, str]:
    found = _parameters(table)
    return {name: found[name] for name in _KAFKA if found.get(name)}


def _kinesis(table: Table) -> dict[str, str]:
    found = {name: value for name, value in _parameters(table).items() if name in _KINESIS}
    endpoint = found.pop("kinesisUrl", None)
    storage = table.storage_descriptor
    place = storage.location if storage is not None else None
    if not {"streamARN", "streamName"} & found.keys() and place:
        # Glue's console puts the name of the stream where files have their folder.
        found["streamName"] = place
    return {"endpointUrl": endpoint} | found if endpoint else found


def _payload(table: Table) -> dict[str, str]:
    found = {name: value for name, value in _parameters(table).items() if name in _SHARED}
    serde = serde_parameters(table)
    marks = (serde.get("field.delim"), serde.get("separatorChar"))
    delimiter = next((mark for mark in marks if mark), None)
    columns = (table.storage_descriptor.columns if table.storage_descriptor else None) or ()
    kind = found.get("classification") or table_format(table)
    derived = {"classification": kind, "delimiter": delimiter, "schema": _schema(kind, columns)}
    if kind == "avro":
        derived["schema"] = serde.get("avro.schema.literal") or found.get("avroSchema")
    return {name: value for name, value in derived.items() if value} | found


def _schema(kind: str | None, columns: Sequence[Column]) -> str | None:
    if kind is None or not columns:
        return None
    return ", ".join(
        f"{quote(column.name)} {to_spark_ddl(parse_type(column.type or 'string'))}"
        for column in columns
    )
