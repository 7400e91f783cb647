"""What a table of delimited files is told: its serde, its parameters, and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gluepot.crawlers.classifiers.base import FileSchema


@dataclass(frozen=True, kw_only=True)
class DelimitedFacts:
    """How a table's delimited files are written; the first file decides what all must share.

    ``header_lines`` is how many lines go before the data, 0 where there is no header.
    """

    delimiter: str
    quoted: bool
    header_lines: int
    header_reason: str
    null_words: tuple[str, ...]
    timestamp_patterns: tuple[str, ...]


def delimited_facts(files: Sequence[tuple[str, FileSchema]]) -> DelimitedFacts | None:
    """Return how a table's files are written, None where they are not delimited."""
    layouts = [schema.csv for _, schema in files if schema.csv is not None]
    if not layouts:
        return None
    words = Counter(word for layout in layouts for word in layout.null_words)
    patterns = {pattern for layout in layouts for pattern in layout.timestamp_patterns}
    headed = [layout for layout in layouts if layout.has_header]
    shown = headed[0] if headed else layouts[0]
    return DelimitedFacts(
        delimiter=layouts[0].delimiter,
        quoted=any(layout.quoted for layout in layouts),
        # Lines above the header are skipped with it.
        header_lines=shown.first_line if headed else 0,
        header_reason=shown.header_reason,
        null_words=tuple(sorted(words, key=lambda word: (-words[word], word))),
        timestamp_patterns=tuple(sorted(patterns)),
    )


def delimited_reasons(delimited: DelimitedFacts) -> tuple[str, ...]:
    """Return why a table's header and serde are what they are."""
    taken = "taken for" if delimited.header_lines else "not taken for"
    reasons = [f"the first row is {taken} a header: {delimited.header_reason}"]
    if delimited.quoted:
        reasons.append("some fields stand in double quotes, so OpenCSVSerde reads it")
    else:
        reasons.append("no field stands in quotes, so LazySimpleSerDe reads it")
    if delimited.null_words:
        shown = ", ".join(map(repr, delimited.null_words))
        reasons.append(f"{shown} stand for null, since they stand among numbers or dates")
    return tuple(reasons)


def delimited_storage(delimited: DelimitedFacts) -> str:
    """Return the kind of storage: quoted fields need another serde than plain ones."""
    return "open_csv" if delimited.quoted else "csv"


def delimited_serde_parameters(delimited: DelimitedFacts) -> dict[str, str]:
    """Return what the serde is told."""
    if delimited.quoted:
        return {"separatorChar": delimited.delimiter, "quoteChar": '"', "escapeChar": "\\"}
    parameters = {"field.delim": delimited.delimiter}
    if delimited.null_words:
        # Hive knows one marker; the commonest, since unreadable numbers are null all the same.
        parameters["serialization.null.format"] = delimited.null_words[0]
    if delimited.timestamp_patterns:
        parameters["timestamp.formats"] = ",".join(delimited.timestamp_patterns)
    return parameters


def delimited_table_parameters(delimited: DelimitedFacts) -> dict[str, str]:
    """Return what the table's parameters say, as AWS Glue writes them."""
    parameters = {
        "delimiter": delimited.delimiter,
        "columnsOrdered": "true",
        "areColumnsQuoted": "true" if delimited.quoted else "false",
    }
    if delimited.header_lines:
        parameters["skip.header.line.count"] = str(delimited.header_lines)
    return parameters
