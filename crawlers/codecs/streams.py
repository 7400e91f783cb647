"""gzip, bzip2 and xz, one stream or several, by the standard library."""

from __future__ import annotations

import bz2
import lzma
import zlib
from typing import TYPE_CHECKING, Protocol

from gluepot.crawlers.codecs.expanded import Expanded

if TYPE_CHECKING:
    from collections.abc import Callable

XZ_MEMORY = 96 * 1024 * 1024
"""Most memory for one xz stream: ``xz -9`` wants 65 MiB; a header may claim gigabytes."""

PIECE = 4_096
"""How much is handed over at once: what was taken in tells how well the file is compressed."""


class Decompressor(Protocol):
    """What the three modules of the standard library have in common."""

    @property
    def eof(self) -> bool:
        """The stream has ended."""
        ...

    @property
    def unused_data(self) -> bytes:
        """What came behind the end of the stream."""
        ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        """Return at most so many plain bytes."""
        ...


def gzip_stream() -> Decompressor:
    """Return what undoes one member of a gzip file."""
    return zlib.decompressobj(wbits=31)


def bzip2_stream() -> Decompressor:
    """Return what undoes one bzip2 stream."""
    return bz2.BZ2Decompressor()


def xz_stream() -> Decompressor:
    """Return what undoes one xz stream, in bounded memory."""
    return lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=XZ_MEMORY)


def expand_streams(opener: Callable[[], Decompressor], head: bytes, limit: int) -> Expanded:
    """Undo streams one after another, to at most ``limit`` bytes."""
    data = bytearray()
    position, ended = 0, False
    try:
        while len(data) < limit:
            stream = opener()
            position, ended = _expand_one(stream, head, position, data, limit)
            # Tape tools pad with zeros.
            if not ended or not head[position:].strip(b"\0"):
                break
    except (zlib.error, OSError, EOFError, lzma.LZMAError) as error:
        return Expanded(data=bytes(data), consumed=position, ended=False, problem=_reason(error))
    left = bool(head[position:].strip(b"\0"))
    return Expanded(data=bytes(data), consumed=position, ended=ended and not left)


def _expand_one(
    stream: Decompressor, head: bytes, position: int, data: bytearray, limit: int
) -> tuple[int, bool]:
    """Return up to where the head was taken in, and whether the stream has ended."""
    waiting = b""
    while not stream.eof:
        if not waiting and getattr(stream, "needs_input", True):
            waiting = head[position : position + PIECE]
            if not waiting:
                break
            position += len(waiting)
        data += stream.decompress(waiting, limit - len(data))
        # zlib gives back what it has not looked at; the others keep it.
        waiting = getattr(stream, "unconsumed_tail", b"")
        if len(data) >= limit:
            break
    return position - len(waiting) - len(stream.unused_data), stream.eof


def _reason(error: Exception) -> str:
    if isinstance(error, lzma.LZMAError) and "emory" in str(error):
        return f"needs more than {XZ_MEMORY // 1024 // 1024} MiB of memory to be expanded"
    return f"is damaged: {error}"
