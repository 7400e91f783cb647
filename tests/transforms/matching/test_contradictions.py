from __future__ import annotations

import pytest

from gluepot.transforms.matching.labelling.contradictions import (
    ContradictingLabelsError,
    contradictions,
    without,
)
from gluepot.transforms.matching.labelling.files import read_label_file
from tests.transforms.matching.label_cases import labels

HEADER = "labeling_set_id,label,name\n"


def test_the_same_two_records_labelled_both_ways_are_named_with_both_places() -> None:
    first = read_label_file(f"{HEADER}1,A,x\n1,A,y\n1,B,z\n".encode(), "one.csv")
    second = read_label_file(f"{HEADER}1,A,y\n1,B,x\n".encode(), "two.csv")

    (found,) = contradictions(first.appended(second).pairs(["name"]))

    assert (dict(found.left), dict(found.right)) == ({"name": "y"}, {"name": "x"})
    assert str(found.distinct_place) == "two.csv lines 2 and 3"
    assert [str(place) for place in found.match_places] == ["one.csv lines 2 and 3"]
    with pytest.raises(ContradictingLabelsError, match=r"1 times: .*one\.csv.*two\.csv lines 2 an"):
        raise ContradictingLabelsError((found,))


def test_a_match_through_other_records_contradicts_a_non_match() -> None:
    rows = "1,A,a\n1,A,b\n2,A,b\n2,A,c\n3,A,c\n3,A,d\n4,A,d\n4,B,a\n5,1,p\n5,2,q\n"
    said = read_label_file((HEADER + rows).encode(), "f.csv").pairs(["name"])

    (found,) = contradictions(said)

    assert [place.left_line for place in found.match_places] == [6, 4, 2]
    assert found.distinct_place is not None
    assert found.distinct_place.left_line == 8


def test_the_shortest_way_is_named_and_other_labels_stay() -> None:
    said = labels(
        ["a", "b", "c", "d", "a"],
        [(0, 1, True), (1, 2, True), (0, 2, True), (2, 4, False), (2, 3, False), (2, 0, True)],
    )

    (found,) = contradictions(said)

    assert found.matches in {(2,), (5,)}
    kept = without(said, [found])
    assert kept.match.tolist() == [True, True, False]
    assert contradictions(kept) == ()


def test_the_fewest_labels_are_named_whichever_come_first() -> None:
    short, long = [(0, 4, True), (4, 3, True)], [(0, 1, True), (1, 2, True), (2, 3, True)]

    for pairs in ([*short, *long], [*long, *short]):
        said = labels(["a", "b", "c", "d", "e"], [*pairs, (0, 3, False)])
        (found,) = contradictions(said)
        assert [pairs[at] for at in found.matches] == short


def test_records_of_equal_content_may_be_called_different_but_not_both() -> None:
    names = ["John Smith", "John Smith"]

    assert contradictions(labels(names, [(0, 1, False)])) == ()
    (found,) = contradictions(labels(names, [(0, 1, False), (0, 1, True)]))
    assert found.matches == (1,)


def test_labels_in_agreement_have_no_contradiction() -> None:
    said = labels(["a", "b", "c", "d"], [(0, 1, True), (2, 3, True), (0, 2, False), (1, 3, False)])

    assert contradictions(said) == ()
    assert len(without(said, [])) == len(said)
