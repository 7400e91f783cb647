"""Snappy's own framing: chunks of at most 64 KiB, each with a type and a length."""

from __future__ import annotations

from gluepot.crawlers.codecs.blocks import snappy_block, varint
from gluepot.crawlers.codecs.expanded import DamagedError, Expanded

MAGIC = b"\xff\x06\x00\x00sNaPpY"
CHUNK_BYTES = 65_536
"""Most plain bytes in a chunk; the framing's own bound."""

_COMPRESSED, _PLAIN = 0, 1
_FIRST_SKIPPABLE = 0x80
_HEADER, _CHECKSUM = 4, 4


def expand_snappy_frames(head: bytes, limit: int) -> Expanded:
    """Undo chunks, to at most ``limit`` bytes; their checksums are not compared.

    Source: google/snappy, framing_format.txt.
    """
    data = bytearray()
    position = 0
    try:
        while len(data) < limit and position + _HEADER <= len(head):
            kind = head[position]
            size = int.from_bytes(head[position + 1 : position + _HEADER], "little")
            start = position + _HEADER
            body = head[start : start + size]
            if kind in {_COMPRESSED, _PLAIN}:
                data += _chunk(kind, body[_CHECKSUM:], limit - len(data))
            elif kind < _FIRST_SKIPPABLE:
                raise DamagedError(f"chunk type {kind} may not be skipped")  # noqa: TRY301
            if len(body) < size:
                return Expanded(data=bytes(data), consumed=len(head), ended=False)
            position = start + size
    except DamagedError as error:
        problem = f"is damaged: {error}"
        return Expanded(data=bytes(data), consumed=position, ended=False, problem=problem)
    return Expanded(data=bytes(data), consumed=position, ended=position == len(head))


def _chunk(kind: int, body: bytes, limit: int) -> bytes:
    if kind == _PLAIN:
        return body[:limit]
    if not body:
        return b""
    claimed, _ = varint(body)
    if claimed > CHUNK_BYTES:
        raise DamagedError(f"a chunk claims {claimed:,} bytes, {CHUNK_BYTES:,} are the most")
    return snappy_block(body, limit)[0]
