"""What records have in common with their candidates: grams, words, and values two by two.

A key is a hash; records that share rare keys become candidates of each other. Grams find values
with errors, words find values that stand in another column, and pairs of values stay rare however
many records there are, where every gram and word has become common.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from gluepot.transforms.matching.text import grams, joined, mixed, whole, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from gluepot.transforms.matching.profile import Column

MOST_PAIRED = 8
"""Columns whose values are taken two by two: the most informative of the short ones."""

_GRAM_SIZES = (3, 5)


def record_keys(
    texts: Mapping[str, pa.Array], columns: Sequence[Column]
) -> tuple[np.ndarray, np.ndarray]:
    """Return row and hash of each key of records, each once a record.

    Args:
        texts: Folded values by column.
        columns: What they hold.
    """
    if not columns:
        return np.zeros(0, np.int64), np.zeros(0, np.uint64)
    found = ways(texts, columns).values()
    rows = np.concatenate([rows for rows, _ in found])
    hashes = np.concatenate([hashes for _, hashes in found])
    order = np.lexsort((hashes, rows))
    rows, hashes = rows[order], hashes[order]
    first = np.ones(len(rows), bool)
    first[1:] = (rows[1:] != rows[:-1]) | (hashes[1:] != hashes[:-1])
    return rows[first], hashes[first]


def ways(
    texts: Mapping[str, pa.Array], columns: Sequence[Column]
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return row and hash of the keys of each way to look for candidates, by what it is called."""
    together = joined([texts[each.name] for each in columns])
    found = {
        f"grams of {size} characters": _salted(size, *grams(together, size)) for size in _GRAM_SIZES
    }
    found["words"] = _salted(1, *words(together))
    return found | _value_pairs(texts, columns)


def _value_pairs(
    texts: Mapping[str, pa.Array], columns: Sequence[Column]
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
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
    found: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {}
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
    return {
        name: (np.concatenate([rows for rows, _ in parts]), np.concatenate([at for _, at in parts]))
        for name, parts in found.items()
    }


def _salted(salt: int, rows: np.ndarray, hashes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return rows, mixed(hashes + mixed(np.array([salt], np.uint64)))
