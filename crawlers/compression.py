"""Whole-file compression, recognised by its first bytes and undone only as far as needed."""

from __future__ import annotations

import bz2
import lzma
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NONE = "none"
MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\x04\x22\x4d\x18", "lz4"),
    (b"\xff\x06\x00\x00sNaPpY", "snappy"),
    (b"PK\x03\x04", "zip"),
)
"""First bytes and the codec's name as AWS Glue writes it to ``compressionType``."""


class _Decompressor(Protocol):
    """What the three modules of the standard library have in common."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


_OPENERS: Mapping[str, Callable[[], _Decompressor]] = {
    "gzip": lambda: zlib.decompressobj(wbits=31),
    "bzip2": bz2.BZ2Decompressor,
    "xz": lzma.LZMADecompressor,
}


@dataclass(frozen=True, kw_only=True)
class Content:
    """The plain bytes at the start of a file.

    Attributes:
        codec: ``none`` for a plain file.
        data: At most as many bytes as were asked for, whatever the file would expand to.
        complete: The whole content is here.
        consumed: How many of the file's bytes these are made of.
        problem: Why the file is damaged or cannot be expanded; None when all is well.
    """

    codec: str
    data: bytes
    complete: bool
    consumed: int
    problem: str | None = None


def codec_of(head: bytes) -> str:
    """Return the codec that the first bytes tell, whatever the file is called.

    >>> codec_of(b"BZh91AY"), codec_of(b"a,b")
    ('bzip2', 'none')
    """
    return next((codec for magic, codec in MAGIC if head.startswith(magic)), NONE)


def expand_head(head: bytes, *, complete: bool, limit: int) -> Content:
    """Undo the compression of a file's first bytes, to at most ``limit`` bytes.

    Args:
        head: The file's first bytes.
        complete: ``head`` is the whole file, so it must end where the codec says.
        limit: The most bytes to make, which bounds what a hostile file can cost.
    """
    codec = codec_of(head)
    if codec == NONE:
        data = head[:limit]
        whole = complete and len(head) <= limit
        return Content(codec=codec, data=data, complete=whole, consumed=len(data))
    opener = _OPENERS.get(codec)
    if opener is None:
        problem = f"it is compressed with {codec}, which is not read yet"
        return Content(codec=codec, data=b"", complete=False, consumed=0, problem=problem)
    return _expand(codec, opener, head, complete=complete, limit=limit)


def _expand(
    codec: str, opener: Callable[[], _Decompressor], head: bytes, *, complete: bool, limit: int
) -> Content:
    data = bytearray()
    waiting = head
    ended, left = True, b""
    try:
        while waiting and len(data) < limit:  # a file may be several streams, one after another
            decompressor = opener()
            data += decompressor.decompress(waiting, limit - len(data))
            waiting, ended = decompressor.unused_data, decompressor.eof
            # Only zlib tells what it has not looked at; the others have taken it all in.
            left = getattr(decompressor, "unconsumed_tail", b"")
            if not ended or not waiting.strip(b"\0"):  # tape tools pad with zeros
                waiting = b""
                break
    except (zlib.error, OSError, lzma.LZMAError, EOFError) as error:
        problem = f"its {codec} data is damaged: {error}"
        return Content(codec=codec, data=bytes(data), complete=False, consumed=0, problem=problem)
    cut_short = complete and not ended and len(data) < limit
    return Content(
        codec=codec,
        data=bytes(data),
        complete=complete and ended and not waiting,
        consumed=len(head) - len(left) - len(waiting),
        problem=f"its {codec} data ends early" if cut_short else None,
    )
