"""Tables and queries of SQL databases as frames: in parts, with predicates and bookmarks."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from pyspark.errors import PySparkException
from pyspark.sql import functions as F  # noqa: N812

from gluepot.catalog.errors import InvalidInputError
from gluepot.crawlers.databases.found import column_names
from gluepot.jobs.database_io.jdbc_address import read_address
from gluepot.jobs.database_io.jdbc_conditions import bucket_conditions
from gluepot.jobs.database_io.jdbc_database import JdbcDatabase
from gluepot.jobs.database_io.jdbc_dialects import dialect_of
from gluepot.jobs.database_io.jdbc_keys import column_named, find_keys
from gluepot.jobs.database_io.jdbc_options import read_jdbc_options
from gluepot.jobs.errors import SourceError
from gluepot.jobs.run_context.connections import open_connection
from gluepot.jobs.run_context.script_run import current_run, find_run
from gluepot.jobs.runs.failure import brief
from gluepot.transforms.frame import DynamicFrame
from gluepot.transforms.paths import quote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import DataFrame
    from pyspark.sql.types import StructType

    from gluepot.catalog.model import Table
    from gluepot.crawlers.access import OpenedConnection
    from gluepot.jobs.context import GlueContext
    from gluepot.jobs.database_io.jdbc_address import JdbcAddress
    from gluepot.jobs.database_io.jdbc_options import JdbcReading

logger = logging.getLogger(__name__)


def read_jdbc(
    context: GlueContext,
    options: Mapping[str, Any],
    *,
    transformation_ctx: str,
    push_down_predicate: str,
) -> DynamicFrame:
    """Return the rows of a table or query.

    With a bookmark and a ``transformation_ctx``, those with keys behind the last ones.

    Args:
        context: Whose session reads.
        options: Glue's; see ``jdbc_options``.
        transformation_ctx: The source's name in the bookmark.
        push_down_predicate: Which rows, in Spark SQL; the database gets what it can evaluate.

    Raises:
        InvalidInputError: An option is missing, unknown or wrong.
        EntityNotFoundError: There is no such connection.
        SourceError: The database or the table cannot be read.
    """
    reading = read_jdbc_options(options)
    address = read_address(options, named_connection(options))
    rows = _read(context, address, reading, transformation_ctx)
    return _frame(context, rows, transformation_ctx or reading.table, push_down_predicate)


def read_jdbc_table(
    context: GlueContext,
    table: Table,
    options: Mapping[str, Any],
    *,
    transformation_ctx: str,
    push_down_predicate: str,
) -> DynamicFrame:
    """Return the rows of a catalog table that a crawl of a database made, columns as it says.

    Raises:
        InvalidInputError: An option is unknown or wrong, or the table has no connection.
        SourceError: The database or the table cannot be read.
    """
    address, name = table_address(table, options)
    reading = read_jdbc_options(options, table=name)
    rows = _read(context, address, reading, transformation_ctx)
    named = _as_registered(table, rows)
    return _frame(context, named, table.name, push_down_predicate)


def table_address(table: Table, options: Mapping[str, Any]) -> tuple[JdbcAddress, str]:
    """Return where the database of a catalog table is, and the table's name in its SQL.

    Raises:
        InvalidInputError: The table does not say so.
    """
    parameters = table.parameters or {}
    descriptor = table.storage_descriptor
    location = (descriptor.location if descriptor else None) or ""
    connection = parameters.get("connectionName")
    if not connection or "." not in location:
        raise InvalidInputError(
            f"table {table.database_name}.{table.name} has no connectionName among its parameters,"
            " or no location such as database.schema.table: crawl the database again"
        )
    opened = open_connection(current_run().workshop, connection)
    address = read_address(options, opened)
    database, *rest = location.split(".", 1 if address.engine == "mysql" else 2)
    name = ".".join(dialect_of(address.engine).name(part) for part in rest)
    return address.within(database), name


def named_connection(options: Mapping[str, Any]) -> OpenedConnection | None:
    """Return the connection of the catalog that options name.

    Raises:
        EntityNotFoundError: There is none of that name.
    """
    name = options.get("connectionName")
    return open_connection(current_run().workshop, str(name)) if name else None


def _read(
    context: GlueContext, address: JdbcAddress, reading: JdbcReading, transformation_ctx: str
) -> DataFrame:
    source = transformation_ctx or reading.table
    database = JdbcDatabase(
        spark=context.spark_session,
        address=address,
        failed=lambda reason: SourceError(source, f"{reading.table}: {reason}"),
    )
    database.add_driver()
    rows = database.table(reading.table, reading.spark)
    kept = _new_rows(database, reading, rows.schema, transformation_ctx)
    buckets = _buckets(address, reading, rows.schema)
    if kept is None and not buckets:
        return rows
    conditions = [" AND ".join(filter(None, (kept, each))) for each in buckets or [""]]
    return database.parts(reading.table, conditions, reading.spark)


def _new_rows(
    database: JdbcDatabase, reading: JdbcReading, schema: StructType, transformation_ctx: str
) -> str | None:
    """Return the condition of the rows that the bookmark leaves to be read; None for all."""
    run = find_run()
    if run is None or not transformation_ctx or not run.ledger.reads_behind:
        return None
    keys = find_keys(database, dialect_of(database.address.engine), reading, schema)
    if keys is None:
        logger.warning(
            "Source %s is read whole: its table has no primary key of one number, and"
            " jobBookmarkKeys are not given",
            transformation_ctx,
        )
        return None
    chosen = run.ledger.choose_keys(transformation_ctx, keys.order, keys.find_last)
    return None if chosen is None else keys.condition(chosen)


def _buckets(address: JdbcAddress, reading: JdbcReading, schema: StructType) -> list[str]:
    dialect = dialect_of(address.engine)
    if address.engine == "redshift":
        return []  # Glue reads it otherwise, and leaves these options unread
    if reading.hash_expression is not None:
        value = f"({reading.hash_expression})"
        bucket = dialect.remainder.format(value=value, n=reading.partitions)
        return bucket_conditions(bucket, reading.partitions)
    if reading.hash_field is None:
        return []
    if not dialect.bucket:
        raise InvalidInputError(
            f"hashfield: gluepot knows no hash function of {address.engine}; give a"
            " hashexpression, whose value is a number"
        )
    field = dialect.name(column_named(schema, reading.hash_field, "hashfield"))
    bucket = dialect.bucket.format(field=field, n=reading.partitions)
    return bucket_conditions(bucket, reading.partitions)


def _as_registered(table: Table, rows: DataFrame) -> DataFrame:
    """Return the columns of the catalog's table under its names."""
    spelled = dict(zip(column_names(rows.columns), rows.columns, strict=True))
    descriptor = table.storage_descriptor
    columns = (descriptor.columns if descriptor else None) or ()
    gone = [column.name for column in columns if column.name not in spelled]
    if gone:
        raise SourceError(
            f"{table.database_name}.{table.name}",
            f"the database has no column {gone[0]!r} any more: crawl it again",
        )
    return rows.select(
        *(F.col(quote(spelled[column.name])).alias(column.name) for column in columns)
    )


def _frame(context: GlueContext, rows: DataFrame, name: str, predicate: str) -> DynamicFrame:
    if predicate.strip():
        try:
            rows = rows.where(predicate)
            _ = rows.schema
        except PySparkException as error:
            raise SourceError(name, f"push_down_predicate: {brief(error)}") from None
    return DynamicFrame(rows, context, name)
