"""A ruleset's result as the report tells it: the same pages for every kind of rule."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gluepot.transforms.quality.dqdl.printer import print_condition
from gluepot.transforms.quality.dqdl.results import Result
from gluepot.transforms.quality.dqdl.sentences import sentence_of
from gluepot.transforms.quality.dqdl.tree import Rule, leaves
from gluepot.transforms.quality.histogram import Histogram
from gluepot.transforms.quality.result import (
    Measure,
    QualityResult,
    Reason,
    RuleError,
    Timings,
)
from gluepot.transforms.quality.result import RuleResult as ToldRule
from gluepot.transforms.quality.rules import Severity
from gluepot.transforms.quality.values import cut

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from gluepot.transforms.quality.dqdl.results import RuleResult, RulesetResult
    from gluepot.transforms.quality.dqdl.tree import AnyRule, Ruleset

ENGINE = "DQDL"
_SHARES = ("Completeness", "Uniqueness", "Compliance", "Ratio", "Match", "Integrity")
_EXTREMES = (".Minimum", ".Maximum")
_EXTREME = re.compile(r"Column\.(.+)\.(?:Minimum|Maximum)(?: where .*)?$", re.DOTALL)
HIDDEN = "the message may quote values that are masked, so it is not kept"
_REASONS = (
    (r"does not include column|not found in additional", Reason.UNKNOWN_COLUMN),
    (r"^Expected type|no type|[Dd]ata type|DATATYPE_MISMATCH", Reason.WRONG_TYPE),
    (r"where clause|SQL|regular expression|PARSE_", Reason.BAD_EXPRESSION),
    (r"[Tt]hreshold|function|index|last takes|takes a list", Reason.BAD_PARAMETER),
    (r"not support", Reason.NOT_SUPPORTED),
)


def told(
    result: RulesetResult,
    ruleset: Ruleset,
    *,
    name: str,
    examples: Mapping[str, Sequence[object]] | None = None,
    mask: Collection[str] = (),
) -> QualityResult:
    """Return a ruleset's result as a report shows it.

    Args:
        result: What became of the rules.
        ruleset: The rules, in the same order.
        name: What the report calls it.
        examples: Rows that break a rule, by the rule's name.
        mask: Columns whose values are not shown: neither the least or greatest one, nor messages
            of Spark, which may quote one, nor how they are spread.
    """
    shown = examples or {}
    hidden = {column.casefold() for column in mask}
    rules = tuple(
        _rule(each, rule, tuple(shown.get(each.name, ())), hidden=names_any(rule, hidden))
        for each, rule in zip(result.rules, ruleset.rules, strict=True)
    )
    seconds = (result.completed_at - result.started_at).total_seconds()
    return QualityResult(
        name=name,
        row_count=result.row_count or 0,
        rules=rules,
        engine=ENGINE,
        timings=Timings(import_seconds=0.0, cache_seconds=0.0, rules_seconds=round(seconds, 3)),
        statistics={
            key: value
            for key, value in result.to_json()["statistics"].items()
            if not is_extreme_of(key, hidden)
        },
        histograms=_histograms(result, ruleset, hidden),
    )


def _histograms(
    result: RulesetResult, ruleset: Ruleset, hidden: Collection[str]
) -> tuple[Histogram, ...]:
    """Return how the columns of Distribution are spread, but for hidden ones."""
    measured = zip(result.analyzers, ruleset.analyzers, strict=True)
    return tuple(
        Histogram(column=analyzer.values[0], bars=each.distribution)
        for each, analyzer in measured
        if each.distribution and analyzer.values[0].casefold() not in hidden
    )


def _rule(
    result: RuleResult, rule: AnyRule, examples: tuple[object, ...], *, hidden: bool
) -> ToldRule:
    metric, observed = _observed(result, hidden=hidden)
    is_error = result.result is Result.ERROR
    message = cut(result.message) if result.message else None
    shown = HIDDEN if hidden and message else message
    error = RuleError(reason=_reason(result.message or ""), message=shown or "")
    return ToldRule(
        name=result.name,
        sentence=cut(sentence_of(rule)),
        description=None if is_error or hidden else message,
        expectation=cut(result.rule),
        columns=_columns(rule),
        severity=Severity.CRITICAL,
        passed=result.passed,
        measure=Measure.SHARE if metric.endswith(_SHARES) else Measure.VALUE,
        observed=observed,
        bound=_bound(rule),
        examples=examples,
        masked=hidden,
        error=error if is_error else None,
    )


def _observed(result: RuleResult, *, hidden: bool) -> tuple[str, float | None]:
    """Return the metric that is judged; of masked columns one that is no value of a row."""
    for name, value in result.metrics.items():
        if not (hidden and name.endswith(_EXTREMES)):
            return name, value if _is_number(value) else None
    return "", None


def is_extreme_of(key: str, hidden: Collection[str]) -> bool:
    """Return whether a metric is a value of a row of some columns, which are in lower case."""
    found = _EXTREME.match(key)
    return found is not None and found[1].casefold() in hidden


def names_any(rule: AnyRule, hidden: Collection[str]) -> bool:
    """Return whether a rule speaks of one of some columns, which are in lower case."""
    texts = (text for leaf in leaves(rule) for text in (*leaf.values, leaf.where or ""))
    words = {word for text in texts for word in re.findall(r"\w+", text.casefold())}
    whole = {text.casefold() for leaf in leaves(rule) for text in leaf.values}
    return not (words | whole).isdisjoint(hidden)


def _is_number(value: float | None) -> bool:
    return value is not None and abs(value) < float("inf")


def _columns(rule: AnyRule) -> tuple[str, ...]:
    named = [leaf.values for leaf in leaves(rule) if leaf.type not in ("CustomSql", "SchemaMatch")]
    return tuple(dict.fromkeys(value for values in named for value in values))


def _bound(rule: AnyRule) -> str | None:
    if not isinstance(rule, Rule):
        return None
    found = rule.threshold or rule.condition
    return None if found is None else cut(print_condition(found))


def _reason(message: str) -> Reason:
    found = (reason for pattern, reason in _REASONS if re.search(pattern, message))
    return next(found, Reason.NOT_COMPUTED)
