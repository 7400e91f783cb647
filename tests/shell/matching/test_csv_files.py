"""Delimited files are read as text, whatever they are written in; malformed ones are refused."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gluepot.crawlers.classifiers.csv_rows import Writing
from gluepot.matching.csv_cells import parse_cells
from gluepot.matching.csv_files import read_csv
from gluepot.matching.csv_text import TEXT, csv_header, csv_lines
from gluepot.matching.errors import InputFileError

if TYPE_CHECKING:
    from pathlib import Path


def _read(tmp_path: Path, data: bytes) -> dict[str, Any]:
    file = tmp_path / "a.csv"
    file.write_bytes(data)
    found: dict[str, Any] = read_csv(file).table.to_pydict()
    return found


def test_no_type_is_guessed(tmp_path: Path) -> None:
    found = _read(tmp_path, b"id,zip,flag,day\n1,007,true,2020-01-01\n2,1e3,NA,\n")

    assert found == {
        "id": ["1", "2"],
        "zip": ["007", "1e3"],
        "flag": ["true", "NA"],
        "day": ["2020-01-01", None],
    }


@pytest.mark.parametrize(
    ("encoding", "delimiter"),
    [
        ("utf-8", ","),
        ("utf-8-sig", ";"),
        ("utf-16", "\t"),
        ("utf-16-le", "|"),
        ("utf-32", ","),
        ("latin-1", ";"),
        ("cp1252", ","),
    ],
)
def test_encoding_and_delimiter_are_found(tmp_path: Path, encoding: str, delimiter: str) -> None:
    rows = [["id", "name"], ["1", "Zoé"], ["2", "plain text of Western letters"]]
    if encoding == "cp1252":
        rows.append(["3", "5 €"])
    text = "".join(delimiter.join(row) + "\r\n" for row in rows)

    found = _read(tmp_path, text.encode(encoding))

    assert list(map(list, zip(*found.values(), strict=True))) == rows[1:]
    assert list(found) == rows[0]


def test_quoted_cells_hold_delimiters_quotes_and_line_ends(tmp_path: Path) -> None:
    found = _read(tmp_path, b'id,t\n1,"a,b"\n2,"say ""hi"""\n3,"two\r\nlines"\n4,""\n5,5" pipe\n')

    assert found["t"] == ["a,b", 'say "hi"', "two\r\nlines", None, '5" pipe']


def test_backslashes_escape_where_they_do(tmp_path: Path) -> None:
    found = _read(tmp_path, b'id\tt\n1\t"say \\"hi\\" twice"\n2\t"plain"\n')

    assert found["t"] == ['say "hi" twice', "plain"]


def test_quotes_far_below_the_head_still_quote(tmp_path: Path) -> None:
    rows = "".join(f"{number},plain\n" for number in range(500))

    found = _read(tmp_path, f'id,t\n{rows}500,"a,b"\n'.encode())

    assert found["t"][-1] == "a,b"


def test_a_cell_of_many_megabytes_is_read(tmp_path: Path) -> None:
    long = "word " * 4_000_000

    found = _read(tmp_path, f'id,t\n1,"{long}"\n2,x\n'.encode())

    assert found["t"] == [long, "x"]


def test_a_file_of_one_column_a_header_alone_and_no_last_line_end(tmp_path: Path) -> None:
    assert _read(tmp_path, b"id\n5\n6") == {"id": ["5", "6"]}
    assert _read(tmp_path, b"id,name") == {"id": [], "name": []}


def test_a_compressed_file_is_read(tmp_path: Path) -> None:
    assert _read(tmp_path, gzip.compress(b"id,a\n1,x\n")) == {"id": ["1"], "a": ["x"]}


ENDS = b"".join(b'%d,"x"\n' % number for number in range(100))


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        (b"id,a\n1,x\n\n2,y,z\n", 4, "3 cells, but the header has 2"),
        (b'id,a\n1,"two\nlines"\n2\n', 4, "1 cell, but the header has 2"),
        (b"id,a\n" + ENDS + b'100,"x\n101,y\n', 102, "nothing closes"),
        (b"id,a\n" + ENDS + b'100,"x\n101,"y\n' + ENDS, 102, 'text follows a closing "'),
        (b"id,a\n" + ENDS + b'100,"x"y\n', 102, 'text follows a closing "'),
        (b"id,a,a\n1,x,y\n", 1, "'a' is there twice"),
        ("id,a\n1,é\n2,ü\n3,ö\n4,".encode() + b"\xff\n", 5, "0xff is no UTF-8"),
        (b"", None, "it is empty"),
        (b"\n\n", None, "it is empty"),
        (b"id,a\n1,x\0y\n", None, "bytes of zero"),
        ("id,a\n1,жук\n".encode("cp1251"), None, "save it as UTF-8"),
    ],
)
def test_what_is_malformed_is_named_with_its_line(
    tmp_path: Path, data: bytes, line: int | None, words: str
) -> None:
    with pytest.raises(InputFileError) as caught:
        _read(tmp_path, data)

    assert caught.value.args[2] == line
    assert words in str(caught.value)
    assert str(tmp_path / "a.csv") in str(caught.value)


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6)


@given(st.lists(st.tuples(CELLS, CELLS), max_size=5), st.sampled_from(",;\t|"))
def test_what_is_written_is_read_back(rows: list[tuple[str, str]], delimiter: str) -> None:
    columns = [[row[at] for row in rows] for at in range(2)]
    text = csv_header(["a", "b"], delimiter)
    text += csv_lines([pa.array(column, TEXT) for column in columns], delimiter)

    writing = Writing(delimiter=delimiter, quote='"')
    (_, names), *found = parse_cells(text.decode(), writing, "f")

    assert names == ["a", "b"]
    assert [tuple(cells) for _, cells in found] == rows
