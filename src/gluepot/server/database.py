"""The database as a server uses it: no statement outlives the request that it is for."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from sqlalchemy import event

if TYPE_CHECKING:
    import sqlite3

    from sqlalchemy import Engine

_STEPS = 200_000
"""SQLite asks after so many steps of a statement whether to go on: every few milliseconds."""

_thread = threading.local()


def end_statements_after(seconds: float) -> None:
    """Let SQLite end what this thread still asks of it after so long, from now on."""
    _thread.deadline = time.monotonic() + seconds


def _is_late() -> bool:
    return time.monotonic() > getattr(_thread, "deadline", float("inf"))


def bound_statements(engine: Engine, *, seconds: float) -> None:
    """End what takes longer on PostgreSQL, and what is late on SQLite.

    On PostgreSQL the limit is each statement's, and that of a transaction that was left open; on
    SQLite it is what ``end_statements_after`` says. Connections that are open are let go.
    """
    engine.dispose()
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _ask_sqlite)
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


def _ask_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.set_progress_handler(_is_late, _STEPS)
