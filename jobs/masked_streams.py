"""Standard output and error without secrets."""

from __future__ import annotations

import contextlib
import io
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from gluepot.jobs.secret_references import Masker

LONGEST_LINE = 64 * 1024
"""A line without an end is let go in parts of this length."""


class MaskedStream(io.TextIOBase):
    """Passes whole lines on to ``stream`` with their secrets hidden.

    By whole lines, for a secret may come in parts.
    """

    def __init__(self, stream: TextIO, masker: Masker) -> None:
        super().__init__()
        self._stream = stream
        self._masker = masker
        self._line = ""

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """Return that of the stream below."""
        return self._stream.encoding

    def fileno(self) -> int:
        """Return that of the stream below; what is written there is not masked."""
        return self._stream.fileno()

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, text: str) -> int:
        """Pass on the lines that have ended, and keep the rest."""
        *lines, rest = (self._line + text).split("\n")
        if lines:
            whole = "\n".join(lines) + "\n"
            self._stream.write(self._masker.mask(whole))
            self._stream.flush()
        if len(rest) > LONGEST_LINE:
            self._stream.write(self._masker.mask(rest))
            rest = ""
        self._line = rest
        return len(text)

    def flush(self) -> None:
        """Pass nothing on but whole lines: half a secret is one too."""
        if not self.closed:
            self._stream.flush()

    def finish(self) -> None:
        """Pass on what has no line end."""
        self._stream.write(self._masker.mask(self._line))
        self._line = ""
        self._stream.flush()


@contextlib.contextmanager
def masked_streams(masker: Masker) -> Iterator[None]:
    """Hide secrets in what the process says inside the block, by ``print`` and by logging."""
    if masker.idle:
        yield
        return
    before = sys.stdout, sys.stderr
    masked = MaskedStream(before[0], masker), MaskedStream(before[1], masker)
    sys.stdout, sys.stderr = masked
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
        for stream in masked:
            stream.finish()
