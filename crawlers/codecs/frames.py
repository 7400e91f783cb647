"""zstd and LZ4 frames, one or several, by pyarrow."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from gluepot.crawlers.codecs.expanded import Expanded

if TYPE_CHECKING:
    from collections.abc import Iterator

PIECE = 4_096
"""How much is asked for at once; what a cut frame gave beyond its last whole piece is lost."""

SKIPPABLE_END = b"\x2a\x4d\x18"
"""Behind 0x50 to 0x5f it begins a frame that both formats pass over."""

_CUT_SHORT = "Truncated compressed stream"


class _Pieces(io.RawIOBase):
    """A head that counts how much was taken of it, in pieces small beside the whole."""

    def __init__(self, head: bytes) -> None:
        super().__init__()
        self._head = memoryview(head)
        self._piece = max(len(head) // 256, 64)
        self.position = 0

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Return the next piece, whatever more was asked for."""
        wanted = self._piece if size < 0 else min(size, self._piece)
        piece = bytes(self._head[self.position : self.position + wanted])
        self.position += len(piece)
        return piece


def expand_frames(codec: str, head: bytes, limit: int) -> Expanded:
    """Undo frames one after another, to at most ``limit`` bytes.

    A zstd frame may name a window of up to 128 MiB, pyarrow's own bound; of it only what is
    written is ever touched, which is ``limit`` bytes.
    """
    import pyarrow as pa  # noqa: PLC0415 - 0.2 s that a crawl of plain files should not pay

    data = bytearray()
    pieces = _Pieces(head)
    try:
        with pa.CompressedInputStream(pa.PythonFile(pieces, mode="r"), codec) as stream:
            for part in _parts(stream, limit):
                data += part
    except OSError as error:
        cut_short = _CUT_SHORT in str(error)
        return Expanded(
            data=bytes(data),
            consumed=pieces.position,
            ended=False,
            problem=None if cut_short else f"is damaged: {error}",
        )
    return Expanded(data=bytes(data), consumed=pieces.position, ended=len(data) < limit)


def _parts(stream: io.RawIOBase, limit: int) -> Iterator[bytes]:
    made = 0
    while made < limit and (part := stream.read(min(PIECE, limit - made))):
        made += len(part)
        yield part


def behind_skippable(head: bytes) -> bytes:
    """Return the head from its first frame that has content; empty where none is in it."""
    position = 0
    while head[position : position + 1] and 0x50 <= head[position] <= 0x5F:  # noqa: PLR2004
        if head[position + 1 : position + 4] != SKIPPABLE_END:
            break
        position += 8 + int.from_bytes(head[position + 4 : position + 8], "little")
    return head[position:]
