"""ORC's footer: found by its postscript, undone within bounds, and read as a list of types.

pyarrow's reader is not used: it does not tell char from varchar, nor their lengths, and allocates
what a footer claims.

Source: Apache ORC specification v1, "File Tail".
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gluepot.catalog.errors import InvalidInputError
from gluepot.crawlers.classifiers.protobuf_wire import VARINT, WireError, read_fields, read_varint

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAGIC = b"ORC"

MAX_FOOTER_BYTES = 16 * 1024 * 1024
"""A table of 2,000 columns and 1,000 stripes stays under 1 MB; more is a damaged length."""

MAX_PLAIN_BYTES = 64 * 1024 * 1024
"""What a footer may be without its compression."""

MAX_BLOCK_BYTES = 1 << 23
"""A block's length has 23 bits."""

_KINDS = ("none", "zlib", "snappy", "lzo", "lz4", "zstd", "brotli")
_OLDEST_POSTSCRIPT = 2
_LZ4_MORE = 15
_LZ4_LEAST_MATCH = 4


@dataclass(frozen=True, kw_only=True)
class Postscript:
    """What the last bytes of a file say.

    Attributes:
        length: How many bytes it has, with the byte that says so.
        footer_bytes: How long the footer before it is.
        compression: Of the footer, and of the rest of the file.
        block_bytes: The most plain bytes of one compressed block.
        has_magic: Files of Hive 0.11 have the magic at their start only.
    """

    length: int
    footer_bytes: int
    compression: str
    block_bytes: int
    has_magic: bool


@dataclass(frozen=True, kw_only=True)
class OrcType:
    """One of a footer's types; ``subtypes`` are places in the list of all.

    Attributes:
        kind: As the format numbers them.
        subtypes: Of a struct's members, an array's elements, a map's keys and values.
        names: Of a struct's members.
        length: Of char and varchar, 0 where it is not told.
        precision: Of a decimal, 0 where it is not told; ``scale`` too.
    """

    kind: int
    subtypes: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    length: int = 0
    precision: int = 0
    scale: int = 0


@dataclass(frozen=True, kw_only=True)
class OrcFooter:
    """What a footer says: types as they lie there, the number of rows, whether it is encrypted."""

    types: tuple[bytes, ...]
    rows: int
    encrypted: bool


def read_postscript(tail: bytes) -> Postscript | None:
    """Return the postscript at the end of a file, None where there is none.

    Raises:
        InvalidInputError: It claims what cannot be.
    """
    length = tail[-1] if tail else 0
    if length < _OLDEST_POSTSCRIPT or length + 1 > len(tail):
        return None
    numbers: dict[int, int] = {}
    try:
        for field in read_fields(tail[-1 - length : -1]):
            if isinstance(field.value, int):
                numbers[field.number] = field.value
    except WireError:
        return None
    kind = numbers.get(2, 0)
    found = Postscript(
        length=length + 1,
        footer_bytes=numbers.get(1, 0),
        compression=_KINDS[kind] if kind < len(_KINDS) else f"number {kind}",
        block_bytes=numbers.get(3, 256 * 1024),
        has_magic=tail[-4:-1] == MAGIC,
    )
    return found if found.has_magic or numbers.get(1) else None


def check_postscript(found: Postscript, size: int) -> str | None:
    """Return why a postscript cannot be true of a file of ``size`` bytes, or None."""
    claimed = found.footer_bytes
    if claimed + found.length + len(MAGIC) > size:
        return f"its footer claims {claimed:,} bytes, more than the file's {size:,}"
    if claimed > MAX_FOOTER_BYTES:
        return f"its footer claims {claimed:,} bytes; at most {MAX_FOOTER_BYTES:,} are read"
    if found.block_bytes > MAX_BLOCK_BYTES:
        return f"its blocks claim {found.block_bytes:,} bytes; {MAX_BLOCK_BYTES:,} is the most"
    return None


def read_footer(footer: bytes, postscript: Postscript) -> OrcFooter:
    """Return what a footer says.

    Raises:
        InvalidInputError: It is damaged, or compressed with what is not read.
    """
    plain = _undo(footer, postscript)
    types: list[bytes] = []
    rows, encrypted = 0, False
    try:
        for field in read_fields(plain):
            if field.number == 4 and isinstance(field.value, bytes):  # noqa: PLR2004
                types.append(field.value)
            elif field.number == 6 and isinstance(field.value, int):  # noqa: PLR2004
                rows = field.value
            elif field.number == 10:  # noqa: PLR2004
                encrypted = True
    except WireError as error:
        raise InvalidInputError(f"its footer is damaged: {error}") from error
    return OrcFooter(types=tuple(types), rows=rows, encrypted=encrypted)


