"""Parquet footers, each schema read once: files of one table begin their footers alike.

A footer is a Thrift struct whose first fields are the format's version, the schema and the number
of rows. Of the ten thousandth file of a table only the number is new, so a footer that begins with
bytes that are known is looked at no further; the schema of a new one is cut out and handed to Arrow
alone. The schema that Arrow's writers add for themselves is not looked at: other readers do not.

Source: parquet-format, ``FileMetaData`` in parquet.thrift; Thrift's compact protocol.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, NamedTuple

from gluepot.catalog.errors import GluepotError
from gluepot.catalog.types import BINARY, Type
from gluepot.crawlers.classifiers.base import FileSchema, FoundColumn
from gluepot.crawlers.classifiers.parquet_thrift import (
    ROWS_FIELD,
    FooterDamagedError,
    footer_parts,
    row_count,
)

if TYPE_CHECKING:
    import pyarrow as pa

logger = logging.getLogger(__name__)

MAGIC = b"PAR1"
ENCRYPTED_MAGIC = b"PARE"
END_BYTES = 8
"""The footer's length, four bytes low first, and the magic."""

MAX_FOOTER_BYTES = 64 * 1024 * 1024
"""A table of 2,000 columns and 100 row groups stays under 30 MB; more is a damaged length."""

KNOWN_SCHEMAS = 256
"""How many schemas are remembered."""

REASON = "the file's footer says so"

_BEFORE_SCHEMA = b"\x15\x02\x19"
"""Version 1, and the field of the schema."""

_NO_ROWS_AT_ALL = b"\x16\x00\x19\x0c\x00"
"""Zero rows, an empty list of row groups, and the end of the struct."""


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
        position = start + len(beginning)
        if tail[position] != ROWS_FIELD:
            return Footer(problem="its footer is damaged after the schema")
        try:
            records, _ = row_count(tail, position + 1)
        except FooterDamagedError as error:
            return Footer(problem=f"its footer cannot be read: {error}")
        return Footer(self._known[beginning], records)

    def _read_new(self, footer: bytes) -> Footer:
        try:
            parts = footer_parts(footer)
        except FooterDamagedError as error:
            return Footer(problem=f"its footer cannot be read: {error}")
        found = _read_schema(footer[parts.start : parts.end])
        if not isinstance(found, FileSchema):
            return Footer(problem=f"its footer cannot be read: {found}")
        if parts.usual:
            if len(self._known) >= KNOWN_SCHEMAS:
                self._known.clear()
            self._last = footer[: parts.end]
            self._known[self._last] = found
        return Footer(found, parts.records)


def check_footer_length(length: int, size: int) -> str | None:
    """Return why a footer of ``length`` bytes cannot be in a file of ``size``, or None."""
    if length + END_BYTES + len(MAGIC) > size:
        return f"its footer claims {length:,} bytes, more than the file's {size:,}"
    if length > MAX_FOOTER_BYTES:
        return f"its footer claims {length:,} bytes; at most {MAX_FOOTER_BYTES:,} are read"
    return None


def _read_schema(elements: bytes) -> FileSchema | str:
    """Let Arrow read a list of elements that was walked before; or return why it cannot."""
    import pyarrow as pa  # noqa: PLC0415 - 0.2 s that a crawl of text does not pay
    from pyarrow import parquet  # noqa: PLC0415

    footer = _BEFORE_SCHEMA + elements + _NO_ROWS_AT_ALL
    file = MAGIC + footer + len(footer).to_bytes(4, "little") + MAGIC
    warnings: list[str] = []
    try:
        schema = parquet.read_metadata(pa.BufferReader(file)).schema.to_arrow_schema()
        columns = tuple(_column(item, warnings) for item in schema)
    except UnicodeDecodeError:
        return "a column's name is no UTF-8"
    except (pa.ArrowException, OSError) as error:
        return str(error).partition("\n")[0]
    except Exception as error:  # here the reading of one file ends, whatever ended it
        logger.exception("Reading a footer failed", extra={"action": "file_failed"})
        return f"gluepot failed at it ({type(error).__name__}: {error}), which is a defect"
    return FileSchema(
        format="parquet",
        codec="none",
        columns=columns,
        records=0,
        exact=True,
        warnings=tuple(warnings),
    )


def _column(item: pa.Field, warnings: list[str]) -> FoundColumn:
    from gluepot.catalog.types import from_arrow  # noqa: PLC0415

    try:
        found: Type = from_arrow(item.type)
    except GluepotError as error:
        warnings.append(f"column {item.name}: {error}; it is registered as binary")
        found = BINARY
    return FoundColumn(name=item.name, type=found, reason=REASON)
