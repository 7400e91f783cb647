"""A profile: what is known of a frame's columns. Profiles of parts merge to that of the whole."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, fields
from decimal import Decimal
from enum import StrEnum
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, Self

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms.quality.profiling.distinct import DistinctSketch
from gluepot.transforms.quality.profiling.frequent import FrequentValues
from gluepot.transforms.quality.profiling.moments import Moments, PairMoments
from gluepot.transforms.quality.profiling.quantiles import QuantileSketch

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Part = tuple[str | None, ...]
"""A partition: its values as text, None for null."""
FORMAT = 1
"""Of stored profiles; another one is another way to store them."""
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_FIRST_DAY = dt.date(1970, 1, 1)


class Kind(StrEnum):
    """What a column's values are, and so what is asked of them."""

    WHOLE = "whole"
    REAL = "real"
    DECIMAL = "decimal"
    TEXT = "text"
    TRUTH = "truth"
    DATE = "date"
    TIME = "time"
    BYTES = "bytes"
    NESTED = "nested"

    @property
    def is_number(self) -> bool:
        """Return whether they are numbers."""
        return self in (Kind.WHOLE, Kind.REAL, Kind.DECIMAL)


@dataclass(frozen=True, kw_only=True)
class Lengths:
    """Characters of texts, or bytes of binary values.

    Attributes:
        least: None where there is no value.
        most: Likewise.
        total: Of all values together.
    """

    least: int | None = None
    most: int | None = None
    total: int = 0

    def __or__(self, other: Lengths) -> Lengths:
        """Return those of both's values."""
        return Lengths(
            least=_either(min, self.least, other.least),
            most=_either(max, self.most, other.most),
            total=self.total + other.total,
        )


@dataclass(frozen=True, kw_only=True)
class ColumnProfile:
    """What is known of a column.

    Attributes:
        name: As the frame spells it.
        type: Spark's name of it.
        rows: With and without a value.
        nulls: Rows without one; NaN is a value.
        minimum: Exactly; of numbers NaN is left out. Dates are days, times microseconds since
            1970 (UTC), decimals text. Of texts the first 200 characters, ordered by code points.
        maximum: Likewise.
        nans: Rows of NaN.
        infinite: Rows of an infinite number.
        zeros: Rows of zero.
        negative: Rows below zero.
        blank: Texts that are empty or white space.
        moments: Of finite numbers.
        distinct: Of all values.
        quantiles: Of finite numbers; dates are days, times seconds since 1970.
        frequent: Values as text, of all kinds but times, bytes and nested ones.
        shapes: Of texts; see ``shapes``.
        types: What texts could be read as; see ``seen_types``.
    """

    name: str
    type: str
    kind: Kind
    rows: int
    nulls: int
    minimum: int | float | str | None = None
    maximum: int | float | str | None = None
    nans: int = 0
    infinite: int = 0
    zeros: int = 0
    negative: int = 0
    blank: int = 0
    lengths: Lengths = field(default_factory=Lengths)
    moments: Moments = field(default_factory=Moments)
    distinct: DistinctSketch = field(default_factory=DistinctSketch)
    quantiles: QuantileSketch = field(default_factory=QuantileSketch)
    frequent: FrequentValues = field(default_factory=FrequentValues)
    shapes: FrequentValues = field(default_factory=FrequentValues)
    types: FrequentValues = field(default_factory=FrequentValues)

    @property
    def present(self) -> int:
        """Return how many rows have a value."""
        return self.rows - self.nulls

    @property
    def completeness(self) -> float:
        """Return the share of rows that have a value; 1 where there are no rows."""
        return self.present / self.rows if self.rows else 1.0

    @property
    def least(self) -> Any:  # noqa: ANN401 - by the column's kind
        """Return the least value as Python has it; None where there is none."""
        return self.natural(self.minimum)

    @property
    def greatest(self) -> Any:  # noqa: ANN401 - by the column's kind
        """Return the greatest value likewise."""
        return self.natural(self.maximum)

    def natural(self, value: Any) -> Any:  # noqa: ANN401 - by the column's kind
        """Return a value, as ``minimum`` has it, as Python has it."""
        if value is None:
            return None
        if self.kind is Kind.DECIMAL:
            return Decimal(value)
        if self.kind is Kind.DATE:
            return _FIRST_DAY + dt.timedelta(days=value)
        if self.kind is Kind.TIME:
            return _EPOCH + dt.timedelta(microseconds=value)
        return value

    def __or__(self, other: ColumnProfile) -> ColumnProfile:
        """Return the profile of both's rows.

        Raises:
            InvalidInputError: They are of different columns, or of different kinds of values.
        """
        if (self.name, self.kind) != (other.name, other.kind):
            raise InvalidInputError(
                f"Profiles of {self.name} ({self.kind}) and of {other.name} ({other.kind}) do not"
                " go together"
            )
        added = ("rows", "nulls", "nans", "infinite", "zeros", "negative", "blank")
        return ColumnProfile(
            name=self.name,
            type=self.type,
            kind=self.kind,
            minimum=self._end(min, self.minimum, other.minimum),
            maximum=self._end(max, self.maximum, other.maximum),
            **{each: getattr(self, each) + getattr(other, each) for each in added},
            **{each: getattr(self, each) | getattr(other, each) for each in _MERGED},
        )

    def _end(self, choose: Any, mine: Any, other: Any) -> Any:  # noqa: ANN401
        """Return the end of two that ``choose`` prefers; texts of decimals compare as numbers."""
        if mine is None or other is None:
            return other if mine is None else mine
        return (
            choose(mine, other, key=Decimal) if self.kind is Kind.DECIMAL else choose(mine, other)
        )

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data, from which ``from_json`` makes it again."""
        plain = {each.name: getattr(self, each.name) for each in fields(self)}
        plain |= {name: getattr(self, name).to_json() for name in _SKETCHES}
        lengths = self.lengths
        return plain | {"lengths": [lengths.least, lengths.most, lengths.total]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return what ``to_json`` gave."""
        least, most, total = data["lengths"]
        made: dict[str, Any] = {
            name: kind.from_json(data[name]) for name, kind in _SKETCHES.items()
        }
        made["lengths"] = Lengths(least=least, most=most, total=total)
        return cls(**{**data, **made, "kind": Kind(data["kind"])})


