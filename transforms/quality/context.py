"""What a report tells that a result does not know: the run, the time, and earlier results."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gluepot.transforms.quality.result import QualityResult, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from gluepot.transforms.quality.result import RuleResult


@dataclass(frozen=True, kw_only=True)
class EarlierResult:
    """One point of a trend: when the same rules were checked before, and what came out.

    Attributes:
        at: Aware.
        score: From 0 to 1.
        verdict: What the rules said together.
        rules: What became of each rule, by the rule's key.
    """

    at: datetime
    score: float
    verdict: Verdict
    rules: Mapping[str, RuleResult] = field(default_factory=dict)

    @classmethod
    def of(cls, at: datetime, result: Mapping[str, Any]) -> EarlierResult:
        """Return the point that a kept result, as ``QualityResult.to_json`` made it, is."""
        kept = QualityResult.from_json(result)
        return cls(
            at=at,
            score=kept.score,
            verdict=kept.verdict,
            rules={rule.key: rule for rule in kept.rules},
        )


@dataclass(frozen=True, kw_only=True)
class ReportContext:
    """What a result does not know of itself.

    Attributes:
        job_name: The job whose gate it was.
        run_id: The job's run.
        checked_at: Aware.
        table: The table or frame that was checked.
        earlier: Results of the same gate, oldest first.
    """

    job_name: str
    run_id: str
    checked_at: datetime
    table: str | None = None
    earlier: Sequence[EarlierResult] = ()
