"""Raw Snappy and LZ4 blocks from their first bytes on, cut anywhere.

The libraries undo whole blocks only; a sample of a file seldom ends where a block does.
"""

from __future__ import annotations

from gluepot.crawlers.codecs.expanded import DamagedError

_LITERAL_WORDS = 60
_VARINT_BYTES = 5
_LEAST_MATCH = 4
_LONG = 15


def varint(data: bytes) -> tuple[int, int]:
    """Return a number of at most 32 bits in groups of seven, and how many bytes it took.

    Raises:
        DamagedError: There is no such number.
    """
    value = 0
    for index, byte in enumerate(data[:_VARINT_BYTES]):
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:  # noqa: PLR2004
            if value >> 32:
                break
            return value, index + 1
    raise DamagedError("it begins with no length")


def snappy_block(data: bytes, limit: int) -> tuple[bytes, bool]:
    """Return up to ``limit`` plain bytes of a raw block, and whether they are all of it.

    Raises:
        DamagedError: A copy points before the beginning, or more is made than the block claims.

    Source: google/snappy, format_description.txt.
    """
    claimed, position = varint(data)
    made = bytearray()
    limit = min(limit, claimed)
    while len(made) < limit and position < len(data):
        tag = data[position]
        position += 1
        kind, upper = tag & 3, tag >> 2
        if kind == 0:
            words = max(upper - _LITERAL_WORDS + 1, 0)
            size = int.from_bytes(data[position : position + words], "little") if words else upper
            start = position + words
            made += data[start : start + min(size + 1, limit - len(made))]
            position = start + size + 1
            continue
        size, offset, taken = _snappy_copy(data, position, kind, tag)
        position += taken
        if position > len(data):
            break
        _copy(made, offset, min(size, limit - len(made)))
    return bytes(made), len(made) == claimed


def _snappy_copy(data: bytes, position: int, kind: int, tag: int) -> tuple[int, int, int]:
    """Return length, offset and how many bytes behind the tag say so."""
    if kind == 1:
        return 4 + (tag >> 2 & 7), (tag >> 5) << 8 | int.from_bytes(data[position:][:1]), 1
    width = 2 if kind == 2 else 4  # noqa: PLR2004
    return (tag >> 2) + 1, int.from_bytes(data[position : position + width], "little"), width


def lz4_block(data: bytes, limit: int) -> bytes:
    """Return up to ``limit`` plain bytes of a raw block; a cut one gives what it can.

    Raises:
        DamagedError: A match points before the beginning.

    Source: lz4, lz4_Block_format.md.
    """
    made = bytearray()
    position = 0
    while len(made) < limit and position < len(data):
        token = data[position]
        size, position = _lz4_length(data, position + 1, token >> 4)
        made += data[position : position + min(size, limit - len(made))]
        position += size
        if position + 2 > len(data):
            break
        offset = int.from_bytes(data[position : position + 2], "little")
        size, position = _lz4_length(data, position + 2, token & _LONG)
        _copy(made, offset, min(size + _LEAST_MATCH, limit - len(made)))
    return bytes(made)


def _lz4_length(data: bytes, position: int, size: int) -> tuple[int, int]:
    if size == _LONG:
        while position < len(data):
            byte = data[position]
            size += byte
            position += 1
            if byte != 0xFF:  # noqa: PLR2004
                break
    return size, position


def _copy(made: bytearray, offset: int, size: int) -> None:
    """Repeat what lies ``offset`` back; the copy may run into what it has just written."""
    if not 0 < offset <= len(made):
        raise DamagedError("a copy points before the beginning")
    piece = bytes(made[len(made) - offset : len(made) - offset + size])
    while len(piece) < size:
        piece += piece[: size - len(piece)]
    made += piece
