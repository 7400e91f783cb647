"""Whole-file compression, recognised by its first bytes and undone only as far as needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gluepot.crawlers.codecs.blocks import snappy_block, varint
from gluepot.crawlers.codecs.expanded import DamagedError, Expanded
from gluepot.crawlers.codecs.frames import behind_skippable, expand_frames
from gluepot.crawlers.codecs.hadoop import expand_hadoop, hadoop_codec
from gluepot.crawlers.codecs.snappy_frames import MAGIC as SNAPPY_MAGIC
from gluepot.crawlers.codecs.snappy_frames import expand_snappy_frames
from gluepot.crawlers.codecs.streams import bzip2_stream, expand_streams, gzip_stream, xz_stream
from gluepot.crawlers.codecs.zip_archive import MAGIC as ZIP_MAGIC
from gluepot.crawlers.codecs.zip_archive import expand_zip, is_document

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NONE = "none"
MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\x04\x22\x4d\x18", "lz4"),
    (SNAPPY_MAGIC, "snappy"),
    (ZIP_MAGIC, "zip"),
)
"""First bytes and the codec's name as AWS Glue writes it to ``compressionType``."""

RAW_SNAPPY_MOST = 64 * 1024 * 1024
"""Most bytes that a file of one raw Snappy block may claim and still be taken for one."""

_RAW_LEAST, _RAW_RATIO, _RAW_TRIAL = 4, 24, 4_096
_TEXT_CONTROLS = frozenset(b"\t\n\r")

_EXPANDERS: Mapping[str, Callable[[bytes, int], Expanded]] = {
    "gzip": lambda head, limit: expand_streams(gzip_stream, head, limit),
    "bzip2": lambda head, limit: expand_streams(bzip2_stream, head, limit),
    "xz": lambda head, limit: expand_streams(xz_stream, head, limit),
    "zstd": lambda head, limit: expand_frames("zstd", head, limit),
    "lz4": lambda head, limit: expand_frames("lz4", head, limit),
    "snappy": expand_snappy_frames,
    "zip": expand_zip,
}


@dataclass(frozen=True, kw_only=True)
class Content:
    """The plain bytes at the start of a file.

    Attributes:
        codec: ``none`` for a plain file.
        data: At most as many bytes as were asked for, whatever the file would expand to; none
            where the head is shorter than the codec's first block, and more must be read.
        complete: The whole content is here.
        consumed: How many of the file's bytes these are made of, as near as the codec tells.
        problem: Why the file is damaged or cannot be expanded; None when all is well.
    """

    codec: str
    data: bytes
    complete: bool
    consumed: int
    problem: str | None = None


def codec_of(head: bytes) -> str:
    """Return the codec that the first bytes tell, whatever the file is called.

    A ZIP archive that is a document, such as a workbook, is no compressed file.

    >>> codec_of(b"BZh91AY"), codec_of(b"a,b")
    ('bzip2', 'none')
    """
    found = _by_magic(head)
    if found == NONE and head[:1] == b"\0":
        return hadoop_codec(head) or NONE
    return found


def expand_head(head: bytes, *, complete: bool, limit: int) -> Content:
    """Undo the compression of a file's first bytes, to at most ``limit`` bytes.

    Args:
        head: The file's first bytes.
        complete: ``head`` is the whole file, so it must end where the codec says.
        limit: The most bytes to make, which bounds what a hostile file can cost.
    """
    codec = codec_of(head)
    if codec == NONE and complete:
        raw = _raw_snappy(head, limit)
        if raw is not None:
            return raw
    if codec == NONE:
        data = head[:limit]
        whole = complete and len(head) <= limit
        return Content(codec=codec, data=data, complete=whole, consumed=len(data))
    if _by_magic(head) == NONE:
        found = expand_hadoop(codec, head, limit + 1)
    else:
        found = _EXPANDERS[codec](head, limit + 1)
    return _content(codec, found, complete=complete, limit=limit)


def _by_magic(head: bytes) -> str:
    start = behind_skippable(head)
    codec = next((codec for magic, codec in MAGIC if start.startswith(magic)), NONE)
    if codec == "zip" and is_document(head):
        return NONE
    return codec


def _content(codec: str, found: Expanded, *, complete: bool, limit: int) -> Content:
    # One byte more than wanted was made, to know whether there is one.
    more = len(found.data) > limit
    cut_short = complete and not found.ended and not more
    problem = found.problem or ("ends early" if cut_short else None)
    return Content(
        codec=codec,
        data=found.data[:limit],
        complete=found.ended and not more and problem is None,
        consumed=found.consumed,
        problem=None if problem is None else f"its {codec} data {problem}",
    )


def _raw_snappy(head: bytes, limit: int) -> Content | None:
    """Return a whole file that is one raw Snappy block and nothing else; None for any other.

    It has no magic: its length must be the one it claims, to the byte, and it may not look like
    text where its own lengths stand.
    """
    try:
        claimed, start = varint(head)
        likely = _RAW_LEAST <= claimed <= min(RAW_SNAPPY_MOST, len(head) * _RAW_RATIO)
        if not likely or _is_text(head[: start + 1]):
            return None
        snappy_block(head, _RAW_TRIAL)
    except DamagedError:
        return None
    data = _whole_block(head, claimed)
    if data is None:
        return None
    whole = claimed <= limit
    return Content(codec="snappy", data=data[:limit], complete=whole, consumed=len(head))


def _is_text(start: bytes) -> bool:
    return all(byte in _TEXT_CONTROLS or 0x20 <= byte < 0x7F for byte in start)  # noqa: PLR2004


def _whole_block(head: bytes, claimed: int) -> bytes | None:
    import pyarrow as pa  # noqa: PLC0415 - 0.2 s that a crawl of plain files should not pay

    try:
        data: bytes = pa.decompress(head, decompressed_size=claimed, codec="snappy", asbytes=True)
    except (OSError, pa.ArrowException):
        return None
    return data
