r"""How a delimited text is written: which delimiter, which quotes, and what escapes them.

AWS Glue's five delimiters are tried first. ``^``, ``~`` and ``:`` are taken only where none of
these makes columns and they do so in nearly every line; ``:`` needs three columns, since settings
and prose have two. Columns between runs of spaces are not taken: no serde reads them.

A quote counts where a field begins with it. It quotes if more such fields end with it, before a
delimiter or a line's end, than do not; else it is a character like others (``5" pipe``, ``'tis``).
A single quote must do nothing else in the text: OpenCSVSerde takes an apostrophe (``it's``) for
one as well.
A backslash escapes if quotes after one go on in the middle of a field (``"say \"hi\""``), or if
that makes more rows equally long; else it is a character, as in ``"C:\dir\"``.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from gluepot.crawlers.classifiers.csv_options import CsvOptions
from gluepot.crawlers.classifiers.csv_rows import MAX_COLUMNS, Writing, read_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

DELIMITERS = (",", "|", "\t", ";", "\x01")
"""What AWS Glue tries, in this order; the earlier one wins a tie."""

RARE_DELIMITERS = ("^", "~", ":")
"""What is tried only where none of Glue's delimiters makes columns."""

QUOTES = ('"', "'")
MIN_REGULAR = 0.5
"""The share of rows that must have the same number of cells."""

RARE_REGULAR = 0.95
"""The same for a rare delimiter."""

PROBE_LINES = 200
PROBE_CHARACTERS = 128 * 1024
_FEWEST_LINES = 10
_FEWEST_RARE = 3
"""With fewer lines a rare delimiter may be there by chance."""
_CLEARLY_MORE = 0.05
"""By how much more regular rows must be before a quote or a backslash changes its meaning."""


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """A way to write rows.

    Attributes:
        writing: The delimiter, the quote that some field stands in, and the escape.
        width: The number of cells that most rows have.
        regular: The share of the rows tried that have it.
    """

    writing: Writing
    width: int
    regular: float

    @property
    def delimiter(self) -> str:
        """Return the character between cells."""
        return self.writing.delimiter


def sniff(lines: Sequence[str], options: CsvOptions = CsvOptions()) -> Dialect | str:  # noqa: B008
    """Return the dialect that cuts most rows into equally many cells, or why none does.

    Args:
        lines: With their ends.
        options: What a custom classifier knows.
    """
    probe = probe_of(lines)
    text = "".join(probe)
    fewest = 1 if options.allow_single_column else 2
    if options.delimiter is not None:
        found = _with_delimiter(probe, text, options.delimiter, options)
        if found is None or found.width < fewest:
            return f"{options.delimiter!r} does not cut its lines into {fewest} or more columns"
        return found
    found = _best(probe, text, options)
    if found is not None:
        return found
    if options.allow_single_column:
        found = _with_delimiter(probe, text, ",", options)
        if found is not None:
            return found
    return _fault(probe)


def probe_of(lines: Sequence[str]) -> Sequence[str]:
    """Return the lines that decide the dialect: 200 of them or 128 KiB, ten at least."""
    size = 0
    for number, line in enumerate(lines[:PROBE_LINES]):
        size += len(line)
        if size > PROBE_CHARACTERS and number >= _FEWEST_LINES:
            return lines[:number]
    return lines[:PROBE_LINES]


def _best(probe: Sequence[str], text: str, options: CsvOptions) -> Dialect | None:
    usual = _candidates(probe, text, DELIMITERS, options)
    # max keeps the first of equals, so the order of DELIMITERS decides a tie.
    found = max(usual, key=lambda item: (item.regular, item.width), default=None)
    if found is not None:
        return found
    rare = [
        item
        for item in _candidates(probe, text, RARE_DELIMITERS, options)
        if item.regular >= RARE_REGULAR and _is_clear(item, probe)
    ]
    return max(rare, key=lambda item: (item.regular, item.width), default=None)


def _candidates(
    probe: Sequence[str], text: str, delimiters: Sequence[str], options: CsvOptions
) -> list[Dialect]:
    tried = (
        _with_delimiter(probe, text, delimiter, options)
        for delimiter in delimiters
        if delimiter in text
    )
    # Glue's rule: two columns at least.
    return [item for item in tried if item is not None and item.width >= 2]  # noqa: PLR2004


def _is_clear(found: Dialect, probe: Sequence[str]) -> bool:
    fewest = 3 if found.delimiter == ":" else 2
    return found.width >= fewest and len(probe) >= _FEWEST_RARE


