"""A table in the words of others: statements that make it, programs that read it."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from gluepot.catalog.ddl import hive_ddl, spark_ddl
from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.table_format import serde_parameters, storage_parameters, table_format
from gluepot.console.tables.about import sample_statement
from gluepot.sql.types import literal, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gluepot.catalog.model import Table

_WRANGLER = {"parquet": "read_parquet_table"}
_SCANS = {"parquet": "read_parquet", "csv": "read_csv", "json": "read_json"}


def code_of(table: Table, endpoint: str) -> list[dict[str, str]]:
    """Return pieces of code for a table, each with a title, its language, and a note.

    Args:
        table: The table.
        endpoint: Where the Glue API answers.
    """
    return [
        {"id": key, "title": title, "language": language, "text": text}
        for key, title, language, text in _pieces(table, endpoint)
    ]


def _pieces(table: Table, endpoint: str) -> Iterator[tuple[str, str, str, str]]:
    yield "athena", "Athena and Hive", "sql", _or_why(hive_ddl, table)
    yield "spark-sql", "Spark SQL", "sql", _or_why(spark_ddl, table)
    yield "pyspark", "PySpark in a job", "python", _pyspark(table)
    yield "wrangler", "awswrangler", "python", _wrangler(table, endpoint)
    yield "duckdb", "DuckDB", "sql", _duckdb(table)
    if table_format(table) == "iceberg":
        yield "pyiceberg", "PyIceberg", "python", _pyiceberg(table, endpoint)
    yield "boto3", "boto3", "python", _boto3(table, endpoint)
    yield "shell", "Command line", "shell", _shell(table)


def _or_why(make: Callable[[Table], str], table: Table) -> str:
    try:
        return make(table)
    except InvalidInputError as error:
        # The sentence may hold what a table is called: each of its lines is a comment.
        return "\n".join(f"-- {line}" for line in str(error).splitlines())


def _pyspark(table: Table) -> str:
    database, name = repr(table.database_name), repr(table.name)
    return (
        "from awsglue.context import GlueContext\n"
        "from pyspark.sql import SparkSession\n\n"
        "glue = GlueContext(SparkSession.builder.getOrCreate())\n"
        "rows = glue.create_data_frame.from_catalog(\n"
        f"    database={database},\n    table_name={name},\n"
        f"    transformation_ctx={table.name!r},\n)\nrows.show()"
    )


def _wrangler(table: Table, endpoint: str) -> str:
    database, name = repr(table.database_name), repr(table.name)
    found = table_format(table) or ""
    head = f"import awswrangler as wr\n\nwr.config.glue_endpoint_url = {endpoint!r}\n"
    if found in _WRANGLER:
        return f"{head}rows = wr.s3.{_WRANGLER[found]}(database={database}, table={name})"
    return f"{head}columns = wr.catalog.table(database={database}, table={name})"


def _duckdb(table: Table) -> str:
    statement = sample_statement(table.database_name, table.name)
    found = table_format(table) or ""
    storage = table.storage_descriptor
    place = (storage.location or "").rstrip("/") if storage is not None else ""
    lines = [f"-- gluepot query {shlex.quote(statement)}"]
    if "\n" in statement:
        lines = []
    if not place:
        return "\n".join([*lines, "-- It has no location that DuckDB could read by itself"])
    if found == "delta":
        return "\n".join([*lines, "LOAD delta;", f"FROM delta_scan({literal(place)});"])
    if found == "iceberg":
        return "\n".join([*lines, "LOAD iceberg;", f"FROM iceberg_scan({literal(place)});"])
    if found not in _SCANS:
        return "\n".join([*lines, f"-- DuckDB has no reader for {found or 'this format'}"])
    files = literal(f"{place}/**/*")
    options = ["hive_partitioning=true"] if table.partition_keys else []
    if found == "csv":
        options.append(f"delim={literal(_delimiter(table))}")
    call = f"{_SCANS[found]}({', '.join([files, *options])})"
    select = f"SELECT * FROM {call} AS {quoted(table.name)} LIMIT 100;"  # noqa: S608 - only shown
    return "\n".join([*lines, select])


def _delimiter(table: Table) -> str:
    parameters = {**storage_parameters(table), **(table.parameters or {})}
    serde = serde_parameters(table)
    marks = (parameters.get("delimiter"), serde.get("field.delim"), serde.get("separatorChar"))
    return next((mark for mark in marks if mark), ",")


def _pyiceberg(table: Table, endpoint: str) -> str:
    name = (table.database_name, table.name)
    return (
        "from pyiceberg.catalog import load_catalog\n\n"
        'catalog = load_catalog("gluepot", **{\n'
        f'    "type": "glue",\n    "glue.endpoint": {endpoint!r},\n}})\n'
        f"rows = catalog.load_table({name!r}).scan(limit=100).to_arrow()"
    )


def _boto3(table: Table, endpoint: str) -> str:
    return (
        "import boto3\n\n"
        f'glue = boto3.client("glue", endpoint_url={endpoint!r})\n'
        "table = glue.get_table(\n"
        f'    DatabaseName={table.database_name!r}, Name={table.name!r})["Table"]'
    )


def _shell(table: Table) -> str:
    name = shlex.quote(f"{table.database_name}.{table.name}")
    statement = shlex.quote(sample_statement(table.database_name, table.name))
    return (
        f"gluepot catalog show {name}\ngluepot catalog ddl {name}\n"
        f"gluepot query {statement}\ngluepot quality profile {name}"
    )
