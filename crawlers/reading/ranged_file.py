"""A file of which only parts are read: what a footer or a directory asks for, and no more."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from gluepot.catalog.errors import GluepotError
from gluepot.crawlers.reading.compression import NONE

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

    from gluepot.crawlers.classifiers.base import Sample


class OutOfReachError(GluepotError):
    """Bytes of a file cannot be had: ``OutOfReachError(uri, start, length)``."""

    def __init__(self, uri: str, start: int, length: int) -> None:
        super().__init__(uri, start, length)

    def __str__(self) -> str:
        """Say which bytes."""
        uri, start, length = self.args
        return f"Bytes {start:,} to {start + length:,} of {uri} were not read"


def read_range(sample: Sample, start: int, length: int) -> bytes:
    """Return bytes of a file as it lies there, from what was read of it where they are there.

    Raises:
        OutOfReachError: They were not read, nor can they be, or the file is shorter by now.
        StorageError: The store fails, or the file's budget of bytes is spent.
    """
    length = max(min(length, sample.size - start), 0)
    held = _held(sample, start, length)
    if held is None and sample.read is not None:
        held = sample.read(start, length)
    if held is None or len(held) < length:
        raise OutOfReachError(sample.uri, start, length)
    return held


def _held(sample: Sample, start: int, length: int) -> bytes | None:
    tail_start = sample.size - len(sample.tail)
    if start >= tail_start:
        return sample.tail[start - tail_start :][:length]
    # The head is as it lies there only where nothing had to be undone.
    if sample.codec == NONE and start + length <= len(sample.data):
        return sample.data[start : start + length]
    return None


def first_bytes(sample: Sample, length: int) -> bytes:
    """Return a file's first bytes as they lie there, none where they cannot be had.

    Raises:
        StorageError: The store fails.
    """
    if sample.codec == NONE:
        return sample.data[:length]
    try:
        return read_range(sample, 0, length)
    except OutOfReachError:
        return b""


class RangedFile(io.RawIOBase):
    """Reads a sample's file as if it were open, as far as a budget of bytes goes."""

    def __init__(self, sample: Sample, budget_bytes: int) -> None:
        super().__init__()
        self._sample = sample
        self._left = budget_bytes
        self._position = 0

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def seekable(self) -> bool:
        """Return that it can be moved in."""
        return True

    def tell(self) -> int:
        """Return where the next read begins."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move, from the start, from here or from the end, and return where it is then."""
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._sample.size}
        self._position = max(origin[whence] + offset, 0)
        return self._position

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Fill a buffer, and return with how many bytes.

        Raises:
            OutOfReachError: The bytes cannot be had, or the budget does not reach.
            StorageError: The store fails.
        """
        view = memoryview(buffer).cast("B")
        length = min(len(view), max(self._sample.size - self._position, 0))
        if length > self._left:
            raise OutOfReachError(self._sample.uri, self._position, length)
        data = read_range(self._sample, self._position, length)
        view[: len(data)] = data
        self._left -= len(data)
        self._position += len(data)
        return len(data)
