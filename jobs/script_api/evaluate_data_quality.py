"""EvaluateDataQuality: rules in DQDL over a frame of a script.

Source: the AWS Glue guide on data quality in ETL jobs, and the public ``awslabs/deequ``, whose
package ``dqdl`` has the same outputs.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import GluepotError, InvalidInputError, did_you_mean
from gluepot.jobs.quality.rulesets import Origin, keep_result, options_of, write_results
from gluepot.jobs.run_context.script_run import find_run
from gluepot.transforms.base import GlueTransform
from gluepot.transforms.collection import DynamicFrameCollection
from gluepot.transforms.frame import DynamicFrame
from gluepot.transforms.quality.dqdl import parse_ruleset
from gluepot.transforms.quality.dqdl.telling import told
from gluepot.transforms.quality.running import (
    CompositeMethod,
    Evaluation,
    FilteredRows,
    RunOptions,
    evaluate_ruleset,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import DataFrame

    from gluepot.jobs.run_context.workshop import Workshop

logger = logging.getLogger(__name__)

DEFAULT_CONTEXT = "default_context"
_CONTEXT = "dataQualityEvaluationContext"
_METRICS = "enableDataQualityCloudWatchMetrics"
_PUBLISH = "enableDataQualityResultsPublishing"
_PREFIX = "resultsS3Prefix"
_CACHING = "performanceTuning.caching"
_OBSERVATIONS = "observations.scope"
_COMPOSITES = "compositeRuleEvaluation.method"
_FILTERED = "rowLevelConfiguration.filteredRowLabel"
_LABELS = "rowLevelConfiguration.ruleWithLabels"
_STRATEGY = "dataQualityResultsPublishing.strategy"
_PUBLISHING = (_CONTEXT, _METRICS, _PUBLISH, _PREFIX)
_CHOICES = {
    _CACHING: ("CACHE_NOTHING", "CACHE_INPUT"),
    _OBSERVATIONS: ("ALL", "NONE"),
    _COMPOSITES: tuple(CompositeMethod),
    _FILTERED: tuple(FilteredRows),
    _LABELS: ("ENABLED", "DISABLED"),
    _STRATEGY: ("BEST_EFFORT", "FAIL_ON_ERROR"),
}
_OUTCOMES = (
    "Rule string, Outcome string, FailureReason string, EvaluatedMetrics map<string,double>,"
    " EvaluatedRule string"
)


class EvaluateDataQuality(GlueTransform):
    """Rules in DQDL over a frame: what became of each, and of each row.

    A rule that cannot be decided (no such column, wrong SQL) has failed, with its reason; the job
    goes on. What is done about failures is the script's to say.

    In a job, results are kept under the evaluation context as those of gates are, with a report,
    and are what dynamic rules and anomalies compare with.
    """

    def __call__(
        self,
        frame: DynamicFrame,
        ruleset: str,
        publishing_options: Mapping[str, Any] | None = None,
        additional_data_sources: Mapping[str, DynamicFrame] | None = None,
        additional_options: Mapping[str, Any] | None = None,
    ) -> DynamicFrame:
        """Return a frame of one row for each rule.

        Its columns are ``Rule``, ``Outcome`` (Passed or Failed), ``FailureReason``,
        ``EvaluatedMetrics`` and ``EvaluatedRule``; and ``Labels`` where the ruleset has any.

        Args:
            frame: The rows; rules name it ``primary``.
            ruleset: The text.
            publishing_options: ``dataQualityEvaluationContext``,
                ``enableDataQualityResultsPublishing`` (true), ``resultsS3Prefix`` (a folder for a
                JSON file of the results) and ``enableDataQualityCloudWatchMetrics`` (false: the
                counts go into the run's own metrics, as there is no CloudWatch here).
            additional_data_sources: Frames that rules name by these aliases.
            additional_options: As for ``process_rows``; those of rows do nothing here.

        Raises:
            InvalidRulesetError: The text is no ruleset.
            InvalidInputError: An option is unknown, or has no such value.
            StorageError: The report or the results cannot be written, and the strategy is not
                ``BEST_EFFORT``.
        """
        evaluation, dataframe = _evaluated(
            frame, ruleset, publishing_options, additional_data_sources, additional_options
        )
        return _frame(_rule_outcomes(evaluation, dataframe), frame, "ruleOutcomes")

    def process_rows(
        self,
        frame: DynamicFrame,
        ruleset: str,
        publishing_options: Mapping[str, Any] | None = None,
        additional_options: Mapping[str, Any] | None = None,
        additional_data_sources: Mapping[str, DynamicFrame] | None = None,
    ) -> DynamicFrameCollection:
        """Return the rows, what became of the rules, and what became of each row.

        The collection has ``originalData``, ``ruleOutcomes`` (see the call) and
        ``rowLevelOutcomes``: the rows with ``DataQualityRulesPass``, ``DataQualityRulesFail`` and
        ``DataQualityRulesSkip`` (arrays of rules) and ``DataQualityEvaluationResult``, which is
        Failed where a rule failed. Rules without an outcome for each row are skipped in all.

        Args:
            frame: The rows; rules name it ``primary``.
            ruleset: The text.
            publishing_options: As for the call.
            additional_options: ``performanceTuning.caching`` (CACHE_NOTHING or CACHE_INPUT),
                ``observations.scope`` (ALL or NONE), ``compositeRuleEvaluation.method`` (COLUMN or
                ROW), ``rowLevelConfiguration.filteredRowLabel`` (PASSED or SKIPPED),
                ``rowLevelConfiguration.ruleWithLabels`` (ENABLED) and
                ``dataQualityResultsPublishing.strategy`` (BEST_EFFORT).
            additional_data_sources: Frames that rules name by these aliases.

        Raises:
            InvalidRulesetError: The text is no ruleset.
            InvalidInputError: An option is unknown, or has no such value.
            StorageError: As for the call.
        """
        evaluation, dataframe = _evaluated(
            frame, ruleset, publishing_options, additional_data_sources, additional_options
        )
        frames = {
            "originalData": _frame(dataframe, frame, "originalData"),
            "ruleOutcomes": _frame(_rule_outcomes(evaluation, dataframe), frame, "ruleOutcomes"),
            "rowLevelOutcomes": _frame(evaluation.row_outcomes(), frame, "rowLevelOutcomes"),
        }
        return DynamicFrameCollection(frames, frame.glue_ctx)


def _evaluated(
    frame: DynamicFrame,
    ruleset: str,
    publishing: Mapping[str, Any] | None,
    sources: Mapping[str, DynamicFrame] | None,
    additional: Mapping[str, Any] | None,
) -> tuple[Evaluation, DataFrame]:
    published, chosen = dict(publishing or {}), dict(additional or {})
    _check(published, chosen)
    parsed = parse_ruleset(ruleset)
    dataframe = frame.toDF()
    if chosen.get(_CACHING) == "CACHE_INPUT":
        dataframe = dataframe.persist()
    run = find_run()
    workshop = None if run is None else run.workshop
    options = _options(workshop, published, chosen, sources or {})
    evaluation = evaluate_ruleset(dataframe, parsed, options)
    if workshop is not None:
        _published(workshop, evaluation, published, best_effort=_STRATEGY in chosen)
    return evaluation, dataframe


def _options(
    workshop: Workshop | None,
    published: Mapping[str, Any],
    chosen: Mapping[str, Any],
    sources: Mapping[str, DynamicFrame],
) -> RunOptions:
    context = str(published.get(_CONTEXT) or DEFAULT_CONTEXT)
    more: dict[str, Any] = {
        "sources": {alias: each.toDF() for alias, each in sources.items()},
        "composite_method": CompositeMethod(chosen.get(_COMPOSITES, CompositeMethod.COLUMN)),
        "filtered_rows": FilteredRows(chosen.get(_FILTERED, FilteredRows.PASSED)),
        "labels_in_rows": chosen.get(_LABELS) == "ENABLED",
        "observe": chosen.get(_OBSERVATIONS) != "NONE",
    }
    if workshop is None:
        return RunOptions(context=context, **more)
    return options_of(workshop, context, **more)


def _check(published: Mapping[str, Any], chosen: Mapping[str, Any]) -> None:
    for given, known in ((published, _PUBLISHING), (chosen, tuple(_CHOICES))):
        for name in given:
            if name not in known:
                hint = did_you_mean(str(name), known)
                raise InvalidInputError(
                    f"There is no option {name!r} of EvaluateDataQuality.{hint}"
                )
    for name, value in chosen.items():
        if value not in _CHOICES[name]:
            raise InvalidInputError(
                f"Option {name!r} is one of {', '.join(_CHOICES[name])}, not {value!r}"
            )


def _published(
    workshop: Workshop, evaluation: Evaluation, published: Mapping[str, Any], *, best_effort: bool
) -> None:
    result = evaluation.result
    if _is_true(published.get(_METRICS, False)):
        passed = sum(rule.passed for rule in result.rules)
        names = ("glue.data.quality.rules.passed", "glue.data.quality.rules.failed")
        counts = zip(names, (passed, len(result.rules) - passed), strict=True)
        workshop.note(**{f"{name} {result.context}": count for name, count in counts})
    try:
        if _is_true(published.get(_PUBLISH, True)):
            report = told(result, evaluation.ruleset, name=result.context)
            keep_result(workshop, report, Origin(), evaluated=result)
        if published.get(_PREFIX):
            write_results(workshop, str(published[_PREFIX]), result)
    except GluepotError:
        if not best_effort:
            raise
        logger.warning("The results of %s could not be published", result.context, exc_info=True)


def _rule_outcomes(evaluation: Evaluation, dataframe: DataFrame) -> DataFrame:
    rules = evaluation.result.rules
    labelled = any(rule.labels for rule in rules)
    rows = [
        (
            rule.rule,
            "Passed" if rule.passed else "Failed",
            rule.message,
            dict(rule.metrics),
            rule.evaluated_rule,
            *((dict(rule.labels),) if labelled else ()),
        )
        for rule in rules
    ]
    schema = f"{_OUTCOMES}, Labels map<string,string>" if labelled else _OUTCOMES
    return dataframe.sparkSession.createDataFrame(rows, schema)


def _frame(dataframe: DataFrame, source: DynamicFrame, name: str) -> DynamicFrame:
    return DynamicFrame(dataframe, source.glue_ctx, name)


def _is_true(value: object) -> bool:
    return str(value).lower() == "true"
