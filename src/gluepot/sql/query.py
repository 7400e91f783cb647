"""Read-only SQL over catalog tables by DuckDB, without starting Spark."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gluepot.cli.output import print_json, print_table
from gluepot.services import Services, open_services
from gluepot.settings import load_settings
from gluepot.sql.scan import QueryError, scan_sql, table_format, table_location
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
    try:
        for database, name in sorted(_tables(connection, sql)):
            _attach(connection, services, services.catalog.get_table(database, name))
        result = connection.execute(sql)
        columns = [column[0] for column in result.description or ()]
        return columns, result.fetchall()
    except duck.Error as error:
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
    row = connection.execute("SELECT json_serialize_sql(?)", [sql]).fetchone()
    tree = json.loads(row[0]) if row else {}
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


def _attach(connection: duckdb.DuckDBPyConnection, services: Services, table: Table) -> None:
    """Make the table readable under its own name."""
    database, name = table.database_name, table.name
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(database)}")
    view = f"CREATE VIEW {quoted(database)}.{quoted(name)} AS "
    if table_format(table) == "delta":
        relation = f"delta:{database}.{name}"
        connection.register(relation, _delta_dataset(table, services.s3))
        connection.execute(f"{view} FROM {quoted(relation)}")
        return
    if table_location(table).startswith("s3://"):
        _register_s3(connection, services.s3)
    partitions = services.catalog.partitions.list(database, name) if table.partition_keys else ()
    connection.execute(view + scan_sql(table, partitions, services.s3))


def _delta_dataset(table: Table, s3: S3Config) -> Any:  # noqa: ANN401
    from deltalake import DeltaTable  # noqa: PLC0415

    options = {
        "AWS_ALLOW_HTTP": str(_is_plain(s3)).lower(),
        "AWS_ENDPOINT_URL": s3.endpoint_url,
        "AWS_REGION": s3.region,
        "AWS_ACCESS_KEY_ID": s3.access_key_id,
        "AWS_SECRET_ACCESS_KEY": s3.secret_access_key,
        "AWS_SESSION_TOKEN": s3.session_token,
    }
    known = {key: value for key, value in options.items() if value is not None}
    return DeltaTable(table_location(table), storage_options=known).to_pyarrow_dataset()


def _register_s3(connection: duckdb.DuckDBPyConnection, s3: S3Config) -> None:
    from obstore.fsspec import FsspecStore  # noqa: PLC0415

    options: dict[str, Any] = {
        "endpoint": s3.endpoint_url,
        "region": s3.region,
        "access_key_id": s3.access_key_id,
        "secret_access_key": s3.secret_access_key,
        "session_token": s3.session_token,
        "virtual_hosted_style_request": not s3.path_style,
    }
    known = {key: value for key, value in options.items() if value is not None}
    store = FsspecStore("s3", config=known, client_options={"allow_http": _is_plain(s3)})
    connection.register_filesystem(store)


def _is_plain(s3: S3Config) -> bool:
    return (s3.endpoint_url or "").startswith("http://")
