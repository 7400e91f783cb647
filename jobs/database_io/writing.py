# ruff: noqa: N802, N803  (names are Glue's)
"""Databases by their connection type: what ``write_dynamic_frame`` and ``getSink`` write to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.database_io import kinds
from gluepot.jobs.database_io.custom_jdbc import jdbc_options
from gluepot.jobs.database_io.dynamodb_sink import write_dynamodb
from gluepot.jobs.database_io.jdbc_sink import write_jdbc, write_jdbc_conf, write_jdbc_table
from gluepot.jobs.database_io.jdbc_source import named_connection
from gluepot.jobs.database_io.mongodb_sink import write_mongodb
from gluepot.jobs.database_io.spark_sources import (
    OPENSEARCH_SOURCE,
    opensearch_options,
    spark_options,
    write_spark_source,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.catalog.model import Table
    from gluepot.transforms.frame import DynamicFrame

__all__ = [
    "CONNECTION_TYPES",
    "DatabaseSink",
    "write_database",
    "write_database_table",
    "write_jdbc_conf",
    "writes",
]

CONNECTION_TYPES = kinds.CONNECTION_TYPES


def writes(connection_type: str) -> bool:
    """Return whether a connection type leads to a database."""
    return connection_type in CONNECTION_TYPES


def write_database(
    frame: DynamicFrame,
    connection_type: str,
    options: Mapping[str, Any],
    *,
    transformation_ctx: str = "",
) -> DynamicFrame:
    """Write a frame to a database; return the records that failed before.

    Raises:
        InvalidInputError: The connection type is not served, or an option is wrong.
        SinkError: The rows could not be written; some of them may have been.
    """
    if connection_type in kinds.CUSTOM_JDBC:
        options = jdbc_options(options, reads=False)
        return write_jdbc(frame, options, transformation_ctx=transformation_ctx)
    if connection_type in kinds.JDBC:
        return write_jdbc(frame, options, transformation_ctx=transformation_ctx)
    if connection_type in kinds.DYNAMODB:
        return write_dynamodb(frame, options, transformation_ctx=transformation_ctx)
    if connection_type in kinds.MONGODB:
        return write_mongodb(frame, options, transformation_ctx=transformation_ctx)
    if connection_type in kinds.OPENSEARCH:
        told = opensearch_options(options, named_connection(options))
        return write_spark_source(
            frame, OPENSEARCH_SOURCE, told, transformation_ctx=transformation_ctx
        )
    if connection_type in kinds.CUSTOM_SPARK:
        source, told = spark_options(options)
        return write_spark_source(frame, source, told, transformation_ctx=transformation_ctx)
    raise kinds.refuse(connection_type)


def write_database_table(
    frame: DynamicFrame, table: Table, options: Mapping[str, Any], *, transformation_ctx: str = ""
) -> DynamicFrame:
    """Append a frame to the table of a database that a catalog table stands for.

    Raises:
        InvalidInputError: An option is wrong, or the table does not say where its database is.
        SinkError: The rows could not be written; some of them may have been.
    """
    kind = (table.parameters or {}).get("classification")
    if kind in kinds.DYNAMODB:
        return write_dynamodb(frame, options, transformation_ctx=transformation_ctx, table=table)
    if kind in kinds.MONGODB:
        return write_mongodb(frame, options, transformation_ctx=transformation_ctx, table=table)
    return write_jdbc_table(frame, table, options, transformation_ctx=transformation_ctx)


class DatabaseSink:
    """What ``getSink`` returns for a database."""

    def __init__(
        self, connection_type: str, options: Mapping[str, Any], *, transformation_ctx: str = ""
    ) -> None:
        self._connection_type = connection_type
        self._options = dict(options)
        self._ctx = transformation_ctx

    def setFormat(self, format: str | None, **options: Any) -> None:  # noqa: A002, ANN401
        """Do nothing: a database has no format of files."""

    def setAccumulableSize(self, size: int) -> None:
        """Do nothing: it tunes Glue's own writer."""

    def setCatalogInfo(
        self, catalogDatabase: str, catalogTableName: str, catalogId: str = ""
    ) -> NoReturn:
        """Refuse: as in Glue, only sinks of files keep a table of the catalog.

        Raises:
            InvalidInputError: Always.
        """
        _ = catalogId
        raise InvalidInputError(
            f"setCatalogInfo({catalogDatabase!r}, {catalogTableName!r}) needs a sink of files; a"
            " crawl of the database registers its tables"
        )

    def writeFrame(self, dynamic_frame: DynamicFrame, info: str = "") -> DynamicFrame:
        """Write a frame; return the records that failed before.

        Raises:
            InvalidInputError: The connection type is not served, or an option is wrong.
            SinkError: The rows could not be written; some of them may have been.
        """
        _ = info
        return write_database(
            dynamic_frame, self._connection_type, self._options, transformation_ctx=self._ctx
        )
