"""What became of rules: a verdict, a score, and what was observed for each of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from gluepot.transforms.quality.histogram import Histogram
from gluepot.transforms.quality.rules import Severity

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from gluepot.transforms.quality.profiling.model import Profile


class Verdict(StrEnum):
    """What the rules say together."""

    PASSED = "PASSED"
    WARNING = "WARNING"
    FAILED = "FAILED"


class Measure(StrEnum):
    """What an observed value is: a share of rows from 0 to 1, or a value as it is."""

    SHARE = "share"
    VALUE = "value"


class Reason(StrEnum):
    """Why a rule could not be decided."""

    UNKNOWN_COLUMN = "unknown_column"
    WRONG_TYPE = "wrong_type"
    BAD_PARAMETER = "bad_parameter"
    BAD_EXPRESSION = "bad_expression"
    NOT_SUPPORTED = "not_supported"
    NOT_COMPUTED = "not_computed"


@dataclass(frozen=True, kw_only=True)
class RuleError:
    """Why a rule could not be decided; it counts as failed."""

    reason: Reason
    message: str


@dataclass(frozen=True, kw_only=True)
class RuleResult:
    """What became of one rule.

    Attributes:
        name: The rule's name.
        sentence: The rule in plain words.
        description: The author's words on why it must hold.
        expectation: The library's name of what was checked.
        columns: What it reads; empty for rules about the whole table.
        severity: What a failure means.
        passed: Whether it holds.
        measure: What ``observed`` is.
        observed: What was found, as JSON has it; None when there was nothing to look at.
        bound: What ``observed`` must be, in words; None when the sentence says it all.
        checked_count: Rows that the rule was asked of; None for aggregates.
        missing_count: Rows that were passed over because they are null there.
        unexpected_count: Rows, or distinct values, that break the rule.
        examples: A few of what breaks it, as JSON.
        masked: Whether values are withheld.
        error: Why it could not be decided.
        parameters: The expectation's own, as JSON; none of rules in DQDL.
    """

    name: str
    sentence: str
    expectation: str
    severity: Severity
    passed: bool
    description: str | None = None
    columns: tuple[str, ...] = ()
    measure: Measure = Measure.VALUE
    observed: Any = None
    bound: str | None = None
    checked_count: int | None = None
    missing_count: int | None = None
    unexpected_count: int | None = None
    examples: tuple[Any, ...] = ()
    masked: bool = False
    error: RuleError | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Return what tells the rule from others, run after run: what it says, not its place."""
        return f"{self.expectation}\n{self.sentence}"

    @property
    def unexpected_percent(self) -> float | None:
        """Return which part of the checked rows breaks the rule, from 0 to 100."""
        if not self.checked_count or self.unexpected_count is None:
            return None
        return self.unexpected_count / self.checked_count * 100


@dataclass(frozen=True, kw_only=True)
class Timings:
    """Where the time went, in seconds."""

    import_seconds: float
    cache_seconds: float
    rules_seconds: float


@dataclass(frozen=True, kw_only=True)
class QualityResult:
    """What became of a list of rules on one frame.

    Attributes:
        statistics: Measured values by their keys, for rules that compare them run by run.
        histograms: How columns that rules name are spread, where somebody has looked.
    """

    name: str
    row_count: int
    rules: tuple[RuleResult, ...]
    engine: str
    timings: Timings
    statistics: Mapping[str, float] = field(default_factory=dict)
    histograms: tuple[Histogram, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """Return FAILED if a critical rule failed, WARNING if only others did, else PASSED."""
        failed = {rule.severity for rule in self.rules if not rule.passed}
        if Severity.CRITICAL in failed:
            return Verdict.FAILED
        return Verdict.WARNING if failed else Verdict.PASSED

    @property
    def passed(self) -> bool:
        """Return whether no critical rule failed."""
        return self.verdict is not Verdict.FAILED

    @property
    def score(self) -> float:
        """Return the share of rules that hold, as AWS Glue scores a ruleset; 1.0 without rules."""
        if not self.rules:
            return 1.0
        return sum(rule.passed for rule in self.rules) / len(self.rules)

    def drawn(self, profile: Profile, of: str, mask: Collection[str] = ()) -> QualityResult:
        """Return the result with how the columns that its rules name are spread.

        Args:
            profile: What is known of columns; those that it does not know are left out.
            of: What the profile is of, for people.
            mask: Columns whose values are not shown.
        """
        hidden = {name.casefold() for name in mask}
        named = {name.casefold() for rule in self.rules for name in rule.columns} - hidden
        found = {each.column: each for each in self.histograms}
        for column in profile.columns:
            drawn = Histogram.of_profile(column) if column.name.casefold() in named else None
            if drawn is not None:
                found[column.name] = replace(drawn, of=of)
        return replace(self, histograms=tuple(found.values()))

    def to_json(self) -> dict[str, Any]:
        """Return the result as JSON's own types."""
        rules = [
            asdict(rule)
            | {
                "columns": list(rule.columns),
                "examples": list(rule.examples),
                "parameters": dict(rule.parameters),
                "unexpected_percent": rule.unexpected_percent,
            }
            for rule in self.rules
        ]
        return {
            "name": self.name,
            "verdict": self.verdict,
            "score": self.score,
            "row_count": self.row_count,
            "engine": self.engine,
            "timings": asdict(self.timings),
            "statistics": dict(self.statistics),
            "histograms": [each.to_json() for each in self.histograms],
            "rules": rules,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> QualityResult:
        """Return the result that ``to_json`` was called on; what it derives is not read."""
        return cls(
            name=value["name"],
            row_count=value["row_count"],
            rules=tuple(_rule_result(rule) for rule in value["rules"]),
            engine=value["engine"],
            timings=Timings(**value["timings"]),
            statistics=value.get("statistics", {}),
            histograms=tuple(map(Histogram.from_json, value.get("histograms", ()))),
        )


def _rule_result(value: Mapping[str, Any]) -> RuleResult:
    plain = {key: item for key, item in value.items() if key != "unexpected_percent"}
    error = plain["error"]
    return RuleResult(
        **plain
        | {
            "severity": Severity(plain["severity"]),
            "columns": tuple(plain["columns"]),
            "measure": Measure(plain["measure"]),
            "examples": tuple(plain["examples"]),
            "error": error and RuleError(reason=Reason(error["reason"]), message=error["message"]),
        }
    )
