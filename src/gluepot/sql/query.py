"""Read-only SQL over catalog tables by DuckDB, without starting Spark."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gluepot.cli.output import print_json, print_table
from gluepot.services import Services, open_services
from gluepot.settings import load_settings
from gluepot.sql.fetched import QueryError
from gluepot.sql.scan import (
    csv_scan,
    dataset_scan,
    json_scan,
    readable_format,
    table_files,
    table_location,
)
from gluepot.sql.storage import delta_options
from gluepot.sql.types import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from gluepot.catalog.model import Table
    from gluepot.crawlers.sources.config import S3Config


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
    duck = _duckdb()
    connection = duck.connect()
    # It would go to standard output, where the result is.
    connection.execute("SET enable_progress_bar = false").fetchall()
    try:
        with tempfile.TemporaryDirectory(prefix="gluepot-query-") as folder:
            for database, name in sorted(_tables(connection, sql)):
                table = services.catalog.get_linked_table(database, name)
                _attach(connection, services, (database, name), table, Path(folder))
            result = connection.execute(sql)
            columns = [column[0] for column in result.description or ()]
            return columns, result.fetchall()
    except (duck.Error, OSError) as error:
        raise QueryError(str(error)) from error
    finally:
        connection.close()


def _duckdb() -> Any:  # noqa: ANN401
    try:
        import duckdb  # noqa: PLC0415
    except ImportError as error:
        raise QueryError("Queries need DuckDB: pip install 'gluepot[sql]'") from error
    return duckdb


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


def _attach(
    connection: duckdb.DuckDBPyConnection,
    services: Services,
    asked: tuple[str, str],
    table: Table,
    folder: Path,
) -> None:
    """Make the table readable under the name that was asked for, which may be a link's."""
    database, name = asked
    kind = readable_format(table)
    relation = f"{database}.{name} files"
    scan = f"FROM {quoted(relation)}"
    if kind == "delta":
        connection.register(relation, _delta_dataset(table, services.s3))
    else:
        files = table_files(services.catalog, table, services.s3)
        if kind == "json":
            scan = json_scan(table, files, services.s3, folder / database / name)
        else:
            if kind == "csv":
                found, chosen = csv_scan(table, files, services.s3, folder / database / name)
            else:
                found, chosen = dataset_scan(table, files, services.s3)
            connection.register(relation, found)
            scan = f"SELECT {chosen} {scan}"
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(database)}")
    connection.execute(f"CREATE VIEW {quoted(database)}.{quoted(name)} AS {scan}")


def _delta_dataset(table: Table, s3: S3Config) -> Any:  # noqa: ANN401
    from deltalake import DeltaTable  # noqa: PLC0415

    options = delta_options(s3)
    return DeltaTable(table_location(table), storage_options=options).to_pyarrow_dataset()
