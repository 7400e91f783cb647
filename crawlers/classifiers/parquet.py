"""Parquet: the schema stands in the footer, so nothing has to be inferred."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from gluepot.catalog.errors import GluepotError
from gluepot.catalog.types import BINARY, Type
from gluepot.crawlers.classifiers.base import (
    CERTAIN,
    Classification,
    FileSchema,
    FoundColumn,
    Sample,
)

if TYPE_CHECKING:
    import pyarrow as pa

MAGIC = b"PAR1"
ENCRYPTED_MAGIC = b"PARE"
END_BYTES = 8
"""The footer's length, four bytes low first, and the magic."""

MAX_FOOTER_BYTES = 64 * 1024 * 1024
"""A table of 2,000 columns and 100 row groups stays under 30 MB; more is a damaged length."""

REASON = "the file's footer says so"


def footer_length(tail: bytes) -> int | None:
    """Return how many bytes before the last eight the footer takes, None if it is no Parquet.

    >>> footer_length(bytes([16, 1, 0, 0]) + b"PAR1")
    272
    """
    if len(tail) < END_BYTES or tail[-4:] != MAGIC:
        return None
    return int.from_bytes(tail[-END_BYTES:-4], "little")


KNOWN_SCHEMAS = 256
"""How many schemas are remembered, so that the thousandth file of a table costs no conversion."""

_Converted: TypeAlias = "tuple[tuple[FoundColumn, ...], tuple[str, ...]]"


class Parquet:
    """Reads a footer that the sampler fetched, and refuses one whose length cannot be true."""

    name = "parquet"

    def __init__(self) -> None:
        self._known: dict[str, _Converted] = {}

    def classify(self, sample: Sample) -> Classification:
        """Return the schema of the footer."""
        starts = sample.data[:4] == MAGIC
        if sample.tail[-4:] == ENCRYPTED_MAGIC and sample.data[:4] in {b"", ENCRYPTED_MAGIC}:
            return self._damaged("its footer is encrypted")
        length = footer_length(sample.tail)
        if length is None:
            if starts:
                return self._damaged("it starts as Parquet, but its footer is cut off")
            return Classification(classifier=self.name, certainty=0.0, reason="no PAR1 at its end")
        problem = check_footer_length(length, sample.size)
        if problem is not None:
            return self._damaged(problem)
        return self._read(sample, sample.tail[-(length + END_BYTES) :])

    def _read(self, sample: Sample, footer: bytes) -> Classification:
        import pyarrow as pa  # noqa: PLC0415 - 0.2 s that a crawl of text does not pay
        from pyarrow import parquet  # noqa: PLC0415

        try:
            metadata = parquet.read_metadata(pa.BufferReader(MAGIC + footer))
            schema = metadata.schema.to_arrow_schema()
        except (pa.ArrowException, OSError) as error:
            return self._damaged(f"its footer cannot be read: {str(error).partition(chr(10))[0]}")
        columns, warnings = self._convert(schema)
        found = FileSchema(
            format=self.name,
            codec=sample.codec,
            columns=columns,
            records=metadata.num_rows,
            exact=True,
            warnings=warnings,
        )
        reason = f"PAR1 at its end, and a footer of {len(columns)} columns"
        return Classification(classifier=self.name, certainty=CERTAIN, reason=reason, schema=found)

    def _convert(self, schema: pa.Schema) -> _Converted:
        """Return the columns of a schema; equal schemas share them, in memory too."""
        text = schema.to_string(
            truncate_metadata=False, show_field_metadata=False, show_schema_metadata=False
        )
        known = self._known.get(text)
        if known is None:
            warnings: list[str] = []
            known = (tuple(_column(item, warnings) for item in schema), tuple(warnings))
            if len(self._known) >= KNOWN_SCHEMAS:
                self._known.clear()
            self._known[text] = known
        return known

    def _damaged(self, problem: str) -> Classification:
        return Classification(
            classifier=self.name, certainty=CERTAIN, reason="PAR1 magic", problem=problem
        )


def check_footer_length(length: int, size: int) -> str | None:
    """Return why a footer of ``length`` bytes cannot be in a file of ``size``, or None."""
    if length + END_BYTES + len(MAGIC) > size:
        return f"its footer claims {length:,} bytes, more than the file's {size:,}"
    if length > MAX_FOOTER_BYTES:
        return f"its footer claims {length:,} bytes; at most {MAX_FOOTER_BYTES:,} are read"
    return None


def _column(item: pa.Field, warnings: list[str]) -> FoundColumn:
    from gluepot.catalog.types import from_arrow  # noqa: PLC0415

    try:
        found: Type = from_arrow(item.type)
    except GluepotError as error:
        warnings.append(f"column {item.name}: {error}; it is registered as binary")
        found = BINARY
    return FoundColumn(name=item.name, type=found, reason=REASON)
