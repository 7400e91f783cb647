"""Which columns may be keys: guessed by estimates, then counted exactly in one grouping pass."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from gluepot.transforms.quality.profiling.distinct import STANDARD_ERROR
from gluepot.transforms.quality.profiling.model import Key, Kind
from gluepot.transforms.quality.running.asks import Asked, Grouping, PassCount
from gluepot.transforms.quality.running.frame import Frame
from gluepot.transforms.quality.running.passes import measure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import DataFrame

    from gluepot.transforms.quality.profiling.model import ColumnProfile, Profile

MOST_SINGLE = 20
"""Columns that are counted by themselves."""
MOST_PAIRED = 6
"""Columns whose pairs are counted, those with the most values; only where no single one may be."""
_NEAR = 1 - 4 * STANDARD_ERROR
"""An estimate that is at least this share of the rows may be all of them."""
_NO_KEYS = (Kind.REAL, Kind.NESTED, Kind.BYTES)


def count_keys(dataframe: DataFrame, profile: Profile) -> tuple[Key, ...]:
    """Return the keys that were counted: single columns first; none where none is likely.

    Raises:
        PySparkException: The frame cannot be read.
    """
    names = likely_keys(profile)
    if not names:
        return ()
    groupings = {each: Grouping(columns=each) for each in names}
    asked = Asked(groupings=frozenset(groupings.values()))
    measured = measure(Frame(dataframe), asked, PassCount())
    keys = []
    for each, grouping in groupings.items():
        counts = measured.group(grouping)
        keys.append(
            Key(
                columns=each,
                rows=counts.rows,
                distinct=counts.distinct,
                unique=counts.unique,
                by_chance=_by_chance(profile, each),
            )
        )
    return tuple(keys)


def likely_keys(profile: Profile) -> list[tuple[str, ...]]:
    """Return columns, or where no complete one may be a key, pairs of them."""
    able = [each for each in profile.columns if each.kind not in _NO_KEYS and each.present > 1]
    single = [each for each in able if each.distinct.estimate() >= _NEAR * each.present]
    names: list[tuple[str, ...]] = [(each.name,) for each in single[:MOST_SINGLE]]
    if any(not each.nulls for each in single):
        return names
    return names + _pairs([each for each in able if not each.nulls], profile.rows)


def _pairs(columns: Sequence[ColumnProfile], rows: int) -> list[tuple[str, ...]]:
    counts = {each.name: each.distinct.estimate() for each in columns}
    chosen = sorted(counts, key=lambda name: -counts[name])[:MOST_PAIRED]
    ordered = [each.name for each in columns if each.name in chosen]
    return [(a, b) for a, b in combinations(ordered, 2) if counts[a] * counts[b] >= _NEAR * rows]


def _by_chance(profile: Profile, names: Sequence[str]) -> float | None:
    """Return how many pairs of rows would be alike if columns were independent."""
    if len(names) == 1:
        return None
    first, second = (profile.column(name).distinct.estimate() for name in names)
    return profile.rows * profile.rows / (2 * first * second)
