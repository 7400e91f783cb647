"""ML transforms: what they have learnt, how good they are, what they have found, and why."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import GluepotError, InvalidInputError
from gluepot.catalog.ml_model import get_ml_transform
from gluepot.console.lake import readable_catalog, shown_stores
from gluepot.console.matching.clusters import (
    ORDERS,
    clusters_of,
    members_of,
    records_beside,
)
from gluepot.console.matching.plot import curve_plot
from gluepot.console.matching.sheets import is_sheet, marked
from gluepot.console.page import Action, Done, Page, Snippets, href
from gluepot.jobs.errors import LaunchError
from gluepot.jobs.runs.state import RunKind, RunState
from gluepot.jobs.runs.task_runs import TaskType, status_of, task_of
from gluepot.sql.isolated import warm
from gluepot.transforms.quality.showing import show
from gluepot.transforms.quality.values import json_value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gluepot.catalog.ml_model import MLTransform
    from gluepot.console.asking import Ask
    from gluepot.console.page import Data
    from gluepot.jobs.runs.state import Run

PAGE = 50
TASKS = 30
MEMBERS = 200
MOST = 10_000_000
BESIDE = 20_000
"""Other records that an explanation looks at: how rare a word is depends on them."""


def read_matching(ask: Ask) -> Data:
    """Return a page of transforms with their states and metrics."""
    request: dict[str, Any] = {"MaxResults": PAGE}
    if ask.option("token"):
        request["NextToken"] = ask.option("token")
    found = ask.call("GetMLTransforms", request)
    token = found.get("NextToken")
    return {
        "transforms": [_listed(each) for each in found["Transforms"]],
        "next": href("matching", token=token) if token else None,
    }


def _listed(shown: Mapping[str, Any]) -> dict[str, Any]:
    (table,) = shown["InputRecordTables"]
    metrics = (shown.get("EvaluationMetrics") or {}).get("FindMatchesMetrics", {})
    return {
        "id": shown["TransformId"],
        "name": shown["Name"],
        "description": shown.get("Description"),
        "status": shown["Status"],
        "database": table["DatabaseName"],
        "table": table["TableName"],
        "labels": shown["LabelCount"],
        "precision": metrics.get("Precision"),
        "recall": metrics.get("Recall"),
        "f1": metrics.get("F1"),
        "area": metrics.get("AreaUnderPRCurve"),
        "changed": shown.get("LastModifiedOn"),
    }


def read_transform(ask: Ask) -> Data:
    """Return a transform's model card, its metrics, its tasks, and where its results are."""
    transform_id = ask.need("id")
    shown = ask.call("GetMLTransform", {"TransformId": transform_id})
    services = ask.services
    tasks = services.runs.list(kind=RunKind.MATCH, name=transform_id, limit=TASKS)
    measured = next((each for each in tasks if each.metrics.get("curve")), None)
    figures: Mapping[str, Any] = {} if measured is None else measured.metrics
    curve = figures.get("curve", ())
    return {
        "title": shown["Name"],
        **_listed({"TransformId": transform_id, **shown}),
        "parameters": shown["Parameters"]["FindMatchesParameters"],
        "card": _card(ask, transform_id),
        "calibration_error": figures.get("calibration_error"),
        "curve": [list(each) for each in curve],
        "plot": curve_plot(curve, figures["threshold"]) if curve else None,
        "tasks": [_task(each, transform_id) for each in tasks],
        "sheet": _open_sheet(tasks, transform_id),
        "outputs": _outputs(ask, tasks),
        "working": any(not each.state.final for each in tasks),
    }


def _card(ask: Ask, transform_id: str) -> Mapping[str, Any] | None:
    """Return the model card as plain data; None before the first model."""
    from gluepot.catalog.ml_store import MLStore  # noqa: PLC0415

    services = ask.services
    found = MLStore(services.engine, services.clock).model_of(transform_id)
    if found is None:
        return None
    card = model_of(found.model).card()
    weights = sorted(card.pop("weights").items(), key=lambda each: -abs(each[1]))
    facts = {
        name.replace("_", " "): value
        for name, value in card.items()
        if isinstance(value, str | int | float) and name not in {"threshold", "link"}
    }
    return {
        "version": found.version,
        "cause": found.cause,
        "created_at": found.created_at,
        "threshold": card["threshold"],
        "link": card["link"],
        "precision": card["estimated_precision"],
        "recall": card["estimated_recall"],
        "columns": card["columns"],
        "importances": card["importances"],
        "weights": weights,
        "facts": facts,
    }


def model_of(text: str) -> Any:  # noqa: ANN401 - MatchModel needs numpy
    """Return a stored model.

    Raises:
        LaunchError: What matches is not installed.
        InvalidInputError: The model is of another format.
    """
    try:
        from gluepot.transforms.matching.model import MatchModel  # noqa: PLC0415
    except ImportError as error:
        raise LaunchError(f"Matching needs {error.name}: pip install 'gluepot[matching]'") from None
    return MatchModel.from_json(text)


