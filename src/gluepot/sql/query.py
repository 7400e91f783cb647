"""Read-only SQL over catalog tables by DuckDB, without starting Spark."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gluepot.cli.output import print_json, print_table
from gluepot.services import Services, open_services
from gluepot.settings import load_settings
from gluepot.sql.attach import attach, open_duckdb
from gluepot.sql.fetched import QueryError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb


def run_query(sql: str, *, output: str) -> None:
    """Print the rows of a SELECT over ``database.table`` names.

    Raises:
        QueryError: DuckDB refused the statement; its own sentence is given.
        EntityNotFoundError: A table is not in the catalog.
    """
    with open_services(load_settings()) as services:
        columns, rows = select(services, sql)
    if output == "json":
        print_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        print_table(columns, rows)


def select(services: Services, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Return the column names and rows of ``sql``."""
    duck = open_duckdb()
    connection = duck.connect()
    # It would go to standard output, where the result is.
    connection.execute("SET enable_progress_bar = false").fetchall()
    try:
        with tempfile.TemporaryDirectory(prefix="gluepot-query-") as folder:
            for database, name in sorted(_tables(connection, sql)):
                table = services.catalog.get_linked_table(database, name)
                attach(
                    connection,
                    services.catalog,
                    services.s3,
                    (database, name),
                    table,
                    Path(folder),
                )
            result = connection.execute(sql)
            columns = [column[0] for column in result.description or ()]
            return columns, result.fetchall()
    except (duck.Error, OSError) as error:
        raise QueryError(str(error)) from error
    finally:
        connection.close()


def _tables(connection: duckdb.DuckDBPyConnection, sql: str) -> set[tuple[str, str]]:
    """Return the ``(database, table)`` pairs that a statement reads, by DuckDB's own parser."""
    ((text,),) = connection.execute("SELECT json_serialize_sql(?)", [sql]).fetchall()
    tree = json.loads(text)
    if tree.get("error"):
        raise QueryError(tree["error_message"])
    return {(schema, name) for schema, name in _base_tables(tree) if schema}


def _base_tables(node: object) -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        if node.get("type") == "BASE_TABLE":
            yield node["schema_name"], node["table_name"]
        for child in node.values():
            yield from _base_tables(child)
    elif isinstance(node, list):
        for child in node:
            yield from _base_tables(child)
