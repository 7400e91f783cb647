"""Whether the first row of a delimited file holds names.

Glue's rule comes first: every cell of the first row is text, shorter than 150 characters, and some
column below holds something else than text. Where all columns are text, Glue gives up and calls
them col0, col1, ...; here the first row is compared with the rows below it instead:

- no name may stand twice in it, be empty, or look like a value's number or date;
- no name may occur among the values of its own column;
- at least every third column must tell names from values: the name is a usual word for a column
  (``name``, ``code``, ``date``), or it is written unlike all values (``carrier`` over ``AA``,
  ``UA``: other letters, or another length where three or more values have one).

Over typed columns the first and the last name may be empty, as pandas writes an index and as a
trailing delimiter leaves it, and names may stand twice.

Several files that begin with the same row and go on differently settle it: that row is a header.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gluepot.catalog.types import STRING, VOID, Type, print_type
from gluepot.crawlers.classifiers.csv_options import ABSENT, PRESENT
from gluepot.crawlers.classifiers.values import type_of_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gluepot.crawlers.classifiers.csv_options import CsvOptions

MAX_NAME = 150
"""Glue's bound on a header cell, but for the last one."""

TELLING_SHARE = 3
"""One of so many columns must tell the first row from the others."""

MIN_ROWS_BELOW = 2
"""One row below says nothing about how values are written."""

MIN_OF_ONE_LENGTH = 3
"""Two values are equally long by chance; so many of one length are codes."""

USUAL_WORDS = frozenset(
    {
        *("id", "ids", "uuid", "key", "code", "name", "names", "title", "label", "type", "kind"),
        *("class", "category", "group", "status", "state", "description", "desc", "comment"),
        *("note", "text", "value", "values", "amount", "price", "cost", "total", "sum", "count"),
        *("quantity", "qty", "number", "num", "no", "date", "time", "timestamp", "datetime"),
        *("year", "month", "day", "hour", "minute", "second", "created", "updated", "modified"),
        *("start", "end", "from", "to", "first", "last", "middle", "given", "family", "surname"),
        *("user", "username", "customer", "client", "person", "employee", "company", "org"),
        *("organization", "department", "team", "email", "mail", "phone", "tel", "mobile"),
        *("address", "street", "city", "town", "suburb", "zip", "zipcode", "postcode", "country"),
        *("region", "province", "lat", "lon", "latitude", "longitude", "url", "uri", "link"),
        *("path", "file", "size", "source", "target", "origin", "dest", "destination", "currency"),
        *("language", "lang", "gender", "sex", "age", "birth", "dob", "product", "item", "order"),
        *("invoice", "sku", "brand", "model", "manufacturer", "color", "version", "rank", "score"),
        *("rating", "message", "level", "host", "ip", "port", "method", "carrier", "tailnum"),
        *("flight", "index", "row", "col", "column"),
    }
)
"""Words that name columns and seldom are values."""


@dataclass(frozen=True, kw_only=True)
class HeaderGuess:
    """Whether the first row holds names, and why."""

    has_header: bool
    reason: str


def choose_header(
    first: Sequence[str],
    below: Sequence[Sequence[str]],
    body: Sequence[Type],
    options: CsvOptions,
) -> HeaderGuess:
    """Decide by what a classifier says, else by the file; the arguments are ``guess_header``'s."""
    if options.contains_header in {PRESENT, ABSENT}:
        told = f"the classifier says that a header is {options.contains_header}"
        return HeaderGuess(has_header=options.contains_header == PRESENT, reason=told)
    cells = [cell.strip() for cell in first]
    if options.header and [cell.lower() for cell in cells] == [
        name.strip().lower() for name in options.header
    ]:
        return HeaderGuess(has_header=True, reason="it holds the names that the classifier gives")
    return guess_header(cells, below, body)


