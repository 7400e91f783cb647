"""A migrated catalog on each database, and a clock that tests move."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from gluepot.catalog.engine import open_engine
from gluepot.catalog.migrate import migrate
from gluepot.catalog.model import Cause, Column, Database, StorageDescriptor, Table
from gluepot.catalog.store import CatalogStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    import sqlalchemy as sa

CLI = Cause(kind="cli", id="anna")
CRAWL = Cause(kind="crawl", id="c-1")


class Clock:
    """A clock that goes one second on at each look."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 2, 3, 4, 5, 123456, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Return a time later than all before."""
        self.now += timedelta(seconds=1)
        return self.now


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    made = open_engine(database_url)
    migrate(made)
    yield made
    made.dispose()


@pytest.fixture
def catalog(engine: sa.Engine) -> CatalogStore:
    store = CatalogStore(engine, Clock())
    store.create_database(Database(name="flights"))
    return store


def a_table(name: str = "days", **columns: str) -> Table:
    """Return a table of ``flights`` with these columns, without partition keys."""
    found = tuple(Column(name=column, type=type_) for column, type_ in columns.items())
    return Table(
        database_name="flights",
        name=name,
        storage_descriptor=StorageDescriptor(columns=found, location=f"s3://raw/{name}/"),
    )
