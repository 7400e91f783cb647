"""EvaluateDataQuality as scripts call it, in a job and without one."""

from __future__ import annotations

import importlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from gluepot.catalog.errors import InvalidInputError, StorageError
from gluepot.crawlers.sources.config import S3Config
from gluepot.jobs.parameters.facts import JobFacts
from gluepot.jobs.parameters.glue_names import glue_names
from gluepot.jobs.run_context.script_run import ScriptRun, running
from gluepot.jobs.run_context.workshop import open_workshop
from gluepot.jobs.runs.state import RunKind
from gluepot.transforms.frame import DynamicFrame
from gluepot.transforms.quality.dqdl import InvalidRulesetError
from tests.jobs.conftest import utc_now

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pyspark.sql import SparkSession

    from gluepot.jobs.run_context.workshop import Workshop

RULESET = """
Rules = [
    RowCount between 1 and 9,
    IsComplete "name",
    ColumnValues "id" > last() - 1
]
"""


@pytest.fixture
def shop(sqlite_catalog: str, tmp_path: Path) -> Workshop:
    s3 = S3Config(region="us-east-1")
    facts = JobFacts(catalog_url=sqlite_catalog, home=tmp_path, conf_dir=tmp_path, s3=s3)
    waiting = open_workshop(facts, job_name="load", run_id="", clock=utc_now)
    run = waiting.runs.enqueue(RunKind.JOB, "load")
    assert run is not None
    return replace(waiting, run_id=run.id)


@pytest.fixture
def in_a_job(shop: Workshop) -> Iterator[Workshop]:
    with running(ScriptRun(workshop=shop, bookmark=False)):
        yield shop


@pytest.fixture
def gluedq() -> Iterator[Any]:
    with glue_names():
        yield importlib.import_module("awsgluedq.transforms")


@pytest.fixture(scope="module")
def people(spark: SparkSession) -> DynamicFrame:
    rows = [(1, "ann"), (2, None)]
    return DynamicFrame(spark.createDataFrame(rows, "id int, name string"), None, "people")


def test_apply_returns_a_row_for_each_rule(gluedq: Any, people: DynamicFrame) -> None:  # noqa: ANN401
    found = gluedq.EvaluateDataQuality.apply(
        frame=people, ruleset=RULESET, publishing_options={"dataQualityEvaluationContext": "c"}
    ).toDF()

    assert found.schema.simpleString() == (
        "struct<Rule:string,Outcome:string,FailureReason:string,"
        "EvaluatedMetrics:map<string,double>,EvaluatedRule:string>"
    )
    count, complete, dynamic = found.collect()
    assert (count.Rule, count.Outcome) == ("RowCount between 1 and 9", "Passed")
    assert count.EvaluatedMetrics == {"Dataset.*.RowCount": 2.0}
    assert (complete.Outcome, complete.EvaluatedMetrics["Column.name.Completeness"]) == (
        "Failed",
        0.5,
    )
    assert complete.FailureReason == "Value: 0.5 does not meet the constraint requirement!"
    assert dynamic.Outcome == "Failed"


def test_process_rows_returns_three_frames(gluedq: Any, people: DynamicFrame) -> None:  # noqa: ANN401
    text = 'DefaultLabels=["team"="data"] Rules=[ IsComplete "name", SchemaMatch "ref" = 1.0 ]'
    found = gluedq.EvaluateDataQuality().process_rows(
        frame=people,
        ruleset=text,
        additional_options={
            "performanceTuning.caching": "CACHE_INPUT",
            "observations.scope": "ALL",
            "compositeRuleEvaluation.method": "ROW",
            "rowLevelConfiguration.filteredRowLabel": "SKIPPED",
            "rowLevelConfiguration.ruleWithLabels": "ENABLED",
        },
        additional_data_sources={"ref": people},
    )

    assert sorted(found.keys()) == ["originalData", "rowLevelOutcomes", "ruleOutcomes"]
    assert found["originalData"].count() == 2
    outcomes = found["ruleOutcomes"].toDF().collect()
    assert [row.Outcome for row in outcomes] == ["Failed", "Passed"]
    assert outcomes[0].Labels == {"team": "data"}
    failed = found["rowLevelOutcomes"].toDF().where("DataQualityEvaluationResult = 'Failed'")
    (row,) = failed.collect()
    assert (row.id, row.DataQualityRulesFail) == (2, ['IsComplete "name" labels=["team"="data"]'])
    found["originalData"].toDF().unpersist()


def test_results_are_kept_and_are_history_for_the_next_evaluation(
    gluedq: Any,  # noqa: ANN401
    in_a_job: Workshop,
    people: DynamicFrame,
    tmp_path: Path,
) -> None:
    options = {
        "dataQualityEvaluationContext": "people in",
        "enableDataQualityCloudWatchMetrics": True,
        "resultsS3Prefix": str(tmp_path / "results"),
    }
    rules = 'Rules = [ RowCount >= last(), RowCount = 2, IsComplete "name" ]'
    first, second = (
        gluedq.EvaluateDataQuality.apply(people, rules, options).toDF().collect() for _ in range(2)
    )

    assert [row.EvaluatedRule for row in (first[0], second[0])] == [
        "RowCount >= 0.0",
        "RowCount >= 2.0",
    ]
    kept = in_a_job.jobs.list_gates(job_name="load", gate="people in")
    assert [(one.passed, one.on_failure) for one in kept] == [(False, "warn")] * 2
    files = list((tmp_path / "results" / "load" / in_a_job.run_id).glob("people in-*.json"))
    assert len(files) == 2
    assert json.loads(files[0].read_text())["score"] == pytest.approx(2 / 3)
    assert in_a_job.metrics["glue.data.quality.rules.failed people in"] == 1


def test_publishing_can_be_turned_off(
    gluedq: Any,  # noqa: ANN401
    in_a_job: Workshop,
    people: DynamicFrame,
) -> None:
    options = {"enableDataQualityResultsPublishing": False}
    gluedq.EvaluateDataQuality.apply(people, "Rules = [ RowCount = 2 ]", options)
    assert in_a_job.jobs.list_gates(job_name="load") == []


def test_publishing_by_best_effort_does_not_end_the_job(
    gluedq: Any,  # noqa: ANN401
    in_a_job: Workshop,
    people: DynamicFrame,
    tmp_path: Path,
) -> None:
    _ = in_a_job
    (tmp_path / "file").write_text("")
    options = {"resultsS3Prefix": str(tmp_path / "file" / "in")}
    rules = "Rules = [ RowCount = 2 ]"
    evaluate = gluedq.EvaluateDataQuality()
    with pytest.raises(StorageError):
        evaluate(people, rules, options)
    best = {"dataQualityResultsPublishing.strategy": "BEST_EFFORT"}
    assert evaluate.process_rows(people, rules, options, best)["originalData"].count() == 2


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("Rules = [ RowCont > 0 ]",), InvalidRulesetError, "Did you mean 'RowCount'"),
        (("Rules = [ RowCount > 0 ]", {"context": "c"}), InvalidInputError, "no option 'context'"),
        (
            ("Rules = [ RowCount > 0 ]", {}, {}, {"observations.scope": "SOME"}),
            InvalidInputError,
            "is one of ALL, NONE",
        ),
    ],
)
def test_wrong_arguments_are_refused(
    gluedq: Any,  # noqa: ANN401
    people: DynamicFrame,
    arguments: tuple[Any, ...],
    error: type[Exception],
    message: str,
) -> None:
    with pytest.raises(error, match=message):
        gluedq.EvaluateDataQuality.apply(people, *arguments)
