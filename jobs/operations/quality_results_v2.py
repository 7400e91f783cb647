"""The second version of reading results: told by when they were published, and by dimensions.

Only AWS Glue itself publishes such a result (its model says so of PublishDataQualityResultV2), so
those that this catalog has kept are shown in both versions.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gluepot.jobs.operations.quality_results import PAGE, show
from gluepot.jobs.quality.model import Subject
from gluepot.jobs.quality.orders import table_source
from gluepot.jobs.quality.tables import quality_results

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gluepot.catalog.calls import Call, Document, Handler
    from gluepot.jobs.operations.stores import ApiStores
    from gluepot.jobs.quality.model import GateResult

_SAME = (
    "ResultId",
    "EvaluationRunMode",
    "DataSource",
    "Score",
    "RuleResults",
    "AnalyzerResults",
    "Observations",
    "EvaluationContext",
    "AggregatedMetrics",
    "RulesetName",
)
"""Members that both versions have."""


def get_result(stores: ApiStores, _call: Call, request: Document) -> Document:
    """Return a result.

    Raises:
        EntityNotFoundError: There is none of that id.
    """
    kept = stores.quality.get(request["ResultId"])
    return {**_shown(kept), "ProfileId": kept.profile_id}


def batch_get_results(stores: ApiStores, _call: Call, request: Document) -> Document:
    """Return the results that there are, and the ids of those that there are not."""
    ids = list(dict.fromkeys(request["ResultIds"]))
    found = stores.quality.find_many(ids)
    missing = [each for each in ids if each not in found]
    results = [_shown(found[each]) for each in ids if each in found]
    return {"Results": results} | ({"ResultsNotFound": missing} if missing else {})


def list_results(stores: ApiStores, call: Call, request: Document) -> Document:
    """Return a page of results, the newest first.

    Raises:
        InvalidInputError: The filter's data source names no table.
    """
    where = _conditions(request.get("Filter", {}))

    def fetch(after: int | None, limit: int) -> list[GateResult]:
        return stores.quality.list(where=where, after=after, limit=limit)

    return call.tokens.page(
        request, "Results", fetch, lambda one: one.number, most=PAGE, show=_listed
    )


def _shown(kept: GateResult) -> Document:
    found = show(kept)
    return {
        **{name: found[name] for name in _SAME},
        "ExecutionStartedOn": found["StartedOn"],
        "ExecutionCompletedOn": found["CompletedOn"],
        "ResultPublishedOn": kept.created_at,
    }


def _listed(kept: GateResult) -> Document:
    return {
        "ResultId": kept.id,
        "EvaluationRunMode": "ON_DEMAND",
        "DataSource": kept.data_source,
        "ResultPublishedOn": kept.created_at,
        "EvaluationContext": kept.gate if kept.subject is Subject.JOB else None,
    }


def _conditions(wanted: Document) -> list[sa.ColumnElement[bool]]:
    columns = quality_results.c
    tests: Mapping[str, Callable[[Any], sa.ColumnElement[bool]]] = {
        "DataSource": lambda source: columns["table"] == table_source(source).name,
        "PublishedAfter": lambda at: datetime.fromtimestamp(at, UTC) < columns.created_at,
        "PublishedBefore": lambda at: datetime.fromtimestamp(at, UTC) > columns.created_at,
        # No result of ours has dimensions.
        "Dimensions": lambda dimensions: sa.literal(not dimensions),
        "EvaluationContext": lambda name: (columns.gate == name) & (columns.subject == Subject.JOB),
        "EvaluationRunMode": lambda mode: sa.literal(mode == "ON_DEMAND"),
        "DataQualityEvaluationConfig": lambda _name: sa.false(),
    }
    return [tests[member](value) for member, value in wanted.items()]


def operations(stores: ApiStores) -> dict[str, Handler]:
    """Return the operations on results of data quality, second version."""
    return {
        "BatchGetDataQualityResultV2": partial(batch_get_results, stores),
        "GetDataQualityResultV2": partial(get_result, stores),
        "ListDataQualityResultsV2": partial(list_results, stores),
    }