def _task(run: Run, transform_id: str) -> dict[str, Any]:
    task, details = task_of(run)
    sheet = href("matching-label", id=transform_id, run=run.id)
    return {
        "id": run.id,
        "task": task.value.replace("_", " ").capitalize(),
        "state": status_of(run),
        "started": run.started_at or run.queued_at,
        "seconds": None if run.duration is None else run.duration.total_seconds(),
        "error": None if run.error is None else run.error.message,
        "job_run": details.get("JobRunId") if task is TaskType.FIND_MATCHES else None,
        "sheet": sheet if is_sheet(run, transform_id) else None,
        "labels": {
            key: value
            for key, value in run.metrics.items()
            if key in {"matching_pairs", "distinct_pairs", "contradictions"}
        },
    }


def _open_sheet(tasks: list[Run], transform_id: str) -> str | None:
    """Return the address of the newest pairs that wait for labels, if there are some."""
    for run in tasks:
        if task_of(run)[0] is TaskType.IMPORT_LABELS:
            return None
        if is_sheet(run, transform_id):
            return href("matching-label", id=transform_id, run=run.id)
    return None


def _outputs(ask: Ask, tasks: list[Run]) -> list[str]:
    """Return the tables that jobs have written which used the transform, the newest first."""
    tables: dict[str, None] = {}
    for run in tasks:
        task, details = task_of(run)
        if task is not TaskType.FIND_MATCHES or run.state is not RunState.SUCCEEDED:
            continue
        try:
            job_run = ask.services.runs.get(details["JobRunId"])
        except GluepotError:
            continue  # Old runs are forgotten.
        passes = job_run.metrics.get("passes", ())
        tables |= {
            sink["table"]: None for one in passes for sink in one["sinks"] if sink.get("table")
        }
    return list(tables)


def read_clusters(ask: Ask) -> Data:
    """Return clusters of a table with match ids: the largest, or those that are least sure.

    They are read once ``show`` asks for them: until then the page is there at once.
    """
    table, order = ask.need("table"), ask.option("order", ORDERS[0])
    _allow_table(ask, table)
    start = ask.number("start", 0, most=MOST)
    if order not in ORDERS:
        raise InvalidInputError(f"order is one of {', '.join(ORDERS)}")
    around = {"table": table, "id": ask.option("id")}
    here = href("matching-clusters", order=order, start=start, show="yes", **around)
    data = _later(ask, here) | {
        "title": f"Clusters of {table}",
        "table": table,
        "order": order,
        "orders": _orders(around, ORDERS),
        "records": None,
        "clusters": None,
        "matched": None,
        "has_confidence": False,
        "found": [],
        "next": None,
    }
    if not data["shown"]:
        return data
    catalog, stores = readable_catalog(ask), shown_stores(ask.services)
    try:
        found = clusters_of(catalog, stores, table, order, start=start, limit=PAGE + 1)
    except GluepotError as error:
        return data | {"problem": str(error)}
    following = href("matching-clusters", order=order, start=start + PAGE, show="yes", **around)
    return data | {
        "orders": _orders(around, ORDERS if found.has_confidence else ORDERS[:1]),
        "records": found.records,
        "clusters": found.clusters,
        "matched": found.matched,
        "has_confidence": found.has_confidence,
        "found": [
            {
                "match_id": str(each.match_id),
                "size": each.size,
                "confidence": each.confidence,
                "address": href("matching-cluster", match_id=each.match_id, **around),
            }
            for each in found.found[:PAGE]
        ],
        "next": following if len(found.found) > PAGE else None,
    }


def _orders(around: Mapping[str, str], names: Sequence[str]) -> list[dict[str, str]]:
    return [
        {"name": each, "address": href("matching-clusters", order=each, **around)} for each in names
    ]


def _later(ask: Ask, load: str) -> dict[str, Any]:
    """Return what a page has whose figures are read by a second request, which ``load`` names."""
    shown = ask.option("show") == "yes"
    if not shown:
        warm()
    return {"shown": shown, "load": load, "problem": None}


def read_cluster(ask: Ask) -> Data:
    """Return the records of one cluster, with links to why the first matches each other one.

    They are read once ``show`` asks for them.
    """
    table, match_id = ask.need("table"), ask.need("match_id")
    _allow_table(ask, table)
    transform_id = ask.option("id")
    around = {"table": table, "id": transform_id}
    data = _later(ask, href("matching-cluster", match_id=match_id, show="yes", **around)) | {
        "title": f"Match id {match_id}",
        "table": table,
        "back": href("matching-clusters", **around),
        "columns": [],
        "rows": [],
        "most": MEMBERS,
    }
    if not data["shown"]:
        return data
    catalog, stores = readable_catalog(ask), shown_stores(ask.services)
    try:
        columns, rows = members_of(catalog, stores, table, match_id, limit=MEMBERS)
    except GluepotError as error:
        return data | {"problem": str(error)}
    key = _key_of(ask, transform_id)
    at = columns.index(key) if key in columns else None
    first = str(rows[0][at]) if rows and at is not None else None
    return data | {
        "columns": columns,
        "rows": [
            {
                "cells": [_shown(value) for value in row],
                "why": href("matching-explain", id=transform_id, left=first, right=row[at])
                if number and at is not None
                else None,
            }
            for number, row in enumerate(rows)
        ],
    }


