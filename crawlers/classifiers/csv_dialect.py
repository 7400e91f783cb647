"""How a delimited text is written: which delimiter, quoted or not, and its rows."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass

DELIMITERS = (",", "|", "\t", ";", "\x01")
"""What AWS Glue tries, in this order; the earlier one wins a tie."""

QUOTE = '"'
MIN_REGULAR = 0.5
"""The share of rows that must have the same number of cells."""

PROBE_ROWS = 200
"""How many rows decide the dialect."""


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """A way to write rows.

    Attributes:
        delimiter: One character.
        quoted: Some field stands in double quotes.
        width: The number of cells that most rows have.
        regular: The share of the rows tried that have it.
    """

    delimiter: str
    quoted: bool
    width: int
    regular: float


def sniff(text: str) -> Dialect | None:
    """Return the dialect that cuts most rows into equally many cells, or None if none does."""
    candidates = [
        found
        for delimiter in DELIMITERS
        if delimiter in text
        for quoted in _quotings(text, delimiter)
        if (found := _try(text, delimiter, quoted=quoted)) is not None
    ]
    # max keeps the first of equals, so the order of DELIMITERS decides a tie.
    return max(candidates, key=lambda found: (found.regular, found.width), default=None)


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Rows of cells, and the line on which each starts: a quoted line break makes one longer."""

    cells: list[list[str]]
    lines: list[int]


def read_rows(text: str, dialect: Dialect, limit: int | None = None) -> Rows:
    """Return rows of cells; empty lines are left out.

    Raises:
        csv.Error: A field is longer than any sane one: a quote that is never closed.
    """
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=dialect.delimiter,
        quotechar=QUOTE,
        quoting=csv.QUOTE_MINIMAL if dialect.quoted else csv.QUOTE_NONE,
    )
    rows, lines, start = [], [], 1
    for row in reader:
        if row:
            rows.append(row)
            lines.append(start)
            if len(rows) == limit:
                break
        start = reader.line_num + 1
    return Rows(cells=rows, lines=lines)


def _quotings(text: str, delimiter: str) -> tuple[bool, ...]:
    """Return whether to try with quotes, without, or both: quotes count at the start of a field."""
    at_start = re.search(rf'(?:^|[\r\n{re.escape(delimiter)}])"', text)
    return (True, False) if at_start else (False,)


def _try(text: str, delimiter: str, *, quoted: bool) -> Dialect | None:
    dialect = Dialect(delimiter=delimiter, quoted=quoted, width=0, regular=0)
    try:
        rows = read_rows(text, dialect, PROBE_ROWS).cells
    except csv.Error:
        return None
    widths = Counter(map(len, rows))
    if not widths:
        return None
    width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
    regular = count / len(rows)
    if width < 2 or regular < MIN_REGULAR:  # noqa: PLR2004 - Glue's rule: two columns at least
        return None
    return Dialect(delimiter=delimiter, quoted=quoted, width=width, regular=regular)