def read_type(data: bytes) -> OrcType:
    """Return one of a footer's types.

    Raises:
        WireError: It is damaged.
    """
    numbers: dict[int, int] = {}
    subtypes: list[int] = []
    names: list[str] = []
    for number, wire, value in read_fields(data):
        if number == 2:  # noqa: PLR2004 - subtypes, packed or not
            subtypes += _packed(value)
        elif number == 3 and isinstance(value, bytes):  # noqa: PLR2004
            names.append(value.decode("utf-8", "replace"))
        elif wire == VARINT and isinstance(value, int):
            numbers[number] = value
    return OrcType(
        kind=numbers.get(1, 0),
        subtypes=tuple(subtypes),
        names=tuple(names),
        length=numbers.get(4, 0),
        precision=numbers.get(5, 0),
        scale=numbers.get(6, 0),
    )


def _packed(value: int | bytes) -> list[int]:
    if isinstance(value, int):
        return [value]
    found, position = [], 0
    while position < len(value):
        item, position = read_varint(value, position)
        found.append(item)
    return found


def _undo(footer: bytes, postscript: Postscript) -> bytes:
    if postscript.compression == "none":
        return footer
    plain = bytearray()
    position = 0
    while position + 3 <= len(footer):
        header = int.from_bytes(footer[position : position + 3], "little")
        block = footer[position + 3 : position + 3 + (header >> 1)]
        position += 3 + (header >> 1)
        if position > len(footer):
            raise InvalidInputError("its footer is damaged: a block is cut off")
        plain += block if header & 1 else _undo_block(block, postscript)
        if len(plain) > MAX_PLAIN_BYTES:
            raise InvalidInputError(f"its footer expands to more than {MAX_PLAIN_BYTES:,} bytes")
    return bytes(plain)


def _undo_block(block: bytes, postscript: Postscript) -> bytes:
    codec = _CODECS.get(postscript.compression)
    if codec is None:
        raise InvalidInputError(
            f"its footer is compressed with {postscript.compression}, which is not read; right are"
            f" {', '.join(_CODECS)}"
        )
    try:
        plain = codec(block, postscript.block_bytes)
    except (zlib.error, OSError, WireError, IndexError) as error:
        fault = f"its {postscript.compression} data is not read: {error}"
        raise InvalidInputError(f"its footer is damaged: {fault}") from error
    if len(plain) > postscript.block_bytes:
        raise InvalidInputError("its footer is damaged: a block is larger than blocks can be")
    return plain


def _zlib(block: bytes, limit: int) -> bytes:
    decompressor = zlib.decompressobj(wbits=-15)
    plain = decompressor.decompress(block, limit + 1)
    if not decompressor.eof and len(plain) <= limit:
        raise zlib.error("it is cut off")
    return plain


def _snappy(block: bytes, limit: int) -> bytes:
    length, _ = read_varint(block, 0)
    return _arrow("snappy", block, length, limit)


def _lz4(block: bytes, limit: int) -> bytes:
    return _arrow("lz4_raw", block, lz4_length(block), limit)


def _zstd(block: bytes, limit: int) -> bytes:
    import pyarrow as pa  # noqa: PLC0415 - 0.2 s that a crawl of text does not pay

    with pa.input_stream(pa.BufferReader(block), compression="zstd") as stream:
        return bytes(stream.read(limit + 1))


def _arrow(codec: str, block: bytes, length: int, limit: int) -> bytes:
    import pyarrow as pa  # noqa: PLC0415

    if length > limit:
        raise OSError(f"a block claims {length:,} bytes")
    return bytes(pa.Codec(codec).decompress(block, decompressed_size=length))


def lz4_length(block: bytes) -> int:
    """Return how many bytes an LZ4 block makes, which it does not tell itself.

    Raises:
        IndexError: It is cut off.

    Source: LZ4 block format description.
    """
    total = position = 0
    while position < len(block):
        token = block[position]
        literals, position = _lz4_count(block, token >> 4, position + 1)
        total += literals
        position += literals
        if position >= len(block):  # the last sequence has literals only
            return total
        matched, position = _lz4_count(block, token & 15, position + 2)
        total += matched + _LZ4_LEAST_MATCH
    return total


def _lz4_count(block: bytes, count: int, position: int) -> tuple[int, int]:
    if count < _LZ4_MORE:
        return count, position
    while True:
        byte = block[position]
        count, position = count + byte, position + 1
        if byte != 0xFF:  # noqa: PLR2004
            return count, position


_CODECS: Mapping[str, Callable[[bytes, int], bytes]] = {
    "zlib": _zlib,
    "snappy": _snappy,
    "lz4": _lz4,
    "zstd": _zstd,
}
