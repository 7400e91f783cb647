"""What became of a ruleset: plain data that a store can keep and a report can show."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class Result(StrEnum):
    """What became of one rule; ERROR is a rule that could not be decided, and failed."""

    PASS = "PASS"  # noqa: S105 - no password
    FAIL = "FAIL"
    ERROR = "ERROR"


@dataclass(frozen=True, kw_only=True)
class Observation:
    """What DetectAnomalies noticed of a metric.

    Attributes:
        statistic: The metric's name.
        actual: Of this run.
        expected: By its history.
        lower_limit: The least that would not have been noticed.
        upper_limit: The most.
        rules: Rules that would hold for what is expected.
    """

    statistic: str
    description: str
    actual: float
    expected: float
    lower_limit: float
    upper_limit: float
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RuleResult:
    """What became of one rule.

    Attributes:
        name: ``Rule_1`` and so on, in the order of the ruleset.
        rule: Its text, as Glue prints it.
        result: Whether it holds.
        message: Why it does not, in Glue's words where it has some; None where it holds.
        metrics: What was measured, by Glue's names.
        evaluated_rule: The rule with its dynamic bounds resolved.
        labels: The ruleset's default labels and its own.
        statistics: The metrics by keys that tell apart what the names do not, such as two
            filters of one column: what history is kept by.
        row_metrics: ``RowsPassed`` and ``RowsFailed``, of rules that each row passes or fails and
            whose rows the passes have counted.
    """

    name: str
    rule: str
    result: Result
    message: str | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    evaluated_rule: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    statistics: Mapping[str, float] = field(default_factory=dict)
    observations: tuple[Observation, ...] = ()
    row_metrics: Mapping[str, float] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Return whether it holds."""
        return self.result is Result.PASS


@dataclass(frozen=True, kw_only=True)
class AnalyzerResult:
    """What an analyzer measured.

    Attributes:
        name: ``Analyzer_1`` and so on.
        analyzer: Its text.
        message: Why nothing was measured.
        distribution: Of Distribution: ``(bin or value, rows)``, bins as ``[low, high)``.
    """

    name: str
    analyzer: str
    metrics: Mapping[str, float] = field(default_factory=dict)
    message: str | None = None
    statistics: Mapping[str, float] = field(default_factory=dict)
    distribution: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Passes:
    """How often the data was read.

    Attributes:
        aggregate: Aggregations of the whole frame; more than one only where there are thousands
            of metrics, or where one of them failed and had to be found.
        grouping: Aggregations by the values of columns, all sets of columns together.
        single: Rules that need a query of their own, such as SQL and joins.
    """

    aggregate: int = 0
    grouping: int = 0
    single: int = 0

    @property
    def total(self) -> int:
        """Return all of them."""
        return self.aggregate + self.grouping + self.single


@dataclass(frozen=True, kw_only=True)
class RulesetResult:
    """What became of a ruleset on one frame.

    Attributes:
        context: The evaluation context; history is looked up by it.
        row_count: None where no rule asked for it.
        started_at: Aware.
        completed_at: Aware.
    """

    context: str
    rules: tuple[RuleResult, ...]
    analyzers: tuple[AnalyzerResult, ...] = ()
    row_count: int | None = None
    passes: Passes = field(default_factory=Passes)
    started_at: datetime
    completed_at: datetime

    @property
    def score(self) -> float:
        """Return the share of rules that hold, from 0 to 1; 1.0 without rules."""
        if not self.rules:
            return 1.0
        return sum(rule.passed for rule in self.rules) / len(self.rules)

    @property
    def passed(self) -> bool:
        """Return whether every rule holds."""
        return all(rule.passed for rule in self.rules)

    @property
    def observations(self) -> tuple[Observation, ...]:
        """Return what was noticed."""
        return tuple(seen for rule in self.rules for seen in rule.observations)

    @property
    def statistics(self) -> dict[str, float]:
        """Return the measured values by their keys: what a history keeps of this run."""
        measured = [each.statistics for each in self.analyzers]
        measured += [each.statistics for each in self.rules]
        return {key: value for each in measured for key, value in each.items()}

    def to_json(self) -> dict[str, Any]:
        """Return the result as JSON's own types; NaN and infinity are left out of metrics."""
        return {
            "context": self.context,
            "score": self.score,
            "row_count": self.row_count,
            "started_at": self.started_at.isoformat(),
            "completed_at": self.completed_at.isoformat(),
            "passes": asdict(self.passes),
            "statistics": _finite(self.statistics),
            "rules": [_json(rule) for rule in self.rules],
            "analyzers": [_json(analyzer) for analyzer in self.analyzers],
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> RulesetResult:
        """Return the result that ``to_json`` was called on."""
        return cls(
            context=value["context"],
            row_count=value["row_count"],
            started_at=datetime.fromisoformat(value["started_at"]),
            completed_at=datetime.fromisoformat(value["completed_at"]),
            passes=Passes(**value["passes"]),
            rules=tuple(map(_rule, value["rules"])),
            analyzers=tuple(map(_analyzer, value["analyzers"])),
        )


def _json(result: RuleResult | AnalyzerResult) -> dict[str, Any]:
    found: dict[str, Any] = {name: getattr(result, name) for name in result.__dataclass_fields__}
    found["metrics"] = _finite(result.metrics)
    found["statistics"] = _finite(result.statistics)
    if isinstance(result, RuleResult):
        found["labels"] = dict(result.labels)
        found["row_metrics"] = dict(result.row_metrics)
        found["observations"] = [asdict(seen) for seen in result.observations]
    else:
        found["distribution"] = [list(pair) for pair in result.distribution]
    return found


def _finite(values: Mapping[str, float]) -> dict[str, float]:
    infinity = float("inf")
    return {name: value for name, value in values.items() if -infinity < value < infinity}


def _rule(value: Mapping[str, Any]) -> RuleResult:
    seen = tuple(
        Observation(**each | {"rules": tuple(each["rules"])}) for each in value["observations"]
    )
    return RuleResult(**{**value, "result": Result(value["result"]), "observations": seen})


def _analyzer(value: Mapping[str, Any]) -> AnalyzerResult:
    pairs = tuple((name, count) for name, count in value["distribution"])
    return AnalyzerResult(**{**value, "distribution": pairs})
