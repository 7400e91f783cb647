"""Which values are frequent: counts that merge, read from what Spark writes.

Spark's ``approx_top_k_accumulate`` writes the frequent-items sketch of Apache DataSketches, a
Misra-Gries summary: a count that is kept is too low by at most ``slack``, and a value that is not
kept was seen at most ``slack`` times.
"""

from __future__ import annotations

import struct
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_TRACKED = 190
"""What Spark is asked to track; its map of 256 places holds 192 values before it drops some."""
MOST_KEPT = 128
"""Values that are kept of a column."""

_FLAGS, _EMPTY = 5, 4
_COUNT_AT, _STREAM_AT, _OFFSET_AT, _COUNTS_AT = 8, 16, 24, 32


@dataclass(frozen=True, kw_only=True)
class FrequentValues:
    """Values and how often they were seen, most often first, then by value.

    Attributes:
        total: Values seen, each time.
        slack: How much too low a count may be; 0 where every value is kept, with its true count.
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    total: int = 0
    slack: int = 0

    @classmethod
    def decode(cls, sketch: bytes | None) -> FrequentValues:
        """Return what Spark's ``approx_top_k_accumulate`` wrote of texts; None is no value."""
        if not sketch or sketch[_FLAGS] & _EMPTY:
            return cls()
        (number,) = struct.unpack_from("<i", sketch, _COUNT_AT)
        (total,) = struct.unpack_from("<q", sketch, _STREAM_AT)
        (slack,) = struct.unpack_from("<q", sketch, _OFFSET_AT)
        counts = struct.unpack_from(f"<{number}q", sketch, _COUNTS_AT)
        found, at = {}, _COUNTS_AT + 8 * number
        for count in counts:
            (size,) = struct.unpack_from("<i", sketch, at)
            found[bytes(sketch[at + 4 : at + 4 + size]).decode()] = count
            at += 4 + size
        return _reduced(found, total=total, slack=slack)

    @property
    def exact(self) -> bool:
        """Return whether every value is here, with its true count."""
        return not self.slack

    def top(self, most: int) -> list[tuple[str, int]]:
        """Return up to ``most`` values and their counts, most often first."""
        return list(self.counts.items())[:most]

    def __or__(self, other: FrequentValues) -> FrequentValues:
        """Return the counts of both's values."""
        both = Counter(self.counts)
        both.update(other.counts)
        return _reduced(both, total=self.total + other.total, slack=self.slack + other.slack)

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {"counts": dict(self.counts), "total": self.total, "slack": self.slack}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> FrequentValues:
        """Return what ``to_json`` gave."""
        return cls(**data)


def _reduced(counts: Mapping[str, int], *, total: int, slack: int) -> FrequentValues:
    """Return the counts after taking from each as much as leaves no more than may be kept."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    taken = ordered[MOST_KEPT][1] if len(ordered) > MOST_KEPT else 0
    kept = {value: count - taken for value, count in ordered if count > taken}
    return FrequentValues(counts=kept, total=total, slack=slack + taken)
