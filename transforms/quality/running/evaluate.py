"""A ruleset on a frame, from plans to results."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812

from gluepot.catalog.errors import GluepotError
from gluepot.transforms.quality.dqdl.printer import print_analyzer, print_rule
from gluepot.transforms.quality.dqdl.results import (
    AnalyzerResult,
    Passes,
    Result,
    RuleResult,
    RulesetResult,
)
from gluepot.transforms.quality.dqdl.tree import Rule, leaves
from gluepot.transforms.quality.dqdl.variables import resolved
from gluepot.transforms.quality.running.analyzing import Analysis, analysis_of
from gluepot.transforms.quality.running.asks import Asked, Measured, PassCount, rows_asked, rows_key
from gluepot.transforms.quality.running.composing import (
    composed,
    evaluated,
    unsupported_by_row,
)
from gluepot.transforms.quality.running.frame import Frame
from gluepot.transforms.quality.running.options import CompositeMethod, FilteredRows, RunOptions
from gluepot.transforms.quality.running.passes import measure
from gluepot.transforms.quality.running.plan import BAD_WHERE, plan_rule
from gluepot.transforms.quality.running.rows import Marked, mark_rows, row_outcomes
from gluepot.transforms.quality.running.verdict import (
    NO_ROWS_MATCHED,
    Check,
    Planning,
    Verdict,
    row_metrics,
    undecided,
    unmet,
)
from gluepot.transforms.spark_errors import SPARK_ERRORS, reason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import DataFrame

    from gluepot.transforms.quality.dqdl.tree import Analyzer, AnyRule, Ruleset


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """What became of a ruleset, and what the outcomes of rows are made of."""

    result: RulesetResult
    ruleset: Ruleset
    frame: Frame
    options: RunOptions
    checks: Mapping[Rule, Check]

    def row_outcomes(self, *, with_ids: bool = False) -> DataFrame:
        """Return the rows with Glue's four columns; nothing is computed yet.

        Rules that have no outcome for each row, or could not be decided, are skipped.

        Args:
            with_ids: Whether there is one more column: the failed rules as the result names them.
        """
        texts = map(self._text, self.ruleset.rules)
        rules = list(zip(self.bare_rules(), texts, strict=True))
        ids = [rule.name for rule in self.result.rules] if with_ids else []
        return row_outcomes(self.marked(), rules, ids)

    def marked(self) -> Marked:
        """Return the rows with the outcome of each rule that has one."""
        return mark_rows(self.frame.dataframe, self.checks, self.options.filtered_rows)

    def bare_rules(self) -> tuple[AnyRule, ...]:
        """Return the rules without their labels, as outcomes of rows know them."""
        return tuple(map(_bare, self.ruleset.rules))

    def _text(self, rule: AnyRule) -> str:
        labels = tuple(self.ruleset.labels_of(rule).items()) if self.options.labels_in_rows else ()
        return print_rule(replace(rule, labels=labels))


def evaluate_ruleset(
    dataframe: DataFrame, ruleset: Ruleset, options: RunOptions | None = None
) -> Evaluation:
    """Return what became of each rule of a ruleset on ``dataframe``.

    A rule that cannot be decided (a column that is not there, SQL that is wrong, a threshold that
    divides by zero) is a result with its reason, and takes no other rule with it.

    Raises:
        PySparkException: The frame itself cannot be read: then there is no data to judge.
    """
    return _Run(dataframe, resolved(ruleset), options or RunOptions()).evaluation()


class _Run:
    def __init__(self, dataframe: DataFrame, ruleset: Ruleset, options: RunOptions) -> None:
        self.started_at = datetime.now(UTC)
        self.ruleset, self.options = ruleset, options
        self.frame = Frame(dataframe)
        self.planning = Planning(frame=self.frame, options=options)
        self.counted = PassCount()
        plain = (_plain(rule) for top in ruleset.rules for rule in leaves(top))
        self.plans = {rule: plan_rule(self.planning, rule) for rule in dict.fromkeys(plain)}
        self.analyses = [self._analysis(analyzer) for analyzer in ruleset.analyzers]

    def evaluation(self) -> Evaluation:
        measured = measure(self.frame, self._asked(), self.counted)
        verdicts = {rule: _verdict(rule, plan, measured) for rule, plan in self.plans.items()}
        checks = {
            rule: plan
            for rule, plan in self.plans.items()
            if isinstance(plan, Check) and verdicts[rule].result is not Result.ERROR
        }
        by_row = self._by_row(checks, measured)
        rules = tuple(
            self._rule_result(at, rule, verdicts, by_row)
            for at, rule in enumerate(self.ruleset.rules, start=1)
        )
        analyzers = tuple(
            _analyzer_result(at, analyzer, analysis, measured)
            for at, (analyzer, analysis) in enumerate(
                zip(self.ruleset.analyzers, self.analyses, strict=True), start=1
            )
        )
        result = RulesetResult(
            context=self.options.context,
            rules=rules,
            analyzers=analyzers,
            row_count=measured.count(rows_key()),
            passes=self._passes(),
            started_at=self.started_at,
            completed_at=datetime.now(UTC),
        )
        return Evaluation(
            result=result,
            ruleset=self.ruleset,
            frame=self.frame,
            options=self.options,
            checks=checks,
        )

    def _analysis(self, analyzer: Analyzer) -> Analysis | str:
        try:
            return analysis_of(self.frame, analyzer)
        except GluepotError as error:
            return str(error)

    def _asked(self) -> Asked:
        parts = [rows_asked()]
        parts += [plan.asked for plan in self.plans.values() if isinstance(plan, Check)]
        parts += [each.asked for each in self.analyses if isinstance(each, Analysis)]
        return Asked(
            scalars={key: column for part in parts for key, column in part.scalars.items()},
            groupings=frozenset(each for part in parts for each in part.groupings),
        )

    def _passes(self) -> Passes:
        own = [plan.queries for plan in self.plans.values() if isinstance(plan, Check)]
        own += [each.queries for each in self.analyses if isinstance(each, Analysis)]
        return Passes(
            aggregate=self.counted.aggregate,
            grouping=self.counted.grouping,
            single=sum(own),
        )

    def _rule_result(
        self,
        number: int,
        rule: AnyRule,
        verdicts: Mapping[Rule, Verdict],
        by_row: Mapping[AnyRule, Verdict],
    ) -> RuleResult:
        verdict = by_row[rule] if rule in by_row else composed(rule, _of(rule, verdicts))
        return RuleResult(
            name=f"Rule_{number}",
            rule=print_rule(rule),
            result=verdict.result,
            message=verdict.message,
            metrics=dict(verdict.metrics),
            evaluated_rule=print_rule(evaluated(rule, _of(rule, verdicts))),
            labels=self.ruleset.labels_of(rule),
            statistics=dict(verdict.statistics),
            row_metrics=dict(verdict.row_metrics),
            observations=verdict.observations,
        )

    def _by_row(self, checks: Mapping[Rule, Check], measured: Measured) -> dict[AnyRule, Verdict]:
        """Return the verdicts of composites that are evaluated row by row, in one more pass."""
        if self.options.composite_method is CompositeMethod.COLUMN:
            return {}
        composites = [rule for rule in self.ruleset.rules if not isinstance(rule, Rule)]
        found: dict[AnyRule, Verdict] = {}
        for rule in composites:
            fault = unsupported_by_row(rule, checks, self.plans)
            if fault is not None:
                found[rule] = undecided(f"Rule (or nested rule) not supported due to: {fault}")
        left = [rule for rule in composites if rule not in found]
        return found | self._counted_by_row(left, checks, measured.count(rows_key()))

    def _counted_by_row(
        self, rules: Sequence[AnyRule], checks: Mapping[Rule, Check], rows: int
    ) -> dict[AnyRule, Verdict]:
        if not rules:
            return {}
        wanted = {_plain(leaf) for rule in rules for leaf in leaves(rule)}
        own = {rule: check for rule, check in checks.items() if rule in wanted}
        marked = mark_rows(self.frame.dataframe, own, FilteredRows.PASSED)
        outcomes = [marked.outcome(_bare(rule)) for rule in rules]
        counts = [F.count(F.when(each, 1)) for each in outcomes if each is not None]
        self.counted.aggregate += 1
        row = marked.dataframe.agg(*counts).collect()[0]
        return {rule: _share(row[at], rows) for at, rule in enumerate(rules)}


def _share(complied: int, rows: int) -> Verdict:
    counted = row_metrics(complied, rows)
    if complied == rows and rows:
        return Verdict(result=Result.PASS, row_metrics=counted)
    message = unmet(complied / rows) if rows else "There are no rows to evaluate"
    return Verdict(result=Result.FAIL, message=message, row_metrics=counted)


def _plain(rule: Rule) -> Rule:
    return replace(rule, labels=()) if rule.labels else rule


def _bare(rule: AnyRule) -> AnyRule:
    """Return a rule whose leaves have no labels, as plans know them."""
    if isinstance(rule, Rule):
        return _plain(rule)
    return replace(rule, rules=tuple(map(_bare, rule.rules)), labels=())


def _of(rule: AnyRule, verdicts: Mapping[Rule, Verdict]) -> dict[Rule, Verdict]:
    return {leaf: verdicts[_plain(leaf)] for leaf in leaves(rule)}


def _verdict(rule: Rule, plan: Check | Verdict, measured: Measured) -> Verdict:
    if isinstance(plan, Verdict):
        return plan
    try:
        if rule.where is not None:
            key = rows_key(rule.where)
            if key in measured.failed:
                return undecided(f"{BAD_WHERE}: {measured.failed[key]}")
            if rule.type != "RowCount" and not measured.count(key):
                return Verdict(result=Result.PASS, message=NO_ROWS_MATCHED)
        return plan.decide(measured)
    except GluepotError as error:
        return undecided(str(error))
    except SPARK_ERRORS as error:
        return undecided(f"Exception thrown while evaluating rule: {reason(error)}")


def _analyzer_result(
    number: int, analyzer: Analyzer, analysis: Analysis | str, measured: Measured
) -> AnalyzerResult:
    name, text = f"Analyzer_{number}", print_analyzer(analyzer)
    if isinstance(analysis, str):
        return AnalyzerResult(name=name, analyzer=text, message=analysis)
    try:
        return AnalyzerResult(
            name=name,
            analyzer=text,
            metrics=analysis.numbers(measured),
            statistics=analysis.statistics(measured),
            distribution=analysis.distribution(measured) if analysis.distribution else (),
        )
    except GluepotError as error:
        return AnalyzerResult(name=name, analyzer=text, message=str(error))
    except SPARK_ERRORS as error:
        return AnalyzerResult(name=name, analyzer=text, message=reason(error))