def _fault(probe: Sequence[str]) -> str:
    for delimiter in DELIMITERS:
        widest = max((line.count(delimiter) for line in probe), default=0)
        if widest >= MAX_COLUMNS:
            return (
                f"a line has {widest + 1:,} cells between {delimiter!r}; a table of more than"
                f" {MAX_COLUMNS:,} columns is not registered"
            )
    return "no delimiter cuts its lines into two or more columns"


def _with_delimiter(
    probe: Sequence[str], text: str, delimiter: str, options: CsvOptions
) -> Dialect | None:
    """Return the best dialect of a delimiter: the likelier use of quotes unless it fits worse."""
    if max((line.count(delimiter) for line in probe), default=0) >= MAX_COLUMNS:
        return None
    best: Dialect | None = None
    for writing in _writings(text, delimiter, options):
        found = _try(probe, writing)
        if found and (best is None or found.regular > best.regular + _CLEARLY_MORE):
            best = found
    return best


def _writings(text: str, delimiter: str, options: CsvOptions) -> list[Writing]:
    """Return the ways to try, the likeliest first."""
    plain = [Writing(delimiter=delimiter)]
    if f"\\{delimiter}" in text:
        plain.append(Writing(delimiter=delimiter, escape="\\"))
    quotes = QUOTES if options.quote is None else (options.quote,)
    counted = [(quote, *count_quoted(text, delimiter, quote)) for quote in quotes]
    # Two quotes inside fields in quotes of the other kind may look like a field over lines.
    for quote, good, bad in sorted(counted, key=lambda item: -item[1]):
        if not good and not bad:
            continue
        quoted = [Writing(delimiter=delimiter, quote=quote)]
        if f"\\{quote}" in text or f"\\{delimiter}" in text:
            quoted.append(Writing(delimiter=delimiter, quote=quote, escape="\\"))
        if _escapes_quotes(text, delimiter, quote):
            quoted.reverse()
        if good and good >= bad and (quote == '"' or _only_quotes(text, delimiter, quote, options)):
            return quoted + plain
        if options.quote is not None or quote == '"':
            plain += quoted
    return plain


def count_quoted(text: str, delimiter: str, quote: str) -> tuple[int, int]:
    r"""Return how many fields stand in quotes, and how many only begin with one.

    >>> count_quoted("1,'a'\n2,'tis\n", ",", "'")
    (1, 1)
    """
    if quote not in text:
        return 0, 0
    good = bad = 0
    for match in _quoted_fields(delimiter, quote).finditer(text):
        if match[1] is None:
            bad += 1
        else:
            good += 1
    return good, bad


def _only_quotes(text: str, delimiter: str, quote: str, options: CsvOptions) -> bool:
    """Return whether a quote stands nowhere but around fields and inside them."""
    if options.quote is not None:
        return True
    fields = _quoted_fields(delimiter, quote).finditer(text)
    return sum((match[1] or "").count(quote) for match in fields) == text.count(quote)


@lru_cache(maxsize=64)
def _quoted_fields(delimiter: str, quote: str) -> re.Pattern[str]:
    mark, quoted = re.escape(delimiter), re.escape(quote)
    inside = rf"(?:[^{quoted}\\]++|{quoted}{quoted}|\\.|\\)*+"
    return re.compile(
        # A field that a backslash seems to keep open is tried again as if it did not.
        rf"(?:^|(?<=[{mark}\r\n]))(?:({quoted}(?:{inside}|[^{quoted}]*+){quoted}(?=[{mark}\r\n]|\Z))"
        rf"|{quoted})",
        re.DOTALL,
    )


def _escapes_quotes(text: str, delimiter: str, quote: str) -> bool:
    """Return whether a quote after a backslash goes on in the middle of a field."""
    mark, quoted = re.escape(delimiter), re.escape(quote)
    return re.search(rf"\\{quoted}(?![{quoted}{mark}\r\n]|\Z)", text) is not None


def _try(probe: Sequence[str], writing: Writing) -> Dialect | None:
    # More lines may follow the probe, so a quote that it leaves open is no lone one.
    rows = read_rows(probe, writing, complete=False)
    # A row whose quote is never closed is no row of this dialect, however many cells it has.
    lone = frozenset(rows.lone_quotes)
    widths = Counter(
        len(cells) for cells, line in zip(rows.cells, rows.lines, strict=True) if line not in lone
    )
    if not widths:
        return None
    width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
    regular = count / (len(rows.cells) + rows.cut)
    return (
        Dialect(writing=writing, width=width, regular=regular) if regular >= MIN_REGULAR else None
    )
