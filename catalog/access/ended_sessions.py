"""Sessions that were ended before their time: a copy of their cookie works nowhere any more.

Sessions themselves are nowhere but in cookies; here are only those that somebody has logged out of,
until they would have ended by themselves.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import sqlalchemy as sa

from gluepot.catalog.access.access_tables import ended_sessions
from gluepot.catalog.scope import ScopedStore

if TYPE_CHECKING:
    from datetime import datetime


class EndedSessions(ScopedStore):
    """Ended sessions by digests of their ids, shared by all servers of one database."""

    def end(self, session_id: str, *, expires_at: datetime) -> None:
        """End a session, which would have lasted until ``expires_at``; again is no error."""
        digest, columns = _digest(session_id), ended_sessions.c
        with self._scope.writing() as connection:
            past = columns.expires_at <= self._scope.clock()
            connection.execute(sa.delete(ended_sessions).where(past | (columns.digest == digest)))
            connection.execute(
                sa.insert(ended_sessions).values(digest=digest, expires_at=expires_at)
            )

    def has_ended(self, session_id: str) -> bool:
        """Tell whether a session was ended."""
        query = sa.select(ended_sessions.c.digest).where(
            ended_sessions.c.digest == _digest(session_id)
        )
        with self._scope.reading() as connection:
            return connection.scalar(query) is not None


def _digest(session_id: str) -> str:
    return hashlib.sha256(session_id.encode()).hexdigest()
