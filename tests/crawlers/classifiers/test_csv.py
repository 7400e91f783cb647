"""Delimited text: dialect, header, types, and what is wrong with it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
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
    name = "\u0418\u0432\u0430\u043d \u041f\u0435\u0442\u0440"

    problem = str(verdict(f"id,name\n1,{name}\n".encode("cp1251")).problem)

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


def test_single_quotes_quote_where_fields_end_with_them() -> None:
    schema, layout = read("id,text\n1,'a, b'\n2,'it''s'\n")

    assert (layout.quote, layout.quoted) == ("'", True)
    assert schema.warnings == ()
    for text in ("1,'tis\n2,'twas\n", "1,it's\n2,don't\n3,'a'\n"):
        assert not read(f"id,text\n{text}")[1].quoted


def test_a_backslash_escapes_only_where_quotes_go_on_after_it() -> None:
    assert read('id,text\n1,"a \\"b\\", c"\n2,x\n')[1].escape == "\\"
    paths = read('id,text\n1,"C:\\dir\\"\n2,"C:\\x"\n')[1]
    assert (paths.escape, paths.backslashes) == ("", True)


def test_backslashes_escape_delimiters_without_quotes() -> None:
    schema, layout = read("id,text,n\n1,a\\, b,2\n2,c\\, d,3\n3,e,4\n")

    assert (layout.escape, schema.warnings) == ("\\", ())


def test_a_lone_quote_does_not_swallow_the_rows_below_it() -> None:
    for complete in (True, False):
        schema, layout = read('id,text\n1,"abc\n2,b\n3,c\n4,d\n', complete=complete)

        assert not layout.quoted
        assert (layout.second_row, schema.records) == (("1", '"abc'), 4)


def test_a_lone_quote_among_quoted_fields_is_named_by_its_line() -> None:
    rows = [f'{i},"a, {i}"' for i in range(50)]
    rows[20] = '20,"lone'
    rows[21:] = [f"{i},plain" for i in range(21, 50)]

    for complete in (True, False):
        schema, layout = read("\n".join(["id,text", *rows, ""]), complete=complete)

        assert layout.quoted
        assert schema.records == 50
        assert "line 22" in schema.warnings[0]


@pytest.mark.parametrize("delimiter", ["^", "~", ":"])
def test_a_rare_delimiter_is_taken_where_no_usual_one_makes_columns(delimiter: str) -> None:
    text = "".join(delimiter.join((str(i), "name", "x y")) + "\n" for i in range(5))

    assert read(text)[1].delimiter == delimiter


@pytest.mark.parametrize(
    "text", ["host: a\nport: 5\nuser: b\n", "a  b\n1  2\n3  4\n", "x^y\nplain\nplain\nz\n"]
)
def test_settings_prose_and_runs_of_spaces_are_no_columns(text: str) -> None:
    assert "no delimiter" in str(verdict(text).problem)


def test_without_a_header_only_titles_stand_above_the_data() -> None:
    schema, layout = read("Sales\n1,2,3\n4,5\n6,7\n8,9\n")

    assert (layout.has_header, layout.first_line, schema.records) == (False, 2, 3)
    assert schema.warnings == ("1 of 5 rows do not have 2 cells: line 2 has 3 cells",)


def test_comments_are_no_rows_and_may_be_the_header() -> None:
    schema, layout = read("# made by hand, in 2013\nid,name\n1,a\n# b\n2,b\n")
    assert ([column.name for column in schema.columns], schema.records) == (["id", "name"], 2)
    assert (layout.comment, layout.first_row_ends) == ("#", 2)
    assert "line 4 is a comment" in schema.warnings[0]

    schema, layout = read("# by hand\n#id,name\n1,a\n2,b\n")
    assert ([column.name for column in schema.columns], schema.records) == (["id", "name"], 2)
    assert layout.first_row_ends == 2


def test_rows_that_begin_with_a_number_sign_are_data() -> None:
    assert columns("colour,n\n#ff0000,1\n#00ff00,2\n") == {"colour": "string", "n": "bigint"}
    assert read("#ff0000,1\n#00ff00,2\n")[0].records == 2


def test_a_trailing_delimiter_makes_an_empty_last_column() -> None:
    assert columns("id,name,\n1,a,\n2,b,\n") == {"id": "bigint", "name": "string", "col2": "void"}
    assert columns("id,name\n1,a,\n2,b,\n") == {"id": "bigint", "name": "string", "col2": "void"}


def test_a_short_last_line_is_named_as_a_footer() -> None:
    schema = read("id,n\n1,2\n3,4\n5,6\nTotal 12\n")[0]

    assert schema.warnings == ("line 5 looks like a footer: readers take it for a row",)
    assert schema.records == 3


def test_a_header_of_several_lines_is_skipped_whole() -> None:
    layout = read('id,"name\nof it"\n1,a\n2,b\n')[1]

    assert (layout.first_line, layout.first_row_ends) == (1, 2)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b",".join([b"a"] * 30_000) + b"\n" + b",".join([b"1"] * 30_000), "30,000 cells"),
        (b"," * 999_999, "1,000,000 cells"),
        ((b"," * 999 + b"\n") * 1_000, "all of its cells are empty"),
        (b"\n\r\n" * 1_000, "all of its lines are blank"),
    ],
)
def test_lines_that_are_no_rows_are_refused_with_the_reason(data: bytes, said: str) -> None:
    assert said in str(verdict(data).problem)


def test_text_of_nothing_but_quotes_and_backslashes_is_read_in_bounds() -> None:
    for data in (
        b'"' * 300_000,
        b'"\\",' * 50_000,
        (b'a,"b\n') * 30_000,
        b'"a,b\n' + b"1,2\n" * 60_000,
    ):
        found = verdict(data)

        assert found.schema is not None or found.problem is not None


def test_utf16_is_read_and_warned_of() -> None:
    schema = verdict("id,n\n1,2\n3,4\n".encode("utf-16")).schema

    assert schema is not None
    assert schema.traits == (("delimiter", ","), ("encoding", "UTF-16LE"))
    assert "UTF-16LE" in schema.warnings[0]


def test_another_column_decides_whether_the_day_comes_first() -> None:
    text = "a,b\n01/02/2013,31/01/2013\n03/04/2013,05/06/2013\n"
    schema, layout = read(text)

    assert columns(text) == {"a": "timestamp", "b": "timestamp"}
    assert layout.timestamp_patterns == {"dd/MM/yyyy"}
    assert "other dates of these files have the day first" in schema.columns[0].reason


def test_columns_that_disagree_about_the_day_are_text() -> None:
    text = "a,b,c\n13/01/2013,01/13/2013,01/02/2013\n13/02/2013,02/13/2013,01/02/2013\n"
    schema, layout = read(text)

    assert set(columns(text).values()) == {"string"}
    assert layout.timestamp_patterns == frozenset()
    assert "no one pattern reads both" in schema.columns[0].reason


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_crash_the_classifiers(data: bytes) -> None:
    answer = verdict(data)

    assert answer.schema is not None or answer.problem is not None
