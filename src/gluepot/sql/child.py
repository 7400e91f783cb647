"""A process that runs one query: it is told what to read, and can do nothing else.

The statement comes checked (``statement``). Should it still try, DuckDB has no access to files
but those that were fetched for it, loads nothing, and its settings are locked; the process has an
environment without secrets, a bound on its memory, and ends with the server that started it.
"""

from __future__ import annotations

import json
import os
import pickle
import resource
import select
import sys
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import GluepotError
from gluepot.crawlers.sources.roots import FileRootError
from gluepot.sql.attach import attach_files, delta_table, open_duckdb
from gluepot.sql.scan import readable_format, table_location
from gluepot.sql.types import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import duckdb

    from gluepot.sql.order import Attached, Bounds, Order

BESIDE = 3 << 30
"""Bytes of addresses beside DuckDB's memory: libraries, Arrow, what is fetched."""
IDLE = 900
"""Seconds that a process waits for a query; it holds some memory while it does."""
_LARGEST_FILE = 2 << 30
_BATCH = 100


def main() -> None:
    """Read an order from standard input, and write its answer as JSON to standard output."""
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # What libraries print is no answer.
    asked, _, _ = select.select([sys.stdin], [], [], IDLE)
    data = sys.stdin.buffer.read() if asked else b""
    if not data:
        return  # Nobody needs it any more.
    order: Order = pickle.loads(data)  # noqa: S301 - from the process that started this one
    _bound(order.bounds)
    answer.write(json.dumps(_answer(order), default=str, allow_nan=False).encode())
    answer.flush()
    os._exit(0)  # Threads of libraries may still hold on to what nobody reads.


def _bound(bounds: Bounds) -> None:
    for what, most in (
        (resource.RLIMIT_AS, bounds.memory + BESIDE),
        (resource.RLIMIT_FSIZE, _LARGEST_FILE),
        (resource.RLIMIT_CPU, int(bounds.seconds * (bounds.threads + 2)) + 1),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def _answer(order: Order) -> dict[str, Any]:
    duck = open_duckdb()
    try:
        return _run(order)
    except MemoryError:
        return {"error": f"The query needs more memory than it may have: {order.bounds.memory:,} B"}
    except FileRootError as error:
        return {"outside": error.args[0]}
    except (duck.Error, GluepotError, OSError) as error:
        return {"error": str(error)}


def _run(order: Order) -> dict[str, Any]:
    connection = bounded_connection(order)
    result = connection.execute(order.sql)
    columns = [(name, str(kind)) for name, kind, *_ in result.description or ()]
    rows: list[list[Any]] = []
    left = order.bounds.result
    for row in _rows_of(result, columns):
        plain = [_plain(value) for value in row]
        left -= len(json.dumps(plain, default=str))
        if len(rows) == order.bounds.rows or (left < 0 and rows):
            return {"columns": columns, "rows": rows, "more": True}
        rows.append(plain)
    return {"columns": columns, "rows": rows, "more": False}


def _rows_of(
    result: duckdb.DuckDBPyConnection, columns: Iterable[tuple[str, str]]
) -> Iterator[Iterable[Any]]:
    if any("TIME ZONE" in kind for _, kind in columns):
        # DuckDB's own rows need a package for zones, Arrow's do not.
        for batch in result.to_arrow_reader(_BATCH) or ():
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)
        return
    while rows := result.fetchmany(_BATCH):
        yield from rows


def bounded_connection(order: Order) -> duckdb.DuckDBPyConnection:
    """Return a connection that has the tables, and that can no longer be opened up."""
    bounds = order.bounds
    connection: duckdb.DuckDBPyConnection = open_duckdb().connect(
        config={
            "memory_limit": f"{bounds.memory // 1024}KiB",
            "threads": bounds.threads,
            "temp_directory": "",
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
            "allow_unsigned_extensions": False,
            "python_enable_replacements": False,
        }
    )
    # It would go to standard output, where the answer is.
    connection.execute("SET enable_progress_bar = false")
    folder = Path(order.folder)
    for each in order.tables:
        _check_log(order, each)
        attach_files(connection, order.s3, each.asked, each.table, each.files, folder)
    connection.execute(f"SET allowed_directories = {literal([str(folder)])}")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _check_log(order: Order, attached: Attached) -> None:
    """Check the files that a log names; those that were listed have been checked before."""
    if order.roots is None or readable_format(attached.table) != "delta":
        return
    if table_location(attached.table).startswith("s3://"):
        return
    for uri in delta_table(attached.table, order.s3).file_uris():
        order.roots.check(uri)


def _plain(value: Any) -> Any:  # noqa: ANN401, PLR0911 - any value of SQL, one line for each kind
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if value - value == 0 else str(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return f"0x{bytes(value).hex()}"
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value)


if __name__ == "__main__":
    main()
