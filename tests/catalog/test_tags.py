from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from gluepot.catalog.engine import writing
from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.tags import MAX_TAGS, TagStore
from tests.catalog.conftest import Clock

if TYPE_CHECKING:
    import sqlalchemy as sa

ARN = "arn:aws:glue:us-east-1:000000000000:job/a"


@pytest.fixture
def store(engine: sa.Engine) -> TagStore:
    return TagStore(engine, Clock())


def test_tags_are_added_replaced_and_removed(store: TagStore) -> None:
    store.tag(ARN, {"team": "a", "stage": ""})
    store.tag(ARN, {"team": "b", "Team": "c"})
    store.untag(ARN, ["stage", "unknown"])

    assert store.tags(ARN) == {"team": "b", "Team": "c"}
    assert store.tags(f"{ARN}2") == {}


def test_a_dropped_resource_has_no_tags(store: TagStore) -> None:
    store.tag(ARN, {"team": "a"})

    store.drop(ARN)

    assert store.tags(ARN) == {}


def test_the_fifty_first_tag_is_refused_and_changes_nothing(store: TagStore) -> None:
    store.tag(ARN, {f"k{number}": "v" for number in range(MAX_TAGS)})

    with pytest.raises(InvalidInputError, match="51 tags"):
        store.tag(ARN, {"k0": "changed", "one more": ""})

    store.tag(ARN, {"k1": "changed"})
    assert (len(store.tags(ARN)), store.tags(ARN)["k0"], store.tags(ARN)["k1"]) == (
        MAX_TAGS,
        "v",
        "changed",
    )


@pytest.mark.parametrize(
    ("key", "value"), [("", "v"), ("k" * 129, "v"), ("k", "v" * 257), ("AWS:team", "v")]
)
def test_a_tag_that_glue_does_not_allow_is_refused(store: TagStore, key: str, value: str) -> None:
    with pytest.raises(InvalidInputError, match="Tag "):
        store.tag(ARN, {"good": "", key: value})

    assert store.tags(ARN) == {}


def test_concurrent_taggers_lose_nothing_and_keep_the_limit(store: TagStore) -> None:
    refused: list[str] = []

    def tag(worker: int) -> None:
        for number in range(20):
            try:
                store.tag(ARN, {f"{worker}-{number}": "v"})
            except InvalidInputError as error:
                refused.append(str(error))

    threads = [threading.Thread(target=tag, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(store.tags(ARN)), len(refused)) == (MAX_TAGS, 80 - MAX_TAGS)


def test_tags_are_a_part_of_the_callers_transaction(engine: sa.Engine, store: TagStore) -> None:
    def fail() -> None:
        with writing(engine) as connection:
            store.within(connection).tag(ARN, {"team": "a"})
            raise KeyError

    with pytest.raises(KeyError):
        fail()

    assert store.tags(ARN) == {}
