"""Read-only SQL over catalog tables by DuckDB, without starting Spark."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gluepot.cli.output import print_data, print_table
from gluepot.cli.progress import working
from gluepot.jobs.run_context.stores import Stores
from gluepot.services import Services, open_services
from gluepot.settings import load_settings
from gluepot.sql.attach import attach, open_duckdb
from gluepot.sql.fetched import QueryError
from gluepot.sql.statement import read_statement

if TYPE_CHECKING:
    from gluepot.cli.output import OutputFormat


def run_query(sql: str, *, output: OutputFormat) -> None:
    """Print the rows of a SELECT over ``database.table`` names.

    Raises:
        QueryError: DuckDB refused the statement; its own sentence is given.
        EntityNotFoundError: A table is not in the catalog.
    """
    with open_services(load_settings()) as services, working("Asking"):
        columns, rows = select(services, sql)
    if output.is_data:
        print_data([dict(zip(columns, row, strict=True)) for row in rows], output)
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
            for database, name in read_statement(sql).tables:
                table = services.catalog.get_linked_table(database, name)
                attach(
                    connection,
                    services.catalog,
                    Stores(services.s3),
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
