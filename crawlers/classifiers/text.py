"""The text of a file's first bytes, cut at its last whole line, and the encoding it is written in.

What is tried, in this order: a byte order mark (UTF-8, UTF-16 and UTF-32 of both orders); bytes of
zero where UTF-16 or UTF-32 without a mark has them; UTF-8; and for bytes that are no UTF-8 the
one-byte encodings of Western Europe, if they make plausible text. Bytes that no encoding explains
are no text. Encodings are called by Java's names, since Hive's serdes and Spark are told them.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gluepot.crawlers.classifiers.base import Sample

UTF_8 = "UTF-8"
LATIN_1 = "ISO-8859-1"
WINDOWS = "windows-1252"
ONE_BYTE = (LATIN_1, WINDOWS)
"""What bytes that are no UTF-8 may be; the second holds the first wherever text does."""

_MARKS = (
    (codecs.BOM_UTF8, UTF_8),
    # Before UTF-16: their marks begin alike.
    (codecs.BOM_UTF32_LE, "UTF-32LE"),
    (codecs.BOM_UTF32_BE, "UTF-32BE"),
    (codecs.BOM_UTF16_LE, "UTF-16LE"),
    (codecs.BOM_UTF16_BE, "UTF-16BE"),
)
_PROBE_BYTES = 4096
_OBVIOUS = 0.7
"""The share of units whose high byte must be zero before text is taken for UTF-16 unmarked."""

_MAX_ODD_SHARE = 0.001
"""How many bytes of a one-byte text may be controls that no text has."""

_MAX_HIGH_SHARE = 0.4
"""How many letters of Western text may be above ASCII; Cyrillic or Japanese ones nearly all are."""

# The second part of the range has no meaning in windows-1252.
_ODD = bytes([*range(2, 9), *range(14, 27), *range(28, 32), 0x7F, 0x81, 0x8D, 0x8F, 0x90, 0x9D])
_ONLY_WINDOWS = re.compile(rb"[\x80-\x9f]")
_ASCII_LETTERS = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_HIGH = bytes(range(128, 256))


@dataclass(frozen=True, kw_only=True)
class Text:
    """Whole lines, or why the bytes are no text.

    Attributes:
        text: Without a byte order mark.
        problem: Why the bytes are no text; None when all is well.
        encoding: By Java's name.
        reason: What the encoding rests on; empty for plain UTF-8.
        ascii: No character is above ASCII, so most other encodings would say the same.
        warnings: What is damaged but did not stop it from being read.
    """

    text: str
    problem: str | None = None
    encoding: str = UTF_8
    reason: str = ""
    ascii: bool = False
    warnings: tuple[str, ...] = ()


def decode(sample: Sample) -> Text:
    """Return the whole lines at the start of a file; of a complete file, all of it."""
    data = sample.data
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            data = data[len(mark) :]
            if encoding == UTF_8:
                break
            reason = f"it begins with the byte order mark of {encoding}"
            return _decode_wide(data, encoding, reason, complete=sample.complete)
    if b"\0" in data:
        wide = _unmarked(data[:_PROBE_BYTES])
        if wide is None:
            return Text(text="", problem="it is not text: it holds bytes of zero")
        reason = f"its bytes of zero stand where {wide} has them"
        return _decode_wide(data, wide, reason, complete=sample.complete)
    if not sample.complete:
        data = data[: max(data.rfind(b"\n"), data.rfind(b"\r")) + 1]
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        return _decode_bytes(data, error.start)
    return Text(text=text, ascii=text.isascii())


def encoding_parameters(encoding: str) -> dict[str, str]:
    """Return what a serde is told of an encoding; nothing for UTF-8, which all expect."""
    return {} if encoding == UTF_8 else {"serialization.encoding": encoding}


def _decode_wide(data: bytes, encoding: str, reason: str, *, complete: bool) -> Text:
    decoder = codecs.getincrementaldecoder(encoding)()
    width = 4 if encoding.startswith("UTF-32") else 2
    try:
        text = decoder.decode(data, final=complete)
    except UnicodeDecodeError as error:
        return Text(
            text="",
            problem=(
                f"{reason}, but the {width} bytes at {error.start} are no character of it:"
                f" {error.reason}"
            ),
        )
    if not complete:
        text = text[: max(text.rfind("\n"), text.rfind("\r")) + 1]
    if "\0" in text:
        return Text(text="", problem="it is not text: it holds characters of zero")
    return Text(text=text, encoding=encoding, reason=reason)


def _unmarked(head: bytes) -> str | None:
    """Return the encoding whose zeros the bytes have: Western text in two or four bytes a unit."""
    whole = len(head) - len(head) % 4
    zeros = [head[place:whole:4].count(0) for place in range(4)] if whole else [0] * 4
    units = whole // 4
    if units and min(zeros[1:]) >= _OBVIOUS * units and not zeros[0]:
        return "UTF-32LE"
    if units and min(zeros[:3]) >= _OBVIOUS * units and not zeros[3]:
        return "UTF-32BE"
    pairs = len(head) // 2
    first, second = head[0 : pairs * 2 : 2].count(0), head[1 : pairs * 2 : 2].count(0)
    if pairs and second >= _OBVIOUS * pairs and not first:
        return "UTF-16LE"
    if pairs and first >= _OBVIOUS * pairs and not second:
        return "UTF-16BE"
    return None


def _decode_bytes(data: bytes, start: int) -> Text:
    """Return the text of bytes that are no UTF-8 at ``start``: damaged UTF-8, or one-byte."""
    line = max(data.count(b"\n", 0, start), data.count(b"\r", 0, start)) + 1
    place = f"byte 0x{data[start]:02x} on line {line}"
    damaged = _damaged(data)
    if damaged is not None:
        warning = f"{place} is no UTF-8, though most others are: it is read as U+FFFD"
        return Text(text=damaged, warnings=(warning,))
    fault = _fault_of_bytes(data)
    if fault is not None:
        return Text(text="", problem=f"it is not UTF-8 ({place}), and {fault}")
    encoding = WINDOWS if _ONLY_WINDOWS.search(data) else LATIN_1
    return Text(
        # Bytes that windows-1252 does not know are too few to have been refused.
        text=data.decode(encoding, errors="replace"),
        encoding=encoding,
        reason=f"{place} is no UTF-8, so it is read as {encoding}",
    )


def _damaged(data: bytes) -> str | None:
    """Return the text if more of it above ASCII is good UTF-8 than not, else None."""
    text = data.decode(errors="replace")
    bad = text.count("\ufffd") - data.count("\ufffd".encode())
    good = len(text) - len(text.encode("ascii", errors="ignore")) - text.count("\ufffd")
    return text if good > bad else None


def _fault_of_bytes(data: bytes) -> str | None:
    """Return why bytes make no Western text, or None."""
    odd = len(data) - len(data.translate(None, _ODD))
    if odd > _MAX_ODD_SHARE * len(data):
        return f"{odd} of {len(data)} bytes are controls that no text has"
    high = len(data) - len(data.translate(None, _HIGH))
    letters = len(data) - len(data.translate(None, _ASCII_LETTERS))
    if high > _MAX_HIGH_SHARE * (high + letters):
        return (
            f"{high} of its {high + letters} letters are above ASCII, more than text in"
            f" {WINDOWS} has; another national encoding is not guessed"
        )
    return None
