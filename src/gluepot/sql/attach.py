"""Catalog tables as views of a DuckDB connection, and read as a whole."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gluepot.jobs.run_context.stores import Stores
from gluepot.sql.fetched import QueryError
from gluepot.sql.scan import (
    check_log,
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
    import duckdb
    import pyarrow as pa
    from deltalake import DeltaTable

    from gluepot.catalog.model import Table
    from gluepot.catalog.store import CatalogStore
    from gluepot.crawlers.sources.config import S3Config
    from gluepot.sql.scan import Files


def open_duckdb() -> Any:  # noqa: ANN401
    """Return DuckDB's module.

    Raises:
        QueryError: It is not installed.
    """
    try:
        import duckdb  # noqa: PLC0415
    except ImportError as error:
        raise QueryError("Queries need DuckDB: pip install 'gluepot[sql]'") from error
    return duckdb


def read_table(
    catalog: CatalogStore, s3: S3Config, database: str, name: str, *, expression: str | None = None
) -> pa.Table:
    """Return all rows of a table, or of the partitions that ``expression`` chooses.

    Raises:
        EntityNotFoundError: There is no such table.
        InvalidInputError: The expression does not fit the table's partition keys.
        QueryError: The table has no location, or a format that only Spark reads, or is damaged.
    """
    duck = open_duckdb()
    table = catalog.get_linked_table(database, name)
    connection = duck.connect()
    connection.execute("SET enable_progress_bar = false").fetchall()
    try:
        with tempfile.TemporaryDirectory(prefix="gluepot-table-") as folder:
            asked, stores = (database, name), Stores(s3)
            attach(connection, catalog, stores, asked, table, Path(folder), expression)
            view = f"{quoted(database)}.{quoted(name)}"
            found: pa.Table = connection.sql(f"SELECT * FROM {view}").to_arrow_table()  # noqa: S608
            return found
    except (duck.Error, OSError) as error:
        raise QueryError(f"{database}.{name} cannot be read: {error}") from error
    finally:
        connection.close()


def attach(  # noqa: PLR0913, PLR0917  what a view is made of
    connection: duckdb.DuckDBPyConnection,
    catalog: CatalogStore,
    stores: Stores,
    asked: tuple[str, str],
    table: Table,
    folder: Path,
    expression: str | None = None,
) -> None:
    """Make a table readable under the name that was asked for, which may be a link's.

    Args:
        connection: Gets the view.
        catalog: Knows the table's partitions.
        stores: Where the files are, and which of them may be read.
        asked: Database and table.
        table: What they name.
        folder: Files that must be fetched go there, for as long as the view is read.
        expression: Chooses partitions.
    """
    files: Files = ()
    if readable_format(table) == "delta":
        check_log(table, stores)
    else:
        files = table_files(catalog, table, stores, expression)
    attach_files(connection, stores.s3, asked, table, files, folder)


def attach_files(  # noqa: PLR0913, PLR0917  what a view is made of
    connection: duckdb.DuckDBPyConnection,
    s3: S3Config,
    asked: tuple[str, str],
    table: Table,
    files: Files,
    folder: Path,
) -> None:
    """Make files readable as a table; of a Delta table its log says which files it has."""
    database, name = asked
    kind = readable_format(table)
    relation = f"{database}.{name} files"
    scan = f"FROM {quoted(relation)}"
    # Names of the catalog hold any character, dots and slashes too: they are no names of folders.
    own = Path(tempfile.mkdtemp(dir=folder))
    if kind == "delta":
        connection.register(relation, delta_table(table, s3).to_pyarrow_dataset())
    elif kind == "json":
        scan = json_scan(table, files, s3, own)
    else:
        if kind == "csv":
            found, chosen = csv_scan(table, files, s3, own)
        else:
            found, chosen = dataset_scan(table, files, s3)
        connection.register(relation, found)
        scan = f"SELECT {chosen} {scan}"
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(database)}")
    connection.execute(f"CREATE VIEW {quoted(database)}.{quoted(name)} AS {scan}")


def delta_table(table: Table, s3: S3Config) -> DeltaTable:
    """Return what a Delta table's log says."""
    from deltalake import DeltaTable  # noqa: PLC0415

    return DeltaTable(table_location(table), storage_options=delta_options(s3))
