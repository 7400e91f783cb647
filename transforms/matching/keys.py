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
    together = joined([texts[each.name] for each in columns])
    found = [_salted(size, *grams(together, size)) for size in _GRAM_SIZES]
    found.append(_salted(1, *words(together)))
    found += _value_pairs(texts, columns)
    rows = np.concatenate([rows for rows, _ in found])
    hashes = np.concatenate([hashes for _, hashes in found])
    order = np.lexsort((hashes, rows))
    rows, hashes = rows[order], hashes[order]
    first = np.ones(len(rows), bool)
    first[1:] = (rows[1:] != rows[:-1]) | (hashes[1:] != hashes[:-1])
    return rows[first], hashes[first]


def _value_pairs(
    texts: Mapping[str, pa.Array], columns: Sequence[Column]
) -> list[tuple[np.ndarray, np.ndarray]]:
    short = sorted((each for each in columns if each.short), key=lambda each: -each.information)
    paired = [each.name for each in columns if each in short[:MOST_PAIRED]]
    values = [whole(texts[name]) for name in paired]
    found = []
    for at, (one, other) in enumerate(combinations(range(len(paired)), 2)):
        rows = np.flatnonzero((values[one] != 0) & (values[other] != 0))
        both = values[one][rows] * np.uint64(3) + values[other][rows]
        found.append(_salted(100 + at, rows, both))
    return found


def _salted(salt: int, rows: np.ndarray, hashes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return rows, mixed(hashes + mixed(np.array([salt], np.uint64)))
