"""Signatures that were used: a request that was caught on its way works no second time.

A signature names a second, not a moment, so a client that asks the same twice within a second
signs the same twice. Such a repeat is told from a replay by the SDKs' own number of the call
(``amz-sdk-invocation-id``), and, since that header is mostly not signed, it is taken only within
``REPEAT`` after the first.
"""

from __future__ import annotations

import contextlib
import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy import event

from gluepot.catalog.access.access_tables import seen_signatures, volatile
from gluepot.catalog.engine import open_engine, writing

if TYPE_CHECKING:
    import sqlite3
    from datetime import datetime

REPEAT = timedelta(seconds=5)
"""How long after its first use a signature is taken again, for another call of the same client."""

_SUFFIX = "-signatures"
_HOUSEKEEPING = timedelta(seconds=10)

_CLAIM = sa.text(
    "INSERT INTO seen_signatures (signature, invocation, seen_at, expires_at)"
    " SELECT :signature, :invocation, :seen_at, :expires_at WHERE NOT EXISTS ("
    "SELECT 1 FROM seen_signatures WHERE signature = :signature"
    " AND (invocation = '' OR :invocation = '' OR seen_at < :oldest)) ON CONFLICT DO NOTHING"
).bindparams(
    sa.bindparam("signature", type_=sa.Text),
    sa.bindparam("invocation", type_=sa.Text),
    sa.bindparam("seen_at", type_=sa.BigInteger),
    sa.bindparam("expires_at", type_=sa.BigInteger),
    sa.bindparam("oldest", type_=sa.BigInteger),
)


class SeenSignatures:
    """The signatures of the last minutes, shared by all processes over one database.

    They are worth nothing after a crash but seconds, so writing one does not wait for the disk.
    On SQLite they lie in a file beside the catalog's: reads must not queue behind its writers.
    """

    def __init__(self, engine: sa.Engine, *, connections: int = 5) -> None:
        url = engine.url
        self._next_housekeeping: datetime | None = None
        self._lock: contextlib.AbstractContextManager[object] = contextlib.nullcontext()
        if engine.dialect.name == "sqlite":
            beside = url.set(database=f"{url.database}{_SUFFIX}")
            self._engine = open_engine(
                beside.render_as_string(hide_password=False), connections=connections
            )
            event.listen(self._engine, "connect", _relax_sqlite)
            volatile.create_all(self._engine)
            # SQLite's own waiting sleeps between tries; threads of one process need not.
            self._lock = threading.Lock()
        else:
            options = f"{url.query.get('options', '')} -c synchronous_commit=off".strip()
            relaxed = url.update_query_dict({"options": options})
            # Each statement is a transaction by itself: two round trips less.
            self._engine = open_engine(
                relaxed.render_as_string(hide_password=False), connections=connections
            ).execution_options(isolation_level="AUTOCOMMIT")

    def claim(
        self, signature: str, invocation: str, *, now: datetime, expires_at: datetime
    ) -> bool:
        """Take a signature for one request; False when it was used before.

        Args:
            signature: Verified: others must not be able to fill the table.
            invocation: What the client calls this call; empty if it says nothing.
            now: The server's time.
            expires_at: When the signature would be refused for its age anyway.
        """
        row = {
            "signature": signature,
            "invocation": invocation,
            "seen_at": _milliseconds(now),
            "expires_at": _milliseconds(expires_at),
            "oldest": _milliseconds(now - REPEAT),
        }
        with self._lock, writing(self._engine) as connection:
            return connection.execute(_CLAIM, row).rowcount == 1

    def forget(self, now: datetime) -> int:
        """Drop the signatures whose age alone refuses them; returns how many."""
        delete = sa.delete(seen_signatures).where(seen_signatures.c.expires_at < _milliseconds(now))
        with self._lock, writing(self._engine) as connection:
            return connection.execute(delete).rowcount

    def keep_house(self, now: datetime) -> None:
        """Forget what is old, every now and then; to be called often."""
        if self._next_housekeeping is None or now >= self._next_housekeeping:
            self._next_housekeeping = now + _HOUSEKEEPING
            self.forget(now)

    def close(self) -> None:
        """Let the database go."""
        self._engine.dispose()


def _relax_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA synchronous = NORMAL")


def _milliseconds(time: datetime) -> int:
    return int(time.timestamp() * 1000)
