"""What becomes of a rule once it is measured, and how a rule is planned before that."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gluepot.transforms.quality.dqdl.results import Observation, Result
from gluepot.transforms.quality.running.asks import Asked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pyspark.sql import Column, DataFrame

    from gluepot.transforms.quality.dqdl.tree import Condition
    from gluepot.transforms.quality.running.asks import Measured
    from gluepot.transforms.quality.running.frame import Frame
    from gluepot.transforms.quality.running.options import RunOptions

_WORDS = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
NO_ROWS_MATCHED = "No rows matched the filter"
"""The message of a rule that passes because its filter leaves no row."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What became of a rule.

    Attributes:
        statistics: The metrics by the keys that history keeps them by.
        condition: The condition with its bounds computed, if they were.
        threshold: The threshold likewise.
        row_metrics: ``RowsPassed`` and ``RowsFailed``, where the passes have counted them.
    """

    result: Result
    message: str | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    statistics: Mapping[str, float] = field(default_factory=dict)
    condition: Condition | None = None
    threshold: Condition | None = None
    observations: tuple[Observation, ...] = ()
    row_metrics: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Check:
    """A planned rule.

    Attributes:
        asked: What it asks of the passes that all rules share.
        decide: Makes the verdict of the answers; may raise UndecidableError or Spark's errors.
        mark: True where a row complies, false or null where it does not.
        join: Adds such a column, of that name, to a frame of the same rows.
        queries: The queries of its own that ``decide`` makes.
    """

    decide: Callable[[Measured], Verdict]
    asked: Asked = field(default_factory=Asked)
    mark: Column | None = None
    join: Callable[[DataFrame, str], DataFrame] | None = None
    queries: int = 0

    @property
    def has_rows(self) -> bool:
        """Return whether it has an outcome for each row."""
        return self.mark is not None or self.join is not None


@dataclass(frozen=True, kw_only=True)
class Planning:
    """What plans are made of."""

    frame: Frame
    options: RunOptions

    def earlier(self, key: str) -> Callable[[int], Sequence[float]]:
        """Return what gives earlier values of a statistic."""
        return lambda limit: self.options.history.values(key, limit)


def row_metrics(passed: int, rows: int) -> dict[str, float]:
    """Return how many of the rows that a rule asks of pass it, and how many do not."""
    return {"RowsPassed": float(passed), "RowsFailed": float(rows - passed)}


def undecided(message: str) -> Verdict:
    """Return the verdict on a rule that cannot be decided."""
    return Verdict(result=Result.ERROR, message=message)


def unmet(value: object, *, sign: str = "!") -> str:
    """Return Glue's sentence on a value that is not what it must be; some rules end it with a dot.

    >>> unmet(None)
    'Value: NULL does not meet the constraint requirement!'
    """
    shown = "NULL" if value is None else _WORDS.get(str(value), value)
    return f"Value: {shown} does not meet the constraint requirement{sign}"


def statistic_key(metric: str, rule_where: str | None, of: str | None = None) -> str:
    """Return the key of a metric: its name, and what else tells it apart."""
    where = f" where {rule_where}" if rule_where else ""
    return f"{metric}{f' of {of}' if of else ''}{where}"
