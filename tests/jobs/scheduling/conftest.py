"""A migrated database of each kind, a clock that tests move, and the stores of runs."""

from __future__ import annotations

import shutil
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from gluepot.catalog.engine import open_engine
from gluepot.catalog.migrate import migrate
from gluepot.jobs.runs import RunStore
from gluepot.jobs.trigger_store import TriggerStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a migrated database file to copy: migrating takes longer than most tests."""
    path = tmp_path_factory.mktemp("jobs") / "migrated.db"
    engine = open_engine(f"sqlite:///{path}")
    migrate(engine)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres: str) -> str:
    """Return the URL of a migrated database that the tests use one after another."""
    name = f"jobs{uuid.uuid4().hex}"
    admin = sa.create_engine(postgres, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    admin.dispose()
    url = sa.make_url(postgres).set(database=name).render_as_string(hide_password=False)
    engine = open_engine(url)
    migrate(engine)
    engine.dispose()
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return a migrated database of each kind with nothing in it."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_sqlite"), tmp_path / "catalog.db")
        return f"sqlite:///{tmp_path / 'catalog.db'}"
    url: str = request.getfixturevalue("migrated_postgres")
    engine = open_engine(url)
    with engine.begin() as connection:
        names = set(sa.inspect(connection).get_table_names()) - {"alembic_version"}
        # Foreign keys off, so that the order does not matter; TRUNCATE takes ten times as long.
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        for name in names:
            connection.execute(sa.text(f"DELETE FROM {name}"))  # noqa: S608  a table's name
    engine.dispose()
    return url


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
