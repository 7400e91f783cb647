"""How tests ask: rules on a frame, and what came out by the rule's text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.transforms.quality.dqdl import parse_ruleset
from gluepot.transforms.quality.running import RunOptions, evaluate_ruleset

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import DataFrame

    from gluepot.transforms.quality.dqdl.results import RuleResult
    from gluepot.transforms.quality.running import Evaluation


def evaluation(
    dataframe: DataFrame, rules: Sequence[str], options: RunOptions | None = None
) -> Evaluation:
    return evaluate_ruleset(dataframe, parse_ruleset(f"Rules = [ {', '.join(rules)} ]"), options)


def results(
    dataframe: DataFrame, rules: Sequence[str], options: RunOptions | None = None
) -> list[RuleResult]:
    return list(evaluation(dataframe, rules, options).result.rules)


def verdicts(
    dataframe: DataFrame, rules: Sequence[str], options: RunOptions | None = None
) -> dict[str, str]:
    """Return each rule's result and message, as one text."""
    found = zip(rules, results(dataframe, rules, options), strict=True)
    return {
        rule: str(result.result) if result.message is None else f"{result.result}: {result.message}"
        for rule, result in found
    }
