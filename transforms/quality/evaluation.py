"""Rules against a frame: cached once, run together, told as a result."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from gluepot.transforms.quality.columns import Columns
from gluepot.transforms.quality.outcomes import rule_result, undecided
from gluepot.transforms.quality.result import QualityResult, RuleError, RuleResult, Timings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import DataFrame

    from gluepot.transforms.quality.rules import Rule


def evaluate(dataframe: DataFrame, rules: Sequence[Rule], *, name: str) -> QualityResult:
    """Return what became of each rule on ``dataframe``, and of all of them together.

    A rule that cannot be decided (a column that is not there, a type that it does not go with, SQL
    that is wrong) is a failed rule with its reason. What Spark raises while it reads the frame
    itself goes through: then there is no data to judge.

    The frame is cached for the time of the call, unless the caller has cached it already. A column
    that one rule masks is masked in every rule.
    """
    started = perf_counter()
    from gluepot.transforms.quality.expectations import ENGINE  # noqa: PLC0415 - takes seconds

    imported = perf_counter()
    cached_here = not dataframe.storageLevel.useMemory
    if cached_here:
        dataframe.persist()
    try:
        row_count = dataframe.count()
        cached = perf_counter()
        results = _results(dataframe, rules)
    finally:
        if cached_here:
            dataframe.unpersist()
    return QualityResult(
        name=name,
        row_count=row_count,
        rules=results,
        engine=ENGINE,
        timings=Timings(
            import_seconds=round(imported - started, 3),
            cache_seconds=round(cached - imported, 3),
            rules_seconds=round(perf_counter() - cached, 3),
        ),
    )


def _results(dataframe: DataFrame, rules: Sequence[Rule]) -> tuple[RuleResult, ...]:
    from gluepot.transforms.quality.expectations import run_rules  # noqa: PLC0415 - takes seconds

    columns = Columns.of(dataframe)
    masked = frozenset(column for rule in rules for column in rule.mask)
    bound = [columns.bind(rule) for rule in rules]
    runnable = [rule for rule in bound if not isinstance(rule, RuleError)]
    outcomes = iter(run_rules(dataframe, runnable))
    return tuple(
        undecided(rule, found)
        if isinstance(found, RuleError)
        else rule_result(found, next(outcomes), masked)
        for rule, found in zip(rules, bound, strict=True)
    )
