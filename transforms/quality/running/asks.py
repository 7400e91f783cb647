"""What rules ask of the rows: single values, and counts of groups; equal questions are one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812

from gluepot.transforms.quality.running.frame import UndecidableError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import Column


@dataclass(frozen=True, kw_only=True)
class Grouping:
    """Rows by their values in some columns, of those where ``where`` is true."""

    columns: tuple[str, ...]
    where: str | None = None


@dataclass(frozen=True, kw_only=True)
class GroupCounts:
    """What is known of the groups whose values are not all null.

    Attributes:
        rows: In all groups.
        distinct: Groups.
        unique: Groups of one row.
        weighted: The sum of ``n * ln(n)`` over groups of ``n`` rows, for entropy.
    """

    rows: int
    distinct: int
    unique: int
    weighted: float


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What one rule asks: aggregates by a key that says what they are, and groupings."""

    scalars: Mapping[str, Column] = field(default_factory=dict)
    groupings: frozenset[Grouping] = frozenset()

    def __or__(self, other: Asked) -> Asked:
        """Return both questions as one."""
        return Asked(
            scalars={**self.scalars, **other.scalars},
            groupings=self.groupings | other.groupings,
        )


@dataclass(kw_only=True)
class PassCount:
    """Passes that were made."""

    aggregate: int = 0
    grouping: int = 0


@dataclass(kw_only=True)
class Measured:
    """The answers; a question that failed has its reason instead."""

    scalars: dict[str, object] = field(default_factory=dict)
    groups: dict[Grouping, GroupCounts] = field(default_factory=dict)
    failed: dict[object, str] = field(default_factory=dict)

    def number(self, key: str) -> float | None:
        """Return an aggregate as a number; None where there was nothing to aggregate.

        Raises:
            UndecidableError: Spark could not compute it.
        """
        self._check(key)
        value = self.scalars[key]
        return None if value is None else float(value)  # type: ignore[arg-type]

    def count(self, key: str) -> int:
        """Return an aggregate that counts rows.

        Raises:
            UndecidableError: Spark could not compute it.
        """
        return int(self.number(key) or 0)

    def group(self, grouping: Grouping) -> GroupCounts:
        """Return the counts of a grouping.

        Raises:
            UndecidableError: Spark could not compute them.
        """
        self._check(grouping)
        return self.groups[grouping]

    def _check(self, key: object) -> None:
        if key in self.failed:
            raise UndecidableError(self.failed[key])


def key_of(name: str, where: str | None, *columns: str) -> str:
    """Return the key of an aggregate."""
    return "\x1f".join((name, where or "", *columns))


def filtered(column: Column, where: str | None) -> Column:
    """Return a column that is null where a row is left out."""
    return column if where is None else F.when(F.expr(where), column)


def rows_key(where: str | None = None) -> str:
    """Return the key of the number of rows."""
    return key_of("rows", where)


def rows_asked(where: str | None = None) -> Asked:
    """Return the question of how many rows there are."""
    return Asked(scalars={rows_key(where): F.count(filtered(F.lit(1), where))})
