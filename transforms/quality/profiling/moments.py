"""Means, deviations and correlations that merge: counts, means and sums of squared distances.

Two parts are joined by the formulas of Chan, Golub and LeVeque (1979), which lose no digits where
the mean is large beside the deviation.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class Moments:
    """Of the finite numbers of a column.

    Attributes:
        squares: The sum of squared distances from the mean.
    """

    count: int = 0
    mean: float = 0.0
    squares: float = 0.0

    @property
    def deviation(self) -> float:
        """Return the standard deviation of these numbers, as DQDL has it (not of a sample)."""
        return math.sqrt(max(self.squares, 0.0) / self.count) if self.count else math.nan

    def __or__(self, other: Moments) -> Moments:
        """Return those of both's numbers."""
        if not self.count or not other.count:
            return self if self.count else other
        count = self.count + other.count
        apart, share = other.mean - self.mean, other.count / count
        return Moments(
            count=count,
            mean=self.mean + apart * share,
            squares=self.squares + other.squares + apart * apart * share * self.count,
        )

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Moments:
        """Return what ``to_json`` gave."""
        return cls(**data)


@dataclass(frozen=True, kw_only=True)
class PairMoments:
    """Of two columns' finite numbers, of the rows that have both.

    Attributes:
        products: The sum of products of both distances from the means.
    """

    first: Moments
    second: Moments
    products: float

    @property
    def correlation(self) -> float:
        """Return Pearson's correlation; NaN where a column is constant or there are no rows."""
        both = self.first.squares * self.second.squares
        if not both > 0:
            return math.nan
        return max(-1.0, min(1.0, self.products / math.sqrt(both)))

    def __or__(self, other: PairMoments) -> PairMoments:
        """Return those of both's rows."""
        mine, others = self.first.count, other.first.count
        if not mine or not others:
            return self if mine else other
        apart = (other.first.mean - self.first.mean) * (other.second.mean - self.second.mean)
        return PairMoments(
            first=self.first | other.first,
            second=self.second | other.second,
            products=self.products + other.products + apart * mine * others / (mine + others),
        )

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> PairMoments:
        """Return what ``to_json`` gave."""
        return cls(
            first=Moments(**data["first"]),
            second=Moments(**data["second"]),
            products=data["products"],
        )
