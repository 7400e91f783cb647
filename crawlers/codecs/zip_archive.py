"""ZIP archives of exactly one file, from the local header on, without the directory at the end."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gluepot.crawlers.codecs.expanded import Expanded

if TYPE_CHECKING:
    from collections.abc import Iterator

MAGIC = b"PK\x03\x04"
DOCUMENTS = ("[Content_Types].xml", "_rels/", "docProps/", "xl/", "word/", "mimetype", "META-INF/")
"""How the first name begins in archives that are documents of their own, such as .xlsx."""

MOST_FOLDERS = 1_000
"""Most entries of folders before the file."""

_HEADER = struct.Struct("<4s5H3L2H")
_ENCRYPTED, _LENGTHS_BEHIND = 0x1, 0x8
_STORED, _DEFLATED = 0, 8
_UNKNOWN_SIZE = 0xFFFFFFFF
_ZIP64 = 1
_DIRECTORY = (b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06")
_DESCRIPTOR = b"PK\x07\x08"
_METHODS = {
    1: "shrink",
    6: "implode",
    9: "deflate64",
    12: "bzip2",
    14: "lzma",
    93: "zstd",
    95: "xz",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Entry:
    """One local header: its name, how its bytes are packed, and where they lie."""

    name: str
    flags: int
    method: int
    crc: int
    packed: int
    start: int

    @property
    def is_folder(self) -> bool:
        return self.name.endswith("/")


def is_document(head: bytes) -> bool:
    """Return whether an archive is a document, such as a workbook, and no compressed file."""
    entry = _entry(head, 0)
    return entry is not None and entry.name.startswith(DOCUMENTS)


def expand_zip(head: bytes, limit: int) -> Expanded:
    """Return the plain bytes of the archive's one file, at most ``limit``.

    Source: PKWARE, APPNOTE.TXT 6.3.10, 4.3 and 4.4.
    """
    entry, position = None, 0
    for entry in _entries(head):
        position = _end(entry, head) if entry.is_folder else 0
    if entry is None or entry.is_folder:
        empty = head[position : position + 4] in _DIRECTORY
        return _failed("has no file in it") if empty else _nothing(len(head))
    refusal = _refusal(entry)
    if refusal is not None:
        return _failed(refusal)
    return _expand(entry, head, limit)


def _entries(head: bytes) -> Iterator[_Entry]:
    """Yield folders up to the first file, and the file."""
    position = 0
    for _ in range(MOST_FOLDERS):
        entry = _entry(head, position)
        if entry is None:
            return
        yield entry
        if not entry.is_folder:
            return
        position = _end(entry, head)


def _entry(head: bytes, position: int) -> _Entry | None:
    """Return the entry whose header is at ``position``; None where it is cut or none is there."""
    if len(head) < position + _HEADER.size:
        return None
    magic, _, flags, method, _, _, crc, packed, _, name_size, extra_size = _HEADER.unpack_from(
        head, position
    )
    start = position + _HEADER.size + name_size + extra_size
    if magic != MAGIC or start > len(head):
        return None
    name = head[position + _HEADER.size :][:name_size].decode(errors="replace")
    if packed == _UNKNOWN_SIZE:
        packed = _long_size(head[start - extra_size : start])
    return _Entry(name=name, flags=flags, method=method, crc=crc, packed=packed, start=start)


def _long_size(extra: bytes) -> int:
    """Return the packed size of a zip64 entry, which stands behind the plain one."""
    position = 0
    while position + 4 <= len(extra):
        kind, size = struct.unpack_from("<2H", extra, position)
        if kind == _ZIP64 and size >= 16 and position + 20 <= len(extra):  # noqa: PLR2004
            return int(struct.unpack_from("<Q", extra, position + 12)[0])
        position += 4 + size
    return _UNKNOWN_SIZE


def _refusal(entry: _Entry) -> str | None:
    if entry.flags & _ENCRYPTED:
        return f"is encrypted ({entry.name})"
    if entry.method not in {_STORED, _DEFLATED}:
        method = _METHODS.get(entry.method, f"method {entry.method}")
        return f"is packed with {method} ({entry.name}), of which only deflate is read"
    if entry.method == _STORED and entry.flags & _LENGTHS_BEHIND and not entry.packed:
        return f"does not tell the length of {entry.name} before its bytes"
    return None


def _expand(entry: _Entry, head: bytes, limit: int) -> Expanded:
    try:
        data, taken, ended = _unpack(entry, head, limit)
    except zlib.error as error:
        return _failed(f"is damaged: {error}")
    if not ended:
        return Expanded(data=data, consumed=taken, ended=False)
    crc, behind = _behind(entry, head[taken:])
    if crc is not None and crc != zlib.crc32(data):
        return _failed(f"is damaged: the checksum of {entry.name} differs")
    if behind[:4] == MAGIC:
        other = _entry(behind, 0)
        name = f", {other.name}" if other is not None else ""
        return _failed(f"holds more than one file ({entry.name}{name}): unpack it")
    return Expanded(data=data, consumed=taken, ended=behind[:4] in _DIRECTORY)


def _unpack(entry: _Entry, head: bytes, limit: int) -> tuple[bytes, int, bool]:
    """Return plain bytes, up to where the head was used, and whether they are all."""
    if entry.method == _STORED:
        end = min(entry.start + min(entry.packed, limit), len(head))
        return head[entry.start : end], end, end - entry.start == entry.packed
    stream = zlib.decompressobj(wbits=-15)
    data = stream.decompress(head[entry.start :], limit)
    unused = len(stream.unconsumed_tail) + len(stream.unused_data)
    return data, len(head) - unused, stream.eof


def _end(folder: _Entry, head: bytes) -> int:
    """Return where the entry behind a folder's begins."""
    if not folder.flags & _LENGTHS_BEHIND:
        return folder.start + folder.packed
    try:
        _, taken, _ = _unpack(folder, head, 1)
    except zlib.error:
        return len(head)
    return len(head) - len(_behind(folder, head[taken:])[1])


def _behind(entry: _Entry, rest: bytes) -> tuple[int | None, bytes]:
    """Return the checksum, None where it is cut off, and what follows the entry."""
    if not entry.flags & _LENGTHS_BEHIND:
        return entry.crc, rest
    if rest.startswith(_DESCRIPTOR):
        rest = rest[4:]
    if len(rest) < 4:  # noqa: PLR2004
        return None, b""
    crc = int.from_bytes(rest[:4], "little")
    # Two lengths of four bytes, or of eight: what follows must be a header of some kind.
    for size in (12, 20):
        if rest[size : size + 4] in (MAGIC, *_DIRECTORY):
            return crc, rest[size:]
    return crc, b""


def _failed(problem: str) -> Expanded:
    return Expanded(data=b"", consumed=0, ended=False, problem=problem)


def _nothing(consumed: int) -> Expanded:
    return Expanded(data=b"", consumed=consumed, ended=False)
