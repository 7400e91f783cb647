"""Hadoop's block framing of Snappy and LZ4, which has no magic: told by what its bytes do.

A block is a big-endian plain length and then pieces, each a big-endian length and a raw block,
until the plain length is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.crawlers.codecs.blocks import lz4_block, snappy_block, varint
from gluepot.crawlers.codecs.expanded import DamagedError, Expanded

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_BLOCK_BYTES = 1 << 24
"""Longer blocks are not taken for any: Hadoop's buffers hold 256 KiB."""

_WORD = 4
_TRIAL_BYTES = 4_096
_LEAST_TRIAL = 16
_LONGEST_EXPANSION = 256


def hadoop_codec(head: bytes) -> str | None:
    """Return ``snappy`` or ``lz4`` where the head begins with a block of Hadoop's, else None."""
    plain, size = _word(head, 0), _word(head, _WORD)
    piece = head[2 * _WORD : 2 * _WORD + size]
    if not (0 < plain <= MOST_BLOCK_BYTES and 0 < size <= plain + plain // 6 + 64):
        return None
    if size * _LONGEST_EXPANSION < plain and len(piece) < size:
        return None
    if len(piece) < min(size, _LEAST_TRIAL):
        return None
    if _is_snappy(piece, size, plain):
        return "snappy"
    return "lz4" if _is_lz4(piece, size, plain) else None


def expand_hadoop(codec: str, head: bytes, limit: int) -> Expanded:
    """Undo blocks, to at most ``limit`` bytes."""
    undo = _snappy if codec == "snappy" else lz4_block
    data = bytearray()
    position = 0
    try:
        while len(data) < limit and position < len(head):
            position = _block(undo, head, position, data, limit)
    except DamagedError as error:
        problem = f"is damaged: {error}"
        return Expanded(
            data=bytes(data), consumed=min(position, len(head)), ended=False, problem=problem
        )
    return Expanded(
        data=bytes(data), consumed=min(position, len(head)), ended=position == len(head)
    )


def _block(
    undo: Callable[[bytes, int], bytes], head: bytes, position: int, data: bytearray, limit: int
) -> int:
    """Add a block's plain bytes and return where the next begins, behind the head if it is cut."""
    if position + _WORD > len(head):
        return len(head) + 1
    left = _word(head, position)
    position += _WORD
    while left > 0 and len(data) < limit:
        size = _word(head, position)
        position += _WORD
        if position > len(head):
            return len(head) + 1
        if not size:
            raise DamagedError("a piece is empty")
        piece = head[position : position + size]
        made = undo(piece, min(left, limit - len(data)))
        data += made
        left -= len(made)
        position += size
        if len(piece) < size:
            return len(head) + 1
        if not made:
            raise DamagedError("a piece holds nothing")
    return position


def _snappy(piece: bytes, limit: int) -> bytes:
    return snappy_block(piece, limit)[0] if piece else b""


def _is_snappy(piece: bytes, size: int, plain: int) -> bool:
    try:
        claimed, _ = varint(piece)
        if not 0 < claimed <= plain:
            return False
        made, whole = snappy_block(piece, min(_TRIAL_BYTES, claimed))
    except DamagedError:
        return False
    return whole or len(piece) < size or len(made) == min(_TRIAL_BYTES, claimed)


def _is_lz4(piece: bytes, size: int, plain: int) -> bool:
    try:
        made = lz4_block(piece, min(_TRIAL_BYTES, plain) + 1)
    except DamagedError:
        return False
    return 0 < len(made) <= plain or (len(made) > _TRIAL_BYTES and size <= plain)


def _word(head: bytes, position: int) -> int:
    return int.from_bytes(head[position : position + _WORD], "big")
