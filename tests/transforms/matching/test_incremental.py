from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np
import pyarrow as pa
import pytest

from gluepot.transforms.matching.incremental import Before, match_new
from gluepot.transforms.matching.labelling.contradictions import ContradictingLabelsError
from gluepot.transforms.matching.labelling.labels import Labels
from gluepot.transforms.matching.local import Here, Workspace
from gluepot.transforms.matching.matcher import Matches, ScoredPairs, find_matches
from gluepot.transforms.matching.options import MatchOptions
from gluepot.transforms.matching.records import Records
from tests.transforms.matching.sets import ID, duplicates, f1, together

OPTIONS = MatchOptions()
PERSONS, TRUE = duplicates("febrl1")
KNOWN = 800


@dataclass
class Counting(Here):
    """This process, which counts the records that look for candidates."""

    looked: list[int] = field(default_factory=list)

    def candidates(
        self, space: Workspace, queries: np.ndarray, targets: np.ndarray, most: int
    ) -> np.ndarray:
        """Count, and look."""
        self.looked.append(len(queries))
        return super().candidates(space, queries, targets, most)


@cache
def known_matches() -> Matches:
    return find_matches(Records.of(PERSONS.slice(0, KNOWN), ID), OPTIONS)


def before(count: int, compared: ScoredPairs | None = None, **more: bool) -> Before:
    match_ids = np.zeros(count, np.int64)
    match_ids[:KNOWN] = known_matches().match_ids
    return Before(known=np.arange(count) < KNOWN, match_ids=match_ids, compared=compared, **more)


@pytest.mark.parametrize("remembered", [True, False])
def test_new_records_are_matched_as_a_match_of_all_records_would(*, remembered: bool) -> None:
    """With the same model at most one pair in a hundred differs, whatever is remembered."""
    records, earlier = Records.of(PERSONS, ID), known_matches()
    engine = Counting()
    told = before(len(records), earlier.candidates if remembered else None)

    found = match_new(records, told, OPTIONS, earlier.model, engine=engine)

    whole = together(records, find_matches(records, OPTIONS, model=earlier.model))
    pairs = together(records, found)
    assert f1(pairs, TRUE) >= 0.99
    assert f1(pairs, whole) >= 0.99
    old = earlier.match_ids
    assert (found.match_ids[:KNOWN][old[np.arange(KNOWN)]] == found.match_ids[:KNOWN]).all()
    assert engine.looked[0] == len(records) - KNOWN
    assert len(engine.looked) == (1 if remembered else 2)


def test_only_new_records_look_when_what_was_compared_is_remembered() -> None:
    """Five new records; the pairs of all others are as they were."""
    count = KNOWN + 5
    records, earlier = Records.of(PERSONS.slice(0, count), ID), known_matches()
    engine = Counting()

    found = match_new(
        records, before(count, earlier.candidates), OPTIONS, earlier.model, engine=engine
    )

    assert engine.looked == [5]
    scored = {
        (int(one), int(two)): float(at)
        for one, two, at in zip(
            found.candidates.left,
            found.candidates.right,
            found.candidates.probability,
            strict=True,
        )
    }
    pairs = earlier.candidates
    assert set(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True)) <= set(scored)
    assert len(scored) - len(pairs.left) <= 5 * OPTIONS.candidates


def test_known_groups_are_joined_by_a_new_record_and_by_nothing_else() -> None:
    """Two pairs of records that match, each with two match ids; a third record of one comes."""
    table = PERSONS.slice(0, KNOWN)
    earlier = known_matches()
    (one, two), (three, four) = [
        (int(earlier.left[at]), int(earlier.right[at]))
        for at in np.flatnonzero(earlier.confidence > 0.99)[:2]
    ]
    third = table.slice(one, 1).set_column(0, ID, pa.array(["third"]))
    third = third.set_column(
        third.column_names.index("street_number"), "street_number", pa.array(["4711"])
    )
    records = Records.of(pa.concat_tables([table, third]), ID)
    told = before(len(records), earlier.candidates)
    match_ids = told.match_ids.copy()
    match_ids[[one, two, three, four]] = [5_001, 5_002, 5_003, 5_004]

    found = match_new(records, replace(told, match_ids=match_ids), OPTIONS, earlier.model)

    assert len({int(found.match_ids[at]) for at in (one, two, KNOWN)}) == 1
    assert found.match_ids[three] != found.match_ids[four]


def test_copies_of_known_records_join_them_and_nobody_may_come() -> None:
    earlier = known_matches()
    copy = PERSONS.slice(3, 1).set_column(0, ID, pa.array(["copy"]))
    records = Records.of(pa.concat_tables([PERSONS.slice(0, KNOWN), copy]), ID)

    found = match_new(records, before(KNOWN + 1, earlier.candidates), OPTIONS, earlier.model)
    none = match_new(
        Records.of(PERSONS.slice(0, KNOWN), ID),
        before(KNOWN, earlier.candidates),
        OPTIONS,
        earlier.model,
    )

    assert found.match_ids[KNOWN] == found.match_ids[3]
    assert none.match_ids.tolist() == earlier.match_ids.tolist()
    assert none.confidences == pytest.approx(earlier.confidences)


def test_answers_are_obeyed_by_new_records_and_must_not_contradict() -> None:
    records, earlier = Records.of(PERSONS, ID), known_matches()
    told = before(len(records), earlier.candidates)
    found = match_new(records, told, OPTIONS, earlier.model)
    joined = next(
        (int(one), int(two))
        for one, two in zip(found.left, found.right, strict=True)
        if one < KNOWN <= two
    )
    labels = Labels(
        records=records.values.take(pa.array(joined)),
        left=np.array([0]),
        right=np.array([1]),
        match=np.array([False]),
        ids=records.ids.take(pa.array(joined)),
    )
    bound = MatchOptions(enforce_labels=True)

    apart = match_new(records, told, bound, earlier.model, labels=labels)

    assert apart.match_ids[joined[0]] != apart.match_ids[joined[1]]
    both = labels.joined(replace(labels, match=np.array([True])))
    with pytest.raises(ContradictingLabelsError):
        match_new(records, told, bound, earlier.model, labels=both)
