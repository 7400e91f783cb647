from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gluepot.transforms.matching.labelling.csv_text import CsvSyntaxError, parse_rows, to_csv

fields = st.text(st.sampled_from('ab ",\r\n'), max_size=4)
rows = st.lists(st.lists(fields, min_size=2, max_size=3), max_size=4)


@settings(deadline=None)
@given(rows)
def test_written_rows_are_read_back_here_and_by_the_csv_module(
    written: list[list[str]],
) -> None:
    text = to_csv(written)

    assert [row for _, row in parse_rows(text)] == written
    assert list(csv.reader(io.StringIO(text, newline=""))) == written


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_rows_know_the_lines_on_which_they_begin(end: str) -> None:
    text = end.join(["a,b", '"x', 'y",', "", 'c"d,'])

    assert list(parse_rows(text)) == [(1, ["a", "b"]), (2, [f"x{end}y", ""]), (5, ['c"d', ""])]


@pytest.mark.parametrize("text", ['a,"b', 'x\n"b"c,d'])
def test_a_quote_that_does_not_end_its_field_is_refused(text: str) -> None:
    with pytest.raises(CsvSyntaxError):
        list(parse_rows(text))


def test_a_field_may_be_longer_than_the_standard_module_takes() -> None:
    assert list(parse_rows("a," + "x" * 200_000)) == [(1, ["a", "x" * 200_000])]
