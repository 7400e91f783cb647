"""All rows of PostgreSQL into a SQLite file and back, by COPY, in one transaction each way.

Both have the same tables and columns; only the spelling of times, truth values and JSON differs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

_TIME = "timestamp with time zone"
_TO_SQLITE = {
    # The digits in which SQLite keeps a time; their order as text is the order in time.
    _TIME: "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')",
    "boolean": "{}::int",
    "json": "{}::text",
    "jsonb": "{}::text",
}
_COLUMNS = """
SELECT column_name, data_type FROM information_schema.columns
WHERE table_schema = current_schema() AND table_name = %s AND is_generated = 'NEVER'
ORDER BY ordinal_position
"""
_ROWS_AT_ONCE = 10_000


def table_names(file: sqlite3.Connection) -> list[str]:
    """Return the tables of a SQLite file."""
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        " ORDER BY name"
    )
    return [row[0] for row in file.execute(query)]


def copy_from_postgresql(engine: sa.Engine, file: sqlite3.Connection) -> None:
    """Fill the tables of a new SQLite file with what PostgreSQL has at one moment."""
    file.execute("PRAGMA foreign_keys = OFF")
    file.execute("BEGIN")
    with engine.connect().execution_options(
        isolation_level="REPEATABLE READ", postgresql_readonly=True
    ) as connection:
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor:
            # A large table takes longer than one statement of a server may.
            cursor.execute("SET LOCAL statement_timeout = 0")
            for name in table_names(file):
                _table_from_postgresql(cursor, file, name)
    file.execute("COMMIT")


def _table_from_postgresql(cursor: Any, file: sqlite3.Connection, name: str) -> None:  # noqa: ANN401
    columns = _columns(cursor, name)
    shown = ", ".join(_TO_SQLITE.get(kind, "{}").format(f'"{one}"') for one, kind in columns)
    names = ", ".join(f'"{one}"' for one, _ in columns)
    marks = ", ".join("?" for _ in columns)
    file.execute(f'DELETE FROM "{name}"')  # noqa: S608
    insert = f'INSERT INTO "{name}" ({names}) VALUES ({marks})'  # noqa: S608
    with cursor.copy(f'COPY (SELECT {shown} FROM "{name}") TO STDOUT') as copy:  # noqa: S608
        copy.set_types([_copied_type(kind) for _, kind in columns])
        file.executemany(insert, copy.rows())


def _copied_type(kind: str) -> str:
    return {"boolean": "int4", _TIME: "text", "json": "text", "jsonb": "text"}.get(kind, kind)


def copy_to_postgresql(file: sqlite3.Connection, engine: sa.Engine) -> None:
    """Replace all rows of PostgreSQL with those of a SQLite file, in one transaction.

    A table that only PostgreSQL has keeps its rows: a SQLite catalog has the like in a file apart.
    """
    with engine.begin() as connection:
        driver: Any = connection.connection.driver_connection
        metadata = sa.MetaData()
        metadata.reflect(connection)
        there = set(table_names(file))
        ordered = [table.name for table in metadata.sorted_tables if table.name in there]
        with driver.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 0")
            # Some tables only ever grow, which triggers see to.
            for name in ordered:
                cursor.execute(f'ALTER TABLE "{name}" DISABLE TRIGGER USER')
            every = ", ".join(f'"{name}"' for name in ordered)
            cursor.execute(f"TRUNCATE {every}")
            for name in ordered:
                _table_to_postgresql(file, cursor, name)
            for name in ordered:
                cursor.execute(f'ALTER TABLE "{name}" ENABLE TRIGGER USER')


def _table_to_postgresql(file: sqlite3.Connection, cursor: Any, name: str) -> None:  # noqa: ANN401
    columns = _columns(cursor, name)
    names = ", ".join(f'"{one}"' for one, _ in columns)
    found = file.execute(f'SELECT {names} FROM "{name}"')  # noqa: S608
    zoned = [place for place, (_, kind) in enumerate(columns) if kind == _TIME]
    with cursor.copy(f'COPY "{name}" ({names}) FROM STDIN') as copy:
        while rows := found.fetchmany(_ROWS_AT_ONCE):
            for row in rows:
                copy.write_row(_zoned(row, zoned) if zoned else row)
    _continue_numbers(cursor, name, columns)


def _zoned(row: Sequence[Any], places: Sequence[int]) -> list[Any]:
    changed = list(row)
    for place in places:
        if changed[place] is not None:
            changed[place] += "+00"
    return changed


def _continue_numbers(cursor: Any, name: str, columns: Sequence[tuple[str, str]]) -> None:  # noqa: ANN401
    """Let new rows get numbers after those that are there."""
    for column, _ in columns:
        cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", (f'"{name}"', column))
        sequence = cursor.fetchone()[0]
        if sequence is not None:
            cursor.execute(
                f'SELECT setval(%s, coalesce((SELECT max("{column}") FROM "{name}"), 0) + 1, false)',  # noqa: S608, E501
                (sequence,),
            )


def _columns(cursor: Any, name: str) -> list[tuple[str, str]]:  # noqa: ANN401
    cursor.execute(_COLUMNS, (name,))
    found: list[tuple[str, str]] = cursor.fetchall()
    return found
