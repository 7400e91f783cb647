"""Rows of a CSV text with the lines on which they begin, and rows as CSV.

The standard module would do but for its limit on the size of a field, which is global state.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_FIELD = re.compile(
    r"""(?:"(?P<quoted>[^"]*(?:""[^"]*)*)"|(?P<plain>(?:[^",\r\n][^,\r\n]*)?))"""
    r"""(?P<end>,|\r\n|\n|\r|\Z)"""
)
_NEW_LINE = re.compile(r"\r\n|\n|\r")
_NEEDS_QUOTES = re.compile(r'[",\r\n]|^\s|\s$')


class CsvSyntaxError(ValueError):
    """A field that begins with a quotation mark does not end with one; ``args`` is the line."""


def parse_rows(text: str) -> Iterator[tuple[int, list[str]]]:
    r"""Yield the line, from 1, on which a row begins, and its fields; empty lines are no rows.

    Raises:
        CsvSyntaxError: A quoted field goes on to the end, or beyond its closing mark.

    Source: RFC 4180; line ends of any system are taken.

    >>> list(parse_rows('a,b\n"1\n2",""\n\nc'))
    [(1, ['a', 'b']), (2, ['1\n2', '']), (5, ['c'])]
    """
    at, line, began = 0, 1, 1
    row: list[str] = []
    while at < len(text) or row:
        found = _FIELD.match(text, at)
        if found is None:
            raise CsvSyntaxError(line)
        quoted = found["quoted"]
        row.append(found["plain"] if quoted is None else quoted.replace('""', '"'))
        line += len(_NEW_LINE.findall(found[0]))
        at = found.end()
        if found["end"] != ",":
            if row != [""] or quoted is not None:
                yield began, row
            row, began = [], line


def to_csv(rows: Iterable[Sequence[str]]) -> str:
    r"""Return the rows as CSV; fields are quoted where they must be.

    >>> to_csv([["a", 'b"c'], ["", "d,e"]])
    'a,"b""c"\r\n,"d,e"\r\n'
    """
    return "".join(",".join(map(_field, row)) + "\r\n" for row in rows)


def _field(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _NEEDS_QUOTES.search(text) else text
