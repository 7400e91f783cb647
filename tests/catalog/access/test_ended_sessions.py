"""Sessions that were ended stay so until they would have ended by themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from gluepot.catalog.access.access_tables import ended_sessions
from gluepot.catalog.access.ended_sessions import EndedSessions

if TYPE_CHECKING:
    from sqlalchemy import Engine

NOW = datetime(2026, 3, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_an_ended_session_is_known_to_all_and_forgotten_after_its_time(engine: Engine) -> None:
    EndedSessions(engine, lambda: NOW).end("one", expires_at=NOW + HOUR)
    EndedSessions(engine, lambda: NOW).end("one", expires_at=NOW + HOUR)
    later = EndedSessions(engine, lambda: NOW + HOUR)
    assert later.has_ended("one")
    assert not later.has_ended("two")

    later.end("two", expires_at=NOW + 3 * HOUR)

    assert (later.has_ended("one"), later.has_ended("two")) == (False, True)
    with engine.connect() as connection:
        kept = connection.scalars(sa.select(ended_sessions.c.digest)).all()
    assert "two" not in kept
