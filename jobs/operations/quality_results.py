"""Results of data-quality rules in the Glue API."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gluepot.jobs.quality.model import Subject
from gluepot.jobs.quality.orders import table_source
from gluepot.jobs.quality.tables import quality_results

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from gluepot.catalog.calls import Call, Document, Handler
    from gluepot.jobs.operations.stores import ApiStores
    from gluepot.jobs.quality.model import GateResult

PAGE = 1000
MOST_RULES = 2000
"""Rules, and analyzers, that a result shows; the API's own bound."""
MOST_OBSERVATIONS = 50
LONGEST_NAME = 255
LONGEST_TEXT = 2048
"""Characters of a rule, or of a message."""

_WORST_FIRST = {"ERROR": 0, "FAIL": 0, "PASS": 1}
_BIN = re.compile(r"\[([^,]+), ([^,]+)[)\]]")
_STARTED = sa.func.coalesce(quality_results.c.started_at, quality_results.c.created_at)


def get_result(stores: ApiStores, _call: Call, request: Document) -> Document:
    """Return a result.

    Raises:
        EntityNotFoundError: There is none of that id.
    """
    return show(stores.quality.get(request["ResultId"]))


def batch_get_results(stores: ApiStores, _call: Call, request: Document) -> Document:
    """Return the results that there are, and the ids of those that there are not."""
    ids = list(dict.fromkeys(request["ResultIds"]))
    found = stores.quality.find_many(ids)
    missing = [each for each in ids if each not in found]
    results = [show(found[each]) for each in ids if each in found]
    return {"Results": results} | ({"ResultsNotFound": missing} if missing else {})


def list_results(stores: ApiStores, call: Call, request: Document) -> Document:
    """Return a page of results, the newest first, of a table or a job if asked.

    Raises:
        InvalidInputError: The filter's data source names no table.
    """
    where = _conditions(request.get("Filter", {}))

    def fetch(after: int | None, limit: int) -> list[GateResult]:
        return stores.quality.list(where=where, after=after, limit=limit)

    return call.tokens.page(
        request, "Results", fetch, lambda one: one.number, most=PAGE, show=_listed
    )


def show(kept: GateResult) -> Document:
    """Return a result as the API has it.

    Of a ruleset of more rules than it may show, those come first that failed or could not be
    decided; ``AggregatedMetrics`` counts them all.
    """
    found = kept.evaluated
    rules = [_rule(each) for each in _rules_of(kept)]
    return {
        **_listed(kept),
        "ProfileId": kept.profile_id,
        "EvaluationRunMode": "ON_DEMAND",
        "Score": kept.result["score"],
        "RulesetName": kept.ruleset,
        "EvaluationContext": kept.gate if kept.subject is Subject.JOB else None,
        "CompletedOn": kept.completed_at or kept.created_at,
        "RulesetEvaluationRunId": None if kept.of_job_run else kept.run_id,
        "RuleResults": _shown(rules, lambda each: _WORST_FIRST[each["Result"]]),
        "AnalyzerResults": [] if found is None else _analyzers(found["analyzers"]),
        "Observations": [] if found is None else _observations(kept, found["rules"]),
        "AggregatedMetrics": _totals(kept, rules),
    }


def _listed(kept: GateResult) -> Document:
    of_job = kept.subject is Subject.JOB
    return {
        "ResultId": kept.id,
        "DataSource": kept.data_source,
        "JobName": kept.job_name if of_job else None,
        "JobRunId": kept.run_id if kept.of_job_run else None,
        "StartedOn": kept.started_at or kept.created_at,
    }


def _rules_of(kept: GateResult) -> Iterable[Mapping[str, Any]]:
    """Return the rules' results; those of rules that are no DQDL are told in their words."""
    if kept.evaluated is not None:
        rules: list[Mapping[str, Any]] = kept.evaluated["rules"]
        return rules
    return map(_told, kept.result["rules"])


def _told(rule: Mapping[str, Any]) -> Mapping[str, Any]:
    error = rule["error"]
    failed = "FAIL" if error is None else "ERROR"
    return {
        "name": rule["name"],
        "rule": rule["sentence"],
        "message": None if error is None else error["message"],
        "result": "PASS" if rule["passed"] else failed,
        "metrics": {},
        "evaluated_rule": None,
        "labels": {},
    }


