"""What earlier checks say of one rule: the line of what it found, and since when it fails."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from math import isfinite
from typing import TYPE_CHECKING

from gluepot.transforms.quality.result import Measure
from gluepot.transforms.quality.rules import Severity
from gluepot.transforms.quality.sentences import percent
from gluepot.transforms.quality.showing import counted, moment, number
from gluepot.transforms.quality.sparkline import Sparkline

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gluepot.transforms.quality.context import ReportContext
    from gluepot.transforms.quality.result import RuleResult


@dataclass(frozen=True, kw_only=True)
class Trend:
    """One rule over time.

    Attributes:
        spark: What it found; None where that is no number, or was found once only.
        since: Since when it fails, or that it holds again; None where there is nothing to say.
    """

    spark: Sparkline | None = None
    since: str | None = None

    @classmethod
    def of(cls, rule: RuleResult, context: ReportContext, most: int) -> Trend:
        """Return the trend of a rule over up to ``most`` earlier checks and this one."""
        known = [(one.at, one.rules[rule.key]) for one in context.earlier if rule.key in one.rules]
        if not known:
            return cls()
        line = [*known[-most:], (context.checked_at, rule)]
        values = [
            (float(each.observed), _tone(each), moment(at)) for at, each in line if _is_number(each)
        ]
        shown = percent if rule.measure is Measure.SHARE else number
        spark = Sparkline.of_values(values, shown) if _has_line(values, rule) else None
        return cls(spark=spark, since=_since(rule, known))


def _tone(rule: RuleResult) -> str:
    if rule.passed:
        return "good"
    return "warn" if rule.severity is Severity.WARNING else "bad"


def _has_line(values: Sequence[object], rule: RuleResult) -> bool:
    return len(values) > 1 and _is_number(rule)


def _is_number(rule: RuleResult) -> bool:
    found = rule.observed
    return isinstance(found, int | float) and not isinstance(found, bool) and isfinite(found)


def _since(rule: RuleResult, known: Sequence[tuple[datetime, RuleResult]]) -> str | None:
    if rule.passed:
        return None if known[-1][1].passed else "It holds again: the last check failed."
    failed = list(takewhile(lambda pair: not pair[1].passed, reversed(known)))
    if not failed:
        return f"It fails for the first time since {moment(known[-1][0])}, when it held."
    first = moment(failed[-1][0])
    checks = counted(len(failed) + 1, "check")
    if len(failed) == len(known):
        return f"It fails since {first} or longer: in all {checks} that are known."
    return f"It fails since {first}: {checks} in a row."
