"""Frames to tables of DynamoDB: a row becomes an item, and takes the place of one with its key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyspark.errors import PySparkException

from gluepot.crawlers.databases import pacing
from gluepot.jobs.database_io import aws_login, dynamodb_put, dynamodb_values
from gluepot.jobs.database_io.aws_access import read_login
from gluepot.jobs.database_io.dynamodb_put import WRITTEN_SCHEMA, Put
from gluepot.jobs.database_io.dynamodb_source import LOGIN_OPTIONS, dynamodb_name
from gluepot.jobs.database_io.dynamodb_table import describe
from gluepot.jobs.database_io.executor_errors import python_reason
from gluepot.jobs.database_io.options import check_names, number, required, whole_number
from gluepot.jobs.database_io.writes import write_rows
from gluepot.jobs.errors import SinkError
from gluepot.transforms import gluetypes
from gluepot.transforms.choices import to_glue_struct
from gluepot.transforms.shipping import ship

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.catalog.model import Table
    from gluepot.transforms.frame import DynamicFrame

WRITE_OPTIONS = (
    *("dynamodb.output.tableName", "dynamodb.throughput.write.percent"),
    *("dynamodb.output.numParallelTasks", "dynamodb.output.retry"),
)
TASKS = 8
"""How many tasks write where ``dynamodb.output.numParallelTasks`` says nothing."""
RETRIES = 10
_SHARES = (0.1, 1.5)


def write_dynamodb(
    frame: DynamicFrame,
    options: Mapping[str, Any],
    *,
    transformation_ctx: str,
    table: Table | None = None,
) -> DynamicFrame:
    """Put the records of a frame into a table that is there; a choice is the value that it has.

    Args:
        frame: What is written; fields that are null are left out.
        options: Glue's; all tasks together stay within ``dynamodb.throughput.write.percent`` of
            the table's capacity.
        transformation_ctx: The sink's name.
        table: A table of the catalog that stands for DynamoDB's.

    Raises:
        InvalidInputError: An option is missing, unknown or wrong.
        SinkError: There is no such table, or rows could not be written; some may have been.
    """
    check_names(options, (*WRITE_OPTIONS, *LOGIN_OPTIONS), "DynamoDB")
    name, region = (
        (required(options, "dynamodb.output.tableName", "DynamoDB"), None)
        if table is None
        else dynamodb_name(table)
    )
    tasks = whole_number(options, "dynamodb.output.numParallelTasks", TASKS)
    retries = whole_number(options, "dynamodb.output.retry", RETRIES, least=0)
    least, most = _SHARES
    share = number(options, "dynamodb.throughput.write.percent", 0.5, least=least, most=most)
    login = read_login(options, "dynamodb", region)

    def failed(reason: str) -> SinkError:
        return SinkError(transformation_ctx or name, f"dynamodb:{name}", reason)

    known = describe(login, name, failed)
    frame.assertErrorThreshold()
    rows = frame.planned()
    put = Put(
        login=login,
        table=name,
        keys=known.keys,
        kind=gluetypes.to_json(to_glue_struct(rows.schema)),
        units_per_second=max(known.write_units * share / tasks, 0.1),
        retries=retries,
    )

    def write() -> int:
        ship(aws_login, dynamodb_put, dynamodb_values, gluetypes, pacing)
        try:
            counts = rows.coalesce(tasks).mapInArrow(put.__call__, WRITTEN_SCHEMA).collect()
        except PySparkException as error:
            raise failed(python_reason(error)) from None
        return sum(row[0] for row in counts)

    return write_rows(
        frame, write, kind="dynamodb", place=name, transformation_ctx=transformation_ctx
    )
