from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms.matching.grouping.stable_ids import (
    ChangeKind,
    IdChange,
    StableIds,
    stable_ids,
)

NEW = -1


def given_ids(labels: list[int], old: list[int], **more: Any) -> StableIds:  # noqa: ANN401
    ids = np.array(old, np.int64)
    return stable_ids(np.array(labels, np.int64), ids, ids != NEW, **more)


def test_known_clusters_keep_their_ids_and_new_records_join_them() -> None:
    found = given_ids([0, 0, 2, 2, 0], [85, 85, 7, NEW, NEW])

    assert found.ids.tolist() == [85, 85, 7, 7, 85]
    assert found.changes == ()


def test_a_new_cluster_gets_the_next_id_never_given() -> None:
    found = given_ids([0, 1, 2, 1], [40, NEW, NEW, NEW])

    assert found.ids.tolist() == [40, 41, 42, 41]
    assert found.last == 42


def test_an_id_of_a_cluster_that_is_gone_is_not_given_again() -> None:
    assert given_ids([0, 1], [3, NEW], last=90).ids.tolist() == [3, 91]


def test_the_first_ids_begin_at_zero() -> None:
    assert given_ids([0, 1], [NEW, NEW]).ids.tolist() == [0, 1]
    assert given_ids([], []).last == -1


def test_a_last_id_below_one_in_use_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="last match id is said to be 4, but 9 is in use"):
        given_ids([0], [9], last=4)


def test_of_merged_clusters_the_id_with_most_members_stays_and_the_merge_is_recorded() -> None:
    found = given_ids([0, 0, 0, 0], [2, 9, 9, NEW])

    assert found.ids.tolist() == [9, 9, 9, 9]
    merge = IdChange(kind=ChangeKind.MERGED, from_ids=(2,), to_id=9, members=(0,))
    assert found.changes == (merge,)


def test_of_equally_large_clusters_the_smallest_id_stays() -> None:
    assert given_ids([0, 0, 0, 0], [9, 2, 9, 2]).ids.tolist() == [2, 2, 2, 2]


def test_new_records_do_not_take_a_known_cluster_apart() -> None:
    found = given_ids([0, 0, 2, 2], [5, NEW, 5, NEW])

    assert found.ids.tolist() == [5, 5, 5, 5]
    assert found.changes == ()


def test_if_a_split_is_asked_for_most_members_keep_the_id_and_it_is_recorded() -> None:
    found = given_ids([0, 1, 1, 1], [5, 5, 5, NEW], split=True)

    assert found.ids.tolist() == [6, 5, 5, 5]
    split = IdChange(kind=ChangeKind.SPLIT, from_ids=(5,), to_id=6, members=(0,))
    assert found.changes == (split,)


def test_members_that_leave_for_another_cluster_are_a_split_and_whole_clusters_a_merge() -> None:
    found = given_ids([0, 0, 2, 2, 2, 2, 2], [5, 5, 5, 8, 8, 8, 3], split=True)

    assert found.ids.tolist() == [5, 5, 8, 8, 8, 8, 8]
    assert [(change.kind.value, change.from_ids, change.members) for change in found.changes] == [
        ("merged", (3,), (6,)),
        ("split", (5,), (2,)),
    ]


def test_new_clusters_are_numbered_by_content_if_it_is_given() -> None:
    order = np.array([30, 20, 10], np.uint64)

    assert given_ids([0, 1, 2], [NEW] * 3, order=order).ids.tolist() == [2, 1, 0]


RECORDS = st.lists(st.tuples(st.integers(0, 4), st.integers(NEW, 4)), max_size=12)


@given(RECORDS, st.booleans(), st.randoms(use_true_random=False))
def test_ids_are_a_naming_of_clusters_that_does_not_depend_on_the_order_of_records(
    records: list[tuple[int, int]],
    split: bool,  # noqa: FBT001
    random: Any,  # noqa: ANN401
) -> None:
    order = np.arange(len(records), dtype=np.uint64)
    moved = list(range(len(records)))
    random.shuffle(moved)

    found = given_ids(*columns(records), split=split, order=order).ids

    shuffled = columns([records[at] for at in moved])
    again = given_ids(*shuffled, split=split, order=order[moved]).ids
    assert again.tolist() == found[moved].tolist()


@given(RECORDS)
def test_matching_again_changes_nothing(records: list[tuple[int, int]]) -> None:
    labels, old = columns(records)
    first = given_ids(labels, old)

    again = given_ids(first.ids.tolist(), first.ids.tolist(), last=first.last)

    assert again.ids.tolist() == first.ids.tolist()
    assert (again.changes, again.last) == ((), first.last)


@given(RECORDS)
def test_the_changes_tell_every_known_record_whose_id_is_another_now(
    records: list[tuple[int, int]],
) -> None:
    labels, old = columns(records)
    found = given_ids(labels, old)

    told = {at: change.to_id for change in found.changes for at in change.members}
    known = {at: now for at, now in enumerate(found.ids.tolist()) if old[at] not in (NEW, now)}
    assert told == known
    assert all(change.kind is ChangeKind.MERGED for change in found.changes)


def columns(records: list[tuple[int, int]]) -> tuple[list[int], list[int]]:
    return [label for label, _ in records], [old for _, old in records]
