"""Excel: the first sheet with rows as a table, and workbooks that are made to do harm."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gluepot.catalog.types import print_type
from gluepot.crawlers.classifiers.base import Classification, FileSchema, Sample
from gluepot.crawlers.classifiers.excel import Excel
from gluepot.crawlers.classifiers.excel_rows import read_excel

if TYPE_CHECKING:
    from collections.abc import Sequence

MORNING = dt.datetime(2020, 1, 2, 3, 4, 5)  # noqa: DTZ001 - sheets know no zones


def workbook(*sheets: Sequence[Sequence[Any]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for place, rows in enumerate(sheets):
        sheet = book.create_sheet(f"Sheet{place}")
        for row in rows:
            sheet.append(list(row))
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def answer(content: bytes, **options: Any) -> Classification:  # noqa: ANN401
    values: dict[str, Any] = {
        "uri": "x",
        "size": len(content),
        "plain_size": len(content),
        "codec": "none",
        "data": content[:100],
        "complete": False,
        "read": lambda start, length: content[start : start + length],
    }
    return Excel().classify(Sample(**values | options))


def schema_of(data: bytes) -> FileSchema:
    found = answer(data)
    assert found.schema is not None, found
    return found.schema


def test_cells_tell_the_types_and_the_first_row_the_names() -> None:
    rows: list[list[Any]] = [
        ["id", "price", "open", "day", "at", "note", "empty", "mixed"],
        [1, 2.5, True, dt.date(2020, 1, 2), MORNING, "x", None, 1],
        [2, 3, False, dt.date(2020, 1, 3), MORNING, "y", None, "z"],
    ]
    found = schema_of(workbook(rows))

    assert {item.name: print_type(item.type) for item in found.columns} == {
        "id": "bigint",
        "price": "double",
        "open": "boolean",
        "day": "date",
        "at": "timestamp",
        "note": "string",
        "empty": "void",
        "mixed": "string",
    }
    assert (found.format, found.codec, found.records, found.exact) == ("excel", "none", 2, True)
    assert found.parameters == {"sheetName": "Sheet0", "skip.header.line.count": "1"}
    assert found.columns[1].reason == "in 2 of 2 rows read, such as 2.5 in row 2"
    assert found.columns[7].reason == "in 2 of 2 rows read; row 2 holds 1, row 3 holds 'z'"
    assert "no reader" in found.warnings[0]


CELLS: dict[str, Any] = {
    "bigint": st.integers(-(2**50), 2**50),
    "boolean": st.booleans(),
    "date": st.dates(dt.date(1950, 1, 1), dt.date(2100, 1, 1)),
    "string": st.from_regex(r"[b-y]{3,6}", fullmatch=True),
    "double": st.integers(-10_000, 10_000).map(lambda number: number + 0.5),
}


@settings(max_examples=25, deadline=None)
@given(st.data(), st.lists(st.sampled_from(sorted(CELLS)), min_size=1, max_size=5))
def test_what_openpyxl_wrote_is_found(data: Any, types: list[str]) -> None:  # noqa: ANN401
    types = ["bigint", *types]
    names = [f"Name {place}" for place in range(len(types))]
    row = st.tuples(*(CELLS[type_] for type_ in types))
    rows = data.draw(st.lists(row, min_size=1, max_size=5))

    found = read_excel(workbook([names, *rows]))

    assert [(name, type_) for name, type_, _ in found.columns] == list(
        zip(names, types, strict=True)
    )
    assert found.records == len(rows)


def test_a_sheet_without_a_header_has_numbered_columns() -> None:
    found = schema_of(workbook([[1, "a"], [2, "b"], [3, "c"]]))

    assert [item.name for item in found.columns] == ["col0", "col1"]
    assert (found.records, found.parameters["skip.header.line.count"]) == (3, "0")


def test_titles_and_empty_rows_and_columns_around_a_table_are_left_out() -> None:
    rows: list[list[Any]] = [
        ["Sales of May"],
        [],
        [None, "id", "price"],
        [None, 1, 2.5],
        [None, 2, 3.5],
    ]
    found = schema_of(workbook(rows))

    assert [item.name for item in found.columns] == ["id", "price"]
    assert (found.records, found.parameters["skip.header.line.count"]) == (2, "3")
    assert "row 1 holds a title: 'Sales of May'" in found.warnings


def test_the_first_sheet_that_holds_rows_is_read_and_others_are_named() -> None:
    found = schema_of(workbook([], [["a", "b"], [1, 2]], [["c"], [1]]))

    assert found.parameters["sheetName"] == "Sheet1"
    assert "sheet 'Sheet1' is read; 'Sheet2' are not" in found.warnings


def test_names_that_stand_twice_stay_apart() -> None:
    found = schema_of(workbook([["id", "id", None, "n"], [1, 2, 3, 4]]))

    assert len({item.name for item in found.columns}) == 4


def test_a_workbook_is_read_though_it_looks_like_a_zip_file() -> None:
    data = workbook([["id", "n"], [1, 2]])

    assert answer(data, codec="zip", data=b"").schema is not None


def replaced(data: bytes, name: str, old: bytes, new: bytes) -> bytes:
    """Return a workbook with other text in one of its parts."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(buffer, "w") as target:
        for part in source.namelist():
            content = source.read(part)
            target.writestr(part, content.replace(old, new) if part == name else content)
    return buffer.getvalue()


def test_two_cells_at_the_ends_of_a_sheet_do_not_fill_the_memory() -> None:
    data = workbook([["a", "b"], [1, 2]])
    wide = replaced(data, "xl/worksheets/sheet1.xml", b'r="B2"', b'r="XFD1048576"')

    assert wide != data
    assert "takes more than" in str(answer(wide).problem)


def test_a_workbook_that_expands_to_gigabytes_is_not_opened() -> None:
    buffer = io.BytesIO(workbook([["a"], [1]]))
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        for place in range(3):
            archive.writestr(f"xl/media/{place}", b"\0" * (100 * 1024 * 1024))
    data = buffer.getvalue()
    reads: list[int] = []

    def read(start: int, length: int) -> bytes:
        reads.append(length)
        return data[start : start + length]

    found = answer(data, read=read)

    assert "expands to 314," in str(found.problem)
    assert sum(reads) < 200_000


def test_a_large_workbook_is_not_read() -> None:
    found = answer(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, size=2**30)

    assert "at most 33,554,432 are read" in str(found.problem)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "cannot be read"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 600, "cannot be read"),
        (workbook([]), "no sheet"),
        (
            replaced(workbook([["a"], [1]]), "xl/workbook.xml", b"<sheet ", b"<<<"),
            "",
        ),
    ],
)
def test_a_damaged_workbook_is_named_with_its_reason(data: bytes, reason: str) -> None:
    found = answer(data)

    assert found.schema is None
    assert reason in str(found.problem)


def test_other_archives_and_texts_are_no_workbooks() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("data.csv", "a,b\n1,2\n")

    assert answer(buffer.getvalue(), codec="zip", data=b"").certainty == 0.0
    assert answer(b"a,b\n1,2\n").certainty == 0.0
    assert answer(b"PK\x03\x04" + b"\0" * 100).certainty == 0.0


def test_a_workbook_cut_anywhere_is_answered() -> None:
    data = workbook([["a", "b"], [1, 2]])

    for length in range(0, len(data), 7):
        found = answer(data[:length])

        assert found.schema is None
        assert read_excel(data[:length]).problem


def test_a_head_alone_does_not_make_a_workbook() -> None:
    data = workbook([["a", "b"], [1, 2]])

    assert answer(data, read=None).certainty == 0.0
