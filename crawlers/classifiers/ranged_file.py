"""A file of which only parts are read: what a footer or a directory asks for, and no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.catalog.errors import GluepotError
from gluepot.crawlers.codecs.compression import NONE
from gluepot.crawlers.sources.ranged_file import RangedFile

if TYPE_CHECKING:
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


def open_sample(sample: Sample, budget_bytes: int) -> RangedFile:
    """Return a sample's file as if it were open, as far as a budget of bytes goes.

    Its reads raise OutOfReachError where the bytes cannot be had or the budget does not reach, and
    StorageError where the store fails.
    """
    left = budget_bytes

    def read(start: int, length: int) -> bytes:
        nonlocal left
        if length > left:
            raise OutOfReachError(sample.uri, start, length)
        data = read_range(sample, start, length)
        left -= len(data)
        return data

    return RangedFile(read, sample.size)
