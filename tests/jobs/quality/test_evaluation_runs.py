"""Rulesets evaluated on a table of the catalog by a worker, asked for by boto3."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from gluepot.sql.attach import read_table
from tests.jobs.operations.conftest import refused
from tests.jobs.operations.ml_cases import paged
from tests.jobs.quality.conftest import FLIGHTS

if TYPE_CHECKING:
    from tests.jobs.quality.conftest import Yard

GONE = "dqrun-0000"
ANALYZERS = (
    '\nAnalyzers = [ Mean "flight", Distribution "flight" with bins = 2, Distribution "carrier" ]'
)


def source(**options: str) -> dict[str, Any]:
    """Return the flights as a data source with additional options."""
    return {"GlueTable": {**FLIGHTS["GlueTable"], "AdditionalOptions": options}}


def test_a_run_leaves_a_result_for_each_ruleset(yard: Yard) -> None:
    yard.ruleset("counts", "RowCount = 3", 'IsComplete "dep_time"', 'Mean "nothing" > 1')
    yard.ruleset(
        "names",
        'ColumnValues "carrier" in ["AA", "UA"]',
        analyzers=ANALYZERS,
    )

    run = yard.evaluate("counts", "names", ClientToken="t")

    assert (run["Status"], run["RulesetNames"]) == ("SUCCEEDED", ["counts", "names"])
    assert (run["NumberOfWorkers"], run["Timeout"], run["Role"]) == (5, 2880, "r")
    assert run["StartedOn"] <= run["CompletedOn"] == run["LastModifiedOn"]
    counts, names = yard.results(run)
    assert counts["ResultId"].startswith("dqresult-")
    assert counts["ProfileId"].startswith("dqprofile-")
    assert counts["RulesetEvaluationRunId"] == run["RunId"]
    assert (counts["RulesetName"], counts["DataSource"]) == ("counts", FLIGHTS)
    assert [(rule["Name"], rule["Result"]) for rule in counts["RuleResults"]] == [
        ("Rule_1", "PASS"),
        ("Rule_2", "FAIL"),
        ("Rule_3", "ERROR"),
    ]
    rules = counts["RuleResults"]
    assert rules[0]["EvaluatedMetrics"] == {"Dataset.*.RowCount": 3.0}
    assert rules[1]["Description"] == 'IsComplete "dep_time"'
    assert rules[1]["RuleMetrics"] == {"RowsPassed": 2.0, "RowsFailed": 1.0}
    assert "does not include column nothing" in rules[2]["EvaluationMessage"]
    assert counts["AggregatedMetrics"] == {
        "TotalRowsProcessed": 3.0,
        "TotalRulesProcessed": 3.0,
        "TotalRulesPassed": 1.0,
        "TotalRulesFailed": 2.0,
    }
    assert (counts["Score"], names["Score"]) == (1 / 3, 1.0)
    mean, *spread = names["AnalyzerResults"]
    assert mean["EvaluatedMetrics"] == {"Column.flight.Mean": 2.0}
    assert [value for one in spread for value in one["EvaluatedDistributions"].values()] == [
        {"BinEdges": ["1", "2", "3"], "Count": [1, 2], "DataType": "Double"},
        {"BinEdges": ["AA", "UA"], "Count": [2, 1], "DataType": "String"},
    ]
    assert yard.glue.get_data_quality_result(ResultId=names["ResultId"])["RulesetName"] == "names"


def test_a_run_reads_the_partitions_that_its_options_choose(yard: Yard) -> None:
    yard.ruleset("rows", "RowCount = 2")

    for option in ("pushDownPredicate", "catalogPartitionPredicate"):
        run = yard.evaluate("rows", DataSource=source(**{option: "day = 1"}))
        (result,) = yard.results(run)
        assert result["Score"] == 1.0, option


def test_only_new_rows_are_read_where_that_is_wished(yard: Yard) -> None:
    yard.ruleset("rows", "RowCount > 0")
    only_new = source(onlyNew="true")

    first = yard.evaluate("rows", DataSource=only_new)
    second = yard.evaluate("rows", DataSource=only_new)
    yard.lake.land(3, ["UA,9,10", "UA,8,11"])
    third = yard.evaluate("rows", DataSource=only_new)

    assert "ResultIds" not in second
    assert second["Status"] == "SUCCEEDED"
    counts = [
        yard.results(run)[0]["RuleResults"][0]["EvaluatedMetrics"]["Dataset.*.RowCount"]
        for run in (first, third)
    ]
    assert counts == [3.0, 2.0]


def test_a_query_makes_the_rows_and_other_tables_have_aliases(yard: Yard) -> None:
    yard.ruleset("sure", "RowCount = 1", 'ReferentialIntegrity "carrier" "ref.code" = 1.0')
    table = {**FLIGHTS["GlueTable"], "PreProcessingQuery": "SELECT * FROM primary WHERE flight = 3"}
    airlines = {"GlueTable": {"DatabaseName": "raw", "TableName": "airlines"}}

    run = yard.evaluate(
        "sure", DataSource={"DataQualityGlueTable": table}, AdditionalDataSources={"ref": airlines}
    )

    assert [rule["Result"] for rule in yard.results(run)[0]["RuleResults"]] == ["PASS", "PASS"]


def test_later_runs_compare_with_earlier_ones_of_the_same_table_and_ruleset(yard: Yard) -> None:
    yard.ruleset("grows", "RowCount > last()")
    yard.ruleset("other", "RowCount > last()")

    runs = [yard.evaluate("grows"), yard.evaluate("grows"), yard.evaluate("other")]

    results = [yard.results(run)[0]["RuleResults"][0] for run in runs]
    assert [(one["Result"], one["EvaluatedRule"]) for one in results] == [
        ("PASS", "RowCount > 0.0"),
        ("FAIL", "RowCount > 3.0"),
        ("PASS", "RowCount > 0.0"),
    ]


def test_rows_are_kept_as_a_table_with_the_rules_that_they_break(yard: Yard) -> None:
    yard.ruleset("bad rows", 'IsComplete "dep_time"', 'ColumnValues "flight" > 1', "RowCount > 9")
    place = yard.lake.uri("bad/flights/")
    config = {"DatabaseName": "raw", "TableName": "bad_flights", "S3Location": place}
    wanted = {"ResultType": "FAILED_ONLY", "CatalogTableConfig": config}

    run = yard.evaluate("bad rows", AdditionalRunOptions={"RowLevelResults": wanted})

    assert yard.results(run)[0]["AggregatedMetrics"]["TotalRowsFailed"] == 2.0
    table = yard.lake.catalog.get_table("raw", "bad_flights")
    assert [key.name for key in table.partition_keys or ()] == ["data_quality_run"]
    rows = read_table(yard.lake.catalog, yard.lake.s3, "raw", "bad_flights").to_pylist()
    found = {row["flight"]: row for row in rows}
    assert {flight: row["dataqualityruleidsfail"] for flight, row in found.items()} == {
        1: ["Rule_2"],
        2: ["Rule_1"],
    }
    assert found[2]["dataqualityrulesfail"] == ['IsComplete "dep_time"']
    assert found[2]["dataqualityrulesskip"] == ["RowCount > 9"]
    assert {row["data_quality_run"] for row in rows} == {run["RunId"]}


def test_how_many_rows_break_a_rule_is_not_told_by_rows_that_were_cut_off(yard: Yard) -> None:
    yard.ruleset("bad rows", 'IsComplete "dep_time"', 'ColumnValues "flight" > 1', "RowCount > 9")
    wanted = {
        "ResultType": "FAILED_ONLY",
        "MaxRowsToWrite": 1,
        "CatalogTableConfig": {
            "DatabaseName": "raw",
            "TableName": "some_bad_flights",
            "S3Location": yard.lake.uri("bad/some/"),
        },
    }

    run = yard.evaluate("bad rows", AdditionalRunOptions={"RowLevelResults": wanted})

    totals = yard.results(run)[0]["AggregatedMetrics"]
    assert totals["TotalRowsProcessed"] == 3.0
    assert not {"TotalRowsFailed", "TotalRowsPassed"} & totals.keys()
    rows = read_table(yard.lake.catalog, yard.lake.s3, "raw", "some_bad_flights")
    assert rows.num_rows == 1


def test_results_go_into_files_where_a_folder_is_named(yard: Yard) -> None:
    yard.ruleset("rows", "RowCount = 3")

    yard.evaluate("rows", AdditionalRunOptions={"ResultsS3Prefix": yard.lake.uri("results/")})

    (key,) = yard.lake.keys("results/")
    assert key.startswith("results/raw.flights/dqrun-")


def test_a_table_that_cannot_be_read_fails_the_run_with_its_sentence(yard: Yard) -> None:
    yard.ruleset("rows", "RowCount = 3")
    yard.lake.put("raw/flights/year=2013/day=1/broken.csv.gz", b"no gzip")

    run = yard.evaluate("rows", DataSource=source(pushDownPredicate="nonsense = 1"))

    assert run["Status"] == "FAILED"
    assert "nonsense" in run["ErrorString"]
    assert "ResultIds" not in run


def test_runs_are_listed_got_together_and_cancelled(yard: Yard) -> None:
    for name in ("one", "two"):
        yard.ruleset(name, "RowCount = 3")
    glue, wanted = yard.glue, {"DataSource": FLIGHTS}
    first, second = yard.start("one"), yard.start("two")

    glue.cancel_data_quality_ruleset_evaluation_run(RunId=first)
    yard.work()

    def listed(**more: Any) -> list[str]:  # noqa: ANN401
        found = glue.list_data_quality_ruleset_evaluation_runs(Filter=wanted | more)["Runs"]
        return [run["RunId"] for run in found]

    assert [yard.get(run)["Status"] for run in (first, second)] == ["STOPPED", "SUCCEEDED"]
    assert listed() == [second, first]
    assert listed(RulesetName="one") == [first]
    assert listed(StartedAfter=datetime.now(UTC) + timedelta(days=1)) == []
    found = glue.batch_get_data_quality_ruleset_evaluation_run(RunIds=[first, GONE])
    assert [run["RunId"] for run in found["Runs"]] == [first]
    assert found["RunsNotFound"] == [GONE]


def test_a_token_starts_one_run(yard: Yard) -> None:
    yard.ruleset("rows", "RowCount = 3")

    assert yard.start("rows", ClientToken="t") == yard.start("rows", ClientToken="t")
    with refused(yard.glue, "IdempotentParameterMismatch"):
        yard.start("rows", ClientToken="t", NumberOfWorkers=2)


def test_what_cannot_be_evaluated_is_refused_at_once(yard: Yard) -> None:
    yard.ruleset("rows", "RowCount = 3")
    missing = {"GlueTable": {"DatabaseName": "raw", "TableName": "none"}}
    with refused(yard.glue, "EntityNotFound", "none"):
        yard.start("rows", DataSource=missing)
    with refused(yard.glue, "EntityNotFound", "nobody"):
        yard.start("rows", "nobody")
    with refused(yard.glue, "InvalidInput", "one table"):
        yard.start("rows", DataSource={})
    with refused(yard.glue, "InvalidInput", "S3Location is missing"):
        yard.start("rows", AdditionalRunOptions={"RowLevelResults": {"ResultType": "ALL"}})
    with refused(yard.glue, "InvalidInput", "ProfilingResults is not supported"):
        yard.start("rows", AdditionalRunOptions={"ProfilingResults": {}})
    with refused(yard.glue, "EntityNotFound", GONE):
        yard.get(GONE)


def test_results_are_listed_by_table_job_and_time(yard: Yard) -> None:
    yard.ruleset("rows", "RowCount = 3")
    runs = [yard.evaluate("rows") for _ in range(2)]
    ids = [run["ResultIds"][0] for run in runs]

    def listed(**wanted: Any) -> list[str]:  # noqa: ANN401
        found = paged(yard.glue, "list_data_quality_results", "Results", Filter=wanted)
        return [one["ResultId"] for one in found]

    assert listed() == listed(DataSource=FLIGHTS) == ids[::-1]
    assert listed(JobName="raw.flights") == []
    assert listed(StartedAfter=datetime.now(UTC) - timedelta(days=1)) == ids[::-1]
    assert listed(StartedBefore=datetime.now(UTC) - timedelta(days=1)) == []
    found = yard.glue.batch_get_data_quality_result(ResultIds=[ids[0], "dqresult-x"])
    assert found["ResultsNotFound"] == ["dqresult-x"]
    with refused(yard.glue, "EntityNotFound", "dqresult-x"):
        yard.glue.get_data_quality_result(ResultId="dqresult-x")


def test_results_are_read_by_the_second_version_too(yard: Yard) -> None:
    yard.ruleset("rows", "RowCount = 3")
    result_id = yard.evaluate("rows")["ResultIds"][0]
    first = yard.glue.get_data_quality_result(ResultId=result_id)
    before = first["CompletedOn"] - timedelta(days=1)

    found = yard.glue.get_data_quality_result_v2(ResultId=result_id)
    batch = yard.glue.batch_get_data_quality_result_v2(ResultIds=[result_id, "dqresult-x"])

    for name in ("RuleResults", "Score", "AggregatedMetrics", "ProfileId", "RulesetName"):
        assert found[name] == first[name], name
    assert found["ExecutionStartedOn"] == first["StartedOn"]
    assert found["ExecutionCompletedOn"] == first["CompletedOn"] <= found["ResultPublishedOn"]
    assert [one["ResultId"] for one in batch["Results"]] == [result_id]
    assert batch["ResultsNotFound"] == ["dqresult-x"]

    def listed(**wanted: Any) -> list[str]:  # noqa: ANN401
        answer = yard.glue.list_data_quality_results_v2(Filter=wanted)
        return [one["ResultId"] for one in answer["Results"]]

    assert listed() == listed(DataSource=FLIGHTS, PublishedAfter=before) == [result_id]
    assert listed(PublishedBefore=before) == listed(Dimensions={"Team": "a"}) == []
    assert listed(EvaluationContext="other") == listed(EvaluationRunMode="EVALUATION_CONFIG") == []
    with refused(yard.glue, "EntityNotFound", "dqresult-x"):
        yard.glue.get_data_quality_result_v2(ResultId="dqresult-x")


def test_where_requests_are_signed_a_run_may_do_what_its_role_may(yard: Yard) -> None:
    yard.ruleset("rows", "RowCount = 3")
    run_id = yard.start("rows", Role="arn:aws:iam::000000000000:role/nobody")

    yard.work(keys_required=True)

    run = yard.get(run_id)
    assert run["Status"] == "FAILED"
    assert "nobody is not authorized" in run["ErrorString"]