def _rule(rule: Mapping[str, Any]) -> Document:
    return {
        "Name": rule["name"],
        "Description": _cut(rule["rule"]),
        "EvaluationMessage": _cut(rule["message"]),
        "Result": rule["result"],
        "EvaluatedMetrics": dict(rule["metrics"]),
        "EvaluatedRule": _cut(rule["evaluated_rule"]),
        "RuleMetrics": dict(rule.get("row_metrics", {})),
        "Labels": dict(rule["labels"]),
    }


def _analyzers(analyzers: Iterable[Mapping[str, Any]]) -> list[Document]:
    shown = [
        {
            "Name": each["name"],
            "Description": _cut(each["analyzer"]),
            "EvaluationMessage": _cut(each["message"]),
            "EvaluatedMetrics": dict(each["metrics"]),
            "EvaluatedDistributions": _distributions(each),
        }
        for each in analyzers
    ]
    return _shown(shown, lambda each: 0 if each["EvaluationMessage"] else 1)


def _distributions(analyzer: Mapping[str, Any]) -> dict[str, Document] | None:
    """Return how often values came: of numbers by the edges of bins, of others by the values."""
    pairs = analyzer["distribution"]
    if not pairs:
        return None
    bins = [_BIN.fullmatch(label) for label, _ in pairs]
    edges = [found for found in bins if found is not None]
    is_number = len(edges) == len(pairs)
    labels = [*(found[1] for found in edges), edges[-1][2]] if is_number else [p[0] for p in pairs]
    told = {
        "BinEdges": labels,
        "Count": [rows for _, rows in pairs],
        "DataType": "Double" if is_number else "String",
    }
    return {analyzer["analyzer"][:LONGEST_NAME]: told}


def _observations(kept: GateResult, rules: Iterable[Mapping[str, Any]]) -> list[Document]:
    seen = [each for rule in rules for each in rule["observations"]]
    return [
        {
            "Description": _cut(each["description"]),
            "MetricBasedObservation": {
                "MetricName": each["statistic"],
                "StatisticId": kept.statistic_id(each["statistic"]),
                "MetricValues": {
                    "ActualValue": each["actual"],
                    "ExpectedValue": each["expected"],
                    "LowerLimit": each["lower_limit"],
                    "UpperLimit": each["upper_limit"],
                },
                "NewRules": list(each["rules"]),
            },
        }
        for each in seen[:MOST_OBSERVATIONS]
    ]


def _totals(kept: GateResult, rules: list[Document]) -> Document:
    passed = sum(each["Result"] == "PASS" for each in rules)
    count = kept.result["row_count"] if kept.evaluated is None else kept.evaluated["row_count"]
    failing = kept.failing_rows
    counted = count is not None and failing is not None
    return {
        "TotalRowsProcessed": count,
        "TotalRowsPassed": count - failing if counted else None,
        "TotalRowsFailed": failing,
        "TotalRulesProcessed": len(rules),
        "TotalRulesPassed": passed,
        "TotalRulesFailed": len(rules) - passed,
    }


def _shown(items: list[Document], worst: Callable[[Document], int]) -> list[Document]:
    return items if len(items) <= MOST_RULES else sorted(items, key=worst)[:MOST_RULES]


def _cut(text: str | None) -> str | None:
    if text is None or len(text) <= LONGEST_TEXT:
        return text
    return f"{text[: LONGEST_TEXT - 3]}..."


def _conditions(wanted: Document) -> list[sa.ColumnElement[bool]]:
    columns = quality_results.c
    tests: Mapping[str, Callable[[Any], sa.ColumnElement[bool]]] = {
        "DataSource": lambda source: columns["table"] == table_source(source).name,
        "JobName": lambda name: (columns.job_name == name) & (columns.subject == Subject.JOB),
        "JobRunId": lambda run_id: (columns.run_id == run_id) & (columns.subject == Subject.JOB),
        "StartedAfter": lambda at: datetime.fromtimestamp(at, UTC) < _STARTED,
        "StartedBefore": lambda at: datetime.fromtimestamp(at, UTC) > _STARTED,
        "EvaluationRunMode": lambda mode: sa.literal(mode == "ON_DEMAND"),
        "DataQualityEvaluationConfig": lambda _name: sa.false(),
    }
    return [tests[member](value) for member, value in wanted.items()]


def operations(stores: ApiStores) -> dict[str, Handler]:
    """Return the operations on results of data quality."""
    return {
        "BatchGetDataQualityResult": partial(batch_get_results, stores),
        "GetDataQualityResult": partial(get_result, stores),
        "ListDataQualityResults": partial(list_results, stores),
    }
