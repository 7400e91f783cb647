"""What ML transforms have learnt, on both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gluepot.catalog.engine import open_engine
from gluepot.catalog.errors import ConcurrentModificationError, EntityNotFoundError
from gluepot.catalog.ml_store import LabelFile, MLStatus, MLStore
from tests.catalog.conftest import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator

FIRST = LabelFile(uri="s3://b/one.csv", content=b"a,\x00\xff\r\n", label_count=2)
SECOND = LabelFile(uri="s3://b/two.csv", content="ü\n".encode(), label_count=3)


@pytest.fixture
def store(database_url: str) -> Iterator[MLStore]:
    """Yield a store with the transform ``t``."""
    engine = open_engine(database_url)
    found = MLStore(engine, Clock())
    found.add("t")
    yield found
    engine.dispose()


def test_a_new_transform_has_learnt_nothing(store: MLStore) -> None:
    state = store.state("t")

    assert (state.status, state.label_count) == (MLStatus.NOT_READY, 0)
    assert (state.metrics, state.model_version) == (None, None)
    assert store.model_of("t") is None
    assert store.labels("t") == []


def test_labels_come_back_byte_for_byte_in_the_order_of_their_import(store: MLStore) -> None:
    store.learn("t", [FIRST], "{}", cause="one", known=[])
    store.learn("t", [SECOND], "{}", cause="two", known=store.labels("t"))

    found = store.labels("t")
    assert [item.content for item in found] == [FIRST.content, SECOND.content]
    assert [(item.uri, item.imported_by) for item in found] == [
        ("s3://b/one.csv", "one"),
        ("s3://b/two.csv", "two"),
    ]
    state = store.state("t")
    assert (state.status, state.label_count, state.model_version) == (MLStatus.READY, 5, 2)


def test_labels_that_replace_are_the_only_ones(store: MLStore) -> None:
    store.learn("t", [FIRST], "{}", cause="one", known=[])

    store.learn("t", [SECOND], "{}", cause="two", known=[], replace=True)

    assert [item.uri for item in store.labels("t")] == ["s3://b/two.csv"]
    assert store.state("t").label_count == 3


def test_a_model_that_missed_labels_is_not_stored(store: MLStore) -> None:
    store.learn("t", [FIRST], "{}", cause="one", known=[])

    with pytest.raises(ConcurrentModificationError, match="changed while"):
        store.learn("t", [SECOND], "{}", cause="two", known=[])

    assert store.state("t").label_count == 2
    assert len(store.models("t")) == 1


def test_models_are_kept_in_versions_and_the_newest_is_in_use(store: MLStore) -> None:
    store.store_model("t", '{"a": 1}', cause="first")
    store.store_model("t", '{"a": 2}', cause="second")

    in_use, before = store.model_of("t"), store.model_of("t", 1)
    assert in_use is not None
    assert before is not None
    assert (in_use.version, in_use.model, in_use.cause) == (2, '{"a": 2}', "second")
    assert (before.version, before.model) == (1, '{"a": 1}')
    assert [item.version for item in store.models("t")] == [1, 2]
    assert store.state("t").status is MLStatus.NOT_READY


def test_what_is_unlearnt_is_out_of_use_and_its_labels_stay(store: MLStore) -> None:
    store.learn("t", [FIRST], "{}", cause="one", known=[])
    store.note_metrics("t", {"TransformType": "FIND_MATCHES"})

    store.unlearn("t")

    state = store.state("t")
    assert (state.status, state.metrics, state.label_count) == (MLStatus.NOT_READY, None, 2)
    assert store.model_of("t") is None
    assert store.store_model("t", "{}", cause="again").version == 2


def test_a_dropped_transform_leaves_nothing_and_learns_nothing(store: MLStore) -> None:
    store.learn("t", [FIRST], "{}", cause="one", known=[])

    store.drop("t")

    assert (store.labels("t"), store.models("t"), store.count()) == ([], [], 0)
    with pytest.raises(EntityNotFoundError):
        store.store_model("t", "{}", cause="late")
    with pytest.raises(EntityNotFoundError):
        store.state("t")
