"""Avro container files: the schema stands at the start, the number of records in each block.

Source: Apache Avro specification 1.12, "Object Container Files".
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from gluepot.catalog.errors import InvalidInputError
from gluepot.crawlers.classifiers.avro_types import avro_columns
from gluepot.crawlers.classifiers.base import (
    CERTAIN,
    Classification,
    FileSchema,
    FoundColumn,
    Sample,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

MAGIC = b"Obj\x01"
SYNC_BYTES = 16

MAX_HEADER_BYTES = 10 * 1024 * 1024
"""A schema of 10,000 columns stays under 2 MB; more is a damaged length."""

MAX_LITERAL_CHARACTERS = 512_000
"""AWS Glue's bound on the value of a parameter."""

KNOWN_SCHEMAS = 256
"""How many schemas are remembered, so that the thousandth file of a table costs no conversion."""

MAX_ENTRIES = 1_000
"""Real headers hold a handful of names and values."""

CODECS = frozenset({"null", "deflate", "snappy", "bzip2", "xz", "zstandard"})
"""What Avro's own readers undo; what is inside blocks is not the file's compression."""

_LONGEST_VARINT = 10

_Converted: TypeAlias = "tuple[tuple[FoundColumn, ...], tuple[str, ...]]"


class Avro:
    """Reads the header, and counts the records of the blocks in the head."""

    name = "avro"

    def __init__(self) -> None:
        self._known: dict[str, _Converted] = {}

    def classify(self, sample: Sample) -> Classification:
        """Return the schema of the header."""
        if not sample.data.startswith(MAGIC):
            return Classification(
                classifier=self.name, certainty=0.0, reason="does not start with Obj and 1"
            )
        try:
            header = _read_header(sample.data)
        except _CutShortError as error:
            return self._cut_short(sample, error.position)
        except InvalidInputError as error:
            return self._damaged(f"its Avro header is damaged: {error}")
        try:
            return self._answer(sample, header)
        except InvalidInputError as error:
            return self._damaged(str(error))

    def _cut_short(self, sample: Sample, wanted: int) -> Classification:
        if sample.complete:
            return self._damaged("it starts as Avro, but its header is cut off")
        if wanted > MAX_HEADER_BYTES:
            return self._damaged(
                f"its Avro header claims {wanted:,} bytes; at most {MAX_HEADER_BYTES:,} are read"
            )
        return self._damaged(
            f"its Avro header is longer than the {len(sample.data):,} bytes read", needs_more=True
        )

    def _answer(self, sample: Sample, header: _Header) -> Classification:
        text = _schema_text(header)
        columns, warnings = self._convert(text)
        blocks = _count_records(sample.data, header)
        records, exact = _records(sample, header, blocks)
        literal = {"avro.schema.literal": text} if len(text) <= MAX_LITERAL_CHARACTERS else {}
        schema = FileSchema(
            format=self.name,
            codec=sample.codec,
            columns=columns,
            records=records,
            exact=exact,
            warnings=(*warnings, *_warnings(sample, header, blocks, literal)),
            parameters=literal,
            serde_parameters={**literal, "serialization.format": "1"},
        )
        reason = f"Obj and 1 at its start, and a schema of {len(columns)} columns"
        return Classification(classifier=self.name, certainty=CERTAIN, reason=reason, schema=schema)

    def _convert(self, text: str) -> _Converted:
        """Return the columns of a schema; equal schemas share them, in memory too."""
        known = self._known.get(text)
        if known is None:
            try:
                document = json.loads(text)
            except ValueError as error:
                raise InvalidInputError(f"its Avro schema is not JSON: {error}") from error
            except RecursionError as error:
                raise InvalidInputError("its Avro schema nests too deep") from error
            known = avro_columns(document)
            if len(self._known) >= KNOWN_SCHEMAS:
                self._known.clear()
            self._known[text] = known
        return known

    def _damaged(self, problem: str, *, needs_more: bool = False) -> Classification:
        return Classification(
            classifier=self.name,
            certainty=CERTAIN,
            reason="Obj and 1 at its start",
            problem=problem,
            needs_more=needs_more,
        )


class _CutShortError(Exception):
    """The bytes end before ``position``, up to which something reaches."""

    def __init__(self, position: int) -> None:
        super().__init__(position)
        self.position = position


@dataclass(frozen=True, kw_only=True)
class _Header:
    metadata: Mapping[str, bytes]
    sync: bytes
    end: int


