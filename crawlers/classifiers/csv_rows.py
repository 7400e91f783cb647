"""The rows of a delimited text, with the lines on which they stand, whatever quotes do.

A quote that is never closed swallows all that follows it. So a row is read within bounds: 128 KiB
a field, which is the bound of Python's reader, and the end of the text. A row that runs into one
of them is read again without quotes, as one line, and reading goes on with the next line.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_COLUMNS = 20_000
"""A line of more cells is no row of a table."""

MAX_LONE_QUOTES = 20
"""After so many quotes that are never closed, reading stops: what was read until then counts."""

_END = "\0"
"""A line that no text holds: where it lands tells whether the last quote was closed."""

_FEW_LINES = 3
_SWALLOWED_PROBE = 20
_SWALLOWED_SHARE = 0.8


@dataclass(frozen=True, kw_only=True)
class Writing:
    """How rows are written: a delimiter, a quote or none, a backslash as escape or none."""

    delimiter: str
    quote: str = ""
    escape: str = ""

    def reader(self, lines: Iterator[str]) -> Iterator[list[str]]:
        """Return what reads rows of lines; it raises csv.Error where a field is too long."""
        return csv.reader(
            lines,
            delimiter=self.delimiter,
            quotechar=self.quote or None,
            escapechar=self.escape or None,
            quoting=csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
        )

    def split(self, line: str) -> list[str]:
        """Return the cells of a line in which quotes mean nothing."""
        return line.rstrip("\r\n").split(self.delimiter)


@dataclass(kw_only=True)
class Rows:
    """Rows of cells, in the order of the text; blank lines are left out.

    Attributes:
        cells: By row.
        lines: The line on which each row starts, counted from 1.
        ends: The line on which it ends: a quoted line break makes it another.
        lone_quotes: The lines with a quote that is never closed.
        cut: The text ended inside a quoted field; that row is not among the others.
    """

    cells: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    lone_quotes: list[int] = field(default_factory=list)
    cut: bool = False

    def add(self, row: list[str], start: int, end: int) -> None:
        """Add a row; lines are counted from 1."""
        self.cells.append(row)
        self.lines.append(start)
        self.ends.append(end)


def lines_of(text: str) -> list[str]:
    """Return the lines of a text with their ends: LF, CR LF or CR."""
    return list(io.StringIO(text, newline=""))


def read_rows(lines: Sequence[str], writing: Writing, *, complete: bool) -> Rows:
    """Return the rows of lines.

    Args:
        lines: With their ends.
        writing: How rows are written.
        complete: Nothing follows; else the last quote may be closed further on.
    """
    rows = Rows()
    start = 0
    while start < len(lines) and len(rows.lone_quotes) <= MAX_LONE_QUOTES:
        start = _read_from(lines, start, writing, rows, complete=complete)
    return rows


def _read_from(
    lines: Sequence[str], start: int, writing: Writing, rows: Rows, *, complete: bool
) -> int:
    """Read rows from a line until the end or a lone quote; return the line at which to go on."""
    reader = csv_reader = writing.reader(chain(islice(lines, start, None), (_END,)))
    line = start
    while True:
        try:
            row = next(reader)
        except csv.Error:
            return _read_alone(lines, line, writing, rows)
        end = start + csv_reader.line_num  # type: ignore[attr-defined]
        if row and row[-1].endswith(_END):
            if row == [_END]:
                return len(lines)
            if complete or _swallowed(lines[line + 1 :], writing, rows):
                return _read_alone(lines, line, writing, rows)
            rows.cut = True
            return len(lines)
        if len(row) > 1 or (row and row[0].strip()):
            rows.add(row, line + 1, end)
        line = end


def _read_alone(lines: Sequence[str], line: int, writing: Writing, rows: Rows) -> int:
    rows.lone_quotes.append(line + 1)
    rows.add(writing.split(lines[line]), line + 1, line + 1)
    return line + 1


def _swallowed(lines: Sequence[str], writing: Writing, rows: Rows) -> bool:
    """Return whether lines inside an open quote look like the rows before it."""
    if len(lines) < _FEW_LINES or not rows.cells:
        return False
    width = len(rows.cells[-1])
    probe = lines[:_SWALLOWED_PROBE]
    alike = sum(1 for line in probe if line.count(writing.delimiter) == width - 1)
    return alike >= _SWALLOWED_SHARE * len(probe)
