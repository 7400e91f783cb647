from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from gluepot.catalog.engine import open_engine
from gluepot.catalog.errors import AccessDeniedError
from gluepot.catalog.model import Cause, Database, StorageDescriptor, Table
from gluepot.catalog.store import CatalogStore
from gluepot.catalog.wire import from_wire
from gluepot.jobs.run_context.guarded_catalog import guarded
from tests.catalog.conftest import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CLI = Cause(kind="cli", id="anna")


class Guardian:
    """Allows everything but one table, and remembers what it was asked."""

    def __init__(self, denied: str) -> None:
        self.denied = denied
        self.asked: list[tuple[str, str]] = []

    def check(self, operation: str, request: Mapping[str, Any]) -> None:
        """Remember a call, and refuse it on the one table."""
        self.asked.append((operation, f"{request['DatabaseName']}.{request['Name']}"))
        if self.asked[-1][1] == self.denied:
            raise AccessDeniedError(f"{operation} on {self.denied}")

    def transaction(self) -> contextlib.AbstractContextManager[None]:
        """Hold nothing back."""
        return contextlib.nullcontext()


@pytest.fixture
def catalog(sqlite_catalog: str) -> Iterator[CatalogStore]:
    engine = open_engine(sqlite_catalog)
    store = CatalogStore(engine, Clock())
    store.create_database(Database(name="raw"))
    storage = StorageDescriptor(location="s3://raw/days/")
    store.create_table(Table(database_name="raw", name="days", storage_descriptor=storage), CLI)
    link = {
        "DatabaseName": "raw",
        "Name": "link",
        "TargetTable": {"CatalogId": "000000000000", "DatabaseName": "raw", "Name": "days"},
    }
    store.create_table(from_wire(Table, link), CLI)
    yield store
    engine.dispose()


def test_a_link_is_read_with_the_right_on_both_ends(catalog: CatalogStore) -> None:
    guard = Guardian(denied="")

    found = guarded(catalog, guard).get_linked_table("raw", "link")

    assert found.name == "days"
    assert guard.asked == [("GetTable", "raw.link"), ("GetTable", "raw.days")]


@pytest.mark.parametrize("denied", ["raw.link", "raw.days"])
def test_either_end_may_be_denied(catalog: CatalogStore, denied: str) -> None:
    with pytest.raises(AccessDeniedError, match=denied):
        guarded(catalog, Guardian(denied)).get_linked_table("raw", "link")


def test_what_policies_know_nothing_of_is_refused(catalog: CatalogStore) -> None:
    with pytest.raises(AccessDeniedError, match="policies cannot say"):
        _ = guarded(catalog, Guardian(denied="")).scope
