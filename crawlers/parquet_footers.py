"""Parquet footers, each schema read once: files of one table begin their footers alike.

A footer is a Thrift struct whose first fields are the format's version, the schema and the number
of rows. Of the ten thousandth file of a table only the number is new, so a footer that begins with
bytes that are known is looked at no further; a new beginning is cut out and handed to Arrow alone.
The schema that Arrow's writers add for themselves is not looked at: other readers do not.

Source: parquet-format, ``FileMetaData`` in parquet.thrift; Thrift's compact protocol.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gluepot.catalog.errors import GluepotError
from gluepot.catalog.types import BINARY, Type
from gluepot.crawlers.classifiers.base import FileSchema, FoundColumn

if TYPE_CHECKING:
    import pyarrow as pa

MAGIC = b"PAR1"
ENCRYPTED_MAGIC = b"PARE"
END_BYTES = 8
"""The footer's length, four bytes low first, and the magic."""

MAX_FOOTER_BYTES = 64 * 1024 * 1024
"""A table of 2,000 columns and 100 row groups stays under 30 MB; more is a damaged length."""

KNOWN_SCHEMAS = 256
"""How many schemas are remembered."""

REASON = "the file's footer says so"

_MAX_NESTING = 16
_NO_ROWS_AT_ALL = b"\x16\x00\x19\x0c\x00"
"""Zero rows, an empty list of row groups, and the end of the struct."""

_BOOLS, _BYTE, _INTEGERS, _DOUBLE, _BINARY = (1, 2), 3, (4, 5, 6), 7, 8
_LISTS, _STRUCT = (9, 10), 12


class Footer(NamedTuple):
    """What a file's footer told.

    Attributes:
        schema: None where it could not be read.
        records: Rows.
        problem: Why it could not be read.
        missing: How many bytes before those given belong to the footer too.
    """

    schema: FileSchema | None = None
    records: int = 0
    problem: str | None = None
    missing: int = 0


class _UnusualFooterError(Exception):
    """The fields stand in another order, or are damaged: Arrow has to look at all of it."""


class Footers:
    """Reads footers, and remembers the schemas that it has seen."""

    def __init__(self) -> None:
        self._known: dict[bytes, FileSchema] = {}
        self._last = b""

    def read(self, tail: bytes, size: int) -> Footer | None:
        """Return what the last bytes of a file tell; None where they are no Parquet file's.

        Args:
            tail: The last bytes, as many as were read.
            size: Of the file.
        """
        if tail[-4:] == ENCRYPTED_MAGIC and len(tail) >= END_BYTES:
            return Footer(problem="its footer is encrypted")
        if tail[-4:] != MAGIC or len(tail) < END_BYTES:
            return None
        length = int.from_bytes(tail[-END_BYTES:-4], "little")
        problem = check_footer_length(length, size)
        if problem is not None:
            return Footer(problem=problem)
        start = len(tail) - END_BYTES - length
        return Footer(missing=-start) if start < 0 else self._read_at(tail, start)

    def _read_at(self, tail: bytes, start: int) -> Footer:
        if self._last and tail.startswith(self._last, start):
            return self._counted(tail, start, self._last)
        for beginning in self._known:
            if tail.startswith(beginning, start):
                self._last = beginning
                return self._counted(tail, start, beginning)
        return self._read_new(tail[start:-END_BYTES])

    def _counted(self, tail: bytes, start: int, beginning: bytes) -> Footer:
        try:
            records = _rows(tail, start + len(beginning))
        except (_UnusualFooterError, IndexError):
            return Footer(problem="its footer is damaged after the schema")
        return Footer(self._known[beginning], records)

    def _read_new(self, footer: bytes) -> Footer:
        try:
            end = _schema_end(footer)
            records = _rows(footer, end)
        except (_UnusualFooterError, IndexError):
            return _read_whole(footer)
        beginning = footer[:end]
        found = _read_whole(beginning + _NO_ROWS_AT_ALL)
        if found.schema is None:
            return found
        if len(self._known) >= KNOWN_SCHEMAS:
            self._known.clear()
        self._known[beginning] = found.schema
        self._last = beginning
        return Footer(found.schema, records)