@dataclass(frozen=True, kw_only=True)
class _Blocks:
    """What the blocks in the head say.

    Attributes:
        records: How many they hold, the one that the head cuts included.
        plain_bytes: How long they are in the file, beyond the head where the last is cut.
        whole: The head ends where a block ends.
        fault: What is wrong with one of them.
    """

    records: int
    plain_bytes: int
    whole: bool
    fault: str | None = None


def _read_header(data: bytes) -> _Header:
    metadata: dict[str, bytes] = {}
    position = len(MAGIC)
    while True:
        count, position = _long(data, position)
        if count == 0:
            break
        if count < 0:  # then its length in bytes follows, for readers that skip
            count = -count
            _, position = _long(data, position)
        for _ in range(count):  # ends with the bytes, whatever was claimed
            if len(metadata) > MAX_ENTRIES:
                raise InvalidInputError(f"it has more than {MAX_ENTRIES:,} entries")
            key, position = _bytes(data, position)
            value, position = _bytes(data, position)
            metadata[key.decode("utf-8", "replace")] = value
    end = position + SYNC_BYTES
    if end > len(data):
        raise _CutShortError(end)
    return _Header(metadata=metadata, sync=data[position:end], end=end)


def _bytes(data: bytes, position: int) -> tuple[bytes, int]:
    length, start = _long(data, position)
    if length < 0:
        raise InvalidInputError(f"a length at byte {position} is negative")
    end = start + length
    if end > len(data):
        raise _CutShortError(end)
    return data[start:end], end


def _long(data: bytes, position: int) -> tuple[int, int]:
    """Return the number at a position, and where it ends."""
    value = 0
    for index in range(_LONGEST_VARINT):
        if position + index >= len(data):
            raise _CutShortError(position + index + 1)
        byte = data[position + index]
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:  # noqa: PLR2004 - the bit that says that more follows
            return (value >> 1) ^ -(value & 1), position + index + 1
    raise InvalidInputError(f"the number at byte {position} has no end")


def _schema_text(header: _Header) -> str:
    schema = header.metadata.get("avro.schema")
    if schema is None:
        raise InvalidInputError("its Avro header has no avro.schema")
    try:
        return schema.decode()
    except UnicodeDecodeError as error:
        raise InvalidInputError(f"its Avro schema is not UTF-8: {error}") from error


def _count_records(data: bytes, header: _Header) -> _Blocks:
    records, position = 0, header.end
    while position < len(data):
        try:
            count, start = _long(data, position)
            length, start = _long(data, start)
        except _CutShortError:
            return _Blocks(records=records, plain_bytes=position - header.end, whole=False)
        except InvalidInputError as error:
            return _damaged_blocks(records, position, header, str(error))
        if count < 0 or length < 0:
            fault = f"the block at byte {position} has a negative length"
            return _damaged_blocks(records, position, header, fault)
        end = start + length + SYNC_BYTES
        if end > len(data):
            # What it claims is an estimate only: nothing of it is allocated.
            return _Blocks(records=records + count, plain_bytes=end - header.end, whole=False)
        if data[end - SYNC_BYTES : end] != header.sync:
            fault = f"the block at byte {position} does not end with the file's marker"
            return _damaged_blocks(records, position, header, fault)
        records, position = records + count, end
    return _Blocks(records=records, plain_bytes=position - header.end, whole=True)


def _damaged_blocks(records: int, position: int, header: _Header, fault: str) -> _Blocks:
    return _Blocks(
        records=records,
        plain_bytes=position - header.end,
        whole=False,
        fault=fault,
    )


def _records(sample: Sample, header: _Header, blocks: _Blocks) -> tuple[int, bool]:
    """Return how many records the file has, and whether that is known."""
    if sample.complete:
        return blocks.records, blocks.whole
    rest = max(sample.plain_size - header.end, 0)
    if blocks.plain_bytes == 0 or blocks.plain_bytes >= rest:
        return blocks.records, False
    return blocks.records * rest // blocks.plain_bytes, False


def _warnings(
    sample: Sample, header: _Header, blocks: _Blocks, literal: Mapping[str, str]
) -> list[str]:
    found = []
    codec = header.metadata.get("avro.codec", b"null").decode("utf-8", "replace")
    if codec not in CODECS:
        found.append(f"its blocks are compressed with {codec!r}, which Avro's readers do not know")
    if blocks.fault is not None:
        found.append(f"its blocks are damaged: {blocks.fault}")
    elif sample.complete and not blocks.whole:
        found.append("its last block is cut off")
    if not literal:
        found.append(
            f"its schema has more than {MAX_LITERAL_CHARACTERS:,} characters, too many for"
            " avro.schema.literal"
        )
    return found
