"""Composites: the verdict of several rules joined by ``and`` or ``or``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gluepot.transforms.quality.dqdl.results import Result
from gluepot.transforms.quality.dqdl.rule_types import find_type
from gluepot.transforms.quality.dqdl.tree import Logic, Rule, leaves
from gluepot.transforms.quality.running.verdict import Check, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.transforms.quality.dqdl.tree import AnyRule


def composed(rule: AnyRule, verdicts: Mapping[Rule, Verdict]) -> Verdict:
    """Return the verdict of a rule or a composite, by the verdicts of its leaves."""
    if isinstance(rule, Rule):
        return verdicts[rule]
    parts = [composed(each, verdicts) for each in rule.rules]
    passed = [part.result is Result.PASS for part in parts]
    holds = all(passed) if rule.logic is Logic.AND else any(passed)
    broken = any(part.result is Result.ERROR for part in parts)
    messages = [part.message for part in parts if part.message is not None]
    return Verdict(
        result=Result.PASS if holds else Result.ERROR if broken else Result.FAIL,
        message="\n".join(messages) or None,
        metrics={name: value for part in parts for name, value in part.metrics.items()},
        statistics={key: value for part in parts for key, value in part.statistics.items()},
        observations=tuple(seen for part in parts for seen in part.observations),
    )


def evaluated(rule: AnyRule, verdicts: Mapping[Rule, Verdict]) -> AnyRule:
    """Return the rule with its dynamic bounds as the numbers that they were."""
    if not isinstance(rule, Rule):
        return replace(rule, rules=tuple(evaluated(each, verdicts) for each in rule.rules))
    verdict = verdicts[rule]
    return replace(
        rule,
        condition=verdict.condition or rule.condition,
        threshold=verdict.threshold or rule.threshold,
    )


def unsupported_by_row(
    rule: AnyRule, checks: Mapping[Rule, Check], plans: Mapping[Rule, Check | Verdict]
) -> str | None:
    """Return why a composite cannot be evaluated row by row, or None if it can."""
    for leaf in leaves(rule):
        plain = replace(leaf, labels=())
        kind = find_type(leaf.type, len(leaf.parameters))
        if kind is not None and not kind.rows_in_composite:
            return f"{leaf.type} is not supported in composite rules that are evaluated by row"
        if leaf.threshold is not None:
            return "with threshold is not supported in composite rules that are evaluated by row"
        plan = plans[plain]
        if isinstance(plan, Verdict):
            return plan.message
        if plain not in checks or not plan.has_rows:
            return f"{leaf.type} has no outcome for each row"
    return None
