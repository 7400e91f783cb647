"""How many different values there are: a sketch that merges, read from what Spark writes.

Spark's ``hll_sketch_agg`` writes the HyperLogLog sketch of Apache DataSketches. Each value gives a
*coupon*: an address of 26 bits and a rank, which is k or more for one value in ``2**(k - 1)``. A
few coupons are kept as they are; many are folded into ``2**PRECISION`` registers, the greatest
rank of each.
"""

from __future__ import annotations

import base64
import math
import struct
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PRECISION = 12
"""Bits of an address that tell registers apart."""
REGISTERS = 1 << PRECISION
STANDARD_ERROR = 1.04 / math.sqrt(REGISTERS)
"""One standard deviation of an estimate that is made of registers, as a share: 1.6 %."""
MOST_COUPONS = 384
"""Coupons that are kept as they are; DataSketches folds at the same number."""

_ADDRESS_BITS = 26
_LIST, _SET = 0, 1
_COMPACT = 8
_EMPTY = 4
_FIRST_REGISTER = 40
_MODE, _FLAGS, _LIST_COUNT = 7, 5, 6
_LIST_AT, _SET_AT = 8, 12


@dataclass(frozen=True, kw_only=True)
class DistinctSketch:
    """Values seen, as coupons or as registers, never both.

    Attributes:
        coupons: Those of few values.
        registers: One byte each; empty where there are coupons only.
    """

    coupons: frozenset[int] = frozenset()
    registers: bytes = b""

    @classmethod
    def decode(cls, sketch: bytes | None) -> DistinctSketch:
        """Return what Spark's ``hll_sketch_agg(column, PRECISION)`` wrote; None is no value."""
        if not sketch or sketch[_FLAGS] & _EMPTY:
            return cls()
        mode = sketch[_MODE] & 3
        if mode not in (_LIST, _SET):
            return cls(registers=bytes(sketch[_FIRST_REGISTER : _FIRST_REGISTER + REGISTERS]))
        start = _LIST_AT if mode == _LIST else _SET_AT
        words = struct.unpack_from(f"<{(len(sketch) - start) // 4}I", sketch, start)
        if mode == _LIST and not sketch[_FLAGS] & _COMPACT:
            words = words[: sketch[_LIST_COUNT]]
        return cls(coupons=frozenset(words) - {0})

    @property
    def exact(self) -> bool:
        """Return whether each value has a coupon of its own (but for one in millions)."""
        return not self.registers

    @property
    def error(self) -> float:
        """Return one standard deviation of the estimate, as a share of it."""
        return 0.0 if self.exact else STANDARD_ERROR

    def estimate(self) -> int:
        """Return how many different values were seen.

        Registers are read by Ertl's improved estimator (arXiv:1702.01284), which needs no tables
        and has no range where it is biased.
        """
        if self.exact:
            return len(self.coupons)
        ranks = Counter(self.registers)
        total = 0.0
        for rank in range(max(ranks), 0, -1):
            total = (total + ranks[rank]) / 2
        total += REGISTERS * _sigma(ranks[0] / REGISTERS)
        return round(REGISTERS * REGISTERS / (2 * math.log(2) * total))

    def __or__(self, other: DistinctSketch) -> DistinctSketch:
        """Return the sketch of both's values."""
        if self.exact and other.exact:
            coupons = self.coupons | other.coupons
            if len(coupons) <= MOST_COUPONS:
                return DistinctSketch(coupons=coupons)
            return DistinctSketch(registers=_folded(coupons))
        return DistinctSketch(registers=_greatest(self._as_registers(), other._as_registers()))

    def _as_registers(self) -> bytes:
        return self.registers or _folded(self.coupons)

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        if self.exact:
            return {"coupons": sorted(self.coupons)}
        return {"registers": base64.b64encode(self.registers).decode()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> DistinctSketch:
        """Return what ``to_json`` gave."""
        registers = base64.b64decode(data.get("registers", ""))
        return cls(coupons=frozenset(data.get("coupons", ())), registers=registers)


def _folded(coupons: Iterable[int]) -> bytes:
    registers = bytearray(REGISTERS)
    for coupon in coupons:
        at = coupon & (REGISTERS - 1)
        registers[at] = max(registers[at], coupon >> _ADDRESS_BITS)
    return bytes(registers)


def _greatest(mine: bytes, others: bytes) -> bytes:
    import numpy as np  # noqa: PLC0415 - hundreds of times sooner; few values need none

    pair = (np.frombuffer(each, dtype=np.uint8) for each in (mine, others))
    return np.maximum(*pair).tobytes()


def _sigma(share: float) -> float:
    """Return what the registers that saw nothing add to the sum."""
    if share == 1:
        return math.inf
    weight, total, before = 1.0, share, -1.0
    while total != before:
        share *= share
        before = total
        total += share * weight
        weight *= 2
    return total
