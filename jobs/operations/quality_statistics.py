"""What rules have measured in the Glue API: values, annotations, and what history lets expect."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from gluepot.catalog.errors import EntityNotFoundError
from gluepot.jobs.quality.metric_names import read_key
from gluepot.jobs.quality.model import Inclusion, Subject
from gluepot.jobs.quality.store import STATISTIC
from gluepot.jobs.quality.tables import quality_statistics
from gluepot.transforms.quality.dqdl.anomalies import (
    LEAST_EARLIER,
    MOST_OF_SEASONS,
    expect_at,
)
from gluepot.transforms.quality.dqdl.history import Point

if TYPE_CHECKING:
    from collections.abc import Sequence

    import sqlalchemy as sa

    from gluepot.catalog.calls import Call, Document, Handler
    from gluepot.jobs.operations.stores import ApiStores
    from gluepot.jobs.quality.model import Statistic

PAGE = 1000
PROFILE = "Data quality profile"
MODELLED = 100
"""How many values of a series a model's result goes back; the API has no pages of it."""


def list_statistics(stores: ApiStores, call: Call, request: Document) -> Document:
    """Return a page of values, the newest first, of a statistic or a profile if asked.

    Raises:
        EntityNotFoundError: There is no such statistic or profile.
    """
    _check_there(stores, request)
    return _page(stores, call, request, "Statistics", [])


def list_annotations(stores: ApiStores, call: Call, request: Document) -> Document:
    """Return a page of the values of which somebody has said whether they count."""
    annotated = [quality_statistics.c.inclusion.is_not(None)]
    return _page(stores, call, request, "Annotations", annotated)


def batch_put_annotations(stores: ApiStores, _call: Call, request: Document) -> Document:
    """Say of values whether they count in the history; those that are not there are named."""
    failed: list[Document] = []
    for wanted in request["InclusionAnnotations"]:
        profile_id, series = wanted.get("ProfileId", ""), wanted.get("StatisticId", "")
        inclusion = Inclusion(wanted.get("InclusionAnnotation", Inclusion.INCLUDE))
        if not stores.quality.annotate(profile_id, inclusion, series=series):
            reason = f"{STATISTIC} {series} of profile {profile_id} not found."
            named = {key: value for key, value in wanted.items() if key.endswith("Id")}
            failed.append({**named, "FailureReason": reason})
    return {"FailedInclusionAnnotations": failed}


def put_profile_annotation(stores: ApiStores, _call: Call, request: Document) -> Document:
    """Say of all values of a profile whether they count in the history.

    Raises:
        EntityNotFoundError: There is no such profile.
    """
    profile_id = request["ProfileId"]
    if not stores.quality.has_profile(profile_id):
        raise EntityNotFoundError(PROFILE, profile_id)
    stores.quality.annotate(profile_id, Inclusion(request["InclusionAnnotation"]))
    return {}


def get_model(stores: ApiStores, _call: Call, request: Document) -> Document:
    """Return whether history lets expect anything of a statistic, or of some of a profile.

    Raises:
        EntityNotFoundError: There is no such statistic in the profile.
    """
    found = _values_of(stores, request)
    modelled = any(_expected(stores, one) for one in found)
    reason = f"A model needs {LEAST_EARLIER} earlier values that count"
    return {
        "Status": "SUCCEEDED" if modelled else "FAILED",
        "StartedOn": found[0].recorded_at,
        "CompletedOn": found[0].recorded_at,
        "FailureReason": None if modelled else reason,
    }


def get_model_result(stores: ApiStores, _call: Call, request: Document) -> Document:
    """Return a statistic's values up to a profile's, each with what was expected of it.

    Raises:
        EntityNotFoundError: There is no such statistic in the profile.
    """
    (last,) = _values_of(stores, request)
    found = stores.quality.statistics(
        series=last.id, after=last.number + 1, limit=MODELLED + MOST_OF_SEASONS
    )
    return {
        "CompletedOn": last.recorded_at,
        "Model": [_modelled(found, at) for at in range(min(len(found), MODELLED))],
    }