def check_footer_length(length: int, size: int) -> str | None:
    """Return why a footer of ``length`` bytes cannot be in a file of ``size``, or None."""
    if length + END_BYTES + len(MAGIC) > size:
        return f"its footer claims {length:,} bytes, more than the file's {size:,}"
    if length > MAX_FOOTER_BYTES:
        return f"its footer claims {length:,} bytes; at most {MAX_FOOTER_BYTES:,} are read"
    return None


def _read_whole(footer: bytes) -> Footer:
    """Let Arrow read a footer."""
    import pyarrow as pa  # noqa: PLC0415 - 0.2 s that a crawl of text does not pay
    from pyarrow import parquet  # noqa: PLC0415

    file = MAGIC + footer + len(footer).to_bytes(4, "little") + MAGIC
    try:
        metadata = parquet.read_metadata(pa.BufferReader(file))
        schema = metadata.schema.to_arrow_schema()
    except (pa.ArrowException, OSError) as error:
        return Footer(problem=f"its footer cannot be read: {str(error).partition(chr(10))[0]}")
    warnings: list[str] = []
    columns = tuple(_column(item, warnings) for item in schema)
    found = FileSchema(
        format="parquet",
        codec="none",
        columns=columns,
        records=metadata.num_rows,
        exact=True,
        warnings=tuple(warnings),
    )
    return Footer(found, metadata.num_rows)


def _column(item: pa.Field, warnings: list[str]) -> FoundColumn:
    from gluepot.catalog.types import from_arrow  # noqa: PLC0415

    try:
        found: Type = from_arrow(item.type)
    except GluepotError as error:
        warnings.append(f"column {item.name}: {error}; it is registered as binary")
        found = BINARY
    return FoundColumn(name=item.name, type=found, reason=REASON)


def _schema_end(footer: bytes) -> int:
    """Return where the schema ends, if version and schema are the first fields."""
    if footer[0] != 0x15:  # noqa: PLR2004 - field 1, a number
        raise _UnusualFooterError
    position = _after_varint(footer, 1)
    if footer[position] != 0x19:  # noqa: PLR2004 - the next field, a list
        raise _UnusualFooterError
    return _after_list(footer, position + 1, 0)


def _rows(footer: bytes, position: int) -> int:
    """Return the number of rows, whose field begins at a position."""
    if footer[position] != 0x16:  # noqa: PLR2004 - the next field, a long number
        raise _UnusualFooterError
    value = shift = 0
    while True:
        position += 1
        byte = footer[position]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004 - the last byte of a number has no high bit
            break
        shift += 7
        if shift > 63:  # noqa: PLR2004 - longer than any 64-bit number
            raise _UnusualFooterError
    if value & 1:
        raise _UnusualFooterError  # a negative number of rows
    return value >> 1


def _after_varint(data: bytes, position: int) -> int:
    while data[position] >= 0x80:  # noqa: PLR2004 - the last byte of a number has no high bit
        position += 1
    return position + 1


def _varint(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004 - the last byte of a number has no high bit
            return value, position
        shift += 7


def _after_list(data: bytes, position: int, depth: int) -> int:
    head = data[position]
    position += 1
    count = head >> 4
    if count == 15:  # noqa: PLR2004 - a longer list tells its length behind
        count, position = _varint(data, position)
    kind = head & 15
    for _ in range(count):
        position = _after_element(data, position, kind, depth + 1)
        if position > len(data):
            raise _UnusualFooterError
    return position


def _after_struct(data: bytes, position: int, depth: int) -> int:
    while True:
        head = data[position]
        position += 1
        if head == 0:
            return position
        if not head >> 4:
            position = _after_varint(data, position)
        kind = head & 15
        if kind not in _BOOLS:  # inside a struct the kind itself is the value
            position = _after_element(data, position, kind, depth)
        if position > len(data):
            raise _UnusualFooterError


def _after_element(data: bytes, position: int, kind: int, depth: int) -> int:
    if depth > _MAX_NESTING:
        raise _UnusualFooterError
    if kind in _INTEGERS:
        return _after_varint(data, position)
    if kind == _BINARY:
        length, position = _varint(data, position)
        return position + length
    if kind == _STRUCT:
        return _after_struct(data, position, depth + 1)
    if kind in _LISTS:
        return _after_list(data, position, depth + 1)
    if kind == _DOUBLE:
        return position + 8
    if kind == _BYTE or kind in _BOOLS:
        return position + 1
    raise _UnusualFooterError  # no schema has maps
