from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms.matching.labelling.files import read_label_file
from gluepot.transforms.matching.labelling.sheets import MOST_ROWS_OF_A_SET, LabelSheet
from gluepot.transforms.matching.records import Records
from tests.transforms.matching.label_cases import labels

if TYPE_CHECKING:
    from collections.abc import Sequence

# A label or a set loses white space around it; in the data every character counts.
short = st.text("aAb1- ,\"'", min_size=1, max_size=3).filter(str.strip)
cell = st.text(st.characters(codec="utf-8"), max_size=5) | st.sampled_from(
    ['"', "a\r\nb", " ", ","]
)
number = st.none() | st.integers(-(2**63), 2**63 - 1)
a_row = st.tuples(short, st.just("") | short, cell, cell, number)
SCHEMA = pa.schema([("id", pa.string()), ("a b", pa.string()), ("n", pa.int64())])


def sheet(rows: Sequence[tuple[str, str, str, str, int | None]], name: str = "t") -> LabelSheet:
    columns = [list(column) for column in zip(*rows, strict=True)]
    kinds = ("labeling_set_id", pa.string()), ("label", pa.string()), *SCHEMA
    return LabelSheet.of_table(pa.table(columns, schema=pa.schema([*kinds])), name)


def pair_list(sheet: LabelSheet) -> list[tuple[str | None, str | None, bool]]:
    pairs = sheet.pairs(["a b", "n"], "id")
    assert pairs.ids is not None
    ids = pairs.ids.to_pylist()
    ends = zip(pairs.left.tolist(), pairs.right.tolist(), pairs.match.tolist(), strict=True)
    return [(ids[one], ids[other], match) for one, other, match in ends]


@settings(deadline=None, max_examples=50)
@given(st.lists(a_row, min_size=1, max_size=8).filter(lambda rows: any(row[1] for row in rows)))
def test_what_was_read_is_the_same_after_it_was_written_and_read_again(
    rows: list[tuple[str, str, str, str, int | None]],
) -> None:
    once = read_label_file(sheet(rows).to_csv(), "a.csv", SCHEMA)

    again = read_label_file(once.to_csv(), "b.csv", SCHEMA)

    assert again == once
    assert [label.strip() for _, label, *_ in rows] == list(once.labels)
    assert once.records["a b"].to_pylist() == [row[3] or None for row in rows]
    assert once.records["n"].to_pylist() == [row[4] for row in rows]


@settings(deadline=None, max_examples=30)
@given(st.lists(a_row, min_size=1, max_size=6), st.lists(a_row, min_size=1, max_size=6))
def test_appended_files_say_what_each_of_them_said(
    first: list[tuple[str, str, str, str, int | None]],
    second: list[tuple[str, str, str, str, int | None]],
) -> None:
    one, other = sheet(first, "one"), sheet(second, "other")

    both = one.appended(other)

    assert pair_list(both) == pair_list(one) + pair_list(other)
    assert both.label_count == one.label_count + other.label_count
    assert both.places == one.places + other.places
    assert both.sets[: len(one)] == one.sets


def test_a_sets_new_name_is_no_other_sets_name() -> None:
    one = sheet([("1", "A", "i", "x", 1)])
    other = sheet([("1", "A", "i", "x", 1), ("1-2", "A", "i", "x", 1), ("2", "A", "i", "x", 1)])

    assert one.appended(other).sets == ("1", "1-3", "1-2", "2")


def test_files_of_other_columns_or_types_are_not_appended() -> None:
    one = sheet([("1", "A", "i", "x", 1)])
    fewer = LabelSheet(
        sets=one.sets, labels=one.labels, records=one.records.select(["id"]), places=one.places
    )
    other_type = read_label_file(one.to_csv(), "b.csv")

    with pytest.raises(InvalidInputError, match=r"only one has \['a b', 'n'\]"):
        one.appended(fewer)
    with pytest.raises(InvalidInputError, match=r"types of their columns \['n'\]"):
        one.appended(other_type)


def test_values_of_every_type_survive_a_label_file() -> None:
    values = pa.table(
        {
            "labeling_set_id": pa.array([1, 1]),
            "label": pa.array([7, 7]),
            "truth": [True, None],
            "price": [0.1, None],
            "exact": [Decimal("1.20"), None],
            "day": [date(2024, 2, 29), None],
            "moment": pa.array([datetime(2024, 1, 1, 12, 0, 0, 5, tzinfo=UTC), None]),
            "bytes": [b"\x00\xff", None],
            "list": [[1, None], None],
            "struct": [{"a": "ü", "b": 1}, None],
            "word": pa.array(["x", None]).dictionary_encode(),
        }
    )
    one = LabelSheet.of_table(values, "enforced")

    again = read_label_file(one.to_csv(), "a.csv", one.records.schema)

    assert again.records.to_pylist() == one.records.to_pylist()
    assert again.sets == ("1", "1")
    assert again.pairs(["day"]).match.tolist() == [True]


def test_labelled_values_are_texts_as_those_of_the_data_are() -> None:
    values = pa.table({"id": [7, 8], "truth": [True, None], "day": [date(2024, 2, 29), None]})
    sets = {"labeling_set_id": ["1", "1"], "label": ["A", "B"]}
    table = pa.table({**sets, **dict(zip(values.column_names, values.columns, strict=True))})
    data = Records.of(values, "id")

    labels = LabelSheet.of_table(table, "enforced").pairs(["truth", "day"], "id")

    assert labels.records == data.values
    assert labels.ids == data.ids


def test_a_table_without_the_columns_of_a_label_file_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="needs one column 'label', but has"):
        LabelSheet.of_table(pa.table({"labeling_set_id": ["1"], "labels": ["A"]}), "enforced")
    with pytest.raises(InvalidInputError, match="enforced row 2 has no labeling_set_id"):
        LabelSheet.of_table(
            pa.table({"labeling_set_id": ["1", None], "label": ["A", "A"], "n": [1, 2]}), "enforced"
        )


def test_labels_without_any_column_of_the_data_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="needs one of them at least"):
        sheet([("1", "A", "i", "x", 1)]).pairs(["other"])


def test_a_set_too_large_to_pair_is_named() -> None:
    rows = [("s", "A", str(n), "x", n) for n in range(MOST_ROWS_OF_A_SET + 1)]

    with pytest.raises(InvalidInputError, match="'s' that begins at t line 1 has 1001 rows"):
        sheet(rows).pairs(["n"])


def test_pairs_become_sets_of_two() -> None:
    said = labels(["x", "y", "z"], [(0, 1, True), (2, 0, False)], ids=pa.array(["1", "2", "3"]))

    rows = LabelSheet.of_labels(said, "id").to_csv().decode().splitlines()

    assert rows == ["labeling_set_id,label,id,name", "1,1,1,x", "1,1,2,y", "2,1,3,z", "2,2,1,x"]
