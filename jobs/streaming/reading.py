# ruff: noqa: N802  (names are Glue's)
"""Streams by their connection type: what getStreamingSource and create_data_frame return."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError, did_you_mean
from gluepot.jobs.streaming.files import read_file_stream
from gluepot.jobs.streaming.kafka import read_kafka
from gluepot.jobs.streaming.kinesis import read_kinesis

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import DataFrame

    from gluepot.jobs.context import GlueContext
    from gluepot.jobs.streaming.kafka import Connections

ALWAYS_STREAMS = ("kafka", "kinesis")
"""What holds no rows at rest, or only up to a given end."""

CONNECTION_TYPES = (*ALWAYS_STREAMS, "s3", "file")
"""What is read as a stream."""


def read_stream(  # noqa: PLR0913 - Glue's arguments
    context: GlueContext,
    connection_type: str,
    options: Mapping[str, Any],
    *,
    format: str | None = None,  # noqa: A002
    format_options: Mapping[str, Any] | None = None,
    transformation_ctx: str = "",
    connections: Connections | None = None,
) -> DataFrame:
    """Return a streaming DataFrame.

    Kafka with ``endingOffsets`` gives a DataFrame that is no stream.

    Args:
        context: Whose session reads.
        connection_type: One of CONNECTION_TYPES.
        options: Those of the connection.
        format: Of files; for queues it may stand for the option ``classification``.
        format_options: Of files.
        transformation_ctx: Not used: what was read stands in the checkpoint.
        connections: Finds the properties of a connection of the catalog by its name, with its
            secrets; without it ``connectionName`` is refused.

    Raises:
        InvalidInputError: The connection type is not read as a stream, or an option is wrong.
        SourceError: The source cannot be read.
    """
    _ = transformation_ctx
    spark = context.spark_session
    if connection_type in {"s3", "file"}:
        return read_file_stream(spark, options, format, format_options or {})
    if format is not None:
        options = {"classification": format, **(format_options or {}), **options}
    if connection_type == "kafka":
        return read_kafka(spark, options, connections)
    if connection_type == "kinesis":
        return read_kinesis(spark, options)
    raise InvalidInputError(
        f"connection_type {connection_type!r} is not read as a stream."
        f"{did_you_mean(connection_type, CONNECTION_TYPES)}"
        f" There are: {', '.join(CONNECTION_TYPES)}"
    )


class StreamingDataSource:
    """What ``getStreamingSource`` returns."""

    def __init__(
        self,
        context: GlueContext,
        connection_type: str,
        options: Mapping[str, Any],
        *,
        transformation_ctx: str = "",
        connections: Connections | None = None,
    ) -> None:
        self.name = transformation_ctx or connection_type
        self._context = context
        self._connection_type = connection_type
        self._options = dict(options)
        self._ctx = transformation_ctx
        self._connections = connections
        self._format: str | None = None
        self._format_options: dict[str, Any] = {}

    def setFormat(self, format: str, **options: Any) -> None:  # noqa: A002, ANN401
        """Choose the format of the files, or what the records of a queue hold."""
        self._format, self._format_options = format, options

    def getFrame(self) -> DataFrame:
        """Return the streaming DataFrame.

        Raises:
            InvalidInputError: An option is missing or wrong.
            SourceError: The source cannot be read.
        """
        return read_stream(
            self._context,
            self._connection_type,
            self._options,
            format=self._format,
            format_options=self._format_options,
            transformation_ctx=self._ctx,
            connections=self._connections,
        )
