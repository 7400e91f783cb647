"""Reads the rows of a workbook into columns, in a process of its own: see ``confined``."""

from __future__ import annotations

import datetime as dt
import io
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias

from gluepot.catalog.types import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    STRING,
    TIMESTAMP,
    VOID,
    Type,
    print_type,
)
from gluepot.crawlers.classifiers.confined import Reading, answer
from gluepot.crawlers.classifiers.csv_header import guess_header
from gluepot.crawlers.classifiers.evidence import Evidence
from gluepot.crawlers.classifiers.json_types import legible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from python_calamine import CalamineSheet, CalamineWorkbook

MAX_ROWS = 5_000
"""How many rows are looked at for types; all are counted."""

MAX_CELLS = 500_000
"""How many cells are looked at: fewer rows of a wide sheet."""

MISSING = "python-calamine is not installed: pip install 'gluepot[formats]'"
_EXACT = 2**53
"""Below it a double tells every whole number from the next."""

Row: TypeAlias = "tuple[int, list[Any]]"
"""A row's number as the sheet shows it, and its cells."""


def main() -> None:
    """Read a workbook from standard input."""
    answer(read_excel)


def read_excel(data: bytes) -> Reading:
    """Return the columns of the first sheet that holds rows."""
    try:
        import python_calamine as calamine  # noqa: PLC0415 - of an extra
    except ModuleNotFoundError:
        return Reading(problem=MISSING)
    try:
        workbook = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        filled = _filled_sheets(workbook)
        if not filled:
            return Reading(problem="no sheet of the workbook holds a row")
        return _read(filled[0], [sheet.name for sheet in filled[1:]])
    except calamine.PasswordError:
        return Reading(problem="the workbook is locked with a password")
    except calamine.CalamineError as error:
        return Reading(problem=f"the workbook cannot be read: {error}")


def _filled_sheets(workbook: CalamineWorkbook) -> list[CalamineSheet]:
    """Return the sheets that hold rows, those that are shown first."""
    from python_calamine import SheetTypeEnum, SheetVisibleEnum  # noqa: PLC0415 - of an extra

    kinds = [item for item in workbook.sheets_metadata if item.typ == SheetTypeEnum.WorkSheet]
    shown = sorted(kinds, key=lambda item: item.visible != SheetVisibleEnum.Visible)
    sheets = [workbook.get_sheet_by_name(item.name) for item in shown]
    return [sheet for sheet in sheets if sheet.height and sheet.width]


def _read(sheet: CalamineSheet, others: Sequence[str]) -> Reading:
    rows = _rows(sheet)
    if not rows:
        return Reading(problem=f"sheet {sheet.name!r} holds no cell")
    warnings = []
    if others:
        unread = ", ".join(map(repr, others[:5]))
        warnings.append(f"sheet {sheet.name!r} is read; {unread} are not")
    title = _title_rows(rows)
    warnings += [
        f"row {number} holds a title: {_text(_filled(row)[0])[:40]!r}"
        for number, row in rows[:title]
    ]
    rows = _without_left(rows[title:])
    guess = _guess(rows)
    header = 1 if guess[0] else 0
    names = _names(rows[0][1], has_header=guess[0])
    evidence = _evidence(names, rows[header:])
    last = sheet.end[0] + 1 if sheet.end else rows[-1][0]
    return Reading(
        columns=[(item.name, print_type(item.type), item.reason) for item in evidence.columns()],
        records=max(last - rows[0][0] + 1 - header, 0),
        warnings=warnings,
        parameters={"sheetName": sheet.name, "skip.header.line.count": str(rows[0][0] * header)},
        reason=f"sheet {sheet.name!r}: {guess[1]}",
    )


def _rows(sheet: CalamineSheet) -> list[Row]:
    """Return the first rows that hold anything."""
    most = max(min(MAX_ROWS, MAX_CELLS // max(sheet.total_width, 1)), 2)
    first = sheet.start[0] if sheet.start else 0
    rows = list(islice(enumerate(sheet.iter_rows(), 1), first + most))
    return [(number, row) for number, row in rows if _filled(row)]


def _without_left(rows: Sequence[Row]) -> list[Row]:
    """Return rows without the empty columns at their left."""
    left = min(_first_filled(row) for _, row in rows)
    return [(number, row[left:]) for number, row in rows]


def _title_rows(rows: Sequence[Row]) -> int:
    """Return how many rows above the table have one cell where those below have more."""
    found = 0
    while found + 2 < len(rows) and len(_filled(rows[found][1])) == 1:
        found += 1
    return found if len(_filled(rows[found][1])) > 1 else 0


def _guess(rows: Sequence[Row]) -> tuple[bool, str]:
    first = [_text(cell).strip() for cell in rows[0][1]]
    below = list(zip(*(row for _, row in rows[1:]), strict=True))
    if not below:
        return False, "it has one row only"
    evidence = _evidence([str(place) for place in range(len(first))], rows[1:])
    types = [item.type for item in evidence.columns()]
    guess = guess_header(first, [[_text(cell) for cell in column] for column in below], types)
    taken = "taken for" if guess.has_header else "not taken for"
    return guess.has_header, f"the first row is {taken} a header: {guess.reason}"


def _names(first: Sequence[Any], *, has_header: bool) -> list[str]:
    """Return the names of the columns, each once."""
    found: dict[str, None] = {}
    for place, cell in enumerate(first):
        name = legible(_text(cell).strip()) if has_header else ""
        name = name or f"col{place}"
        while name in found:
            name = f"{name}_{place}"
        found[name] = None
    return list(found)


def _evidence(names: Sequence[str], rows: Sequence[Row]) -> Evidence:
    evidence = Evidence(rows="rows", count=len(rows))
    for name in names:
        evidence.add(name, VOID, None, "")
    for number, row in rows:
        for name, cell in zip(names, row, strict=False):
            evidence.add(name, type_of_cell(cell), _plain(cell), f"row {number}")
    return evidence


def type_of_cell(cell: Any) -> Type:  # noqa: ANN401 - whatever a sheet holds
    """Return the column type of a cell, ``void`` of an empty one.

    >>> [print_type(type_of_cell(cell)) for cell in (3.0, 2.5, "", "x", True)]
    ['bigint', 'double', 'void', 'string', 'boolean']
    """
    match cell:
        case "" | None:
            return VOID
        case bool():
            return BOOLEAN
        case int() | float():
            return BIGINT if _is_whole(cell) else DOUBLE
        case dt.datetime():
            return TIMESTAMP
        case dt.date():
            return DATE
        case _:
            return STRING  # Hive has no type for times of day and spans of time


def _is_whole(number: float) -> bool:
    return abs(number) < _EXACT and number == int(number)


def _plain(cell: Any) -> Any:  # noqa: ANN401
    """Return a whole number as one: sheets hold doubles only."""
    return int(cell) if isinstance(cell, float) and _is_whole(cell) else cell


def _text(cell: Any) -> str:  # noqa: ANN401
    return str(cell).lower() if isinstance(cell, bool) else str(_plain(cell))


def _filled(row: Sequence[Any]) -> list[Any]:
    return [cell for cell in row if cell not in ("", None)]


def _first_filled(row: Sequence[Any]) -> int:
    return next(place for place, cell in enumerate(row) if cell not in ("", None))


if __name__ == "__main__":
    main()
