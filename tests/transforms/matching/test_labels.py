from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms.matching.labelling.labels import Labels, OneKindOfLabelsError, place_labels
from tests.transforms.matching.label_cases import PEOPLE, labels, records


def test_labels_are_found_by_id_whatever_their_content() -> None:
    said = labels(["?", "?", "?"], [(0, 1, True), (2, 0, False)], ids=pa.array(["r5", "r1", "r0"]))

    placed = place_labels(said, records())

    assert placed.must.tolist() == [[1, 5]]
    assert placed.cannot.tolist() == [[0, 5]]
    assert placed.missing.tolist() == []


def test_labels_without_ids_are_found_by_content_and_stand_for_all_of_it() -> None:
    said = labels(["Ann Lee", "Cy Fox", "Bob Ray"], [(0, 1, False), (2, 0, True)])

    placed = place_labels(said, records())

    assert placed.cannot.tolist() == [[0, 4], [4, 5]]
    assert {tuple(pair) for pair in placed.must.tolist()} == {(0, 2), (2, 5)}


def test_a_record_of_equal_content_is_the_other_one_of_a_pair_and_never_both() -> None:
    said = labels(["Ann Lee", "Ann Lee"], [(0, 1, False)])

    assert place_labels(said, records()).cannot.tolist() == [[0, 5]]


def test_content_is_compared_as_text_whatever_the_types() -> None:
    said = Labels(
        records=pa.table({"age": ["50", "41"], "name": ["Ann Lee", "Rob Ray"]}),
        left=np.array([0]),
        right=np.array([1]),
        match=np.array([True]),
    )

    assert place_labels(said, records()).must.tolist() == [[3, 5]]


def test_labels_of_records_that_are_not_there_are_told() -> None:
    said = labels(["a", "b"], [(0, 1, True), (1, 0, False)], ids=pa.array(["r0", "gone"]))

    assert place_labels(said, records()).missing.tolist() == [0, 1]
    assert place_labels(labels(["Ann Lee", "x"], [(0, 1, True)]), records()).missing.tolist() == [0]


def test_an_id_of_both_sources_is_told_apart_by_source_or_content() -> None:
    both = records(PEOPLE.slice(0, 4), ids=["a", "b", "a", "b"], second=2)
    ids = pa.array(["a", "b"])

    by_source = place_labels(
        labels(["", ""], [(0, 1, False)], ids=ids, source=np.array([0, 1], np.int8)), both
    )
    by_content = place_labels(labels(["Bob Ray", "Anne Lee"], [(0, 1, False)], ids=ids), both)

    assert by_source.cannot.tolist() == [[0, 3]]
    assert by_content.cannot.tolist() == [[1, 2]]


def test_labels_with_nothing_to_find_them_by_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="have no id and no column of the data"):
        place_labels(labels(["x", "y"], [(0, 1, True)]), records(PEOPLE.select(["age"])))


@pytest.mark.parametrize("match", [True, False])
def test_labels_of_one_kind_are_refused_where_both_are_needed(match: bool) -> None:  # noqa: FBT001
    with pytest.raises(OneKindOfLabelsError, match="both matches and non-matches"):
        labels(["x", "y"], [(0, 1, match)]).require_both_kinds()

    labels(["x", "y"], [(0, 1, match), (1, 0, not match)]).require_both_kinds()


def test_labels_that_point_beyond_their_records_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="beyond the 1 labelled records"):
        labels(["x"], [(0, 1, True)])


def test_joined_labels_keep_what_both_tell_of_their_records() -> None:
    def told(ids: list[str] | None, match: list[bool], **columns: list[str]) -> Labels:
        return Labels(
            records=pa.table(columns),
            left=np.array([0]),
            right=np.array([1]),
            match=np.array(match),
            ids=None if ids is None else pa.array(ids),
        )

    one = told(["a", "b"], [True], name=["A", "B"], town=["X", "Y"])
    two = told(["a", "c"], [False], name=["A", "C"])

    both = one.joined(two)

    assert both.records.to_pydict() == {"name": ["A", "B", "A", "C"]}
    assert both.ids is not None
    assert both.ids.to_pylist() == ["a", "b", "a", "c"]
    assert (both.left.tolist(), both.right.tolist()) == ([0, 2], [1, 3])
    assert both.match.tolist() == [True, False]
    assert one.joined(told(None, [True], name=["A", "B"])).ids is None
    with pytest.raises(InvalidInputError, match="neither ids nor a column"):
        one.joined(told(None, [True], born=["1", "2"]))
