"""Records as sparse vectors of grams and words, weighted by how rare these are.

How often each gram and word occurs is counted in hash buckets: counts of parts of the records add
up to those of the whole, so that it does not matter where records lie.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array, vstack

from gluepot.transforms.matching.comparing.products import row_products
from gluepot.transforms.matching.comparing.text import grams, slices, words

if TYPE_CHECKING:
    import pyarrow as pa

GRAM = 3
"""Characters of a gram, as trigram similarity is commonly reckoned."""

_BITS = 18


@dataclass(frozen=True, kw_only=True)
class Frequencies:
    """In how many of some texts each bucket of grams, and of words, occurs."""

    rows: int
    grams: np.ndarray
    words: np.ndarray

    @classmethod
    def of(cls, texts: pa.Array) -> Frequencies:
        """Return the counts of some texts."""
        total = np.zeros((2, 1 << _BITS), np.int64)
        for _, part in slices(texts):
            for at, found in enumerate((_grams, words)):
                counted = _counted(found(part), len(part))
                total[at] += np.bincount(counted.indices, minlength=1 << _BITS)
        return cls(rows=len(texts), grams=total[0], words=total[1])

    def __add__(self, other: Frequencies) -> Frequencies:
        return Frequencies(
            rows=self.rows + other.rows,
            grams=self.grams + other.grams,
            words=self.words + other.words,
        )


@dataclass(frozen=True, kw_only=True)
class Vectors:
    """Texts of one column, or of whole records.

    Attributes:
        grams: A row a text, of unit length: TF-IDF of its grams.
        words: The same of its words.
        weights: A row a text: the rarity of each of its words.
        total: Sum of ``weights`` by row.
    """

    grams: csr_array
    words: csr_array
    weights: csr_array
    total: np.ndarray

    @classmethod
    def of(cls, texts: pa.Array, frequencies: Frequencies) -> Vectors:
        """Return the vectors of texts, weighted by frequencies that count them too."""
        parts = [_vectors(part, frequencies) for _, part in slices(texts)] or [
            _vectors(texts, frequencies)
        ]
        return cls(
            grams=_stacked([each.grams for each in parts]),
            words=_stacked([each.words for each in parts]),
            weights=_stacked([each.weights for each in parts]),
            total=np.concatenate([each.total for each in parts]),
        )

    def cosines(
        self, left: np.ndarray, right: np.ndarray, other: Vectors | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return how alike grams, and words, of pairs of rows are: 0 to 1.

        Args:
            left: Rows of these texts.
            right: Rows of these, or of the other texts.
            other: Texts weighted by the same frequencies.
        """
        beside = self if other is None else other
        return row_products(self.grams, beside.grams, left, right), row_products(
            self.words, beside.words, left, right
        )

    def shared(
        self, left: np.ndarray, right: np.ndarray, other: Vectors | None = None
    ) -> np.ndarray:
        """Return how much of the poorer text's words, by rarity, the other has too: 0 to 1."""
        beside = self if other is None else other
        common = row_products(self.weights, beside.weights, left, right, shared=True)
        least = np.minimum(self.total[left], beside.total[right])
        found: np.ndarray = np.divide(common, least, out=np.zeros_like(common), where=least > 0)
        return found


def gram_vectors(texts: pa.Array, frequencies: Frequencies) -> csr_array:
    """Return the grams of texts alone, as ``Vectors`` has them."""
    weighted = [
        _weighted(_counted(_grams(part), len(part)), frequencies.grams, frequencies.rows)
        for _, part in slices(texts)
    ]
    return _stacked(weighted) if weighted else csr_array((len(texts), 1 << _BITS))


def _vectors(texts: pa.Array, frequencies: Frequencies) -> Vectors:
    count, rows = len(texts), frequencies.rows
    counted = _counted(words(texts), count)
    rarity = np.log((rows + 1) / (1 + frequencies.words))
    weights = csr_array(
        (rarity[counted.indices], counted.indices, counted.indptr), shape=counted.shape
    )
    return Vectors(
        grams=_weighted(_counted(_grams(texts), count), frequencies.grams, rows),
        words=_weighted(counted, frequencies.words, rows),
        weights=weights,
        total=np.asarray(weights.sum(axis=1)).ravel(),
    )


def _stacked(parts: list[csr_array]) -> csr_array:
    return parts[0] if len(parts) == 1 else vstack(parts, format="csr")


def _grams(texts: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    return grams(texts, GRAM)


def _counted(found: tuple[np.ndarray, np.ndarray], count: int) -> csr_array:
    rows, hashes = found
    cells = (rows.astype(np.uint64) << np.uint64(_BITS)) | (hashes & np.uint64((1 << _BITS) - 1))
    cells.sort()
    first = np.flatnonzero(np.diff(cells, prepend=~cells[:1]))
    often = np.diff(first, append=len(cells)).astype(np.float64)
    cells = cells[first]
    starts = np.searchsorted(cells, np.arange(count + 1, dtype=np.uint64) << np.uint64(_BITS))
    buckets = (cells & np.uint64((1 << _BITS) - 1)).astype(np.int64)
    return csr_array((often, buckets, starts), shape=(count, 1 << _BITS))


def _weighted(counted: csr_array, frequencies: np.ndarray, rows: int) -> csr_array:
    rarity = np.log((1 + rows) / (1 + frequencies)) + 1
    data = (1 + np.log(counted.data)) * rarity[counted.indices]
    weighted = csr_array((data, counted.indices, counted.indptr), shape=counted.shape)
    norm = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    weighted.data = weighted.data / np.repeat(np.where(norm > 0, norm, 1), np.diff(weighted.indptr))
    return weighted
