"""Delimited text: dialect, header, types, and what is wrong with it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gluepot.catalog.types import print_type
from gluepot.crawlers.classifiers.base import CsvLayout, FileSchema, Sample, Verdict
from gluepot.crawlers.classifiers.builtin import classify


def verdict(text: str | bytes, *, complete: bool = True) -> Verdict:
    data = text.encode() if isinstance(text, str) else text
    return classify(
        Sample(
            uri="x",
            size=len(data),
            plain_size=len(data),
            codec="none",
            data=data,
            complete=complete,
        )
    )


def read(text: str, *, complete: bool = True) -> tuple[FileSchema, CsvLayout]:
    schema = verdict(text, complete=complete).schema
    assert schema is not None
    assert schema.csv is not None
    return schema, schema.csv


def columns(text: str) -> dict[str, str]:
    return {column.name: print_type(column.type) for column in read(text)[0].columns}


@pytest.mark.parametrize("delimiter", [",", "|", "\t", ";", "\x01"])
def test_each_of_glues_delimiters_is_found(delimiter: str) -> None:
    text = "\n".join(delimiter.join(row) for row in (["id", "name"], ["1", "a"], ["2", "b"]))

    assert read(text)[1].delimiter == delimiter
    assert columns(text) == {"id": "bigint", "name": "string"}


def test_commas_inside_values_do_not_hide_a_better_delimiter() -> None:
    text = "id;place\n1;Bonn, am Rhein\n2;Ulm\n3;Rom\n"

    assert read(text)[1].delimiter == ";"


def test_a_header_over_a_typed_column_is_taken_and_says_why() -> None:
    layout = read("id,name\n1,a\n2,b\n")[1]

    assert layout.has_header
    assert "column 1 ('id') holds bigint" in layout.header_reason


@pytest.mark.parametrize(
    "text",
    [
        "carrier,name\n9E,Endeavor Air Inc.\nAA,American Airlines Inc.\n",
        "abbr_x,full_x\nDE,Germany\nFR,France\nIT,Italy\n",
        "First Name,Last Name\nAda,Lovelace\nAlan,Turing\n",
    ],
)
def test_a_header_over_text_only_is_taken_when_it_is_written_unlike_the_values(text: str) -> None:
    layout = read(text)[1]

    assert layout.has_header, layout.header_reason
    assert "all columns are text" in layout.header_reason


@pytest.mark.parametrize(
    "text",
    [
        "UA,United Air Lines\nAA,American Airlines\nDL,Delta Air Lines\n",
        "red,apple\ngreen,pear\nred,cherry\n",
        "code,name\nAA,American\ncode,Delta\n",  # a name that is also a value
        "alpha,beta\n",
    ],
)
def test_a_first_row_that_looks_like_the_others_is_data(text: str) -> None:
    assert not read(text)[1].has_header


def test_without_a_header_columns_are_numbered_from_zero() -> None:
    assert columns("1,a\n2,b\n") == {"col0": "bigint", "col1": "string"}


def test_a_first_row_that_is_data_counts_for_the_types() -> None:
    assert columns("x7,1.5\n8,2\n9,3\n") == {"col0": "string", "col1": "double"}


def test_an_index_column_without_a_name_does_not_hide_the_header() -> None:
    assert columns(",a,b\n0,1.5,x\n1,2.5,y\n") == {"col0": "bigint", "a": "double", "b": "string"}


def test_names_that_stand_twice_are_a_header_over_typed_columns() -> None:
    assert [column.name for column in read("a,a,A\n1,2,3\n4,5,6\n")[0].columns] == ["a", "a", "A"]


def test_lines_above_the_header_are_not_rows() -> None:
    schema, layout = read("# made by hand\n# in 2013\nid,name\n1,a\n2,b\n")

    assert layout.first_line == 3
    assert [column.name for column in schema.columns] == ["id", "name"]


def test_quoted_fields_hold_delimiters_and_line_breaks() -> None:
    text = 'id,text\n1,"a, b"\n2,"two\nlines"\n3,"say ""hi"""\nx,y\n'
    schema, layout = read(text)

    assert layout.quoted
    assert schema.records == 4
    assert schema.columns[0].reason == "line 6 holds 'x'"


def test_a_quote_inside_a_field_is_no_quoting() -> None:
    layout = read('id,size\n1,5" pipe\n2,6" pipe\n')[1]

    assert not layout.quoted


def test_ragged_rows_are_named_by_line() -> None:
    schema = read("id,name\n1,a\n2\n3,c\n4,d,e\n5,f\n")[0]

    assert schema.warnings == (
        "2 of 6 rows do not have 2 cells: line 3 has 1 cells, line 5 has 3 cells",
    )
    assert columns("id,name\n1,a\n2\n3,c\n4,d\n") == {"id": "bigint", "name": "string"}


def test_a_lone_row_is_a_problem_since_it_may_be_either() -> None:
    assert "one row only" in str(verdict("id,name\n").problem)


def test_one_column_is_not_taken_for_csv() -> None:
    assert "no delimiter" in str(verdict("one\ntwo\nthree\n").problem)


def test_the_cut_at_the_end_of_a_head_is_left_out() -> None:
    assert read("id,n\n1,2\n3,4\n5", complete=False)[0].warnings == ()
    assert read('id,n\n1,"2"\n3,"4\n', complete=False)[0].warnings == ()


def test_a_head_of_no_known_encoding_is_named_by_byte_and_line() -> None:
    problem = str(verdict("id,name\n1,\u0418\u0432\u0430\u043d \u041f\u0435\u0442\u0440\n".encode("cp1251")).problem)

    assert "byte 0xc8 on line 2" in problem


def test_bytes_of_zero_are_no_text() -> None:
    assert "not text" in str(verdict(b"a,b\n\0\0,1\n").problem)


def test_a_byte_order_mark_is_not_part_of_the_first_name() -> None:
    assert list(columns("\ufeffid,name\n1,a\n")) == ["id", "name"]


def test_windows_line_ends_are_not_part_of_the_last_column() -> None:
    assert columns("id,n\r\n1,2\r\n3,4\r\n") == {"id": "bigint", "n": "bigint"}


def test_na_is_null_only_among_typed_values() -> None:
    schema, layout = read("id,n,t\n1,NA,NA\n2,5,x\n")

    assert {item.name: print_type(item.type) for item in schema.columns} == {
        "id": "bigint",
        "n": "bigint",
        "t": "string",
    }
    assert layout.null_words == {"NA"}


def test_a_row_that_does_not_end_asks_for_more() -> None:
    found = verdict('id,n\n1,"' + "x" * 1_000_000, complete=False)

    assert found.schema is None
    assert found.needs_more


@given(st.binary(max_size=400))
def test_no_bytes_crash_the_classifiers(data: bytes) -> None:
    answer = verdict(data)

    assert answer.schema is not None or answer.problem is not None
