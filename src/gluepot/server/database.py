"""The database as a server uses it: no statement outlives the request that it is for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import event

if TYPE_CHECKING:
    from sqlalchemy import Engine


def bound_statements(engine: Engine, *, seconds: float) -> None:
    """End what takes longer on PostgreSQL, and transactions that were left open.

    The limits are each connection's; connections that are open already are let go.
    """
    engine.dispose()
    if engine.dialect.name != "postgresql":
        return
    milliseconds = max(1, int(seconds * 1000))

    def limit(connection: Any, _record: object) -> None:  # noqa: ANN401
        # Outside of a transaction: with one that is rolled back the setting would go again.
        before, connection.autocommit = connection.autocommit, True
        with connection.cursor() as cursor:
            cursor.execute(f"SET statement_timeout = {milliseconds}")
            cursor.execute(f"SET idle_in_transaction_session_timeout = {milliseconds}")
        connection.autocommit = before

    event.listen(engine, "connect", limit)
