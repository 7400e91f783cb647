"""The encoding of a head, and its last whole line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gluepot.crawlers.classifiers.text import Text, decode
from tests.crawlers.classifiers.heads import head

WESTERN = "id,name\n1,Zo\xeb\n2,Andr\xe9\n"


def text_of(data: bytes, *, complete: bool = True) -> Text:
    return decode(head(data, complete=complete))


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (WESTERN.encode(), "UTF-8"),
        (WESTERN.encode("utf-8-sig"), "UTF-8"),
        (b"\xff\xfe" + WESTERN.encode("utf-16-le"), "UTF-16LE"),
        (b"\xfe\xff" + WESTERN.encode("utf-16-be"), "UTF-16BE"),
        (WESTERN.encode("utf-16-le"), "UTF-16LE"),
        (WESTERN.encode("utf-16-be"), "UTF-16BE"),
        (b"\xff\xfe\0\0" + WESTERN.encode("utf-32-le"), "UTF-32LE"),
        (b"\0\0\xfe\xff" + WESTERN.encode("utf-32-be"), "UTF-32BE"),
        (WESTERN.encode("utf-32-le"), "UTF-32LE"),
        (WESTERN.encode("utf-32-be"), "UTF-32BE"),
        (WESTERN.encode("latin-1"), "ISO-8859-1"),
    ],
)
def test_the_text_is_the_same_in_each_encoding(data: bytes, encoding: str) -> None:
    found = text_of(data)

    assert (found.text, found.encoding, found.problem) == (WESTERN, encoding, None)


def test_marks_that_only_windows_has_make_it_windows() -> None:
    text = "id,price\n1,5 \u20ac\n2,\u201cten\u201d\n"

    found = text_of(text.encode("cp1252"))

    assert (found.text, found.encoding) == (text, "windows-1252")


def test_the_reason_names_the_byte_and_the_line_that_are_no_utf8() -> None:
    assert "byte 0xeb on line 2" in text_of(WESTERN.encode("latin-1")).reason


def test_one_damaged_byte_does_not_make_utf8_another_encoding() -> None:
    data = "id,name\n1,Zo\xeb\n2,Andr\xe9\n3,?\n".encode().replace(b"?", b"\xff")

    found = text_of(data)

    assert (found.encoding, found.text[-3:]) == ("UTF-8", ",\ufffd\n")
    assert "byte 0xff on line 4" in found.warnings[0]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"a,b\n\0\0,1\n", "bytes of zero"),
        (bytes(range(1, 256)) * 9, "controls that no text has"),
        (
            "id,name\n1,\u0418\u0432\u0430\u043d \u041f\u0435\u0442\u0440\n".encode("cp1251"),
            "letters are above ASCII",
        ),
        (b"\xff\xfea\0\x00\xd8b\0", "no character of it"),
        (b"\xff\xfe\0\0\xff\xff\xff\xff", "no character of it"),
    ],
)
def test_bytes_that_are_no_text_are_refused_with_the_reason(data: bytes, said: str) -> None:
    found = text_of(data)

    assert found.text == ""
    assert said in str(found.problem)


@given(
    st.sampled_from(["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "latin-1"]),
    st.data(),
)
def test_where_a_head_is_cut_inside_a_line_does_not_matter(
    encoding: str, data: st.DataObject
) -> None:
    marks = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff", "utf-32-le": b"\xff\xfe\0\0"}
    whole = marks.get(encoding, b"") + WESTERN.encode(encoding)
    second_ends = len(whole) - len("2,Andr\xe9\n".encode(encoding))
    cut = data.draw(st.integers(second_ends, len(whole) - 1 - len(marks.get(encoding, b""))))
    cut = min(cut, len(whole) - len("\n".encode(encoding)))

    assert text_of(whole[:cut], complete=False).text == "id,name\n1,Zo\xeb\n"


@given(st.binary(max_size=400), st.booleans())
def test_no_bytes_crash_the_decoder(data: bytes, complete: bool) -> None:  # noqa: FBT001
    found = text_of(data, complete=complete)

    assert (found.problem is None) or found.text == ""
