"""How a column's values are spread, as a report draws it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from gluepot.transforms.quality.values import cut

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.transforms.quality.profiling.model import ColumnProfile

BINS = 12
"""Bars of a histogram of numbers."""
VALUES = 10
"""Values that are shown where they are not numbers."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Histogram:
    """Bars of one column.

    Attributes:
        column: Its name.
        bars: What each stands for, and how many rows; about as many where a sketch says so.
        missing: Rows without a value; None where nobody has counted them.
        about: Whether counts are estimates.
        of: What was looked at, where it was not the rows that were checked.
    """

    column: str
    bars: tuple[tuple[str, int], ...]
    missing: int | None = None
    about: bool = False
    of: str | None = None

    @classmethod
    def of_profile(cls, profile: ColumnProfile) -> Histogram | None:
        """Return how a profiled column is spread, or None where its profile does not tell."""
        bins = profile.quantiles.histogram(BINS)
        if bins:
            return cls(
                column=profile.name,
                bars=tuple((_bin(profile, low, high), rows) for low, high, rows in bins),
                missing=profile.nulls,
                about=not profile.quantiles.exact,
            )
        top = profile.frequent.top(VALUES)
        if not top:
            return None
        rest = profile.frequent.total - sum(rows for _, rows in top)
        others = [("all others", rest)] if rest > 0 else []
        return cls(
            column=profile.name,
            bars=tuple((cut(value, most=80), rows) for value, rows in [*top, *others]),
            missing=profile.nulls,
            about=not profile.frequent.exact,
        )

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON's own types."""
        return {
            "column": self.column,
            "bars": [list(bar) for bar in self.bars],
            "missing": self.missing,
            "about": self.about,
            "of": self.of,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Histogram:
        """Return what ``to_json`` was called on."""
        bars = tuple((label, rows) for label, rows in value["bars"])
        return cls(**{**value, "bars": bars})


def _bin(profile: ColumnProfile, low: float, high: float) -> str:
    first, last = _shown(profile, low), _shown(profile, high)
    return first if first == last else f"{first} to {last}"


def _shown(profile: ColumnProfile, value: float) -> str:
    if profile.kind == "date":
        return (_EPOCH + timedelta(days=value)).date().isoformat()
    if profile.kind == "time":
        return f"{_EPOCH + timedelta(seconds=value):%Y-%m-%d %H:%M}"
    return f"{value:,.6g}"
