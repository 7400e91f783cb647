"""Bounded reads of metadata files: what is too large or not JSON is named, never loaded."""

from __future__ import annotations

import io
import threading
import zlib
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import orjson

from gluepot.catalog.errors import StorageError
from gluepot.crawlers.lakehouse.errors import LakeTableError
from gluepot.crawlers.sources.ranged_file import RangedFile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.crawlers.sources.objects import ObjectInfo, ObjectSource

MIB = 1024 * 1024
MAX_FILE_BYTES = 64 * MIB
"""Most bytes of one metadata file, without its compression. Real ones stay under a tenth of it."""

GZIP_MAGIC = b"\x1f\x8b"

_Kind = TypeVar("_Kind")


class MetadataReader:
    """Reads metadata files of one store, and counts what was read; threads may share it."""

    def __init__(self, source: ObjectSource) -> None:
        self.source = source
        self.bytes_read = 0
        self.objects_read = 0
        self._lock = threading.Lock()

    def read(self, info: ObjectInfo, limit: int = MAX_FILE_BYTES) -> bytes:
        """Return a whole file.

        Raises:
            LakeTableError: It is larger than ``limit``, or cannot be read.
        """
        if info.size > limit:
            raise LakeTableError(
                info.uri, f"it has {info.size:,} bytes; at most {limit:,} of metadata are read"
            )
        data = self.read_range(info.uri, 0, info.size)
        with self._lock:
            self.objects_read += 1
        return data

    def read_range(self, uri: str, start: int, length: int) -> bytes:
        """Return up to ``length`` bytes from ``start``.

        Raises:
            LakeTableError: They cannot be read.
        """
        try:
            data = self.source.read(uri, start, length)
        except StorageError as error:
            raise LakeTableError(uri, f"it cannot be read: {error}") from error
        with self._lock:
            self.bytes_read += len(data)
        return data

    def stat(self, uri: str) -> ObjectInfo:
        """Return what the store says of one file that was not listed.

        Raises:
            LakeTableError: It is not there, or cannot be looked at.
        """
        try:
            found = next(iter(self.source.list(uri)), None)
        except StorageError as error:
            raise LakeTableError(uri, f"it cannot be read: {error}") from error
        if found is None or found.uri != uri:
            raise LakeTableError(uri, "it does not exist")
        return found

    def read_json(self, info: ObjectInfo) -> dict[str, Any]:
        """Return the JSON object that a file holds, compressed by gzip or not.

        Raises:
            LakeTableError: It is too large, cannot be read, or is no JSON object.
        """
        data = self.read(info)
        if data.startswith(GZIP_MAGIC):
            data = _gunzip(info.uri, data)
        return json_object(data, info.uri)

    def open(self, info: ObjectInfo) -> io.BufferedReader:
        """Return a file of which parts are read as they are asked for."""
        with self._lock:
            self.objects_read += 1
        ranges = RangedFile(partial(self.read_range, info.uri), info.size)
        return io.BufferedReader(ranges, buffer_size=256 * 1024)


def json_object(data: bytes | str, uri: str, where: str = "it") -> dict[str, Any]:
    """Return the JSON object of a text.

    Raises:
        LakeTableError: It is not JSON, nests more than a thousand deep, or is no object.
    """
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise LakeTableError(uri, f"{where} is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise LakeTableError(uri, f"{where} is no JSON object")
    return value


def member(value: Mapping[str, Any], name: str, kind: type[_Kind], uri: str) -> _Kind | None:
    """Return a member of a JSON object, None where it is absent or null.

    Raises:
        LakeTableError: It is of another kind.
    """
    found = value.get(name)
    if found is None:
        return None
    # In Python true is a number; in JSON it is not.
    if not isinstance(found, kind) or (isinstance(found, bool) and kind is int):
        raise LakeTableError(uri, f"its {name!r} is no {_WORDS.get(kind, kind.__name__)}")
    return found


_WORDS: Mapping[type, str] = {dict: "object", list: "list", str: "text", int: "whole number"}


def _gunzip(uri: str, data: bytes) -> bytes:
    # 16 more than the window's bits asks zlib for gzip's header and trailer.
    decoder = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        plain = decoder.decompress(data, MAX_FILE_BYTES + 1)
    except zlib.error as error:
        raise LakeTableError(uri, f"its gzip is damaged: {error}") from error
    if len(plain) > MAX_FILE_BYTES:
        raise LakeTableError(uri, f"it expands to more than {MAX_FILE_BYTES:,} bytes")
    if not decoder.eof:
        raise LakeTableError(uri, "its gzip is cut off")
    return plain
