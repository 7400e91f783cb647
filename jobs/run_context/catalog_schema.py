"""A catalog table's columns as Spark's types."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from pyspark.sql.types import StructType

from gluepot.catalog.types import parse_type, to_spark_ddl
from gluepot.jobs.reading.inputs import find_table
from gluepot.jobs.run_context.script_run import current_run
from gluepot.transforms.paths import quote

if TYPE_CHECKING:
    from gluepot.jobs.context import GlueContext


def catalog_schema(context: GlueContext, database: str, table_name: str) -> StructType:
    """Return the columns of a table, and its partition keys after them.

    Raises:
        LaunchError: The script has no catalog.
        SourceError: The table is not there.
    """
    _ = context
    name = f"{database}.{table_name}"
    table = find_table(current_run().workshop.catalog, name, database, table_name)
    storage = table.storage_descriptor
    columns = [*((storage.columns if storage else None) or ()), *(table.partition_keys or ())]
    fields = (
        f"{quote(column.name)} {to_spark_ddl(parse_type(column.type or 'string'))}"
        for column in columns
    )
    return cast("StructType", StructType.fromDDL(", ".join(fields)))
