"""Standard output and error without secrets."""

from __future__ import annotations

import codecs
import contextlib
import io
import os
import sys
import threading
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from gluepot.jobs.parameters.secret_references import Masker

LONGEST_LINE = 64 * 1024
"""A line without an end is let go in parts of this length."""

WAIT_SECONDS = 5.0


class Below(Protocol):
    """What a masked stream writes to."""

    def write(self, text: str, /) -> object:
        """Write a text."""

    def flush(self) -> None:
        """Write what was kept."""


class MaskedStream(io.TextIOBase):
    """Passes whole lines on to ``stream`` with their secrets hidden.

    By whole lines, for a secret may come in parts.
    """

    def __init__(self, stream: Below, masker: Masker) -> None:
        super().__init__()
        self._stream = stream
        self._masker = masker
        self._line = ""

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """Return that of the stream below."""
        return str(getattr(self._stream, "encoding", "utf-8"))

    def fileno(self) -> int:
        """Return that of the stream below.

        Raises:
            UnsupportedOperation: It has none.
        """
        if not isinstance(self._stream, io.IOBase):
            raise io.UnsupportedOperation("fileno")
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
            passed, rest = self._masker.parted(rest)
            self._stream.write(self._masker.mask(passed))
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


class Diverted:
    """A pipe whose text goes on to a stream with its secrets hidden, in a thread of its own.

    Args:
        stream: Where it goes.
        masker: Hides the secrets.
    """

    def __init__(self, stream: Below, masker: Masker) -> None:
        self._read, self.end = os.pipe()
        self._stream = MaskedStream(stream, masker)
        self._thread = threading.Thread(target=self._pass_on, name="masking", daemon=True)
        self._thread.start()

    def _pass_on(self) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        with os.fdopen(self._read, "rb", buffering=0) as pipe:
            while part := pipe.read(LONGEST_LINE):
                self._stream.write(decoder.decode(part))
        self._stream.finish()

    def wait(self) -> bool:
        """Return whether all has gone on; something that was started may still hold the pipe."""
        self._thread.join(timeout=WAIT_SECONDS)
        return not self._thread.is_alive()


@contextlib.contextmanager
def masked_streams(masker: Masker) -> Iterator[None]:
    """Hide secrets in what the process says inside the block, and what it has started.

    That is ``print``, logging, and all that is written to standard output and error themselves.
    """
    if masker.idle:
        yield
        return
    with (
        _masked_descriptor(1, sys.stdout, masker),
        _masked_descriptor(2, sys.stderr, masker),
        _masked_names(masker),
    ):
        yield


@contextlib.contextmanager
def _masked_descriptor(number: int, own: TextIO, masker: Masker) -> Iterator[None]:
    own.flush()
    stream = os.fdopen(os.dup(number), "w", encoding="utf-8", errors="replace")
    diverted = Diverted(stream, masker)
    os.dup2(diverted.end, number)
    os.close(diverted.end)
    try:
        yield
    finally:
        own.flush()
        os.dup2(stream.fileno(), number)
        if diverted.wait():
            stream.close()


@contextlib.contextmanager
def _masked_names(masker: Masker) -> Iterator[None]:
    """Hide secrets in streams that lead elsewhere than to standard output and error as well."""
    before = sys.stdout, sys.stderr
    masked = MaskedStream(before[0], masker), MaskedStream(before[1], masker)
    sys.stdout, sys.stderr = masked
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
        for stream in masked:
            stream.finish()
