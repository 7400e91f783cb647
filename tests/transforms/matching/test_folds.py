from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms.matching.labelling.folds import folds
from tests.transforms.matching.label_cases import labels

PEOPLE = 40
NAMES = [f"person {number} {copy}" for number in range(PEOPLE) for copy in "ab"]
# Each person matches, and half of them are compared with a neighbour too.
SEPARATE = [(2 * n, 2 * n + 1, True) for n in range(PEOPLE)] + [
    (2 * n, 2 * n + 2, False) for n in range(0, PEOPLE, 2)
]


def test_no_record_is_in_two_folds_and_every_fold_has_its_share_of_both_kinds() -> None:
    said = labels(NAMES, SEPARATE)

    found = folds(said, 5, 7)

    of_record: dict[int, set[int]] = {}
    for left, right, fold in zip(said.left, said.right, found, strict=True):
        of_record.setdefault(int(left), set()).add(int(fold))
        of_record.setdefault(int(right), set()).add(int(fold))
    assert all(len(inside) == 1 for inside in of_record.values())
    assert np.bincount(found[said.match]).tolist() == [8] * 5
    assert np.bincount(found[~said.match]).tolist() == [4] * 5


def test_records_of_equal_content_are_one_record() -> None:
    said = labels(["a", "b", "a", "c", "d", "e"], [(0, 1, True), (2, 3, False), (4, 5, True)])

    first, second, third = folds(said, 2, 0).tolist()

    assert first == second != third


def test_clusters_stay_whole_where_non_matches_tie_everything_together() -> None:
    chain = [(2 * n + 1, 2 * n + 2, False) for n in range(PEOPLE - 1)]
    matches = [(2 * n, 2 * n + 1, True) for n in range(PEOPLE)]
    said = labels(NAMES, [*matches, *matches, *chain])

    found = folds(said, 4, 1)

    assert found[:PEOPLE].tolist() == found[PEOPLE : 2 * PEOPLE].tolist()
    assert np.bincount(found[said.match]).min() >= 18
    assert np.bincount(found[~said.match], minlength=4).min() >= 7
    cluster_fold = dict(zip(range(PEOPLE), found[:PEOPLE].tolist(), strict=True))
    for left, right, fold in zip(said.left, said.right, found, strict=True):
        assert fold in {cluster_fold[int(left) // 2], cluster_fold[int(right) // 2]}


@settings(deadline=None, max_examples=15)
@given(st.randoms(use_true_random=False), st.integers(0, 3))
def test_folds_do_not_depend_on_the_order_of_pairs_or_records(random: object, seed: int) -> None:
    pairs, names = list(range(len(SEPARATE))), list(range(len(NAMES)))
    random.shuffle(pairs)  # type: ignore[attr-defined]
    random.shuffle(names)  # type: ignore[attr-defined]
    place = np.argsort(names).tolist()
    moved = [(place[SEPARATE[p][1]], place[SEPARATE[p][0]], SEPARATE[p][2]) for p in pairs]

    found = folds(labels([NAMES[at] for at in names], moved), 5, seed)

    assert found[np.argsort(pairs)].tolist() == folds(labels(NAMES, SEPARATE), 5, seed).tolist()


def test_folds_of_whole_clusters_do_not_depend_on_the_order_either() -> None:
    chain = [(2 * n + 1, 2 * n + 2, False) for n in range(PEOPLE - 1)]
    pairs = [*[(2 * n, 2 * n + 1, True) for n in range(PEOPLE)], *chain]
    last = len(NAMES) - 1
    turned = [(last - left, last - right, match) for left, right, match in reversed(pairs)]

    found = folds(labels(NAMES[::-1], turned), 4, 1)

    assert found[::-1].tolist() == folds(labels(NAMES, pairs), 4, 1).tolist()


def test_each_kind_is_dealt_by_itself() -> None:
    apart = [(6 * n, 6 * n + other, False) for n in range(3) for other in range(1, 6)]
    same = [(20 + 2 * n, 21 + 2 * n, True) for n in range(10)]
    said = labels(NAMES, [*apart, *same])

    found = folds(said, 2, 0)

    assert np.bincount(found[said.match]).tolist() == [5, 5]
    assert sorted(np.bincount(found[~said.match]).tolist()) == [5, 10]


def test_another_seed_gives_other_folds() -> None:
    said = labels(NAMES, SEPARATE)

    assert folds(said, 5, 0).tolist() != folds(said, 5, 1).tolist()


@pytest.mark.parametrize(("k", "says"), [(1, "2 folds or more"), (3, "too few for 3 folds")])
def test_folds_that_cannot_be_made_are_refused(k: int, says: str) -> None:
    with pytest.raises(InvalidInputError, match=says):
        folds(labels(["a", "b", "c", "d"], [(0, 1, True), (2, 3, False)]), k, 0)
