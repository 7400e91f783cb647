"""Texts as matching sees them: folded, and cut into words and grams that are numbers.

All of it works on whole columns at once: the code points of a column are one array, and the hash
of each window and word is a difference of running sums.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Iterator

CHARACTERS = 4_000_000
"""Characters taken at once: their hashes, and what these are made from, take 200 megabytes."""

_BASE = np.uint64(0x9E3779B97F4A7C15)
_INVERSE = np.uint64(pow(int(_BASE), -1, 2**64))
_SPACE = 32


def folded(texts: pa.Array) -> pa.Array:
    """Return texts without case, accents and punctuation; words have one space between; no nulls.

    Compatibility forms are taken apart (NFKD), so that full-width letters and ligatures equal the
    plain ones.
    """
    texts = pc.utf8_normalize(texts, form="NFKD")
    texts = pc.replace_substring_regex(texts, r"\p{M}+", "")
    texts = pc.replace_substring(pc.utf8_lower(texts), "ß", "ss")
    texts = pc.replace_substring_regex(texts, r"['`\x{2019}\x{b4}]+", "")
    texts = pc.replace_substring_regex(texts, r"[^\p{L}\p{N}]+", " ")
    return pc.fill_null(pc.utf8_trim_whitespace(texts), "")


def joined(columns: list[pa.Array]) -> pa.Array:
    """Return the columns' texts one after the other, row by row."""
    if len(columns) == 1:
        return columns[0]
    return pc.binary_join_element_wise(*columns, pa.scalar(" ", pa.large_string()))


def slices(texts: pa.Array) -> Iterator[tuple[int, pa.Array]]:
    """Yield the texts in parts of CHARACTERS or one text, each with the row it begins with.

    A text counts as one character more than it has, so that a part has no more texts either.
    """
    ends = np.cumsum(pc.utf8_length(texts).to_numpy(zero_copy_only=False) + 1)
    start = 0
    while start < len(texts):
        before = ends[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, before + CHARACTERS, side="right")))
        yield start, texts.slice(start, stop - start)
        start = stop


def grams(texts: pa.Array, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return row and hash of each window of ``size`` characters within a word and its borders.

    Args:
        texts: As ``folded`` returns them.
        size: Characters; the space before and after a word counts as one.
    """
    points, rows = _points(texts)
    count = len(points) - size + 1
    if count <= 0:
        return np.zeros(0, np.int64), np.zeros(0, np.uint64)
    hashes = np.zeros(count, np.uint64)
    inside = rows[:count] == rows[size - 1 :]
    for at in range(size):
        window = points[at : at + count]
        hashes = hashes * _BASE + window + np.uint64(1)
        if 0 < at < size - 1:
            inside &= window != _SPACE
    return rows[:count][inside], mixed(hashes[inside])


def words(texts: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Return row and hash of each word."""
    points, rows = _points(texts)
    if not len(points):
        return np.zeros(0, np.int64), np.zeros(0, np.uint64)
    space = points == _SPACE
    start = np.flatnonzero(space[:-1] & ~space[1:]) + 1
    end = np.flatnonzero(~space[:-1] & space[1:]) + 1
    return rows[start], _hashes(points, start, end)


def whole(texts: pa.Array) -> np.ndarray:
    """Return the hash of each text; 0 for an empty one."""
    points, rows = _points(texts)
    start = np.flatnonzero(np.diff(rows, prepend=-1))
    end = np.append(start[1:], len(points))
    hashes = _hashes(points, start, end)
    hashes[end - start <= len("  ")] = 0
    return hashes


def _hashes(points: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Return the hash of each run of code points: a difference of running sums."""
    powers, back = _powers(len(points).bit_length())
    weighed = (points + np.uint64(1)) * powers[: len(points)]
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(weighed)])
    return mixed((sums[end] - sums[start]) * back[start])


@cache
def _powers(bits: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the powers of the base, from 1 on, and of its inverse: two to the ``bits`` of each."""
    return np.cumprod(np.full(1 << bits, _BASE)), np.cumprod(np.full(1 << bits, _INVERSE))


def mixed(hashes: np.ndarray) -> np.ndarray:
    """Return 64-bit numbers stirred, so that each bit depends on all.

    Source: the finaliser of SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number
    generators", OOPSLA 2014).
    """
    hashes = (hashes ^ (hashes >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    hashes = (hashes ^ (hashes >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(hashes ^ (hashes >> np.uint64(31)))


def _points(texts: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Return the code points of `` text `` after `` text ``, and the row of each."""
    edge = pa.scalar(" ", pa.large_string())
    texts = texts.cast(pa.large_string())
    padded = pc.binary_join_element_wise(edge, texts, edge, pa.scalar("", pa.large_string()))
    lengths = pc.utf8_length(padded).to_numpy(zero_copy_only=False)
    _, offsets, data = padded.buffers()
    bounds = np.frombuffer(offsets, np.int64)[padded.offset : padded.offset + len(padded) + 1]
    encoded = bytes(memoryview(data)[bounds[0] : bounds[-1]]) if len(padded) else b""
    if encoded.isascii():
        points = np.frombuffer(encoded, np.uint8).astype(np.uint64)
    else:
        wide = encoded.decode().encode("utf-32-le")
        points = np.frombuffer(wide, np.uint32).astype(np.uint64)
    return points, np.repeat(np.arange(len(lengths)), lengths)
