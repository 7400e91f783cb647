"""Runs of data quality in the Glue API: evaluations of rulesets, and recommendations of them."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import EntityNotFoundError, InvalidInputError
from gluepot.catalog.operations.named import check_account
from gluepot.jobs.quality.orders import (
    RECOMMENDED,
    RESULT_IDS,
    Task,
    enqueue_task,
    request_of,
    table_source,
    task_of,
)
from gluepot.jobs.runs.state import RunKind, RunState
from gluepot.jobs.runs.tables import runs as run_rows
from gluepot.jobs.runs.task_runs import started_at
from gluepot.transforms.operations.client_tokens import once
from gluepot.transforms.operations.rulesets import RULESETS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import sqlalchemy as sa

    from gluepot.catalog.calls import Call, Document, Handler
    from gluepot.catalog.objects import ObjectStore
    from gluepot.jobs.operations.stores import ApiStores
    from gluepot.jobs.runs.state import Run

PAGE = 1000
_KINDS = {
    Task.EVALUATION: "Data quality ruleset evaluation run",
    Task.RECOMMENDATION: "Data quality rule recommendation run",
}
_SHOWN_AS = {
    RunState.WAITING: "STARTING",
    RunState.ERROR: "FAILED",
    RunState.EXPIRED: "FAILED",
}
"""Where AWS Glue's tasks know no such state."""
_NOT_WRITTEN = (
    "ProfilingResults",
    "DataQualityRuleResults",
    "ObservationResults",
    "ObservationMode",
)
_SHOWN = ("DataSource", "Role", "NumberOfWorkers", "Timeout")
_OF_EVALUATION = ("AdditionalRunOptions", "RulesetNames", "AdditionalDataSources")
_OF_RECOMMENDATION = (
    "CreatedRulesetName",
    "DataQualitySecurityConfiguration",
    "AdditionalRunOptions",
    "RecommendationMode",
)


def start_evaluation(stores: ApiStores, call: Call, request: Document) -> Document:
    """Queue the evaluation of rulesets on a table.

    Raises:
        EntityNotFoundError: The table, or a ruleset, is not there.
        InvalidInputError: The data source or an option cannot be followed.
        IdempotentParameterMismatchError: The client's token came before with other parameters.
    """
    for source in (request["DataSource"], *request.get("AdditionalDataSources", {}).values()):
        _check_source(stores, call, source)
    _check_options(request)
    for name in request["RulesetNames"]:
        stores.objects.definitions.get(RULESETS.kind, name)
    return _start(stores, call, request, Task.EVALUATION)


def start_recommendation(stores: ApiStores, call: Call, request: Document) -> Document:
    """Queue the recommendation of a ruleset for a table.

    Raises:
        InvalidInputError: The table is not there, or the ruleset's name is taken.
        IdempotentParameterMismatchError: The client's token came before with other parameters.
    """
    try:
        _check_source(stores, call, request["DataSource"])
    except EntityNotFoundError as error:
        # Source: the API reference has no EntityNotFoundException for this operation.
        raise InvalidInputError(str(error)) from error
    name = request.get("CreatedRulesetName")
    if name is not None and stores.objects.definitions.find(RULESETS.kind, name) is not None:
        raise InvalidInputError(f"{RULESETS.kind} {name} already exists; name another")
    return _start(stores, call, request, Task.RECOMMENDATION)


def get_run(task: Task, stores: ApiStores, _call: Call, request: Document) -> Document:
    """Return a run.

    Raises:
        EntityNotFoundError: There is no such run.
    """
    return _show(_find(stores, task, request["RunId"]), stores.runs.clock())


def batch_get_evaluations(stores: ApiStores, _call: Call, request: Document) -> Document:
    """Return the runs that there are, and the ids of those that there are not."""
    found: list[Document] = []
    missing: list[str] = []
    for run_id in dict.fromkeys(request["RunIds"]):
        try:
            run = _find(stores, Task.EVALUATION, run_id)
        except EntityNotFoundError:
            missing.append(run_id)
        else:
            found.append(_show(run, stores.runs.clock()))
    return {"Runs": found} | ({"RunsNotFound": missing} if missing else {})


def cancel_run(task: Task, stores: ApiStores, _call: Call, request: Document) -> Document:
    """Stop a run; one that has ended stays as it is.

    Raises:
        EntityNotFoundError: There is no such run.
    """
    stores.runs.stop(_find(stores, task, request["RunId"]).id)
    return {}


def list_runs(task: Task, stores: ApiStores, call: Call, request: Document) -> Document:
    """Return a page of runs, the newest first, of a table or a ruleset if asked.

    Raises:
        InvalidInputError: The filter's data source names no table.
    """
    wanted = request.get("Filter", {})
    name = table_source(wanted["DataSource"]).name if "DataSource" in wanted else None
    keep = _keeps(wanted)
    where: list[sa.ColumnElement[bool]] = [run_rows.c.settings[("Task",)].as_string() == task.value]

    def fetch(after: str | None, limit: int) -> list[Run]:
        found: list[Run] = []
        while len(found) < limit:
            runs = stores.runs.list(
                kind=RunKind.QUALITY, name=name, where=where, limit=limit, after=after
            )
            found += filter(keep, runs)
            if len(runs) < limit:
                break
            after = runs[-1].id
        return found[:limit]

    return call.tokens.page(
        request, "Runs", fetch, lambda run: run.id, most=PAGE, show=partial(_listed, task)
    )


