"""Delimited text: dialect, header and types, each with the row that decided it."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from gluepot.catalog.merge import widest
from gluepot.catalog.types import STRING, VOID
from gluepot.crawlers.classifiers.base import (
    CERTAIN,
    Classification,
    CsvLayout,
    FileSchema,
    FoundColumn,
    Sample,
)
from gluepot.crawlers.classifiers.csv_dialect import Dialect, Rows, read_rows, sniff
from gluepot.crawlers.classifiers.csv_header import HeaderGuess, guess_header
from gluepot.crawlers.classifiers.text import decode
from gluepot.crawlers.classifiers.values import ValueGuess, guess_type, type_of_text

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHOWN_RAGGED = 3


class Csv:
    """Reads rows of cells; the last of the built-in classifiers, since much text looks like it."""

    name = "csv"

    def classify(self, sample: Sample) -> Classification:
        """Return the schema of the rows in the head."""
        text = decode(sample)
        if text.problem is not None:
            return self._no(text.problem)
        if not text.text:
            return self._no("no line of it is whole", needs_more=not sample.complete)
        dialect = sniff(text.text)
        if dialect is None:
            return self._no("no delimiter cuts its lines into two or more columns")
        try:
            rows = read_rows(text.text, dialect)
        except csv.Error as error:
            return self._no(f"its rows cannot be read: {error}")
        if dialect.quoted and not sample.complete:
            del rows.cells[-1:]  # the cut may have gone through a quoted line break
        if len(rows.cells) < (1 if sample.complete else 2):
            return self._no("no two rows of it are whole", needs_more=not sample.complete)
        return self._read(sample, dialect, rows)

    def _read(self, sample: Sample, dialect: Dialect, rows: Rows) -> Classification:
        schema = read_schema(sample, dialect, rows)
        layout = schema.csv
        assert layout is not None  # noqa: S101 - read_schema always gives one
        problem = None
        if layout.second_row is None:
            problem = "it has one row only, which may be a header or data"
        return Classification(
            classifier=self.name,
            certainty=CERTAIN,
            reason=(
                f"{dialect.regular:.0%} of its first rows have {dialect.width} cells between"
                f" {dialect.delimiter!r}"
            ),
            schema=schema,
            problem=problem,
        )

    def _no(self, reason: str, *, needs_more: bool = False) -> Classification:
        return Classification(
            classifier=self.name, certainty=0.0, reason=reason, needs_more=needs_more
        )


def read_schema(sample: Sample, dialect: Dialect, found: Rows) -> FileSchema:
    """Return what rows of a dialect hold; the first row is a header or data."""
    width, rows, lines = dialect.width, found.cells, found.lines
    ragged = [i for i, row in enumerate(rows) if len(row) != width]
    regular = [i for i in range(len(rows)) if len(rows[i]) == width] if ragged else range(len(rows))
    first, below = regular[0], list(regular[1:])
    columns = list(zip(*(rows[i] for i in below), strict=True)) or [()] * width
    guesses = [
        guess_type(values, row_names=lambda i: f"line {lines[below[i]]}") for values in columns
    ]
    names = tuple(cell.strip() for cell in rows[first])
    header = guess_header(names, columns, [guess.type for guess in guesses])
    second = tuple(rows[below[0]]) if below else None
    layout = _layout(dialect, header, (names, second, lines[first]), guesses)
    bytes_a_row = max(len(sample.data) / len(rows), 1)
    records = len(rows) if sample.complete else max(int(sample.plain_size / bytes_a_row), 1)
    return FileSchema(
        format=Csv.name,
        codec=sample.codec,
        columns=columns_of(layout, has_header=header.has_header),
        records=max(records - header.has_header, 0),
        exact=sample.complete,
        warnings=_ragged_warnings(rows, ragged, lines, width),
        csv=layout,
        traits=(("delimiter", dialect.delimiter),),
    )


def columns_of(layout: CsvLayout, *, has_header: bool) -> tuple[FoundColumn, ...]:
    """Return the columns if the first row holds names, or if it is data."""
    if has_header:
        return tuple(
            FoundColumn(name=name or f"col{position}", type=column.type, reason=column.reason)
            for position, (name, column) in enumerate(
                zip(layout.first_row, layout.body, strict=True)
            )
        )
    return tuple(
        _with_first(column, cell)
        for column, cell in zip(layout.body, layout.first_row, strict=True)
    )


def _with_first(column: FoundColumn, cell: str) -> FoundColumn:
    """Return a column whose first value, left out as a possible header, is data after all."""
    merged = widest(column.type, type_of_text(cell))
    if merged == column.type:
        return column
    return FoundColumn(
        name=column.name, type=STRING if merged is None else merged, reason=f"line 1 holds {cell!r}"
    )


def _layout(
    dialect: Dialect,
    header: HeaderGuess,
    start: tuple[tuple[str, ...], tuple[str, ...] | None, int],
    guesses: Sequence[ValueGuess],
) -> CsvLayout:
    names, second, line = start
    body = tuple(
        FoundColumn(name=f"col{position}", type=guess.type, reason=guess.reason)
        for position, guess in enumerate(guesses)
    )
    # A column of nothing but NA may be text in another file, so it says nothing about NA.
    typed = [guess for guess in guesses if guess.type != VOID]
    return CsvLayout(
        delimiter=dialect.delimiter,
        quoted=dialect.quoted,
        has_header=header.has_header,
        header_reason=header.reason,
        first_row=names,
        first_line=line,
        second_row=second,
        body=body,
        null_words=frozenset().union(*(guess.null_words for guess in typed)),
        timestamp_patterns=frozenset().union(*(guess.timestamp_patterns for guess in guesses)),
    )


def _ragged_warnings(
    rows: Sequence[Sequence[str]], ragged: Sequence[int], lines: Sequence[int], width: int
) -> tuple[str, ...]:
    if not ragged:
        return ()
    shown = ", ".join(f"line {lines[i]} has {len(rows[i])} cells" for i in ragged[:_SHOWN_RAGGED])
    rest = f" and {len(ragged) - _SHOWN_RAGGED} more" if len(ragged) > _SHOWN_RAGGED else ""
    return (f"{len(ragged)} of {len(rows)} rows do not have {width} cells: {shown}{rest}",)
