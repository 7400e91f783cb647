from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from gluepot.transforms.matching.labelling import files as label_files
from gluepot.transforms.matching.labelling.files import (
    EmptyLabelFileError,
    LabelFileError,
    LabelFileTooLargeError,
    UnknownRecordsError,
    read_label_file,
    read_labels,
    read_pair_file,
)
from tests.transforms.matching.label_cases import PEOPLE, records

if TYPE_CHECKING:
    from gluepot.catalog.errors import InvalidInputError

SCHEMA = pa.schema([("id", pa.string()), ("name", pa.string()), ("age", pa.int64())])
HEADER = b"labeling_set_id,label,id,name,age\n"
FILE = HEADER + b'1,A,r0,Ann Lee,30\n1,A,r1,"Anne\nLee",30\n1,B,r2,Bob Ray,\n2,A,r3,Rob Ray,41\n'


def test_rows_of_a_set_match_if_their_labels_are_the_same_and_sets_say_nothing_of_others() -> None:
    labels = read_label_file(FILE, "a.csv", SCHEMA).pairs(["name", "age"], "id")

    pairs = zip(labels.left.tolist(), labels.right.tolist(), labels.match.tolist(), strict=True)
    assert list(pairs) == [(0, 1, True), (0, 2, False), (1, 2, False)]
    assert labels.records.column_names == ["name", "age"]
    assert labels.records["age"].to_pylist() == ["30", "30", None, "41"]
    assert labels.ids is not None
    assert labels.ids.to_pylist() == ["r0", "r1", "r2", "r3"]
    assert [str(place) for place in labels.places] == [
        "a.csv lines 2 and 3",
        "a.csv lines 2 and 5",
        "a.csv lines 3 and 5",
    ]


def test_labels_are_case_sensitive() -> None:
    data = HEADER + b"1,a,r0,Ann,1\n1,A,r1,Ann,1\n"

    assert read_label_file(data, "a.csv").pairs(["name"]).match.tolist() == [False]


def test_a_row_without_a_label_says_nothing_and_is_listed() -> None:
    sheet = read_label_file(HEADER + b"1,A,r0,Ann,1\n1,,r1,Ann,1\n1,A,r2,A,2\n", "a.csv", SCHEMA)

    assert len(sheet.pairs(["name"])) == 1
    assert sheet.label_count == 2
    assert [str(place) for place in sheet.unlabelled] == ["a.csv line 3"]


@pytest.mark.parametrize(
    ("data", "error", "says"),
    [
        (b"", EmptyLabelFileError, "a.csv: the file is empty"),
        (HEADER, EmptyLabelFileError, "a.csv: nothing follows the header"),
        (codecs.BOM_UTF8 + FILE, LabelFileError, "a.csv line 1: begins with a byte order mark"),
        (FILE.decode().encode("utf-16"), LabelFileError, "a.csv line 1: begins with a byte order"),
        (HEADER + b"1,A,r0,\xff,1\n", LabelFileError, "a.csv line 2: is not UTF-8"),
        (HEADER.replace(b"label,", b"Label,"), EmptyLabelFileError, "nothing follows"),
        (FILE.replace(b"label,", b"Label,"), LabelFileError, "a.csv line 1: the first columns"),
        (FILE.replace(b",age", b",nmae"), LabelFileError, "line 1 column 'age': the data has this"),
        (FILE.replace(b"id,name", b"id,name,x"), LabelFileError, "line 2: the row has 5 fields"),
        (FILE.replace(b"name,age", b"name,name"), LabelFileError, "column 'name': the column is"),
        (HEADER + b"1,A,r0,Ann,1\n1,A,r1,Bo,old\n", LabelFileError, "line 3 column 'age': a value"),
        (HEADER + b" ,A,r0,Ann,1\n", LabelFileError, "line 2 column 'labeling_set_id'"),
        (HEADER + b"1,,r0,Ann,1\n", LabelFileError, "a.csv column 'label': no row has a label"),
        (HEADER + b'1,A,r0,Ann,1\n1,A,"r1,Ann,1\n', LabelFileError, "line 3: a quotation mark"),
        (b"labeling_set_id,label\n1,A\n", LabelFileError, "no column of the data follows"),
        (
            b"labeling_set_id,label,id,name,age,ages\n1,A,r0,Ann,1,1\n",
            LabelFileError,
            "column 'ages': the data has no such column. Did you mean 'age'?",
        ),
    ],
)
def test_a_faulty_file_is_refused_with_its_line_and_column(
    data: bytes, error: type[InvalidInputError], says: str
) -> None:
    with pytest.raises(error) as caught:
        read_label_file(data, "a.csv", SCHEMA)

    assert says in str(caught.value)