def guess_header(
    first: Sequence[str], below: Sequence[Sequence[str]], body: Sequence[Type]
) -> HeaderGuess:
    """Decide by one file alone.

    Args:
        first: The cells of the first row.
        below: The columns of the other rows, as texts.
        body: The type of each of these columns.
    """
    fault = fault_of_cells(first)
    if fault is not None:
        return HeaderGuess(has_header=False, reason=fault)
    typed = next((i for i, found in enumerate(body) if found not in {STRING, VOID}), None)
    if typed is not None:
        reason = (
            f"the first row is text only, but column {typed + 1} ({first[typed]!r}) holds"
            f" {print_type(body[typed])} below it"
        )
        return HeaderGuess(has_header=True, reason=reason)
    fault = fault_of_names(first)
    if fault is not None:
        return HeaderGuess(has_header=False, reason=f"all columns are text, and {fault}")
    return _guess_among_texts(first, below)


def fault_of_names(cells: Sequence[str]) -> str | None:
    """Return why a row cannot be the header of columns that are all text, or None."""
    folded = [cell.strip().lower() for cell in cells]
    if "" in folded:
        return f"cell {folded.index('') + 1} of the first row is empty"
    counts = Counter(folded)
    twice = next((name for name in folded if counts[name] > 1), None)
    return fault_of_cells(cells) if twice is None else f"the first row holds {twice!r} twice"


def fault_of_cells(cells: Sequence[str]) -> str | None:
    """Return why a row cannot be a header whatever stands below it, or None."""
    names = [cell.strip() for cell in cells]
    for position, name in enumerate(names):
        last = position == len(names) - 1
        if not name:
            if position > 0 and not last:
                return f"cell {position + 1} of the first row is empty"
        elif type_of_text(name) != STRING:
            return f"the first row holds {name!r}, which is {print_type(type_of_text(name))}"
        elif len(name) >= MAX_NAME and not last:
            return f"cell {position + 1} of the first row has {len(name)} characters"
    return None


def _guess_among_texts(first: Sequence[str], below: Sequence[Sequence[str]]) -> HeaderGuess:
    if not below or len(below[0]) < MIN_ROWS_BELOW:
        return HeaderGuess(
            has_header=False, reason="all columns are text, and too few rows tell more"
        )
    telling: list[str] = []
    for name, values in zip(first, below, strict=True):
        if name in values:
            reason = f"all columns are text, and {name!r} of the first row is also a value below it"
            return HeaderGuess(has_header=False, reason=reason)
        # What enough columns tell, more need not: looking at each value's letters is slow.
        if len(telling) * TELLING_SHARE < len(first):
            difference = _difference(name, {value for value in values if value})
            telling += [difference] if difference else []
    if len(telling) * TELLING_SHARE >= len(first):
        return HeaderGuess(has_header=True, reason=f"all columns are text, but {telling[0]}")
    return HeaderGuess(
        has_header=False, reason="all columns are text, and the first row looks like the others"
    )


def _difference(name: str, values: set[str]) -> str | None:
    """Return how a name differs from all values of its column, or None."""
    words = re.findall(r"[a-z]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", name).lower())
    if words and all(word in USUAL_WORDS for word in words):
        return f"{name!r} is a usual name of a column"
    if not values:
        return None
    example = min(values)
    shapes = {_letters(value) for value in values}
    if _letters(name) not in shapes and len(shapes) <= 2:  # noqa: PLR2004
        return f"{name!r} is written unlike all values below it, such as {example!r}"
    lengths = {len(value) for value in values}
    if len(lengths) == 1 and len(values) >= MIN_OF_ONE_LENGTH and len(name) not in lengths:
        return f"{name!r} is not as long as all values below it, such as {example!r}"
    return None


def _letters(text: str) -> frozenset[str]:
    """Return which kinds of characters a text has: letters, digits, spaces, each other mark."""
    return frozenset(
        "a" if mark.islower() else "A" if mark.isupper() else "9" if mark.isdigit() else mark
        for mark in text
    )
