"""An engine of each kind of database, a clock that tests move, and the stores of runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from gluepot.catalog.engine import open_engine
from gluepot.jobs.runs.store import RunStore
from gluepot.jobs.triggers.store import TriggerStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    import sqlalchemy as sa


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        # A Monday.
        self.now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Return the time."""
        return self.now

    def advance(self, **units: float) -> None:
        """Move on by ``minutes=5`` and the like."""
        self.now += timedelta(**units)


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    """Yield each database in turn."""
    made = open_engine(database_url)
    yield made
    made.dispose()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def runs(engine: sa.Engine, clock: Clock) -> RunStore:
    return RunStore(engine, clock)


@pytest.fixture
def triggers(engine: sa.Engine, clock: Clock) -> TriggerStore:
    return TriggerStore(engine, clock)
