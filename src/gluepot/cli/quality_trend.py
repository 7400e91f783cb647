"""Trends of rules, as ``gluepot quality history`` prints them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gluepot.cli.output import print_table
from gluepot.transforms.quality import QualityResult
from gluepot.transforms.quality.page import RuleView

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from gluepot.jobs.run_context.store import GateResult
    from gluepot.transforms.quality import RuleResult

_BLOCKS = "▁▂▃▄▅▆▇█"
_ABSENT = "·"


@dataclass(frozen=True, kw_only=True)
class RuleTrend:
    """What one rule of a ruleset found, check after check, oldest first."""

    ruleset: str
    times: tuple[datetime | None, ...]
    rules: tuple[RuleResult, ...]

    @property
    def failing_since(self) -> datetime | None:
        """Return since when the rule fails without a break; None where it holds now."""
        since = None
        for at, rule in zip(reversed(self.times), reversed(self.rules), strict=True):
            if rule.passed:
                break
            since = at
        return since

    def to_json(self) -> dict[str, Any]:
        """Return the trend as JSON has it."""
        last = self.rules[-1]
        return {
            "ruleset": self.ruleset,
            "rule": last.expectation,
            "sentence": last.sentence,
            "passed": last.passed,
            "bound": last.bound,
            "failing_since": self.failing_since,
            "checks": [
                {"at": at, "passed": rule.passed, "observed": rule.observed}
                for at, rule in zip(self.times, self.rules, strict=True)
            ],
        }


def trends_of(newest_first: Sequence[GateResult]) -> list[RuleTrend]:
    """Return the trend of each rule that the newest result of each ruleset has.

    Rules are the same where they say the same, whatever their place.
    """
    by_ruleset: dict[str, list[tuple[datetime | None, QualityResult]]] = {}
    for one in reversed(newest_first):
        told = QualityResult.from_json(one.result)
        by_ruleset.setdefault(one.gate, []).append((one.created_at, told))
    return [
        _trend(name, checks, rule.key)
        for name, checks in by_ruleset.items()
        for rule in checks[-1][1].rules
    ]


def print_trends(trends: Iterable[RuleTrend]) -> None:
    """Print a line for each rule: its state, its value, and how both went."""
    print_table(
        ("ruleset", "state", "rule", "found", "must be", "trend", "failing since"),
        [_row(trend) for trend in trends],
    )


def _trend(
    name: str, checks: Sequence[tuple[datetime | None, QualityResult]], key: str
) -> RuleTrend:
    found = [(at, rule) for at, told in checks for rule in told.rules if rule.key == key]
    return RuleTrend(
        ruleset=name,
        times=tuple(at for at, _ in found),
        rules=tuple(rule for _, rule in found),
    )


def _row(trend: RuleTrend) -> tuple[object, ...]:
    view = RuleView.of(trend.rules[-1])
    since = trend.failing_since
    return (
        trend.ruleset,
        view.state,
        view.sentence,
        None if view.observed is None else view.observed.text,
        view.bound,
        line_of([rule.observed for rule in trend.rules]),
        None if since is None else f"{since:%Y-%m-%d %H:%M}",
    )


def line_of(values: Sequence[object]) -> str:
    """Return values as a line of blocks, from the least to the greatest of them.

    >>> line_of([1, 2, 3, None])
    '▁▅█·'
    >>> line_of([5, 5])
    '▅▅'
    """
    known = [float(each) for each in values if isinstance(each, int | float)]
    low, high = min(known, default=0.0), max(known, default=0.0)
    return "".join(
        _block(float(each), low, high) if isinstance(each, int | float) else _ABSENT
        for each in values
    )


def _block(value: float, low: float, high: float) -> str:
    share = 0.5 if high == low else (value - low) / (high - low)
    return _BLOCKS[min(len(_BLOCKS) - 1, int(share * (len(_BLOCKS) - 1) + 0.5))]
