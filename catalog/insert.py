"""Inserting only what is not there yet, the same on both databases."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.dialects.postgresql import Insert as PostgresInsert
    from sqlalchemy.dialects.sqlite import Insert as SqliteInsert


def insert_into(connection: sa.Connection, table: sa.Table) -> PostgresInsert | SqliteInsert:
    """Return an INSERT that can say what happens when a unique key is taken."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - most commands need it not

        return postgresql.insert(table)
    return sqlite.insert(table)


def insert_new(
    connection: sa.Connection,
    table: sa.Table,
    rows: Sequence[Mapping[str, Any]],
    returned: sa.Column[Any],
) -> list[Any]:
    """Insert the rows that break no unique constraint, and return ``returned`` of each.

    On a conflict PostgreSQL would otherwise give up the whole transaction.
    """
    statement = insert_into(connection, table).on_conflict_do_nothing().returning(returned)
    return list(connection.execute(statement, list(rows)).scalars())


def insert_many_new(
    connection: sa.Connection,
    table: sa.Table,
    rows: Sequence[Mapping[str, Any]],
    returned: sa.Column[Any],
) -> list[Any]:
    """Do the same with many rows that all name the same columns.

    PostgreSQL takes them as one parameter: a batch of 100 rows is in three times as soon as with a
    parameter for each value.
    """
    if connection.dialect.name != "postgresql":
        return insert_new(connection, table, rows, returned)
    statement = _insert_from_json(table, tuple(rows[0]), returned)
    data = orjson.dumps(rows, default=_bytes_as_text).decode()
    return list(connection.execute(statement, {"rows": data}).scalars())


@functools.cache
def _insert_from_json(
    table: sa.Table, names: tuple[str, ...], returned: sa.Column[Any]
) -> sa.Executable:
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415

    columns = [table.c[name] for name in names]
    data = sa.cast(sa.bindparam("rows", type_=sa.Text), sa.JSON)
    record = sa.func.json_to_recordset(data).table_valued(
        *(sa.column(column.name, column.type) for column in columns), name="r"
    )
    chosen = sa.select(*record.render_derived(with_types=True).c)
    return (
        postgresql.insert(table)
        .from_select(columns, chosen)
        .on_conflict_do_nothing()
        .returning(returned)
    )


def _bytes_as_text(value: object) -> str:
    """Return bytes as PostgreSQL reads them."""
    if not isinstance(value, bytes):
        raise TypeError(f"{type(value).__name__} is not data of a row")
    return f"\\x{value.hex()}"
