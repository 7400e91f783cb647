"""Delimited text: dialect, header and types, each with the row that decided it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from gluepot.catalog.types import STRING, VOID
from gluepot.crawlers.classifiers.base import (
    CERTAIN,
    Classification,
    CsvLayout,
    DayOrder,
    FileSchema,
    FoundColumn,
    Sample,
)
from gluepot.crawlers.classifiers.csv_dialect import Dialect, sniff
from gluepot.crawlers.classifiers.csv_header import HeaderGuess, choose_header
from gluepot.crawlers.classifiers.csv_options import ABSENT, CsvOptions, csv_options
from gluepot.crawlers.classifiers.csv_parts import Parts, take_apart
from gluepot.crawlers.classifiers.csv_rows import Rows, lines_of, read_rows
from gluepot.crawlers.classifiers.csv_warnings import reading_warnings
from gluepot.crawlers.classifiers.datatypes import NAMED_TYPES
from gluepot.crawlers.classifiers.day_orders import orders_of, settle_orders
from gluepot.crawlers.classifiers.text import UTF_8, Text, decode
from gluepot.crawlers.classifiers.values import ValueGuess, guess_type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FORMAT = "csv"


@dataclass(frozen=True, kw_only=True)
class Csv:
    """Reads rows of cells; the last of the built-in classifiers, since much text looks like it.

    Attributes:
        name: Its own: ``csv``, or that of a custom classifier.
        options: What a custom classifier says about its files.
    """

    name: str = FORMAT
    options: CsvOptions = field(default_factory=CsvOptions)

    def classify(self, sample: Sample) -> Classification:
        """Return the schema of the rows in the head."""
        text = decode(sample)
        if text.problem is not None:
            return self._no(text.problem)
        if not text.text.strip():
            told = "all of its lines are blank" if sample.complete else "no line of it is whole"
            return self._no(told, needs_more=not sample.complete)
        head = self._take_apart(sample, text)
        if isinstance(head, Classification):
            return head
        named = self.options.header
        if named and len(named) != head.dialect.width:
            return self._no(
                f"it has {head.dialect.width} columns, the classifier names {len(named)}"
            )
        return self._read(head)

    def _take_apart(self, sample: Sample, text: Text) -> _Head | Classification:
        lines = lines_of(text.text)
        dialect = sniff(lines, self.options)
        if isinstance(dialect, str):
            return self._no(dialect)
        rows = read_rows(lines, dialect.writing, complete=sample.complete)
        parts = take_apart(rows, dialect.width, complete=sample.complete)
        fewest = 1 if sample.complete else 2
        if parts is None or len(rows.cells) < fewest:
            return self._no("no two rows of it are whole", needs_more=not sample.complete)
        if not any(any(row) for row in (parts.first.cells, *parts.below)):
            return self._no("all of its cells are empty")
        return _Head(sample=sample, text=text, dialect=dialect, rows=rows, parts=parts)

    def _read(self, head: _Head) -> Classification:
        schema = read_schema(head, self.options)
        layout = schema.csv
        assert layout is not None  # noqa: S101 - read_schema always gives one
        quotes = f", quoted by {layout.quote}" if layout.quoted else ""
        coded = f"; {head.text.reason}" if head.text.reason else ""
        return Classification(
            classifier=self.name,
            certainty=CERTAIN,
            reason=(
                f"{head.dialect.regular:.0%} of its first rows have {head.dialect.width} cells"
                f" between {head.dialect.delimiter!r}{quotes}{coded}"
            ),
            schema=schema,
            problem=_problem(layout, self.options),
        )

    def _no(self, reason: str, *, needs_more: bool = False) -> Classification:
        return Classification(
            classifier=self.name, certainty=0.0, reason=reason, needs_more=needs_more
        )


def csv_classifier(definition: Mapping[str, Any]) -> Csv:
    """Return the classifier that a ``CsvClassifier`` document of AWS Glue describes.

    Raises:
        InvalidInputError: A member holds what Glue does not allow.
    """
    return Csv(name=definition["Name"], options=csv_options(definition))


@dataclass(frozen=True, kw_only=True)
class _Head:
    """What was read of one file, taken apart."""

    sample: Sample
    text: Text
    dialect: Dialect
    rows: Rows
    parts: Parts


def _problem(layout: CsvLayout, options: CsvOptions) -> str | None:
    """Return why a file of one row makes no table; other files may settle that it is a header."""
    if layout.second_row is not None or options.contains_header == ABSENT:
        return None
    if layout.has_header:
        return None if options.names_columns else "it holds a header only, and no row of data"
    return "it has one row only, which may be a header or data"


def read_schema(head: _Head, options: CsvOptions) -> FileSchema:
    """Return what rows of a dialect hold; the first row is a header or data."""
    if not options.disable_value_trimming:
        head = replace(head, parts=_trimmed(head.parts))
    parts, sample = _with_commented_header(head.parts, options), head.sample
    below = _columns(parts.below, head.dialect.width)
    guesses = _guess(below, parts.lines, options)
    header = choose_header(parts.first.cells, below, [guess.type for guess in guesses], options)
    whole: list[ValueGuess] = []
    if not header.has_header:
        rows, lines = [parts.first.cells, *parts.below], [parts.first.line, *parts.lines]
        whole = _guess(_columns(rows, head.dialect.width), lines, options)
    layout = _layout(replace(head, parts=parts), header, (guesses, whole), options)
    layout = settle_orders(layout, orders_of([layout]))
    bytes_a_row = max(len(sample.data) / len(head.rows.cells), 1)
    estimated = max(int(sample.plain_size / bytes_a_row) - header.has_header, 0)
    encoding = () if layout.encoding == UTF_8 else (("encoding", layout.encoding),)
    return FileSchema(
        format=FORMAT,
        codec=sample.codec,
        columns=columns_of(layout),
        records=len(parts.below) + (not header.has_header) if sample.complete else estimated,
        exact=sample.complete,
        warnings=(*head.text.warnings, *reading_warnings(parts, head.rows, layout)),
        csv=layout,
        traits=(("delimiter", layout.delimiter), *encoding),
    )


def columns_of(layout: CsvLayout) -> tuple[FoundColumn, ...]:
    """Return a file's columns: named by a classifier, by the first row, or by their number."""
    columns = layout.body if layout.has_header else layout.whole
    names = layout.names or (layout.first_row if layout.has_header else ())
    if not names:
        return columns
    return tuple(
        replace(column, name=name or column.name)
        for name, column in zip(names, columns, strict=True)
    )


