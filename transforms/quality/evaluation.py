"""Rules against a frame: cached once, run together, told as a result."""

from __future__ import annotations

from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING

from gluepot.transforms.quality.columns import Columns
from gluepot.transforms.quality.masking import Masking
from gluepot.transforms.quality.outcomes import rule_result, undecided
from gluepot.transforms.quality.result import QualityResult, RuleError, RuleResult, Timings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pyspark.sql import DataFrame

    from gluepot.transforms.quality.rules import Rule

PRUNING = "spark.sql.inMemoryColumnarStorage.partitionPruning"


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
    with _cached(dataframe):
        row_count = dataframe.count()
        cached = perf_counter()
        results = _results(dataframe, rules)
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


@contextmanager
def _cached(dataframe: DataFrame) -> Iterator[None]:
    """Keep a frame in memory, whole.

    Spark skips blocks of a cached frame by their least and greatest values, and NaN is in neither:
    ``x > 10`` would miss it, although Spark holds NaN to be greater than any number.
    """
    conf = dataframe.sparkSession.conf
    pruning = conf.get(PRUNING) or "true"
    cached_here = not dataframe.storageLevel.useMemory
    conf.set(PRUNING, "false")
    try:
        if cached_here:
            dataframe.persist()
        yield
    finally:
        if cached_here:
            dataframe.unpersist()
        conf.set(PRUNING, pruning)


def _results(dataframe: DataFrame, rules: Sequence[Rule]) -> tuple[RuleResult, ...]:
    from gluepot.transforms.quality.expectations import run_rules  # noqa: PLC0415 - takes seconds

    columns = Columns.of(dataframe)
    masking = Masking.of(rules)
    bound = [columns.bind(rule) for rule in rules]
    runnable = [rule for rule in bound if not isinstance(rule, RuleError)]
    outcomes = iter(run_rules(dataframe, runnable))
    return tuple(
        undecided(rule, found)
        if isinstance(found, RuleError)
        else rule_result(found, next(outcomes), masking)
        for rule, found in zip(rules, bound, strict=True)
    )
