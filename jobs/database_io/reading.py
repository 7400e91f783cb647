"""Databases by their connection type: what ``create_dynamic_frame`` reads of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.database_io import kinds
from gluepot.jobs.database_io.custom_jdbc import jdbc_options
from gluepot.jobs.database_io.dynamodb_source import read_dynamodb, read_dynamodb_table
from gluepot.jobs.database_io.jdbc_source import named_connection, read_jdbc, read_jdbc_table
from gluepot.jobs.database_io.mongodb_source import read_mongodb, read_mongodb_table
from gluepot.jobs.database_io.spark_sources import (
    OPENSEARCH_SOURCE,
    opensearch_options,
    read_spark_source,
    spark_options,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.catalog.model import Table
    from gluepot.jobs.context import GlueContext
    from gluepot.transforms.frame import DynamicFrame

CONNECTION_TYPES = kinds.CONNECTION_TYPES
_ENGINES = frozenset((*kinds.JDBC, *kinds.DYNAMODB, *kinds.MONGODB)) - {"jdbc"}


def reads(connection_type: str) -> bool:
    """Return whether a connection type leads to a database."""
    return connection_type in CONNECTION_TYPES


def read_database(
    context: GlueContext,
    connection_type: str,
    options: Mapping[str, Any],
    *,
    transformation_ctx: str = "",
    push_down_predicate: str = "",
) -> DynamicFrame:
    """Return the rows of a database.

    Args:
        context: Whose session reads.
        connection_type: One of CONNECTION_TYPES.
        options: Those of the connection.
        transformation_ctx: The name under which the bookmark remembers this source.
        push_down_predicate: Which rows, in Spark SQL.

    Raises:
        InvalidInputError: The connection type is not served, or an option is wrong.
        SourceError: The database cannot be read.
    """
    if connection_type in kinds.JDBC or connection_type in kinds.CUSTOM_JDBC:
        custom = connection_type in kinds.CUSTOM_JDBC
        return read_jdbc(
            context,
            jdbc_options(options, reads=True) if custom else options,
            transformation_ctx=transformation_ctx,
            push_down_predicate=push_down_predicate,
        )
    if push_down_predicate.strip():
        raise InvalidInputError(
            f"push_down_predicate is for tables of files and of JDBC, not for {connection_type}"
        )
    if connection_type in kinds.DYNAMODB:
        return read_dynamodb(context, options, transformation_ctx=transformation_ctx)
    if connection_type in kinds.MONGODB:
        return read_mongodb(context, options, transformation_ctx=transformation_ctx)
    if connection_type in kinds.OPENSEARCH:
        told = opensearch_options(options, named_connection(options))
        return read_spark_source(
            context, OPENSEARCH_SOURCE, told, transformation_ctx=transformation_ctx
        )
    if connection_type in kinds.CUSTOM_SPARK:
        source, told = spark_options(options)
        return read_spark_source(context, source, told, transformation_ctx=transformation_ctx)
    raise kinds.refuse(connection_type)


def is_database_table(table: Table) -> bool:
    """Return whether a catalog table stands for one of a database, as crawls of them make it."""
    return _classification(table) in _ENGINES


def _classification(table: Table) -> str | None:
    return (table.parameters or {}).get("classification")


def read_database_table(
    context: GlueContext,
    table: Table,
    options: Mapping[str, Any],
    *,
    transformation_ctx: str = "",
    push_down_predicate: str = "",
) -> DynamicFrame:
    """Return the rows of a database that a catalog table stands for.

    Args:
        context: Whose session reads.
        table: One that ``is_database_table``.
        options: Such as ``hashfield``, or ``jobBookmarkKeys``.
        transformation_ctx: The name under which the bookmark remembers this source.
        push_down_predicate: Which rows, in Spark SQL.

    Raises:
        InvalidInputError: An option is wrong, or the table does not say where its database is.
        SourceError: The database cannot be read.
    """
    if _classification(table) in kinds.DYNAMODB:
        return read_dynamodb_table(context, table, options)
    if _classification(table) in kinds.MONGODB:
        return read_mongodb_table(context, table, options)
    return read_jdbc_table(
        context,
        table,
        options,
        transformation_ctx=transformation_ctx,
        push_down_predicate=push_down_predicate,
    )
