"""How often keys occur, which says what they weigh.

Counted in buckets of the keys' hashes, so that counts of parts of the records add up to those of
the whole, and so that memory does not grow with the number of different keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

_SCALE = 1_000
"""Weights of keys are whole numbers of thousandths: sums of them do not depend on their order."""

_BUCKETS_A_RECORD = 2_048
"""A record has some two hundred keys: few of them share a bucket with others."""
_FEWEST_BITS, _MOST_BITS = 16, 26


@dataclass(frozen=True, kw_only=True)
class KeyCounts:
    """In how many records each bucket of keys occurs.

    Attributes:
        records: How many records are counted.
        sources: How many sources can be led to.
        of_source: int32, a row a source, a column a bucket; what cannot be led to comes last.
        budget: Records that one key may lead to; keys that lead to more are not kept.
    """

    records: int
    sources: int
    of_source: np.ndarray
    budget: int

    @classmethod
    def none(cls, records: int, sources: int, budget: int) -> KeyCounts:
        """Return counts for so many records, before any is counted."""
        bits = int(np.ceil(np.log2(max(records, 1) * _BUCKETS_A_RECORD)))
        buckets = 1 << min(max(bits, _FEWEST_BITS), _MOST_BITS)
        of_source = np.zeros((sources + 1, buckets), np.int32)
        return cls(records=records, sources=sources, of_source=of_source, budget=budget)

    @property
    def buckets(self) -> int:
        """Return how many buckets there are."""
        return int(self.of_source.shape[1])

    def add(self, source: np.ndarray, hashes: np.ndarray) -> None:
        """Count keys, each once a record; ``source`` is that of each key's record."""
        buckets = self.buckets_of(hashes)
        for at, counts in enumerate(self.of_source):
            np.add.at(counts, buckets[np.minimum(source, self.sources) == at], np.int32(1))

    def cost(self, sources: Sequence[int]) -> np.ndarray:
        """Return how many records of some sources each bucket leads to."""
        first, *rest = sources
        total = self.of_source[first]
        for source in rest:
            total = total + self.of_source[source]
        return np.asarray(total)

    def weighed(
        self, rows: np.ndarray, hashes: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return row, bucket and weight of the keys that lead to other records, but not too many.

        The rarer a key, the heavier it is; all keys of a record, kept or not, have unit length.

        Args:
            rows: Of each key, rising; whole records.
            hashes: Of each key.
        """
        buckets = self.buckets_of(hashes)
        found = self.of_source[:, buckets]
        count = found.sum(axis=0, dtype=np.int64)
        weights = np.log((1 + self.records) / (1 + count)) + 1
        first = int(rows[0]) if len(rows) else 0
        norm = np.sqrt(np.bincount(rows - first, weights * weights))
        whole = np.round(weights / norm[rows - first] * _SCALE).astype(np.int32)
        leads = (found[: self.sources] > 0) & (found[: self.sources] <= self.budget)
        kept = (count > 1) & leads.any(axis=0)
        return rows[kept], buckets[kept], whole[kept]

    def buckets_of(self, hashes: np.ndarray) -> np.ndarray:
        """Return the bucket of each key."""
        return (hashes & np.uint64(self.buckets - 1)).astype(np.int32)