_SKETCHES: dict[str, Any] = {
    "moments": Moments,
    "distinct": DistinctSketch,
    "quantiles": QuantileSketch,
    "frequent": FrequentValues,
    "shapes": FrequentValues,
    "types": FrequentValues,
}
_MERGED = ("lengths", *_SKETCHES)


@dataclass(frozen=True, kw_only=True)
class Profile:
    """What is known of some rows: of a partition, or of a whole frame.

    Attributes:
        pairs: Of columns of numbers, in the frame's order.
    """

    rows: int
    columns: tuple[ColumnProfile, ...] = ()
    pairs: Mapping[tuple[str, str], PairMoments] = field(default_factory=dict)

    def column(self, name: str) -> ColumnProfile:
        """Return a column's profile.

        Raises:
            InvalidInputError: There is no such column.
        """
        found = next((each for each in self.columns if each.name == name), None)
        if found is None:
            raise InvalidInputError(f"The profile has no column {name}")
        return found

    def __or__(self, other: Profile) -> Profile:
        """Return the profile of both's rows; a column that one lacks is null in its rows.

        Raises:
            InvalidInputError: A column holds values of different kinds.
        """
        names = list(dict.fromkeys(each.name for each in (*self.columns, *other.columns)))
        pairs = dict(self.pairs)
        for key, moments in other.pairs.items():
            pairs[key] = pairs[key] | moments if key in pairs else moments
        return Profile(
            rows=self.rows + other.rows,
            columns=tuple(self._filled(name, other) | other._filled(name, self) for name in names),
            pairs=pairs,
        )

    def _filled(self, name: str, other: Profile) -> ColumnProfile:
        found = next((each for each in self.columns if each.name == name), None)
        if found is not None:
            return found
        like = other.column(name)
        return ColumnProfile(
            name=name, type=like.type, kind=like.kind, rows=self.rows, nulls=self.rows
        )

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data, from which ``from_json`` makes it again."""
        pairs = [[*names, moments.to_json()] for names, moments in self.pairs.items()]
        return {
            "format": FORMAT,
            "rows": self.rows,
            "columns": [each.to_json() for each in self.columns],
            "pairs": pairs,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return what ``to_json`` gave.

        Raises:
            InvalidInputError: Another version stored it.
        """
        if data.get("format") != FORMAT:
            raise InvalidInputError(
                f"The profile is stored in format {data.get('format')}, not {FORMAT};"
                " profile the table again"
            )
        return cls(
            rows=data["rows"],
            columns=tuple(map(ColumnProfile.from_json, data["columns"])),
            pairs={(a, b): PairMoments.from_json(moments) for a, b, moments in data["pairs"]},
        )


NO_ROWS = Profile(rows=0)


def merged(profiles: Iterable[Profile]) -> Profile:
    """Return the profile of all rows together.

    Raises:
        InvalidInputError: A column holds values of different kinds.
    """
    return reduce(or_, profiles, NO_ROWS)


@dataclass(frozen=True, kw_only=True)
class Key:
    """Columns whose values were counted exactly, all of the frame's rows together.

    Attributes:
        rows: With a value in at least one of the columns.
        distinct: Different values.
        unique: Values of one row only.
        by_chance: How many rows would share a value if the columns knew nothing of each other;
            of one column, nothing.
    """

    columns: tuple[str, ...]
    rows: int
    distinct: int
    unique: int
    by_chance: float | None = None

    @property
    def holds(self) -> bool:
        """Return whether no two rows have the same values."""
        return self.rows > 0 and self.unique == self.rows


@dataclass(frozen=True, kw_only=True)
class FrameProfile:
    """What a frame's rows were found to be.

    Attributes:
        profiled_at: Aware.
        whole: Of all rows.
        parts: Of each partition, by its values in the order of ``partitioned_by``.
        keys: Those that were counted.
        passes: How often the rows were read.
    """

    profiled_at: dt.datetime
    whole: Profile
    partitioned_by: tuple[str, ...] = ()
    parts: Mapping[Part, Profile] = field(default_factory=dict)
    keys: Sequence[Key] = ()
    passes: int = 0


def _either(choose: Any, mine: Any, other: Any) -> Any:  # noqa: ANN401
    if mine is None or other is None:
        return other if mine is None else mine
    return choose(mine, other)
