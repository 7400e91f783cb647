"""The text of a file's first bytes, cut at its last whole line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gluepot.crawlers.classifiers.base import Sample

_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, kw_only=True)
class Text:
    """Whole lines, or why the bytes are no text."""

    text: str
    problem: str | None = None


def decode(sample: Sample) -> Text:
    """Return the whole lines at the start of a file; of a complete file, all of it."""
    data = sample.data.removeprefix(_UTF8_MARK)
    if data.startswith(_UTF16_MARKS):
        return Text(text="", problem="it is written in UTF-16; UTF-8 is read")
    if b"\0" in data:
        return Text(text="", problem="it is not text: it holds bytes of zero")
    if not sample.complete:
        data = data[: max(data.rfind(b"\n"), data.rfind(b"\r")) + 1]
    try:
        return Text(text=data.decode())
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        byte = data[error.start]
        return Text(text="", problem=f"it is not UTF-8: byte 0x{byte:02x} on line {line}")
