"""What a classifier is given, and what it answers: a certainty, and a schema with its evidence."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gluepot.catalog.types import Type

Traits: TypeAlias = "tuple[tuple[str, str], ...]"
"""Names and values, in the order of the names."""

CERTAIN = 1.0
"""A classifier that answers this ends the search; AWS Glue's own rule."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """What was read of one file.

    Attributes:
        uri: The file.
        size: Its size in bytes, compressed as it lies there.
        plain_size: Its size in bytes without compression, estimated from the head.
        codec: Its whole-file compression, ``none`` for a plain one.
        data: The first plain bytes.
        complete: ``data`` is all there is.
        tail: The last bytes as they lie there: a footer where the format has one.
        problem: Why its compression could not be undone; None when all is well.
        read: Reads ``(start, length)`` of the file as it lies there, for formats whose facts stand
            at neither end; raises StorageError when the store fails or the file's budget of bytes
            is spent. None where nothing but the head and tail can be had.
    """

    uri: str
    size: int
    plain_size: int
    codec: str
    data: bytes
    complete: bool
    tail: bytes = b""
    problem: str | None = None
    read: Callable[[int, int], bytes] | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, kw_only=True)
class FoundColumn:
    """A column of one file, its name as it stands there, and what decided its type."""

    name: str
    type: Type
    reason: str


class DayOrder(NamedTuple):
    """A column of dates in which the day may come first or the month.

    Attributes:
        column: Its position.
        order: ``day`` or ``month`` where its values decided, ``either`` where none did.
        day_first: The patterns of its values if the day comes first.
        month_first: The patterns if the month does.
    """

    column: int
    order: str
    day_first: frozenset[str]
    month_first: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class CsvLayout:
    """How a delimited file is written.

    Attributes:
        delimiter: One character.
        quoted: Fields stand in quotes where they need it.
        quote: The quote, ``"`` or ``'``.
        escape: A backslash where it escapes quotes or delimiters, empty where quotes are doubled.
        backslashes: Backslashes stand before quotes or backslashes and escape nothing.
        comment: What lines that are no rows begin with; empty where there are none.
        multiline: Some quoted field holds a line break.
        has_header: Whether the first row was taken for names, and ``header_reason`` why.
        first_row: The first row's cells, from which columns can be named later.
        first_line: The line on which the first row stands, or without a header one of another
            width; lines above it are no rows.
        first_row_ends: The line on which the first row ends.
        second_row: The second row's cells, None where there is no other.
        body: The columns of the rows below the first, named col0, col1, ...
        whole: The columns of all rows, where the first was not taken for names.
        names: The columns' names, where a classifier gives them.
        null_words: Words such as ``NA`` that stand for null in typed columns.
        timestamp_patterns: How timestamps are written, where Hive has to be told.
        day_orders: The columns whose dates another file may decide.
        encoding: What the text is written in, by Java's name.
        ascii: No character read is above ASCII: other files may tell the encoding.
        serde: The serde that a classifier asks for; empty where quotes decide.
    """

    delimiter: str
    quoted: bool
    quote: str = '"'
    escape: str = ""
    backslashes: bool = False
    comment: str = ""
    multiline: bool = False
    has_header: bool
    header_reason: str
    first_row: tuple[str, ...]
    first_line: int
    first_row_ends: int
    second_row: tuple[str, ...] | None
    body: tuple[FoundColumn, ...]
    whole: tuple[FoundColumn, ...] = ()
    names: tuple[str, ...] = ()
    null_words: frozenset[str] = frozenset()
    timestamp_patterns: frozenset[str] = frozenset()
    day_orders: tuple[DayOrder, ...] = ()
    encoding: str = "UTF-8"
    ascii: bool = True
    serde: str = ""


@dataclass(frozen=True, kw_only=True)
class FileSchema:
    """What one file holds.

    Attributes:
        format: Glue's ``classification``.
        codec: Glue's ``compressionType``.
        columns: In the file's order.
        records: Rows in all where the format tells, else an estimate from the sample.
        exact: ``records`` was told, not estimated.
        warnings: What is wrong with the file but did not stop it from being read.
        csv: How it is written, for delimited files.
        storage: The key of ``storage_formats.STORAGE_FORMATS``; the format itself where empty.
        traits: What files of one table share besides format and codec, such as the delimiter or
            the encoding: files that differ in one are different tables.
        parameters: What the table's parameters say of the format, such as ``rowTag``.
        serde_parameters: What the serde has to be told, such as ``input.format``.
    """

    format: str
    codec: str
    columns: tuple[FoundColumn, ...]
    records: int
    exact: bool = False
    warnings: tuple[str, ...] = ()
    csv: CsvLayout | None = None
    storage: str = ""
    traits: Traits = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    serde_parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Classification:
    """One classifier's answer about one file.

    Attributes:
        classifier: Who answers.
        certainty: 0 is not mine, 1 ends the search.
        reason: What the answer rests on.
        schema: None where the file is not this format, or is damaged.
        problem: Why a file of this format cannot be read.
        needs_more: A longer head might change the answer.
    """

    classifier: str
    certainty: float
    reason: str
    schema: FileSchema | None = None
    problem: str | None = None
    needs_more: bool = False


class Classifier(Protocol):
    """Tells whether a file is of its format, and what is in it; never raises on bad data."""

    @property
    def name(self) -> str:
        """Glue's ``classification``."""
        ...

    def classify(self, sample: Sample) -> Classification:
        """Look at what was read of one file."""
        ...


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What all classifiers said about a file, and which of them won."""

    uri: str
    schema: FileSchema | None
    problem: str | None
    answers: tuple[Classification, ...] = ()
    needs_more: bool = False