def _trimmed(parts: Parts) -> Parts:
    first = replace(parts.first, cells=tuple(cell.strip() for cell in parts.first.cells))
    return replace(
        parts, first=first, below=[[cell.strip() for cell in row] for row in parts.below]
    )


def _with_commented_header(parts: Parts, options: CsvOptions) -> Parts:
    """Return the parts with a comment for first row, where it is a header and the first is not."""
    if parts.commented is None:
        return parts
    width = len(parts.first.cells)
    rows, lines = [parts.first.cells, *parts.below], [parts.first.line, *parts.lines]
    for first, body, at in (
        (parts.first, parts.below, parts.lines),
        (parts.commented, rows, lines),
    ):
        below = _columns(body, width)
        types = [guess.type for guess in _guess(below, at, options)]
        if choose_header(first.cells, below, types, CsvOptions()).has_header:
            return replace(parts, first=first, below=body, lines=at)
    return parts


def _columns(rows: Sequence[Sequence[str]], width: int) -> Sequence[Sequence[str]]:
    return list(zip(*rows, strict=True)) if rows else [()] * width


def _guess(
    columns: Sequence[Sequence[str]], lines: Sequence[int], options: CsvOptions
) -> list[ValueGuess]:
    def named(row: int) -> str:
        return f"line {lines[row]}"

    allowed = options.allowed
    return [guess_type(values, row_names=named, allowed=allowed) for values in columns]


def _layout(
    head: _Head,
    header: HeaderGuess,
    guesses: tuple[Sequence[ValueGuess], Sequence[ValueGuess]],
    options: CsvOptions,
) -> CsvLayout:
    parts, writing = head.parts, head.dialect.writing
    used = guesses[1] or guesses[0]
    # A column of nothing but NA may be text in another file, so it says nothing about NA.
    typed = [guess for guess in used if guess.type != VOID]
    return CsvLayout(
        delimiter=writing.delimiter,
        quoted=bool(writing.quote),
        quote=writing.quote or options.quote or '"',
        escape=writing.escape,
        backslashes=bool(writing.quote) and not writing.escape and "\\" in head.text.text,
        comment="#" if parts.leading or parts.comments else "",
        multiline=any(map(int.__gt__, head.rows.ends, head.rows.lines)),
        has_header=header.has_header,
        header_reason=header.reason,
        first_row=tuple(cell.strip() for cell in parts.first.cells),
        first_line=parts.first.line if header.has_header else parts.start,
        first_row_ends=parts.first.end,
        second_row=tuple(parts.below[0]) if parts.below else None,
        body=_found(guesses[0], options),
        whole=_found(guesses[1], options),
        names=options.header,
        null_words=frozenset().union(*(guess.null_words for guess in typed)),
        timestamp_patterns=frozenset().union(*(guess.timestamp_patterns for guess in used)),
        day_orders=_day_orders(used),
        encoding=head.text.encoding,
        ascii=head.text.ascii,
        serde=options.serde or "",
    )


def _found(guesses: Sequence[ValueGuess], options: CsvOptions) -> tuple[FoundColumn, ...]:
    columns = tuple(
        FoundColumn(name=f"col{position}", type=guess.type, reason=guess.reason)
        for position, guess in enumerate(guesses)
    )
    types = [NAMED_TYPES[name] for name in options.datatypes]
    if options.names_columns and all(guess.type == VOID for guess in guesses):
        # A header alone: as many datatypes as headings are the columns' types.
        told = types if len(types) == len(columns) else [STRING] * len(columns)
        reason = "no value was seen; the classifier says so"
        return tuple(
            replace(column, type=type_, reason=reason)
            for column, type_ in zip(columns, told, strict=True)
        )
    return columns


def _day_orders(guesses: Sequence[ValueGuess]) -> tuple[DayOrder, ...]:
    return tuple(
        DayOrder(
            column=position,
            order=guess.moments.order,
            day_first=guess.moments.day_first,
            month_first=guess.moments.month_first,
        )
        for position, guess in enumerate(guesses)
        if guess.moments is not None and guess.moments.order
    )