def test_an_empty_file_is_refused_in_glues_words() -> None:
    with pytest.raises(EmptyLabelFileError) as caught:
        read_label_file(b"", "a.csv")

    assert caught.value.wire_message == "Invalid label file of size 0."
    assert caught.value.code == "InvalidInputException"


def test_a_file_beyond_the_limit_is_refused_in_glues_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(label_files, "MOST_MEGABYTES", 0)

    with pytest.raises(LabelFileTooLargeError) as caught:
        read_label_file(FILE, "a.csv")

    assert caught.value.wire_message == "Label file has exceeded the limit of 0 MB."
    assert "a.csv" in str(caught.value)


def test_pairs_of_ids_become_labels_of_the_records_that_they_name() -> None:
    data = b"id_left,id_right,match\nr1,r0,1\r\nr0,r2,DISTINCT\nr4,r2,false\nr2,r3,match\n"

    labels = read_pair_file(data, "p.csv", records())

    assert labels.match.tolist() == [True, False, False, True]
    named = labels.records["name"].to_pylist()
    assert [named[at] for at in labels.left] == ["Anne Lee", "Ann Lee", "Cy Fox", "Bob Ray"]
    assert [named[at] for at in labels.right] == ["Ann Lee", "Bob Ray", "Bob Ray", "Rob Ray"]
    assert [str(place) for place in labels.places[:2]] == ["p.csv line 2", "p.csv line 3"]


def test_pairs_between_two_sources_name_an_id_of_each() -> None:
    both = records(PEOPLE.slice(0, 4), ids=["a", "b", "a", "b"], second=2)

    labels = read_pair_file(b"id_left,id_right,match\na,a,1\nb,a,0\n", "p.csv", both)

    named = labels.records["name"].to_pylist()
    assert [named[at] for at in labels.left] == ["Ann Lee", "Anne Lee"]
    assert [named[at] for at in labels.right] == ["Bob Ray", "Bob Ray"]


def test_ids_that_are_not_in_the_data_are_named_with_their_lines() -> None:
    with pytest.raises(UnknownRecordsError) as caught:
        read_pair_file(b"id_left,id_right,match\nr0,r9,1\nr0,x,1\n", "p.csv", records())

    assert "'r9' on line 2, 'x' on line 3" in str(caught.value)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"id_left,id_right\nr0,r1\n", "p.csv line 1: the header must be id_left,id_right,match"),
        (b"id_left,id_right,match\nr0,r1,yes\n", "p.csv line 2 column 'match': 'yes' is none of"),
        (b"id_left,id_right,match\nr0,r0,1\n", "p.csv line 2: 'r0' is paired with itself"),
    ],
)
def test_a_faulty_pair_file_is_refused_with_its_line(data: bytes, says: str) -> None:
    with pytest.raises(LabelFileError) as caught:
        read_pair_file(data, "p.csv", records())

    assert says in str(caught.value)


def test_the_header_tells_which_form_a_file_has() -> None:
    people = records()

    pairs = read_labels(b'"id_left",id_right,match\nr0,r1,1\n', "p.csv", people, "id")
    sets = read_labels(FILE.replace(b"\n1", b"\n1"), "a.csv", people, "id")

    assert len(pairs) == 1
    assert len(sets) == 3
    assert sets.records.schema == people.values.schema


def test_a_label_file_may_have_more_columns_than_the_compared_ones_but_not_fewer() -> None:
    more = b"labeling_set_id,label,note,age,name\n1,A,x,1,Ann\n1,B,y,2,Bo\n"

    labels = read_labels(more, "a.csv", records(), "id")

    assert labels.records.column_names == ["name", "age"]
    assert labels.ids is None
    with pytest.raises(LabelFileError, match="column 'age': the data has this column"):
        read_labels(b"labeling_set_id,label,name\n1,A,Ann\n", "a.csv", records(), "id")
