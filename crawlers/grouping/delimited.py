"""What a table of delimited files is told: its serde, its parameters, and why.

LazySimpleSerDe reads plain fields by the types of the columns, and timestamps by the patterns it
is told. OpenCSVSerde reads fields in quotes; to Hive all of its columns are text, Athena reads
whole numbers, doubles and booleans too, and jobs of gluepot every type. The columns keep the types
that their values have, and the table's reasons name those that Athena cannot read.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from gluepot.catalog.types import BIGINT, BOOLEAN, DATE, DOUBLE, INT, STRING, TIMESTAMP, VOID
from gluepot.crawlers.classifiers.csv_options import OPEN_CSV
from gluepot.crawlers.classifiers.date_notations import ISO_DAY
from gluepot.crawlers.classifiers.text import encoding_parameters

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gluepot.crawlers.classifiers.base import CsvLayout, FileSchema

NO_ESCAPE = "\x02"
"""OpenCSVSerde has no way to say that nothing escapes: a character that no text holds says it."""

_Value = TypeVar("_Value", str, int)
_READ_BY_OPEN_CSV = frozenset({BIGINT, BOOLEAN, DOUBLE, INT, STRING, VOID})
_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class DelimitedFacts:
    """How a table's delimited files are written; the first file decides what all must share.

    Attributes:
        delimiter: One character.
        quoted: Some field stands in quotes, and ``quote`` in which.
        escape: A backslash where it escapes, empty where nothing does or quotes are doubled.
        backslashes: Backslashes are characters like others.
        comment: What lines that are no rows begin with.
        multiline: Some quoted field holds a line break.
        header_lines: How many lines go before the data, 0 where there is no header or preamble.
        has_header: The last of them holds names, and ``header_reason`` why.
        null_words: The words that stand for null, the commonest first.
        timestamp_patterns: How timestamps are written, where Hive has to be told.
        encoding: What the text is written in, by Java's name.
        open_csv: OpenCSVSerde reads it, and ``serde_reason`` why.
        text_in_athena: The columns whose types OpenCSVSerde does not read in Athena.
        warnings: What files do not share although one table must.
    """

    delimiter: str
    quoted: bool
    quote: str = '"'
    escape: str = ""
    backslashes: bool = False
    comment: str = ""
    multiline: bool = False
    header_lines: int
    has_header: bool
    header_reason: str
    null_words: tuple[str, ...]
    timestamp_patterns: tuple[str, ...]
    encoding: str = "UTF-8"
    open_csv: bool = False
    serde_reason: str = ""
    text_in_athena: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def delimited_facts(files: Sequence[tuple[str, FileSchema]]) -> DelimitedFacts | None:
    """Return how a table's files are written, None where they are not delimited."""
    written = [(path, schema.csv) for path, schema in files if schema.csv is not None]
    if not written:
        return None
    layouts = [layout for _, layout in written]
    schemas = [schema for _, schema in files if schema.csv is not None]
    words = Counter(word for layout in layouts for word in layout.null_words)
    shown = _shown(layouts)
    quoted = [layout for layout in layouts if layout.quoted]
    open_csv, serde_reason = _serde(layouts)
    return DelimitedFacts(
        delimiter=layouts[0].delimiter,
        quoted=bool(quoted),
        quote=_commonest(layout.quote for layout in quoted or layouts),
        escape=max(layout.escape for layout in layouts),
        backslashes=any(layout.backslashes for layout in layouts),
        comment=max(layout.comment for layout in layouts),
        multiline=any(layout.multiline for layout in layouts),
        header_lines=_lines_above(shown),
        has_header=shown.has_header,
        header_reason=shown.header_reason,
        null_words=tuple(sorted(words, key=lambda word: (-words[word], word))),
        timestamp_patterns=_patterns(schemas, layouts),
        encoding=layouts[0].encoding,
        open_csv=open_csv,
        serde_reason=serde_reason,
        text_in_athena=_text_in_athena(schemas) if open_csv else (),
        warnings=_warnings(written, shown),
    )


def delimited_reasons(delimited: DelimitedFacts) -> tuple[str, ...]:
    """Return why a table's header and serde are what they are."""
    taken = "taken for" if delimited.has_header else "not taken for"
    reasons = [f"the first row is {taken} a header: {delimited.header_reason}"]
    reasons.append(delimited.serde_reason)
    if delimited.text_in_athena:
        shown = ", ".join(delimited.text_in_athena[:_SHOWN])
        reasons.append(
            "OpenCSVSerde makes every column text in Hive; Athena reads numbers by it where none is"
            f" empty, but not {shown}: a custom classifier without these datatypes registers text"
        )
    if delimited.null_words:
        shown = ", ".join(map(repr, delimited.null_words))
        reasons.append(f"{shown} stand for null, since they stand among numbers or dates")
    if delimited.timestamp_patterns:
        reasons.append(f"timestamps are written as {' or '.join(delimited.timestamp_patterns)}")
    if delimited.encoding != "UTF-8" and delimited.open_csv:
        reasons.append(f"OpenCSVSerde reads UTF-8 only; {delimited.encoding} is read by Spark")
    return tuple(reasons)


