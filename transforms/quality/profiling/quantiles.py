"""Where values lie: a sketch of quantiles that merges, read from what Spark writes.

Spark's ``kll_sketch_agg_double`` writes the KLL sketch of Apache DataSketches (Karnin, Lang and
Liberty, arXiv:1603.05346): a sample of the values in levels, where one of level h stands for
``2**h`` values. A level that is too long gives every other of its values to the next.
"""

from __future__ import annotations

import math
import random
import struct
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SIZE = 200
"""KLL's k: how many values the highest level may hold."""
RANK_ERROR = 2.296 / SIZE**0.9723
"""How far the rank of a quantile may be off, as a share of all values, 99 times in 100: 1.3 %."""
SHARE_ERROR = 2.446 / SIZE**0.9433
"""The same for the share of values between two of them, as a histogram has it: 1.7 %."""
LEAST_CAPACITY = 8

_FLAGS, _COUNT_AT, _LEVELS_AT, _OFFSETS_AT = 3, 8, 18, 20
_EMPTY, _SINGLE = 1, 4


@dataclass(frozen=True, kw_only=True)
class QuantileSketch:
    """Numbers seen.

    Attributes:
        count: How many.
        minimum: The least, exactly; NaN where there is none.
        maximum: The greatest, exactly.
        levels: The sample, sorted in each level.
    """

    count: int = 0
    minimum: float = math.nan
    maximum: float = math.nan
    levels: tuple[tuple[float, ...], ...] = ()

    @classmethod
    def decode(cls, sketch: bytes | None) -> QuantileSketch:
        """Return what Spark's ``kll_sketch_agg_double(column, SIZE)`` wrote; None is no value."""
        if not sketch or sketch[_FLAGS] & _EMPTY:
            return cls()
        if sketch[_FLAGS] & _SINGLE:
            (value,) = struct.unpack_from("<d", sketch, 8)
            return cls(count=1, minimum=value, maximum=value, levels=((value,),))
        (count,) = struct.unpack_from("<q", sketch, _COUNT_AT)
        number = sketch[_LEVELS_AT]
        offsets = struct.unpack_from(f"<{number}i", sketch, _OFFSETS_AT)
        start = _OFFSETS_AT + 4 * number
        low, high, *items = struct.unpack_from(f"<{(len(sketch) - start) // 8}d", sketch, start)
        ends = [*(at - offsets[0] for at in offsets[1:]), len(items)]
        starts = [0, *ends[:-1]]
        levels = (tuple(sorted(items[a:b])) for a, b in zip(starts, ends, strict=True))
        return cls(count=count, minimum=low, maximum=high, levels=tuple(levels))

    @property
    def exact(self) -> bool:
        """Return whether every value is in the sample."""
        return len(self.levels) <= 1

    @property
    def error(self) -> float:
        """Return how far a rank may be off, as a share of all values."""
        return 0.0 if self.exact else RANK_ERROR

    def quantiles(self, shares: Sequence[float]) -> list[float]:
        """Return the least values that such shares of all values do not exceed; NaN of none."""
        pairs = self._weighted()
        if not pairs:
            return [math.nan for _ in shares]
        heights = list(accumulate(weight for _, weight in pairs))
        return [self._at(pairs, heights, share) for share in shares]

    def _at(
        self, pairs: Sequence[tuple[float, int]], heights: Sequence[int], share: float
    ) -> float:
        if share <= 0:
            return self.minimum
        if share >= 1:
            return self.maximum
        wanted = share * heights[-1]
        place = next(at for at, height in enumerate(heights) if height >= wanted)
        return pairs[place][0]

    def histogram(self, bins: int) -> list[tuple[float, float, int]]:
        """Return equal bins from the least to the greatest value: their ends, and about how many.

        The last bin holds the greatest value too. Values that are all the same are one bin.
        """
        if not self.count:
            return []
        width = (self.maximum - self.minimum) / bins
        if not 0 < width < math.inf:
            return [(self.minimum, self.maximum, self.count)]
        totals = [0] * bins
        for value, weight in self._weighted():
            totals[min(int((value - self.minimum) / width), bins - 1)] += weight
        edges = [self.minimum + width * at for at in range(bins)] + [self.maximum]
        return [(edges[at], edges[at + 1], totals[at]) for at in range(bins)]

    def _weighted(self) -> list[tuple[float, int]]:
        return sorted((value, 1 << at) for at, level in enumerate(self.levels) for value in level)

    def __or__(self, other: QuantileSketch) -> QuantileSketch:
        """Return the sketch of both's values."""
        if not self.count or not other.count:
            return self if self.count else other
        depth = max(len(self.levels), len(other.levels))
        levels = [
            sorted([*_level(self.levels, at), *_level(other.levels, at)]) for at in range(depth)
        ]
        count = self.count + other.count
        return QuantileSketch(
            count=count,
            minimum=min(self.minimum, other.minimum),
            maximum=max(self.maximum, other.maximum),
            levels=_compacted(levels, random.Random(count)),  # noqa: S311 - no secret
        )

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        if not self.count:
            return {"count": 0}
        return {
            "count": self.count,
            "minimum": self.minimum,
            "maximum": self.maximum,
            "levels": [list(level) for level in self.levels],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> QuantileSketch:
        """Return what ``to_json`` gave."""
        if not data["count"]:
            return cls()
        levels = tuple(tuple(level) for level in data["levels"])
        return cls(**{**data, "levels": levels})


def _level(levels: Sequence[Sequence[float]], at: int) -> Sequence[float]:
    return levels[at] if at < len(levels) else ()


def _compacted(levels: list[list[float]], source: random.Random) -> tuple[tuple[float, ...], ...]:
    """Return levels that hold no more than they may, the lowest ones thinned first."""
    while sum(map(len, levels)) > sum(_capacity(at, len(levels)) for at in range(len(levels))):
        at = next(at for at, level in enumerate(levels) if len(level) > _capacity(at, len(levels)))
        if at + 1 == len(levels):
            levels.append([])
        level = levels[at]
        # One of an odd number stays, so that weights add up to the count.
        kept, halved = level[: len(level) % 2], level[len(level) % 2 :]
        levels[at + 1] = sorted([*levels[at + 1], *halved[source.randrange(2) :: 2]])
        levels[at] = kept
    return tuple(map(tuple, levels))


def _capacity(at: int, depth: int) -> int:
    return max(LEAST_CAPACITY, math.ceil(SIZE * (2 / 3) ** (depth - 1 - at)))