def _start(stores: ApiStores, call: Call, request: Document, task: Task) -> Document:
    def carry_out(inside: ObjectStore, rest: Document) -> Document:
        if inside.connection is None:
            raise AssertionError("a token is kept in the transaction of what it is for")
        runs = stores.runs.within(inside.connection)
        run = enqueue_task(runs, task, table_source(rest["DataSource"]).name, rest)
        return {"RunId": run.id}

    return once(stores.objects, call, request, carry_out)


def _check_source(stores: ApiStores, call: Call, data_source: Document) -> None:
    """See that a data source is a table of this catalog.

    Raises:
        EntityNotFoundError: It is not there.
        InvalidInputError: It names no table, or two.
    """
    source = table_source(data_source)
    named: Mapping[str, Any] = next(iter(data_source.values()))
    check_account(call, dict(named))
    stores.catalog.get_table(source.database, source.table)


def _check_options(request: Document) -> None:
    options = request.get("AdditionalRunOptions", {})
    for name in _NOT_WRITTEN:
        if name in options:
            raise InvalidInputError(
                f"AdditionalRunOptions.{name} is not supported: results, observations and"
                " statistics are read by GetDataQualityResult and ListDataQualityStatistics"
            )
    config = options.get("RowLevelResults", {}).get("CatalogTableConfig", {})
    if "RowLevelResults" in options and "S3Location" not in config:
        raise InvalidInputError("RowLevelResults.CatalogTableConfig.S3Location is missing")


def _find(stores: ApiStores, task: Task, run_id: str) -> Run:
    found = EntityNotFoundError(_KINDS[task], run_id)
    try:
        run = stores.runs.get(run_id)
    except EntityNotFoundError:
        raise found from None
    if run.kind is not RunKind.QUALITY or task_of(run) is not task:
        raise found
    return run


def _keeps(wanted: Document) -> Callable[[Run], bool]:
    tests: Mapping[str, Callable[[Run], bool]] = {
        "StartedBefore": lambda run: started_at(run) < _time(wanted["StartedBefore"]),
        "StartedAfter": lambda run: started_at(run) > _time(wanted["StartedAfter"]),
        "RulesetName": lambda run: wanted["RulesetName"] in request_of(run)["RulesetNames"],
    }
    asked = [test for member, test in tests.items() if member in wanted]
    return lambda run: all(test(run) for test in asked)


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _show(run: Run, now: datetime) -> Document:
    request = request_of(run)
    taken = None if run.started_at is None else (run.completed_at or now) - run.started_at
    own = _OF_EVALUATION if task_of(run) is Task.EVALUATION else _OF_RECOMMENDATION
    shown = {name: run.settings.get(name) for name in ("NumberOfWorkers", "Timeout")}
    return {
        **shown,
        **{name: request[name] for name in (*_SHOWN, *own) if name in request},
        "RunId": run.id,
        "Status": _status(run),
        "ErrorString": run.error and run.error.message,
        "StartedOn": started_at(run),
        "LastModifiedOn": run.completed_at or started_at(run),
        "CompletedOn": run.completed_at,
        "ExecutionTime": 0 if taken is None else max(0, int(taken.total_seconds())),
        **_outcome(run),
    }


def _outcome(run: Run) -> Document:
    if task_of(run) is Task.RECOMMENDATION:
        return {"RecommendedRuleset": run.metrics.get(RECOMMENDED)}
    return {"ResultIds": run.metrics.get(RESULT_IDS) or None}


def _listed(task: Task, run: Run) -> Document:
    request = request_of(run)
    shown = {
        "RunId": run.id,
        "Status": _status(run),
        "StartedOn": started_at(run),
        "DataSource": request.get("DataSource"),
    }
    if task is Task.EVALUATION:
        return shown
    named = ("CreatedRulesetName", "RecommendationMode")
    return shown | {name: request[name] for name in named if name in request}


def _status(run: Run) -> str:
    return _SHOWN_AS.get(run.state, run.state.value)


def operations(stores: ApiStores) -> dict[str, Handler]:
    """Return the operations on runs of data quality."""
    found: dict[str, Handler] = {
        "BatchGetDataQualityRulesetEvaluationRun": partial(batch_get_evaluations, stores),
        "StartDataQualityRuleRecommendationRun": partial(start_recommendation, stores),
        "StartDataQualityRulesetEvaluationRun": partial(start_evaluation, stores),
    }
    names = {Task.EVALUATION: "RulesetEvaluation", Task.RECOMMENDATION: "RuleRecommendation"}
    for task, name in names.items():
        found |= {
            f"CancelDataQuality{name}Run": partial(cancel_run, task, stores),
            f"GetDataQuality{name}Run": partial(get_run, task, stores),
            f"ListDataQuality{name}Runs": partial(list_runs, task, stores),
        }
    return found
