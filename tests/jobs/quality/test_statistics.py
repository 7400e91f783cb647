"""What rules have measured, what somebody says of it, and what is expected, asked for by boto3."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from gluepot.jobs.quality.model import GateResult, Subject
from gluepot.jobs.run_context.store import JobStore
from tests.jobs.operations.conftest import refused
from tests.jobs.operations.ml_cases import make_table, paged
from tests.transforms.quality.pages import DELAYS, LOST
from tests.transforms.quality.pages import ROWS as ROWS_RULE
from tests.transforms.quality.pages import result as page_result

if TYPE_CHECKING:
    from gluepot.services import Services
    from tests.servers.glue import GlueServer

ROWS = "Dataset.*.RowCount"
MEAN = "Column.dep_time.Mean where day > 1"
START = datetime(2024, 3, 1, tzinfo=UTC)


@pytest.fixture
def kept(services: Services) -> list[GateResult]:
    """Return the results of five days; the rows grow from 100 by 10 a day."""
    times = (START + timedelta(days=day) for day in range(5))
    store = JobStore(services.engine, lambda: next(times))
    return [
        store.record_gate(
            GateResult(
                run_id=f"jr_{day}",
                job_name="load",
                gate="g",
                on_failure="warn",
                passed=True,
                result={"score": 1.0, "statistics": {ROWS: 100.0 + 10 * day, MEAN: 5.0}},
                html_report="h",
                json_report="j",
                subject=Subject.JOB if day else Subject.TABLE,
            )
        )
        for day in range(5)
    ]


@pytest.fixture
def glue(glue_server: GlueServer) -> Any:  # noqa: ANN401
    return glue_server.client()


def values(glue: Any, **request: Any) -> list[float]:  # noqa: ANN401
    found = paged(glue, "list_data_quality_statistics", "Statistics", **request)
    return [one["DoubleValue"] for one in found]


def test_values_are_listed_by_statistic_profile_and_time(glue: Any, kept: list[GateResult]) -> None:  # noqa: ANN401
    last = kept[-1]
    series = last.statistic_id(ROWS)

    assert values(glue, StatisticId=series) == [140.0, 130.0, 120.0, 110.0]
    assert values(glue, StatisticId=kept[0].statistic_id(ROWS)) == [100.0]
    since = {"RecordedAfter": START + timedelta(days=2, hours=1)}
    assert values(glue, StatisticId=series, TimestampFilter=since) == [140.0, 130.0]
    until = {"RecordedBefore": START + timedelta(days=2, hours=1)}
    assert values(glue, StatisticId=series, TimestampFilter=until) == [120.0, 110.0]
    found = glue.list_data_quality_statistics(ProfileId=last.profile_id)["Statistics"]
    mean, rows = found
    assert (rows["StatisticName"], rows["EvaluationLevel"]) == ("RowCount", "Dataset")
    assert (mean["StatisticName"], mean["ColumnsReferenced"]) == ("Mean", ["dep_time"])
    assert mean["StatisticProperties"] == {"key": MEAN}
    assert rows["RunIdentifier"] == {"JobRunId": "jr_4"}
    assert (rows["ProfileId"], rows["StatisticId"]) == (last.profile_id, series)
    assert rows["RecordedOn"] == START + timedelta(days=4)
    assert rows["InclusionAnnotation"] == {"Value": "INCLUDE"}
    with refused(glue, "EntityNotFound", "dqprofile-x"):
        values(glue, ProfileId="dqprofile-x")
    with refused(glue, "EntityNotFound", "dqstat-x"):
        values(glue, StatisticId="dqstat-x")


def test_annotations_are_put_listed_and_heeded(
    glue: Any,  # noqa: ANN401
    kept: list[GateResult],
    services: Services,
) -> None:
    last, before = kept[-1], kept[-2]
    series = last.statistic_id(ROWS)
    wanted = {"StatisticId": series, "InclusionAnnotation": "EXCLUDE"}

    found = glue.batch_put_data_quality_statistic_annotation(
        InclusionAnnotations=[
            {**wanted, "ProfileId": last.profile_id},
            {**wanted, "ProfileId": "dqprofile-x"},
        ]
    )
    glue.put_data_quality_profile_annotation(
        ProfileId=before.profile_id, InclusionAnnotation="EXCLUDE"
    )

    (failed,) = found["FailedInclusionAnnotations"]
    assert (failed["ProfileId"], failed["StatisticId"]) == ("dqprofile-x", series)
    assert "not found" in failed["FailureReason"]
    listed = paged(glue, "list_data_quality_statistic_annotations", "Annotations")
    assert [one["ProfileId"] for one in listed] == [last.profile_id, *[before.profile_id] * 2]
    assert {one["InclusionAnnotation"]["Value"] for one in listed} == {"EXCLUDE"}
    assert "LastModifiedOn" in listed[0]["InclusionAnnotation"]
    points = services.jobs.quality.points(series, 9)
    assert [point.value for point in points] == [120.0, 110.0]
    with refused(glue, "EntityNotFound", "dqprofile-x"):
        glue.put_data_quality_profile_annotation(
            ProfileId="dqprofile-x", InclusionAnnotation="EXCLUDE"
        )


def test_a_model_tells_what_was_expected_of_each_value(
    glue: Any,  # noqa: ANN401
    kept: list[GateResult],
) -> None:
    last, second = kept[-1], kept[2]
    series = last.statistic_id(ROWS)

    model = glue.get_data_quality_model(ProfileId=last.profile_id, StatisticId=series)
    early = glue.get_data_quality_model(ProfileId=second.profile_id)
    found = glue.get_data_quality_model_result(ProfileId=last.profile_id, StatisticId=series)

    assert model["Status"] == "SUCCEEDED"
    assert (early["Status"], early["FailureReason"]) == (
        "FAILED",
        "A model needs 3 earlier values that count",
    )
    newest, *older = found["Model"]
    assert (newest["ActualValue"], newest["InclusionAnnotation"]) == (140.0, "INCLUDE")
    assert newest["LowerBound"] < newest["PredictedValue"] == 120.0 < newest["UpperBound"]
    assert [one["ActualValue"] for one in older] == [130.0, 120.0, 110.0]
    assert all("PredictedValue" not in one for one in older)
    with refused(glue, "EntityNotFound", "dqstat-x"):
        glue.get_data_quality_model_result(ProfileId=last.profile_id, StatisticId="dqstat-x")
    with refused(glue, "EntityNotFound", "dqprofile-x"):
        glue.get_data_quality_model(ProfileId="dqprofile-x")


def test_results_of_rules_that_are_no_dqdl_are_shown_too(
    glue: Any,  # noqa: ANN401
    services: Services,
) -> None:
    told = page_result(DELAYS, ROWS_RULE, LOST, name="before")
    kept = services.jobs.record_gate(
        GateResult(
            run_id="jr_9",
            job_name="clean",
            gate="before",
            on_failure="fail",
            passed=told.passed,
            result=told.to_json(),
            html_report="h",
            json_report="j",
        )
    )

    shown = glue.get_data_quality_result(ResultId=kept.id)

    assert [rule["Result"] for rule in shown["RuleResults"]] == ["FAIL", "PASS", "ERROR"]
    assert shown["RuleResults"][0]["Description"] == DELAYS.sentence
    assert "seats" in shown["RuleResults"][2]["EvaluationMessage"]
    assert (shown["JobName"], shown["JobRunId"]) == ("clean", "jr_9")
    assert shown["EvaluationContext"] == "before"
    assert shown["AggregatedMetrics"]["TotalRulesFailed"] == 2.0
    (listed,) = glue.list_data_quality_results(Filter={"JobName": "clean"})["Results"]
    assert listed["ResultId"] == kept.id
    assert glue.list_data_quality_results(Filter={"JobRunId": "jr_x"})["Results"] == []


def test_runs_and_results_of_a_table_are_found_on_each_database(
    glue: Any,  # noqa: ANN401
    kept: list[GateResult],
    services: Services,
) -> None:
    make_table(glue)
    source = {"GlueTable": {"DatabaseName": "d", "TableName": "t"}}
    glue.create_data_quality_ruleset(Name="rows", Ruleset="Rules = [ RowCount > 0 ]")
    given = {"DataSource": source, "Role": "r"}
    run_id = glue.start_data_quality_ruleset_evaluation_run(**given, RulesetNames=["rows"])["RunId"]
    advice = glue.start_data_quality_rule_recommendation_run(**given)["RunId"]
    of_table = services.jobs.record_gate(
        replace(kept[0], subject=Subject.TABLE, table="d.t", data_source=source)
    )

    wanted = {"Filter": {"DataSource": source}}
    evaluations = glue.list_data_quality_ruleset_evaluation_runs(**wanted)["Runs"]
    recommendations = glue.list_data_quality_rule_recommendation_runs(**wanted)["Runs"]
    results = glue.list_data_quality_results(**wanted)["Results"]

    assert [run["RunId"] for run in evaluations] == [run_id]
    assert [run["RunId"] for run in recommendations] == [advice]
    assert [run["Status"] for run in evaluations] == ["STARTING"]
    assert [(one["ResultId"], one["DataSource"]) for one in results] == [(of_table.id, source)]
