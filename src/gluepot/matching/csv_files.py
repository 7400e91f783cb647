"""Delimited files as tables of text: encoding, delimiter and quotes are found out, types never."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from gluepot.crawlers.classifiers.base import Sample
from gluepot.crawlers.classifiers.csv_dialect import PROBE_LINES, sniff
from gluepot.crawlers.classifiers.csv_options import CsvOptions
from gluepot.crawlers.classifiers.csv_rows import Writing
from gluepot.crawlers.classifiers.text import decode
from gluepot.crawlers.codecs.compression import expand_head
from gluepot.matching.csv_cells import parse_cells
from gluepot.matching.errors import InputFileError

if TYPE_CHECKING:
    from pathlib import Path

TEXT = pa.large_string()
MOST_PLAIN_BYTES = 16 << 30
"""What a compressed file may expand to."""

_BYTES_AT_ONCE = 16 << 20
"""Of what Arrow parses; a row must fit into it."""
_ROWS_AT_ONCE = 50_000
_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, kw_only=True)
class CsvTable:
    """The rows of a delimited file as large texts, an empty cell null, and its delimiter."""

    table: pa.Table
    delimiter: str


def read_csv(path: Path) -> CsvTable:
    """Return the rows of a file whose first row is its header.

    UTF-8, with a byte order mark or not, UTF-16, UTF-32 and the encodings of Western Europe are
    told from one another; a file may be compressed.

    Raises:
        InputFileError: It is empty, is no text, or has a malformed line, which is named.
        OSError: It cannot be read.
    """
    data = _utf8(_plain(path.read_bytes(), str(path)), str(path))
    writing = _writing(data, str(path))
    names = _header(data, writing, str(path))
    table = None if _is_doubtful(data, writing) else _quickly(data, writing, names)
    if table is None or _holds_line_ends(table):
        table = _strictly(data, writing, names, str(path))
    return CsvTable(table=table, delimiter=writing.delimiter)


def _plain(data: bytes, file: str) -> bytes:
    content = expand_head(data, complete=True, limit=MOST_PLAIN_BYTES)
    if content.problem is not None:
        raise InputFileError(content.problem, file)
    if not content.complete:
        raise InputFileError(f"it expands to more than {MOST_PLAIN_BYTES:,} bytes", file)
    return content.data


def _utf8(data: bytes, file: str) -> bytes:
    """Return what a file holds as UTF-8 without a mark."""
    data = data.removeprefix(_MARK)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        return _recoded(data, file, error)
    # Bytes of zero are UTF-8, and mostly UTF-16 that says so nowhere.
    return _recoded(data, file, None) if "\0" in text else data


def _recoded(data: bytes, file: str, error: UnicodeDecodeError | None) -> bytes:
    whole = {"size": len(data), "plain_size": len(data), "codec": "none", "complete": True}
    found = decode(Sample(uri=file, data=data, **whole))  # type: ignore[arg-type]
    if found.problem is not None:
        raise InputFileError(f"{found.problem}; save it as UTF-8", file)
    if found.warnings and error is not None:
        line = len(re.findall(rb"\r\n|\n|\r", data[: error.start])) + 1
        raise InputFileError(f"the byte 0x{data[error.start]:02x} is no UTF-8", file, line)
    return found.text.encode()


def _writing(data: bytes, file: str) -> Writing:
    lines = list(islice(io.StringIO(_head(data), newline=""), PROBE_LINES))
    if not any(line.strip() for line in lines):
        raise InputFileError("it is empty; the first line must name the columns", file)
    found = sniff(lines, CsvOptions(allow_single_column=True))
    if isinstance(found, str):
        raise InputFileError(found, file)
    if found.writing.quote or any('"' in line for line in lines):
        return found.writing
    # Quotes may come further down; where they do not quote is seen from what is above alone.
    return Writing(delimiter=found.writing.delimiter, quote='"', escape=found.writing.escape)


def _head(data: bytes) -> str:
    """Return the beginning, whole lines of it."""
    head = data[:_BYTES_AT_ONCE]
    if len(head) < len(data):
        head = head[: head.rfind(b"\n") + 1] or head
    return head.decode(errors="ignore")


def _header(data: bytes, writing: Writing, file: str) -> list[str]:
    _, names = next(parse_cells(_head(data), writing, file))
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputFileError(f"the column {twice!r} is there twice", file, 1)
    return names


def _is_doubtful(data: bytes, writing: Writing) -> bool:
    """Return whether there are quotes that Arrow would forgive, and rows lost by it.

    Those within the text of a cell do no harm, but this cannot be told from here.
    """
    quote = writing.quote.encode()
    if not quote or quote not in data:
        return bool(writing.escape)
    if writing.escape or data.count(quote) % 2:
        return True
    inside = rb"[^%b%b\r\n]" % (re.escape(quote), re.escape(writing.delimiter.encode()))
    return re.search(inside + re.escape(quote) + inside, data) is not None


def _quickly(data: bytes, writing: Writing, names: list[str]) -> pa.Table | None:
    """Return the rows as Arrow reads them, None if it finds something wrong."""
    try:
        return csv.read_csv(
            pa.BufferReader(data),
            read_options=csv.ReadOptions(block_size=_BYTES_AT_ONCE),
            parse_options=csv.ParseOptions(
                delimiter=writing.delimiter,
                quote_char=writing.quote or False,
                newlines_in_values=bool(writing.quote),
            ),
            convert_options=csv.ConvertOptions(
                column_types=dict.fromkeys(names, TEXT),
                null_values=[""],
                strings_can_be_null=True,
            ),
        )
    except pa.ArrowInvalid:
        return None  # The strict reader says what and where, or reads what Arrow cannot.


def _holds_line_ends(table: pa.Table) -> bool:
    """Return whether a cell goes over lines: two lone quotes may have made it of several rows."""
    return any(
        pc.any(pc.match_substring_regex(column, r"[\r\n]")).as_py() for column in table.columns
    )


def _strictly(data: bytes, writing: Writing, names: list[str], file: str) -> pa.Table:
    rows = (cells for _, cells in parse_cells(data.decode(), writing, file))
    next(rows)
    schema = pa.schema([(name, TEXT) for name in names])
    parts = []
    while part := list(islice(rows, _ROWS_AT_ONCE)):
        columns = zip(*part, strict=True)
        arrays = [pa.array([cell or None for cell in column], TEXT) for column in columns]
        parts.append(pa.RecordBatch.from_arrays(arrays, schema=schema))
    return pa.Table.from_batches(parts, schema)
