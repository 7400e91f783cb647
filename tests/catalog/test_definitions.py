from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gluepot.catalog.definitions import DefinitionStore
from gluepot.catalog.engine import writing
from gluepot.catalog.errors import (
    AlreadyExistsError,
    EntityNotFoundError,
    VersionMismatchError,
)
from tests.catalog.conftest import Clock

if TYPE_CHECKING:
    import sqlalchemy as sa


@pytest.fixture
def store(engine: sa.Engine) -> DefinitionStore:
    return DefinitionStore(engine, Clock())


def test_a_definition_is_found_as_it_was_created(store: DefinitionStore) -> None:
    made = store.create("Job", "Nightly", {"Role": "r", "Empty": "", "None": None, "Map": {}})

    assert store.get("Job", "Nightly") == made
    assert (made.version, made.created_at) == (1, made.updated_at)
    assert store.find("Job", "nightly") is None
    assert store.find("Trigger", "Nightly") is None


def test_a_name_is_taken_once_in_its_kind(store: DefinitionStore) -> None:
    store.create("Job", "a", {"n": 1})
    store.create("Trigger", "a", {"n": 2})

    with pytest.raises(AlreadyExistsError, match=r"Job already exists\."):
        store.create("Job", "a", {"n": 3})

    assert store.get("Job", "a").definition == {"n": 1}


def test_an_update_makes_a_version_and_keeps_the_creation_time(store: DefinitionStore) -> None:
    made = store.create("Job", "a", {"n": 1})

    updated = store.update("Job", "a", {"m": 2}, expected_version=1)

    assert store.get("Job", "a") == updated
    assert (updated.version, updated.definition) == (2, {"m": 2})
    assert updated.created_at == made.created_at < updated.updated_at


def test_an_update_from_an_older_version_is_refused(store: DefinitionStore) -> None:
    store.create("Job", "a", {"n": 1})
    store.update("Job", "a", {"n": 2})

    with pytest.raises(VersionMismatchError, match="at version 2, not 1"):
        store.update("Job", "a", {"n": 3}, expected_version=1)

    assert store.get("Job", "a").definition == {"n": 2}


def test_what_is_not_there_is_an_error_with_its_name(store: DefinitionStore) -> None:
    with pytest.raises(EntityNotFoundError, match=r"Job a not found\."):
        store.get("Job", "a")
    with pytest.raises(EntityNotFoundError, match=r"Job a not found\."):
        store.update("Job", "a", {})


def test_deleting_says_whether_it_was_there(store: DefinitionStore) -> None:
    store.create("Job", "a", {})

    assert [store.delete("Job", "a"), store.delete("Job", "a")] == [True, False]
    assert store.find("Job", "a") is None


def test_put_creates_then_replaces(store: DefinitionStore) -> None:
    first = store.put("Settings", "", {"n": 1})
    second = store.put("Settings", "", {"n": 2})

    assert (first.version, second.version) == (1, 2)
    assert store.get("Settings", "") == second


def test_pages_are_in_the_order_of_the_names_bytes(store: DefinitionStore) -> None:
    names = ["a", "B", "é", "z", "_", "日本", "a/b", "\U0001f600"]
    for name in names:
        store.create("Job", name, {})
    store.create("Other", "b", {})

    first = store.page("Job", limit=3)
    rest = store.page("Job", after=first[-1].name, limit=100)

    assert [found.name for found in first + rest] == sorted(names)
    assert [found.name for found in store.all("Job")] == sorted(names)


def test_a_prefix_selects_names_that_begin_with_it(store: DefinitionStore) -> None:
    for name in ("db/a", "db/b", "db", "dba/a", "dc/a", "DB/a"):
        store.create("Optimizer", name, {})

    found = store.page("Optimizer", limit=10, prefix="db/")

    assert [one.name for one in found] == ["db/a", "db/b"]


def test_many_are_found_by_name(store: DefinitionStore) -> None:
    for name in "abc":
        store.create("Job", name, {})

    assert set(store.find_many("Job", ["a", "c", "x"])) == {"a", "c"}
    assert store.find_many("Job", []) == {}


def test_calls_in_one_transaction_are_undone_together(
    engine: sa.Engine, store: DefinitionStore
) -> None:
    def fail() -> None:
        with writing(engine) as connection:
            inside = store.within(connection)
            inside.create("Job", "a", {})
            inside.create("Job", "a", {})

    with pytest.raises(AlreadyExistsError):
        fail()

    assert store.find("Job", "a") is None


def test_no_change_is_lost_between_concurrent_changers(store: DefinitionStore) -> None:
    store.create("Job", "a", {"n": 0})

    def count() -> None:
        for _ in range(20):
            store.change("Job", "a", lambda found: {"n": found.definition["n"] + 1})

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    found = store.get("Job", "a")
    assert (found.definition, found.version) == ({"n": 80}, 81)


texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
documents = st.dictionaries(
    texts,
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e9, 1e9) | texts,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
        max_leaves=10,
    ),
    max_size=5,
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(definition=documents, name=texts)
def test_any_document_comes_back_equal(
    store: DefinitionStore, definition: dict[str, Any], name: str
) -> None:
    store.put("Thing", name, definition)

    assert store.get("Thing", name).definition == definition
