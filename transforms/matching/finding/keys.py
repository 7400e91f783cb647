"""What records have in common with their candidates: grams, words, and values two by two.

A key is a hash; records that share rare keys become candidates of each other. Grams find values
with errors, words find values that stand in another column, and pairs of values stay rare however
many records there are, where every gram and word has become common.
"""

from __future__ import annotations

from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from gluepot.transforms.matching.comparing.text import grams, joined, mixed, whole, words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import TypeAlias

    import pyarrow as pa

    from gluepot.transforms.matching.comparing.profile import Column

    Keys: TypeAlias = tuple[np.ndarray, np.ndarray]
    """Row and hash of keys."""

MOST_PAIRED = 8
"""Columns whose values are taken two by two: the most informative of the short ones."""

MOST_CUT = 4_000
"""Grams, or words, that are keys of one very long text: more do not find more."""

_GRAM_SIZES = (3, 5)
_BITS = 40
"""Of a hash that are kept: more than its bucket has; the rest has room for the rows of a part."""
_MASK = (1 << _BITS) - 1


def record_keys(texts: Mapping[str, pa.Array], columns: Sequence[Column]) -> Keys:
    """Return row and hash of each key of records, each once a record.

    Args:
        texts: Folded values by column.
        columns: What they hold.
    """
    if not columns:
        return np.zeros(0, np.int64), np.zeros(0, np.uint64)
    found = ways(texts, columns).values()
    parts = [
        (rows.astype(np.uint64) << np.uint64(_BITS)) | (hashes & np.uint64(_MASK))
        for rows, hashes in found
    ]
    # One array of whole numbers is sorted many times faster than two together.
    both = np.sort(np.concatenate(parts))
    first = np.ones(len(both), bool)
    first[1:] = both[1:] != both[:-1]
    both = both[first]
    return (both >> np.uint64(_BITS)).astype(np.int64), both & np.uint64(_MASK)


def ways(texts: Mapping[str, pa.Array], columns: Sequence[Column]) -> dict[str, Keys]:
    """Return row and hash of the keys of each way to look for candidates, by what it is called."""
    short = [texts[each.name] for each in columns if each.short]
    long = [texts[each.name] for each in columns if not each.short]
    sides = [joined(side) for side in (short, long) if side]
    cuts: dict[str, tuple[int, Callable[[pa.Array], Keys]]] = {
        f"grams of {size} characters": (size, partial(grams, size=size)) for size in _GRAM_SIZES
    }
    cuts["words"] = (1, words)
    found = {
        name: _together([_salted(salt, *_some(*cut(side))) for side in sides])
        for name, (salt, cut) in cuts.items()
    }
    return found | _value_pairs(texts, columns)


def _some(rows: np.ndarray, hashes: np.ndarray) -> Keys:
    """Return the keys of a text, of a very long one MOST_CUT of them, about: those of low hashes.

    Texts that are alike keep the same ones. Source: Broder, "On the resemblance and containment of
    documents", Compression and Complexity of Sequences, 1997.
    """
    many = np.bincount(rows) if len(rows) else np.zeros(1, np.int64)
    if many.max() <= MOST_CUT:
        return rows, hashes
    share = np.minimum(MOST_CUT / np.maximum(many, 1), 1.0)
    kept = (hashes >> np.uint64(11)) <= (share * float(1 << 53)).astype(np.uint64)[rows]
    return rows[kept], hashes[kept]


def _together(parts: list[Keys]) -> Keys:
    rows, hashes = zip(*parts, strict=True)
    return np.concatenate(rows), np.concatenate(hashes)


def _value_pairs(texts: Mapping[str, pa.Array], columns: Sequence[Column]) -> dict[str, Keys]:
    """Return the keys of values two by two; columns whose values are mixed up count as one."""
    short = sorted((each for each in columns if each.short), key=lambda each: -each.information)
    paired = [each for each in columns if each in short[:MOST_PAIRED]]
    names = [each.name for each in paired]
    values = [whole(texts[name]) for name in names]
    place = {
        each.name: min(at, names.index(each.mixed_with)) if each.mixed_with in names else at
        for at, each in enumerate(paired)
    }
    salts = {ends: 100 + at for at, ends in enumerate(combinations(range(len(paired)), 2))}
    found: dict[str, list[Keys]] = {}
    for one, other in salts:
        rows = np.flatnonzero((values[one] != 0) & (values[other] != 0))
        first, second = values[one][rows], values[other][rows]
        ends = place[names[one]], place[names[other]]
        if ends[0] == ends[1]:
            ends = one, other
            first, second = np.minimum(first, second), np.maximum(first, second)
        elif ends[0] > ends[1]:
            ends = ends[1], ends[0]
            first, second = second, first
        made = _salted(salts[ends], rows, first * np.uint64(3) + second)
        name = f"{names[ends[0]]} and {names[ends[1]]}"
        found.setdefault(name, []).append(made)
    return {name: _together(parts) for name, parts in found.items()}


def _salted(salt: int, rows: np.ndarray, hashes: np.ndarray) -> Keys:
    return rows, mixed(hashes + mixed(np.array([salt], np.uint64)))
