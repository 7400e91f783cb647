"""An object of a store as a file that libraries can seek in: ranges are read as they are asked."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class RangedFile(io.RawIOBase):
    """Bytes that are read in ranges; raises whatever the reader of ranges does.

    Args:
        read: Returns ``(start, length)`` of them.
        size: How many there are.
    """

    def __init__(self, read: Callable[[int, int], bytes], size: int) -> None:
        super().__init__()
        self._read = read
        self._size = size
        self._position = 0

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def seekable(self) -> bool:
        """Say that any place in it can be read next."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Read from another place next."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        self._position = max(base + offset, 0)
        return self._position

    def readinto(self, buffer: Any, /) -> int:  # noqa: ANN401 - collections.abc.Buffer comes with 3.12
        """Fill a buffer from where the file stands."""
        view = memoryview(buffer).cast("B")
        wanted = min(len(view), self._size - self._position)
        if wanted <= 0:
            return 0
        data = self._read(self._position, wanted)
        view[: len(data)] = data
        self._position += len(data)
        return len(data)
