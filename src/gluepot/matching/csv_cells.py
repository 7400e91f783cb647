"""Rows of a delimited text, read strictly: what is malformed is refused with its line."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from gluepot.matching.errors import InputFileError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gluepot.crawlers.classifiers.csv_rows import Writing

_LINE_END = re.compile(r"\r\n|\n|\r")


def parse_cells(text: str, writing: Writing, file: str) -> Iterator[tuple[int, list[str]]]:
    r"""Yield the line, from 1, on which each row begins, and its cells; blank lines are no rows.

    Python's own reader is not used: it forgives quotes, and bounds a cell by global state.

    Raises:
        InputFileError: A quoted cell has no end, or goes on behind its closing quote.
        InputFileError: A row has more or fewer cells than the first.

    >>> from gluepot.crawlers.classifiers.csv_rows import Writing
    >>> list(parse_cells('a;b\n"1\n2";\n', Writing(delimiter=";", quote='"'), "f"))
    [(1, ['a', 'b']), (2, ['1\n2', ''])]
    """
    width = 0
    for line, row in _rows(text, writing, file):
        width = width or len(row)
        if len(row) != width:
            raise InputFileError(
                f"the row has {_count(len(row), 'cell')}, but the header has {width}", file, line
            )
        yield line, row


def _rows(text: str, writing: Writing, file: str) -> Iterator[tuple[int, list[str]]]:
    cell, escaped = _patterns(writing)
    at, line, began, size, delimiter = 0, 1, 1, len(text), writing.delimiter
    row: list[str] = []
    while at < size or row:
        found = cell.match(text, at)
        if found is None:
            raise InputFileError(_why(text, at, writing.quote), file, line)
        quoted, plain, end = found.groups()
        value = plain if quoted is None else quoted.replace(writing.quote * 2, writing.quote)
        if quoted is not None or escaped is not None:
            line += len(_LINE_END.findall(value))
        row.append(value if escaped is None else escaped.sub(r"\1", value))
        at = found.end()
        if end != delimiter:
            line += 1
            if row != [""] or quoted is not None:
                yield began, row
            row, began = [], line


@lru_cache
def _patterns(writing: Writing) -> tuple[re.Pattern[str], re.Pattern[str] | None]:
    """Return what matches a cell with what ends it, and an escaped character if there are any."""
    mark, quote = re.escape(writing.delimiter), re.escape(writing.quote)
    escape = re.escape(writing.escape)
    more = f"|{escape}." if escape else ""
    plain = f"(?:[^{mark}{escape}\r\n]{more})*"
    within = f"[^{quote}{escape}]*(?:(?:{quote}{quote}{more})[^{quote}{escape}]*)*"
    # Without a quote the group is there all the same, and never matches.
    quoted = f"{quote}(?P<quoted>{within}){quote}" if quote else "(?P<quoted>(?!))"
    begins = f"(?!{quote})" if quote else ""
    cell = f"(?:{quoted}|(?P<plain>{begins}{plain}))(?P<end>{mark}|\r\n|\n|\r|\\Z)"
    return re.compile(cell, re.DOTALL), re.compile(f"{escape}(.)", re.DOTALL) if escape else None


def _why(text: str, at: int, quote: str) -> str:
    if text.count(quote, at) % 2:
        return f"a cell begins with {quote}, which nothing closes"
    return f"text follows a closing {quote}; inside a quoted cell a {quote} is written twice"


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
