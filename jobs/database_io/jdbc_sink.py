"""Frames to tables of SQL databases."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.database_io.jdbc_address import read_address
from gluepot.jobs.database_io.jdbc_database import JdbcDatabase
from gluepot.jobs.database_io.jdbc_options import ADDRESS_OPTIONS, SPARK_OPTIONS
from gluepot.jobs.database_io.jdbc_source import named_connection, table_address
from gluepot.jobs.database_io.options import check_names, required, whole_number
from gluepot.jobs.database_io.writes import write_rows
from gluepot.jobs.errors import SinkError
from gluepot.jobs.run_context.connections import open_connection
from gluepot.jobs.run_context.script_run import current_run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.catalog.model import Table
    from gluepot.jobs.database_io.jdbc_address import JdbcAddress
    from gluepot.transforms.frame import DynamicFrame

OPTIONS = (*ADDRESS_OPTIONS, *SPARK_OPTIONS, "dbtable", "database", "bulkSize", "redshiftTmpDir")
_OF_REDSHIFT = ("preactions", "postactions", "extracopyoptions", "aws_iam_role")
_POSTGRESQL = "org.postgresql.Driver"


def write_jdbc(
    frame: DynamicFrame, options: Mapping[str, Any], *, transformation_ctx: str
) -> DynamicFrame:
    """Append a frame to ``dbtable``, which is made if it is not there.

    Columns go by their names. ``bulkSize`` says how many connections write at the same time.

    Args:
        frame: What is written.
        options: ``url``, ``user``, ``password``, or ``connectionName``; ``database`` instead of
            the one of the URL.
        transformation_ctx: The sink's name.

    Raises:
        InvalidInputError: An option is missing, unknown or wrong.
        EntityNotFoundError: There is no such connection.
        SinkError: The rows could not be written; some of them may have been.
    """
    address = read_address(options, named_connection(options))
    return _write(frame, address, options, transformation_ctx=transformation_ctx)


def write_jdbc_conf(
    frame: DynamicFrame,
    catalog_connection: str,
    options: Mapping[str, Any],
    *,
    transformation_ctx: str,
) -> DynamicFrame:
    """Append a frame to ``dbtable`` of ``database``, as a connection of the catalog leads to it.

    Raises:
        InvalidInputError: An option is missing, unknown or wrong.
        EntityNotFoundError: There is no such connection.
        SinkError: The rows could not be written; some of them may have been.
    """
    opened = open_connection(current_run().workshop, catalog_connection)
    address = read_address(options, opened)
    return _write(frame, address, options, transformation_ctx=transformation_ctx)


def write_jdbc_table(
    frame: DynamicFrame, table: Table, options: Mapping[str, Any], *, transformation_ctx: str
) -> DynamicFrame:
    """Append a frame to the table of a database that a catalog table stands for.

    Raises:
        InvalidInputError: An option is unknown or wrong, or the table has no connection.
        SinkError: The rows could not be written; some of them may have been.
    """
    address, name = table_address(table, options)
    return _write(
        frame, address, {**options, "dbtable": name}, transformation_ctx=transformation_ctx
    )


def _write(
    frame: DynamicFrame,
    address: JdbcAddress,
    options: Mapping[str, Any],
    *,
    transformation_ctx: str,
) -> DynamicFrame:
    _refuse_redshift(address, options)
    check_names(options, OPTIONS, "JDBC")
    table = required(options, "dbtable", "JDBC")
    if options.get("database"):
        address = address.within(str(options["database"]))
    name = transformation_ctx or table
    rows = frame.toDF()
    database = JdbcDatabase(
        spark=rows.sparkSession,
        address=_for_writing(address),
        failed=lambda reason: SinkError(name, f"{address.engine}:{table}", reason),
    )
    spark = {each: str(options[each]) for each in SPARK_OPTIONS if each in options}
    if "bulkSize" in options:
        spark["numPartitions"] = str(whole_number(options, "bulkSize", 1))

    def write() -> None:
        with database.told():
            into = rows.write.format("jdbc").options(**spark, **database.address.options)
            into.option("dbtable", table).mode("append").save()

    database.add_driver()
    if not rows.columns:
        return frame.errorsAsDynamicFrame()
    return write_rows(
        frame,
        write,
        kind=address.engine,
        place=table,
        transformation_ctx=transformation_ctx,
    )


def _refuse_redshift(address: JdbcAddress, options: Mapping[str, Any]) -> None:
    given = [name for name in _OF_REDSHIFT if options.get(name)]
    if given and address.engine != "redshift":
        raise InvalidInputError(f"option {given[0]!r} is for Redshift, not {address.engine}")
    if given:
        raise InvalidInputError(
            f"option {given[0]!r} belongs to Redshift's COPY by S3, which gluepot does not do:"
            " it writes to Redshift as to any database of JDBC"
        )


def _for_writing(address: JdbcAddress) -> JdbcAddress:
    """Return the address under which PostgreSQL takes texts for json, uuid and its like."""
    if address.driver != _POSTGRESQL:
        return address
    mark = "&" if "?" in address.url else "?"
    return replace(address, url=f"{address.url}{mark}stringtype=unspecified")
