"""DuckDB's sniffing of local files; its extension for S3 is fetched from its makers' server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from crawling.hive_types import from_duckdb
from crawling.task import Seen, plain_path

if TYPE_CHECKING:
    from collections.abc import Callable

    from crawling.task import Task

FROM = {
    "parquet": "read_parquet(?, union_by_name=true, hive_partitioning=true)",
    "csv": "read_csv(?)",
    "json": "read_json(?)",
}


def prepare(task: Task) -> Callable[[], Seen]:
    """Read a few files; return the sniffing."""
    _describe(task.format, task.warm_uri)
    return lambda: _describe(task.format, task.uri)


def _describe(kind: str, uri: str) -> Seen:
    # A new connection each time: it keeps footers and listings.
    with duckdb.connect() as connection:
        glob = f"{plain_path(uri)}/**/*.{kind}"
        rows = connection.execute(f"DESCRIBE FROM {FROM[kind]}", [glob]).fetchall()
    return Seen(types={row[0]: from_duckdb(row[1]) for row in rows})
