"""Frames to collections of MongoDB, and of what speaks its protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyspark.errors import PySparkException

from gluepot.jobs.database_io import mongodb_login, mongodb_tasks, mongodb_values
from gluepot.jobs.database_io.executor_errors import python_reason
from gluepot.jobs.database_io.jdbc_source import named_connection
from gluepot.jobs.database_io.mongodb_login import open_client
from gluepot.jobs.database_io.mongodb_options import read_mongo_login
from gluepot.jobs.database_io.mongodb_source import table_login, told
from gluepot.jobs.database_io.mongodb_tasks import WRITTEN_SCHEMA, Write
from gluepot.jobs.database_io.options import whole_number
from gluepot.jobs.database_io.writes import write_rows
from gluepot.jobs.errors import SinkError
from gluepot.jobs.parameters.script_options import is_true
from gluepot.transforms import gluetypes
from gluepot.transforms.choices import to_glue_struct
from gluepot.transforms.shipping import ship

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.catalog.model import Table
    from gluepot.transforms.frame import DynamicFrame

WRITE_OPTIONS = ("extendedBsonTypes", "replaceDocument", "maxBatchSize")
MAX_BATCH_SIZE = 512


def write_mongodb(
    frame: DynamicFrame,
    options: Mapping[str, Any],
    *,
    transformation_ctx: str,
    table: Table | None = None,
) -> DynamicFrame:
    """Write the records of a frame; a choice is the value that it has.

    A record with an ``_id`` takes the place of the document that has it (``replaceDocument``), or
    changes its fields; one without is added.

    Args:
        frame: What is written.
        options: Glue's.
        transformation_ctx: The sink's name.
        table: A table of the catalog that stands for the collection.

    Raises:
        InvalidInputError: An option is missing, unknown or wrong.
        SinkError: The server refuses, or rows could not be written; some may have been.
    """
    login = (
        read_mongo_login(options, named_connection(options), WRITE_OPTIONS)
        if table is None
        else table_login(table, options, WRITE_OPTIONS)
    )
    place = f"{login.database}.{login.collection}"

    def failed(reason: str) -> SinkError:
        return SinkError(transformation_ctx or place, f"mongodb:{place}", reason)

    with open_client(login) as client, told(login, failed):
        client[login.database].command("ping")
    frame.assertErrorThreshold()
    rows = frame.planned()
    write = Write(
        login=login,
        kind=gluetypes.to_json(to_glue_struct(rows.schema)),
        replaces=is_true(options.get("replaceDocument", True)),
        extended=is_true(options.get("extendedBsonTypes", True)),
        batch_size=whole_number(options, "maxBatchSize", MAX_BATCH_SIZE),
    )

    def written() -> int:
        ship(gluetypes, mongodb_login, mongodb_tasks, mongodb_values)
        try:
            counts = rows.mapInArrow(write.__call__, WRITTEN_SCHEMA).collect()
        except PySparkException as error:
            raise failed(python_reason(error)) from None
        return sum(row[0] for row in counts)

    return write_rows(
        frame, written, kind="mongodb", place=place, transformation_ctx=transformation_ctx
    )
