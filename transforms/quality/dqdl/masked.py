"""A ruleset's result without values of columns that nobody is to see."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gluepot.transforms.quality.dqdl.telling import HIDDEN, is_extreme_of, names_any
from gluepot.transforms.quality.dqdl.tree import ALL_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from gluepot.transforms.quality.dqdl.results import AnalyzerResult, RuleResult, RulesetResult
    from gluepot.transforms.quality.dqdl.tree import Analyzer, AnyRule, Ruleset


def masked_result(result: RulesetResult, ruleset: Ruleset, mask: Collection[str]) -> RulesetResult:
    """Return a result in which nothing is a value of a row of some columns.

    Their least and greatest values, their distributions, and messages of rules on them, which may
    quote a value, are left out.

    Args:
        result: What became of the rules.
        ruleset: The rules and analyzers, in the same order.
        mask: The columns.
    """
    if not mask:
        return result
    hidden = {column.casefold() for column in mask}
    rules = zip(result.rules, ruleset.rules, strict=True)
    analyzers = zip(result.analyzers, ruleset.analyzers, strict=True)
    return replace(
        result,
        rules=tuple(_rule(each, rule, hidden) for each, rule in rules),
        analyzers=tuple(_analyzer(each, analyzer, hidden) for each, analyzer in analyzers),
    )


def _rule(result: RuleResult, rule: AnyRule, hidden: Collection[str]) -> RuleResult:
    if not names_any(rule, hidden):
        return result
    return replace(
        result,
        message=HIDDEN if result.message else None,
        metrics=_shown(result.metrics, hidden),
        statistics=_shown(result.statistics, hidden),
        observations=tuple(
            seen for seen in result.observations if not is_extreme_of(seen.statistic, hidden)
        ),
    )


def _analyzer(
    result: AnalyzerResult, analyzer: Analyzer, hidden: Collection[str]
) -> AnalyzerResult:
    named = any(value == ALL_COLUMNS or value.casefold() in hidden for value in analyzer.values)
    return replace(
        result,
        metrics=_shown(result.metrics, hidden),
        statistics=_shown(result.statistics, hidden),
        distribution=() if named else result.distribution,
    )


def _shown(values: Mapping[str, float], hidden: Collection[str]) -> Mapping[str, float]:
    return {key: value for key, value in values.items() if not is_extreme_of(key, hidden)}