def delimited_storage(delimited: DelimitedFacts) -> str:
    """Return the kind of storage: quoted fields need another serde than plain ones."""
    return "open_csv" if delimited.open_csv else "csv"


def delimited_serde_parameters(delimited: DelimitedFacts) -> dict[str, str]:
    """Return what the serde is told, and what Spark needs beside it.

    ``escape.delim`` says that backslashes escape, to LazySimpleSerDe and to jobs; ``escapeChar``
    does not, since Glue always writes it, and most files double their quotes.
    """
    if delimited.open_csv:
        parameters = {
            "separatorChar": delimited.delimiter,
            "quoteChar": delimited.quote,
            "escapeChar": NO_ESCAPE if delimited.backslashes and not delimited.escape else "\\",
        }
    else:
        parameters = {"field.delim": delimited.delimiter}
        if delimited.null_words:
            # Hive knows one marker; the commonest, since unreadable numbers are null all the same.
            parameters["serialization.null.format"] = delimited.null_words[0]
    if delimited.escape:
        parameters["escape.delim"] = delimited.escape
    if delimited.timestamp_patterns:
        parameters["timestamp.formats"] = ",".join(
            pattern.replace(",", "\\,") for pattern in delimited.timestamp_patterns
        )
    return parameters | encoding_parameters(delimited.encoding)


def delimited_table_parameters(delimited: DelimitedFacts) -> dict[str, str]:
    """Return what the table's parameters say, as AWS Glue writes them, and ours for Spark."""
    parameters = {
        "delimiter": delimited.delimiter,
        "columnsOrdered": "true",
        "areColumnsQuoted": "true" if delimited.quoted else "false",
    }
    if delimited.header_lines:
        parameters["skip.header.line.count"] = str(delimited.header_lines)
    if delimited.comment:
        parameters["commentChar"] = delimited.comment
        # The lines skipped are comments to Spark, whether or not a header is among them.
        parameters["withHeader"] = "true" if delimited.has_header else "false"
    if delimited.multiline or delimited.encoding[:6] in {"UTF-16", "UTF-32"}:
        # Lines of such files are no rows, or not found by single bytes: Spark reads them whole.
        parameters["multiLine"] = "true"
    return parameters


def _shown(layouts: Sequence[CsvLayout]) -> CsvLayout:
    """Return the layout that speaks for the header: the commonest of those that have one."""
    headed = [layout for layout in layouts if layout.has_header] or layouts
    lines = _commonest(_lines_above(layout) for layout in headed)
    return next(layout for layout in headed if _lines_above(layout) == lines)


def _lines_above(layout: CsvLayout) -> int:
    # Hive skips lines, not rows: those above the header, and all that the header stands on.
    return layout.first_row_ends if layout.has_header else layout.first_line - 1


def _commonest(values: Iterable[_Value]) -> _Value:
    counts = Counter(values)
    return min(counts, key=lambda value: (-counts[value], value))


def _serde(layouts: Sequence[CsvLayout]) -> tuple[bool, str]:
    asked = next((layout.serde for layout in layouts if layout.serde), None)
    if asked is not None:
        return asked == OPEN_CSV, f"{asked} reads it, since the classifier says so"
    quote = next((layout.quote for layout in layouts if layout.quoted), None)
    if quote is None:
        return False, "no field stands in quotes, so LazySimpleSerDe reads it"
    kind = "double" if quote == '"' else "single" if quote == "'" else repr(quote)
    return True, f"some fields stand in {kind} quotes, so OpenCSVSerde reads it"


def _patterns(schemas: Sequence[FileSchema], layouts: Sequence[CsvLayout]) -> tuple[str, ...]:
    found = {pattern for layout in layouts for pattern in layout.timestamp_patterns}
    types: dict[str, set[object]] = {}
    for schema in schemas:
        for column in schema.columns:
            types.setdefault(column.name.lower(), set()).add(column.type)
    if any({DATE, TIMESTAMP} <= seen for seen in types.values()):
        found.add(ISO_DAY)  # A date in one file is a timestamp in the table.
    return tuple(sorted(found))


def _text_in_athena(schemas: Sequence[FileSchema]) -> tuple[str, ...]:
    names = {
        column.name.lower(): None
        for schema in schemas
        for column in schema.columns
        if column.type not in _READ_BY_OPEN_CSV
    }
    return tuple(names)


def _warnings(written: Sequence[tuple[str, CsvLayout]], shown: CsvLayout) -> tuple[str, ...]:
    """Name the first file of each kind that the table's parameters are wrong for."""
    first = written[0][0]
    lines = _lines_above(shown)
    found: dict[str, str] = {}
    for path, layout in written:
        if shown.has_header and not layout.has_header:
            found.setdefault(
                "header",
                f"{path} has no header, others of its table have: its first {lines} lines are"
                " skipped with theirs",
            )
        elif _lines_above(layout) != lines:
            found.setdefault(
                "lines",
                f"{path} has {_lines_above(layout)} lines above its data, others of its table"
                f" {lines}: the table's skip.header.line.count is one for all",
            )
        if layout.quoted and layout.quote != written[0][1].quote and written[0][1].quoted:
            found.setdefault("quote", f"{path} and {first} have different quotes")
    return tuple(found.values())