def _shown(value: object) -> dict[str, Any]:
    found = show(json_value(value))
    return {"text": found.text, "absent": found.absent}


def _key_of(ask: Ask, transform_id: str) -> str | None:
    if not transform_id or not ask.may("GetMLTransform", {"TransformId": transform_id}):
        return None
    return _transform(ask, transform_id).primary_key


def _transform(ask: Ask, transform_id: str) -> MLTransform:
    return get_ml_transform(ask.services.jobs.definitions, transform_id)


def _allow_table(ask: Ask, table: str) -> None:
    database, dot, name = table.partition(".")
    if not dot:
        raise InvalidInputError(f"{table!r} names no table: DATABASE.TABLE")
    ask.allow("GetTable", {"DatabaseName": database, "Name": name})


def read_explanation(ask: Ask) -> Data:
    """Return why two records of a transform's table match or do not, field by field."""
    transform_id = ask.need("id")
    ask.allow("GetMLTransform", {"TransformId": transform_id})
    transform = _transform(ask, transform_id)
    _allow_table(ask, f"{transform.database}.{transform.table}")
    left, right = ask.option("left").strip(), ask.option("right").strip()
    here = href("matching-explain", id=transform_id, left=left, right=right, show="yes")
    data = _later(ask, here) | {
        "title": "Why two records match",
        "id": transform_id,
        "name": transform.name,
        "key": transform.primary_key,
        "left": left,
        "right": right,
        "beside": BESIDE,
        "found": None,
    }
    if not (left and right and data["shown"]):
        return data
    try:
        return data | {"found": _explained(ask, transform, left, right)}
    except GluepotError as error:
        return data | {"problem": str(error)}


def _explained(ask: Ask, transform: MLTransform, left: str, right: str) -> Data:
    from gluepot.catalog.ml_store import MLStore  # noqa: PLC0415

    if left == right:
        raise InvalidInputError(f"{left!r} is one record; a pair is two")
    services = ask.services
    stored = MLStore(services.engine, services.clock).model_of(transform.id)
    if stored is None:
        raise InvalidInputError(
            f"Transform {transform.name} has no model yet: let it ask you pairs, and teach it"
        )
    model = model_of(stored.model)
    from gluepot.transforms.matching.explaining import explain_pair  # noqa: PLC0415
    from gluepot.transforms.matching.records import Records  # noqa: PLC0415

    name = f"{transform.database}.{transform.table}"
    table = records_beside(services, name, transform.primary_key, (left, right), most=BESIDE)
    records = Records.of(table, transform.primary_key)
    ids = records.ids.to_pylist()
    for wanted in (left, right):
        if wanted not in ids[:2]:
            raise InvalidInputError(f"No record of {name} has the id {wanted!r}")
    explained = explain_pair(records, ids.index(left), ids.index(right), model)
    largest = max((abs(each.evidence) for each in explained.fields), default=1.0) or 1.0
    return {
        "probability": explained.probability,
        "threshold": model.threshold,
        "accepted": explained.accepted,
        "total": explained.total,
        "fields": [
            {
                "column": each.column or "(whole record)",
                "kind": each.kind,
                **marked(each.left or "", each.right or ""),
                "similarities": dict(each.similarities),
                "evidence": each.evidence,
                "width": round(abs(each.evidence) / largest * 100, 1),
            }
            for each in explained.fields
        ],
    }


def evaluate(ask: Ask) -> Done:
    """Queue an evaluation of a transform on its labels."""
    transform_id = ask.need("id")
    ask.call("StartMLEvaluationTaskRun", {"TransformId": transform_id})
    return Done(to=href("matching-transform", id=transform_id), message="The evaluation is queued")


def _list_snippets(_ask: Ask) -> Snippets:
    return Snippets(cli="aws glue get-ml-transforms", boto3="glue.get_ml_transforms()")


def _transform_snippets(ask: Ask) -> Snippets:
    transform_id = ask.need("id")
    quoted = shlex.quote(transform_id)
    return Snippets(
        cli=f"aws glue get-ml-transform --transform-id {quoted}",
        boto3=f"glue.get_ml_transform(TransformId={transform_id!r})",
    )


def _page(path: str, title: str, read: Any, snippets: Any = None) -> Page:  # noqa: ANN401
    return Page(
        path=path,
        title=title,
        section="matching",
        template=f"{path}.html.jinja",
        read=read,
        snippets=snippets,
    )


PAGES = (
    _page("matching", "Matching", read_matching, _list_snippets),
    _page("matching-transform", "Transform", read_transform, _transform_snippets),
    _page("matching-clusters", "Clusters", read_clusters),
    _page("matching-cluster", "Cluster", read_cluster),
    _page("matching-explain", "Why two records match", read_explanation, _transform_snippets),
)
ACTIONS = (Action(path="matching-evaluate", act=evaluate),)
