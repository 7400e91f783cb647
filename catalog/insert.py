"""Inserting only what is not there yet, the same on both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import sqlalchemy as sa


def insert_new(
    connection: sa.Connection,
    table: sa.Table,
    rows: Sequence[Mapping[str, Any]],
    returned: sa.Column[Any],
) -> list[Any]:
    """Insert the rows that break no unique constraint, and return ``returned`` of each.

    On a conflict PostgreSQL would otherwise give up the whole transaction.
    """
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = make(table).on_conflict_do_nothing().returning(returned)
    return list(connection.execute(statement, list(rows)).scalars())