def _check_there(stores: ApiStores, request: Document) -> None:
    profile_id, series = request.get("ProfileId"), request.get("StatisticId")
    if profile_id is not None and not stores.quality.has_profile(profile_id):
        raise EntityNotFoundError(PROFILE, profile_id)
    if series is not None and not stores.quality.statistics(series=series, limit=1):
        raise EntityNotFoundError(STATISTIC, series)


def _values_of(stores: ApiStores, request: Document) -> Sequence[Statistic]:
    profile_id, series = request["ProfileId"], request.get("StatisticId")
    found = stores.quality.statistics(profile_id=profile_id, series=series, limit=PAGE)
    if not found and series is not None:
        raise EntityNotFoundError(STATISTIC, series)
    if not found:
        raise EntityNotFoundError(PROFILE, profile_id)
    return found


def _expected(stores: ApiStores, value: Statistic) -> bool:
    before = stores.quality.statistics(series=value.id, after=value.number, limit=MODELLED)
    return expect_at(_counting(before), value.recorded_at) is not None


def _counting(values: Sequence[Statistic]) -> list[Point]:
    return [Point(value=each.value, at=each.recorded_at) for each in values if each.counts]


def _modelled(newest_first: Sequence[Statistic], at: int) -> Document:
    value = newest_first[at]
    expected = expect_at(_counting(newest_first[at + 1 :]), value.recorded_at)
    return {
        "Date": value.recorded_at,
        "ActualValue": value.value,
        "LowerBound": expected and expected.lower,
        "UpperBound": expected and expected.upper,
        "PredictedValue": expected and expected.expected,
        "InclusionAnnotation": value.inclusion or Inclusion.INCLUDE,
    }


def _page(
    stores: ApiStores,
    call: Call,
    request: Document,
    member: str,
    where: Sequence[sa.ColumnElement[bool]],
) -> Document:
    show = _show if member == "Statistics" else _annotation
    conditions = [*where, *_recorded(request.get("TimestampFilter", {}))]

    def fetch(after: int | None, limit: int) -> Sequence[Statistic]:
        return stores.quality.statistics(
            series=request.get("StatisticId"),
            profile_id=request.get("ProfileId"),
            where=conditions,
            after=after,
            limit=limit,
        )

    return call.tokens.page(request, member, fetch, lambda one: one.number, most=PAGE, show=show)


def _recorded(wanted: Document) -> list[sa.ColumnElement[bool]]:
    column = quality_statistics.c.recorded_at
    found = []
    if "RecordedBefore" in wanted:
        found.append(column < datetime.fromtimestamp(wanted["RecordedBefore"], UTC))
    if "RecordedAfter" in wanted:
        found.append(column > datetime.fromtimestamp(wanted["RecordedAfter"], UTC))
    return found


def _show(value: Statistic) -> Document:
    named = read_key(value.key)
    run = "JobRunId" if value.subject is Subject.JOB else "RunId"
    return {
        "StatisticId": value.id,
        "ProfileId": value.profile_id,
        "RunIdentifier": {run: value.run_id},
        "StatisticName": named.name,
        "DoubleValue": value.value,
        "EvaluationLevel": named.level,
        "ColumnsReferenced": list(named.columns),
        "ReferencedDatasets": [],
        "StatisticProperties": {"key": value.key},
        "RecordedOn": value.recorded_at,
        "InclusionAnnotation": _inclusion(value),
    }


def _annotation(value: Statistic) -> Document:
    return {
        "ProfileId": value.profile_id,
        "StatisticId": value.id,
        "StatisticRecordedOn": value.recorded_at,
        "InclusionAnnotation": _inclusion(value),
    }


def _inclusion(value: Statistic) -> Document:
    return {
        "Value": value.inclusion or Inclusion.INCLUDE,
        "LastModifiedOn": value.annotated_at,
    }


def operations(stores: ApiStores) -> dict[str, Handler]:
    """Return the operations on statistics, their annotations and models."""
    return {
        "BatchPutDataQualityStatisticAnnotation": partial(batch_put_annotations, stores),
        "GetDataQualityModel": partial(get_model, stores),
        "GetDataQualityModelResult": partial(get_model_result, stores),
        "ListDataQualityStatisticAnnotations": partial(list_annotations, stores),
        "ListDataQualityStatistics": partial(list_statistics, stores),
        "PutDataQualityProfileAnnotation": partial(put_profile_annotation, stores),
    }
