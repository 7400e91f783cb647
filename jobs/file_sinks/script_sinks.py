"""What a script writes to files: ``getSink``, and ``write_dynamic_frame``'s two ways."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.table_format import serde_parameters, storage_parameters
from gluepot.crawlers.sources.objects import normalize_uri
from gluepot.jobs.file_sinks.data_sink import DataSink, update_behavior
from gluepot.jobs.file_sinks.formats import FileFormat, file_format, log_unknown
from gluepot.jobs.file_sinks.writing import Destination, write_frame
from gluepot.jobs.parameters.script_options import is_true
from gluepot.jobs.reading.csv_tables import SKIPPED_LINES, reader_options
from gluepot.jobs.reading.inputs import table_format

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.catalog.model import Table
    from gluepot.transforms.collection import DynamicFrameCollection
    from gluepot.transforms.frame import DynamicFrame

__all__ = ["DataSink", "write_to_catalog", "write_to_options"]

_KNOWN = ("enableUpdateCatalog", "updateBehavior", "partitionKeys", "compression")
_WRITTEN_AS = ("sep", "quote", "escape", "header", "nullValue", "encoding")
"""Which of the options that a CSV table is read by say how it is written."""


def write_to_options(  # noqa: PLR0913 - Glue's arguments
    frame: DynamicFrame | DynamicFrameCollection,
    connection_type: str,
    connection_options: Mapping[str, Any],
    kind: str | None,
    format_options: Mapping[str, Any],
    *,
    transformation_ctx: str,
) -> DynamicFrame | DynamicFrameCollection:
    """Write a frame or a collection, as ``write_dynamic_frame.from_options`` says.

    Raises:
        InvalidInputError: The connection, the format or an option cannot be used.
        SinkError: The rows could not be written.
    """
    sink = DataSink(connection_type, connection_options, transformation_ctx=transformation_ctx)
    if kind is not None:
        sink.setFormat(kind, **format_options)
    return sink.write(frame)


def write_to_catalog(
    frame: DynamicFrame,
    name: str,
    table: Table,
    *,
    transformation_ctx: str,
    options: Mapping[str, Any],
) -> DynamicFrame:
    """Write a frame where a table lies, as its files are read, in its partitions.

    With ``enableUpdateCatalog`` the table and its partitions follow. ``name`` is the table's as
    the script spells it.

    Raises:
        InvalidInputError: The table's format is not written.
        SinkError: The rows could not be written.
    """
    return write_frame(
        frame,
        Destination(
            path=_location(table),
            format=_format_of(table, options, transformation_ctx or name),
            partition_keys=tuple(key.name for key in table.partition_keys or ()),
            table=(table.database_name, table.name)
            if is_true(options.get("enableUpdateCatalog"))
            else None,
            upkeep=update_behavior(options),
            transformation_ctx=transformation_ctx,
        ),
    )


def _location(table: Table) -> str:
    storage = table.storage_descriptor
    if storage is None or not storage.location:
        raise InvalidInputError(f"table {table.database_name}.{table.name} has no location")
    return normalize_uri(storage.location)


def _format_of(table: Table, options: Mapping[str, Any], sink: str) -> FileFormat:
    kind = table_format(table)
    if kind in {"delta", "iceberg"}:
        own = {name: options[name] for name in options if name not in _KNOWN}
        return file_format(kind, own, sink)
    for option in options:
        if option not in _KNOWN:
            log_unknown(sink, option, _KNOWN)
    parameters = {**storage_parameters(table), **(table.parameters or {})}
    compression = options.get("compression") or _codec(kind, parameters)
    found = file_format(kind, {"compression": compression}, sink)
    if kind != "csv":
        return found
    read = reader_options(serde_parameters(table), parameters)
    if SKIPPED_LINES in read:
        raise InvalidInputError(
            f"table {table.database_name}.{table.name} skips {read[SKIPPED_LINES]} lines of each"
            " file: files that are written have one header or none"
        )
    written = {name: read[name] for name in _WRITTEN_AS}
    return FileFormat(name="csv", options={**found.options, **written})


def _codec(kind: str, parameters: Mapping[str, str]) -> str | None:
    """Return the whole-file compression that a table of text names, so that its files are alike."""
    codec = parameters.get("compressionType")
    return codec if kind in {"csv", "json"} and codec not in {None, "", "none"} else None
