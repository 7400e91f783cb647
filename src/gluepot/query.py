"""Read-only SQL over catalog tables by DuckDB, in this process, without starting Spark."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import GluepotError, InvalidInputError
from gluepot.catalog.types import parse_type, to_spark_ddl
from gluepot.cli.output import print_json, print_table
from gluepot.crawlers.sources.objects import open_source
from gluepot.services import Services, open_services
from gluepot.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import duckdb

    from gluepot.catalog.model import Column, Table
    from gluepot.crawlers.sources.config import S3Config


class QueryError(GluepotError):
    """The query is not a SELECT, is not valid, or reads what cannot be read."""


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
            _attach(connection, services, database, name)
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


def _attach(
    connection: duckdb.DuckDBPyConnection, services: Services, database: str, name: str
) -> None:
    table = services.catalog.get_table(database, name)
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {_quoted(database)}")
    view = f"CREATE VIEW {_quoted(database)}.{_quoted(name)} AS "
    if table_format(table) == "delta":
        relation = f"delta_{database}_{name}"
        connection.register(relation, _delta_dataset(table, services.s3))
        connection.execute(f"{view} SELECT * FROM {_quoted(relation)}")
        return
    _register_s3(connection, table, services.s3)
    connection.execute(view + _scan(table, services))


def table_format(table: Table) -> str:
    """Return ``delta``, ``parquet``, ``csv`` or ``json``.

    Raises:
        QueryError: The table has another format, or none is known.
    """
    parameters = table.parameters or {}
    if parameters.get("spark.sql.sources.provider", "").lower() == "delta":
        return "delta"
    classification = parameters.get("classification", "unknown").lower()
    if classification not in {"delta", "parquet", "csv", "json"}:
        raise QueryError(
            f"{table.database_name}.{table.name} is a {classification} table;"
            " queries read delta, parquet, csv and json"
        )
    return classification


def _location(table: Table) -> str:
    storage = table.storage_descriptor
    if storage is None or storage.location is None:
        raise InvalidInputError(f"{table.database_name}.{table.name} has no location")
    return storage.location


def _delta_dataset(table: Table, s3: S3Config) -> Any:  # noqa: ANN401
    from deltalake import DeltaTable  # noqa: PLC0415

    location = _location(table).replace("s3a://", "s3://")
    return DeltaTable(location, storage_options=_delta_options(s3)).to_pyarrow_dataset()


def _delta_options(s3: S3Config) -> dict[str, str]:
    options = {
        "AWS_ENDPOINT_URL": s3.endpoint_url,
        "AWS_REGION": s3.region,
        "AWS_ACCESS_KEY_ID": s3.access_key_id,
        "AWS_SECRET_ACCESS_KEY": s3.secret_access_key,
        "AWS_SESSION_TOKEN": s3.session_token,
    }
    known = {key: value for key, value in options.items() if value is not None}
    plain = str((s3.endpoint_url or "").startswith("http://")).lower()
    return {"AWS_ALLOW_HTTP": plain} | known


def _register_s3(connection: duckdb.DuckDBPyConnection, table: Table, s3: S3Config) -> None:
    if not _location(table).startswith(("s3://", "s3a://")):
        return
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
    plain = (s3.endpoint_url or "").startswith("http://")
    connection.register_filesystem(
        FsspecStore("s3", config=known, client_options={"allow_http": plain})
    )


def _scan(table: Table, services: Services) -> str:
    files = list(_files(table, services))
    if not files:
        return _empty(table)
    columns = (table.storage_descriptor.columns or ()) if table.storage_descriptor else ()
    keys = table.partition_keys or ()
    hive = {key.name: _duck_type(key) for key in keys}
    arguments = [_literal(files), f"hive_partitioning={bool(hive)}"]
    if hive:
        arguments.append(f"hive_types={_struct(hive)}")
    kind = table_format(table)
    if kind == "csv":
        arguments += _csv_arguments(table, columns)
    elif kind == "json":
        types = {column.name: _duck_type(column) for column in columns}
        arguments += [f"columns={_literal(types)}", "format='newline_delimited'"]
    else:
        arguments.append("union_by_name=true")
    names = ", ".join(_quoted(column.name) for column in (*columns, *keys))
    return f"SELECT {names} FROM read_{kind}({', '.join(arguments)})"


def _files(table: Table, services: Services) -> Iterator[str]:
    """Yield the data files: those of the catalog's partitions, or of the table's folder."""
    locations = [_location(table)]
    if table.partition_keys:
        partitions = services.catalog.partitions.list(table.database_name, table.name)
        found = (partition.storage_descriptor for partition in partitions)
        locations = [item.location for item in found if item and item.location]
    for location in locations:
        for item in open_source(location, services.s3).list(location):
            if item.size and not item.uri.rpartition("/")[2].startswith(("_", ".")):
                yield item.uri.replace("s3a://", "s3://")


def _csv_arguments(table: Table, columns: tuple[Column, ...]) -> list[str]:
    parameters = table.parameters or {}
    types = {column.name: _duck_type(column) for column in columns}
    header = parameters.get("skip.header.line.count", "0") != "0"
    nulls = ["", *json.loads(parameters.get("nullMarkers", "[]"))]
    return [
        f"columns={_literal(types)}",
        f"header={str(header).lower()}",
        f"delim={_literal(parameters.get('delimiter', ','))}",
        f"nullstr={_literal(nulls)}",
        "auto_detect=false",
    ]


def _empty(table: Table) -> str:
    storage = table.storage_descriptor
    columns = ((storage.columns or ()) if storage else ()) + (table.partition_keys or ())
    names = ", ".join(f"NULL::{_duck_type(column)} AS {_quoted(column.name)}" for column in columns)
    return f"SELECT {names or 'NULL AS nothing'} WHERE false"


def _duck_type(column: Column) -> str:
    """Return DuckDB's name of a column's type; its nested types are spelled as Spark's are not."""
    return _DUCK.get(to_spark_ddl(parse_type(column.type or "string")).upper(), "VARCHAR")


_DUCK: Mapping[str, str] = {}


def _struct(fields: Mapping[str, str]) -> str:
    return (
        "{"
        + ", ".join(f"{_literal(name)}: {_literal(kind)}" for name, kind in fields.items())
        + "}"
    )


def _literal(value: object) -> str:
    if isinstance(value, dict):
        return _struct(value)
    if isinstance(value, list):
        return "[" + ", ".join(_literal(item) for item in value) + "]"
    return "'" + str(value).replace("'", "''") + "'"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
