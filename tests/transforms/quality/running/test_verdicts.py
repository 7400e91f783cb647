"""What becomes of rules: Glue's words, nulls, empty frames, and rules that cannot be decided."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from pyspark.errors import PySparkException

from gluepot.transforms.quality.dqdl import parse_ruleset
from gluepot.transforms.quality.dqdl.history import KeptHistory
from gluepot.transforms.quality.dqdl.results import Result, RulesetResult
from gluepot.transforms.quality.dqdl.rule_types import RULE_TYPES
from gluepot.transforms.quality.running import CompositeMethod, RunOptions, evaluate_ruleset
from gluepot.transforms.quality.running.measures import measures_all
from gluepot.transforms.quality.running.plan import PLANNERS
from tests.transforms.quality.running.asking import evaluation, results, verdicts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

NOW = dt.datetime(2024, 6, 1, 12, 30, 45, tzinfo=dt.UTC)
SCHEMA = "id int, name string, x double, day date, code string, inner struct<a: int>"
ROWS = [
    (1, "ann", 1.5, dt.date(2024, 5, 30), "07", (1,)),
    (2, "bob", 2.5, dt.date(2024, 6, 1), "8.5", (2,)),
    (3, None, None, None, None, (None,)),
    (3, "bob", 4.0, dt.date(2020, 2, 29), "31-12-2024", (4,)),
]
LOST = "does not meet the constraint requirement"


@pytest.fixture(scope="module")
def people(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame(ROWS, SCHEMA)


def test_verdicts_are_told_in_glues_words(people: DataFrame) -> None:
    expected = {
        "RowCount = 4": "PASS",
        "RowCount > 4": f"FAIL: Value: 4 {LOST}!",
        'RowCount = 2 where "id < 3"': "PASS",
        "ColumnCount = 6": "PASS",
        'IsComplete "id"': "PASS",
        'IsComplete "name"': f"FAIL: Value: 0.75 {LOST}!",
        'Completeness "name" between 0.7 and 0.8': "PASS",
        'IsUnique "name"': f"FAIL: Value: 0.25 {LOST}!",
        'IsUnique "id" "name"': "PASS",
        'IsPrimaryKey "id" "name"': f"FAIL: Value: 0.75 {LOST}!",
        'Mean "inner.a" > 2': "PASS",
        'ColumnExists "nme"': "FAIL: Input data does not include column nme!",
        'ColumnNamesMatchPattern "^[a-z]{4}"': (
            "FAIL: Columns that do not match the pattern: id, x, day"
        ),
        'ColumnValues "id" > 0': "PASS",
        'ColumnValues "id" >= 2': f"FAIL: Value: 1.0 {LOST}!",
        'ColumnValues "x" < 9': f"FAIL: Value: NULL {LOST}!",
        'ColumnValues "x" < 4': f"FAIL: Value: 4.0 {LOST}!\nValue: NULL {LOST}!",
        'ColumnValues "id" in [1, 2]': f"FAIL: Value: 0.5 {LOST}!",
        'ColumnValues "id" in [1, 2] with threshold > 0.6': f"FAIL: Value: 0.5 {LOST}.",
        'ColumnValues "name" in ["ANN", "Bob", NULL] with ignoreCase = "true"': "PASS",
        'ColumnValues "day" < (now() + 1 days) with threshold >= 0.75': "PASS",
        'ColumnLength "name" = 3': f"FAIL: Value: 0.75 {LOST}!",
        'ColumnLength "name" in [0, 3]': "PASS",
        'ColumnDataType "code" = "INTEGER" with threshold = 0.25': "PASS",
        'ColumnDataType "code" = "Double"': f"FAIL: Value: 0.5 {LOST}.",
        'ColumnDataType "code" = "Date" with format = "dd-MM-yyyy" with threshold > 0.2': "PASS",
        'ColumnDataType "code" = "Decimal(3,1)" with threshold = 0.5': "PASS",
        'DataFreshness "day" <= 10 days': "FAIL: 50.00% of rows passed",
        'DataFreshness "day" between 12 hours and 50000 days where "name is not null"': "PASS",
        'IsComplete "name" where "id > 9"': "PASS: No rows matched the filter",
    }
    assert verdicts(people, list(expected), RunOptions(now=NOW)) == expected


def test_a_rule_that_cannot_be_decided_takes_no_other_with_it(people: DataFrame) -> None:
    rules = {
        'Mean "nam" > 1': "Input data does not include column nam! Did you mean 'name'?",
        'Sum "name" > 1': "Expected type of column name to be one of",
        'ColumnValues "name" > 1': "Expected type of column name to be one of",
        'ColumnCorrelation "x" "day" > 0': "Expected type of column day",
        'IsComplete "x" where "1/(id - 1) > 0"': "The provided where clause is invalid",
        'IsComplete "x" where "nme = 1"': "The provided where clause is invalid",
        'IsComplete "x" where "((("': "The provided where clause is invalid",
        'IsComplete "x" where "id"': "The provided where clause is invalid",
        'Completeness "x" > 1 / 0': "Rule threshold divides by zero",
        'ColumnValues "name" matches "[a"': "Illegal/unsupported escape sequence",
        'ColumnDataType "x" = "Integr"': "Did you mean 'Integer'",
        'ColumnDataType "x" = "Date" with format = "yyyy"': "not supported",
        'CustomSql "select" > 0': "Error executing SQL statement",
        'CustomSql "create table t (a int)" > 0': "Error executing SQL statement",
        'CustomSql "select name from primary where id = 1" > 0': "must return a number",
        'CustomSql "select id from primary" > 0': "one row of one number",
        'CustomSql "select 1 as other"': "at least one column that matches the input dataset",
        'CustomSql "select id, 1 as other from primary"': "Columns not found: other",
        'ReferentialIntegrity "id" "ref.id" = 1': "ref not found in additional sources",
        'DatasetMatch "ref" "id" = 1': "ref not found in additional sources",
        'SchemaMatch "ref" = 1': "ref not found in additional sources",
        'AggregateMatch "sum(id)" "max(id)" = 1': "takes sum(column) or avg(column)",
        'FileSize "s3://a" > 1 B': "need a store of files",
        'Entropy "x" > averag(last(2))': "Did you mean 'average'",
        'ColumnNamesMatchPattern "("': "is no regular expression",
        'DetectAnomalies "Mean" "name"': "Expected type of column name",
    }
    found = results(people, [*rules, "RowCount = 4"])
    assert found[-1].result is Result.PASS
    for text, rule in zip(rules, found, strict=False):
        assert rule.result is Result.ERROR, text
        assert rules[text] in (rule.message or ""), text


def test_a_frame_without_rows_fails_rules_on_values_and_says_why(spark: SparkSession) -> None:
    empty = spark.createDataFrame([], SCHEMA)
    rules = [
        "RowCount = 0",
        "ColumnCount = 6",
        'ColumnExists "id"',
        'IsComplete "id" where "id > 1"',
    ]
    failing = [
        'IsComplete "id"',
        'Uniqueness "id" > 0',
        'Mean "x" >= 0',
        'ColumnValues "id" > 0',
        'ColumnLength "name" > 0',
        'Entropy "name" >= 0',
        'CustomSql "select id from primary"',
        'UniqueValueRatio "id" >= 0',
    ]
    found = results(empty, [*rules, *failing])
    assert [rule.result for rule in found[:4]] == [Result.PASS] * 4
    for text, rule in zip(failing, found[4:], strict=True):
        assert rule.result is Result.FAIL, text
        assert "no rows" in (rule.message or "") or "being empty" in (rule.message or ""), text


def test_a_column_of_nulls_has_no_mean(spark: SparkSession) -> None:
    frame = spark.createDataFrame([(None,)], "x double")
    (found,) = results(frame, ['Mean "x" > 0'])
    assert found.message == (
        "There is no value to compute Column.x.Mean of: all input values were NULL"
    )


def test_composites_join_verdicts_messages_and_metrics(people: DataFrame) -> None:
    rules = [
        '(IsComplete "id") and (RowCount > 9)',
        '(IsComplete "name") or (RowCount > 0)',
        '((IsComplete "name") or (RowCount > 9)) or (Mean "lost" > 0)',
    ]
    both, either, broken = results(people, rules)
    assert (both.result, both.message) == (Result.FAIL, f"Value: 4 {LOST}!")
    assert set(both.metrics) == {"Column.id.Completeness", "Dataset.*.RowCount"}
    assert either.result is Result.PASS
    assert broken.result is Result.ERROR


def test_composites_may_be_evaluated_row_by_row(people: DataFrame) -> None:
    rules = [
        '(ColumnValues "id" = 1) or (ColumnValues "id" > 1)',
        '(IsComplete "name") and (IsUnique "id")',
        '(IsComplete "id") and (Uniqueness "id" > 0)',
        '(IsComplete "id") and (RowCount > 0)',
        '(IsComplete "id") and (ColumnValues "id" > 0 with threshold > 0.5)',
    ]
    by_column = results(people, rules[:1])
    assert by_column[0].result is Result.FAIL
    found = results(people, rules, RunOptions(composite_method=CompositeMethod.ROW))
    assert found[0].result is Result.PASS
    assert (found[1].result, found[1].message) == (Result.FAIL, f"Value: 0.5 {LOST}!")
    for rule in found[2:]:
        assert rule.result is Result.ERROR
        assert (rule.message or "").startswith("Rule (or nested rule) not supported due to: ")


def test_dynamic_rules_compare_with_earlier_runs_and_tell_the_bound(people: DataFrame) -> None:
    runs = [{"Dataset.*.RowCount": 2.0}, {"Dataset.*.RowCount": 6.0}]
    options = RunOptions(history=KeptHistory(runs=runs))
    rules = [
        "RowCount = avg(last(2))",
        "RowCount >= last()",
        'RowCount > last() where "id > 1"',
        "(RowCount > last(2)) or (RowCount > 0)",
    ]
    same, newest, other, wrong = results(people, rules, options)
    assert (same.result, same.evaluated_rule) == (Result.PASS, "RowCount = 4.0")
    assert (newest.result, newest.evaluated_rule) == (Result.FAIL, "RowCount >= 6.0")
    assert other.evaluated_rule == 'RowCount > 0.0 where "id > 1"'
    assert "Use aggregation functions" in (wrong.message or "")


def test_what_a_run_measured_is_history_for_the_next(people: DataFrame) -> None:
    rules = ['Mean "x" > 0', 'CustomSql "select count(*) from primary" > 0']
    first = evaluation(people, rules).result
    kept = RulesetResult.from_json(first.to_json())
    assert kept == first
    options = RunOptions(history=KeptHistory(runs=[kept.statistics]))
    again = results(
        people,
        [
            'Mean "x" = last()',
            'CustomSql "select count(*) from primary" = last()',
            'CustomSql "select 0 from primary limit 1" = last()',
        ],
        options,
    )
    assert [rule.result for rule in again] == [Result.PASS] * 3
    assert again[1].evaluated_rule == 'CustomSql "select count(*) from primary" = 4.0'


def test_an_anomaly_fails_and_is_observed(people: DataFrame) -> None:
    counts = [100.0, 101.0, 99.0, 100.0, 102.0, 98.0, 100.0, 101.0]
    options = RunOptions(history=KeptHistory(runs=[{"Dataset.*.RowCount": at} for at in counts]))
    rules = ['DetectAnomalies "RowCount"', 'DetectAnomalies "ColumnLength" "name"']
    (odd, fresh) = results(people, rules, options)
    assert odd.result is Result.FAIL
    (seen,) = odd.observations
    assert seen.actual == 4
    assert seen.lower_limit < 100 < seen.upper_limit
    (proposed,) = seen.rules
    assert len(parse_ruleset(f"Rules = [ {proposed} ]").rules) == 1
    assert fresh.result is Result.PASS
    assert set(fresh.statistics) == {"Column.name.MinimumLength", "Column.name.MaximumLength"}


def test_few_rows_are_an_anomaly_on_a_weekday_and_none_at_the_weekend(people: DataFrame) -> None:
    monday = dt.datetime(2026, 1, 5, 2, tzinfo=dt.UTC)
    times = [monday + dt.timedelta(days=at) for at in range(47)]
    runs = [{"Dataset.*.RowCount": 4.0 if at.weekday() >= 5 else 100.0} for at in times]
    history = KeptHistory(runs=runs, times=times)
    rules = ['DetectAnomalies "RowCount"']
    saturday, tuesday = monday + dt.timedelta(days=47), monday + dt.timedelta(days=50)
    (weekend,) = results(people, rules, RunOptions(history=history, now=saturday))
    (weekday,) = results(people, rules, RunOptions(history=history, now=tuesday))
    assert weekend.result is Result.PASS
    assert weekday.result is Result.FAIL
    assert str(weekday.message).endswith("for this day of the week")
    assert weekday.observations[0].expected == 100


def test_analyzers_measure_without_judging(people: DataFrame) -> None:
    text = (
        'Analyzers = [ RowCount, AllStatistics "name", AllStatistics AllColumns, Mean "lost",'
        ' Distribution "id" with bins = 2, Distribution "name", Distribution "id" with bins=99]'
    )
    found = evaluate_ruleset(people, parse_ruleset(text)).result
    assert found.score == 1
    count, name, every, lost, histogram, frequent, wrong = found.analyzers
    assert dict(count.metrics) == {"Dataset.*.RowCount": 4.0}
    assert dict(name.metrics) == {
        "Dataset.*.RowCount": 4.0,
        "Column.name.Completeness": 0.75,
        "Column.name.Uniqueness": 0.25,
        "Column.name.MinimumLength": 3.0,
        "Column.name.MaximumLength": 3.0,
    }
    assert every.metrics["Column.x.Maximum"] == 4.0
    assert "does not include column lost" in (lost.message or "")
    assert histogram.distribution == (("[1, 2)", 1), ("[2, 3]", 3))
    assert frequent.distribution == (("bob", 2), ("ann", 1))
    assert "bins is a number from 1 to 20" in (wrong.message or "")


def test_a_frame_that_cannot_be_read_is_no_rules_fault(spark: SparkSession) -> None:
    frame = spark.range(3).selectExpr("if(id < 2, id, raise_error('lost')) as id")
    with pytest.raises(PySparkException):
        evaluation(frame, ['IsComplete "id"', "RowCount > 0"])


def test_fifty_rules_over_twenty_columns_read_the_rows_twice(spark: SparkSession) -> None:
    rules = [f'Completeness "c{at}" > 0.9' for at in range(20)]
    rules += [f'Uniqueness "c{at}" >= 0' for at in range(10)]
    rules += [f'ColumnValues "c{at}" between -1 and 7' for at in range(10)]
    rules += [f'Entropy "c{at}" > 0 where "c0 > {at}"' for at in range(5)]
    rules += [*(f'Mean "c{at}" > 0' for at in range(4)), 'IsPrimaryKey "c0" "c1" "c2"']
    reads = spark.sparkContext.accumulator(0)

    def counted(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        reads.add(1)
        yield from batches

    source = spark.range(0, 50, 1, 1).selectExpr(
        *(f"(id * {at + 1}) % 7 as c{at}" for at in range(20))
    )
    found = evaluation(source.mapInArrow(counted, source.schema), rules)
    passes = found.result.passes
    assert (passes.aggregate, passes.grouping, passes.single) == (1, 1, 0)
    assert reads.value == 2
    found.row_outcomes().collect()
    assert reads.value == 3


def test_more_rules_than_one_aggregation_takes_are_evaluated_in_several(
    spark: SparkSession,
) -> None:
    frame = spark.range(10).selectExpr("id as a", "cast(id as string) as b")
    rules = [f'ColumnValues "a" < {at}' for at in range(500)]
    found = evaluation(frame, rules).result
    assert sum(rule.passed for rule in found.rules) == 490
    assert found.passes.aggregate == 2


def test_each_type_of_rule_is_planned() -> None:
    for kind in RULE_TYPES:
        assert kind.name in PLANNERS or measures_all(kind.name) or not kind.rule, kind.name


def test_a_rule_says_how_many_rows_passed_it(spark: SparkSession) -> None:
    frame = spark.createDataFrame(
        [(1, "a", 1), (2, "b", 1), (2, None, 1), (3, "c", 2)], "n int, word string, k int"
    )
    rules = {
        'ColumnValues "n" > 1': (3, 1),
        'ColumnValues "n" > 2 where "k = 1"': (0, 3),
        'ColumnLength "word" = 1': (3, 1),
        'IsComplete "word"': (3, 1),
        'Completeness "word" > 0.5': (3, 1),
        'IsUnique "n"': (2, 2),
        'IsPrimaryKey "word"': (3, 1),
        'Uniqueness "n" "k" > 0.1': (2, 2),
    }

    pairs = zip(rules, results(frame, [*rules]), strict=True)
    found = {rule: one.row_metrics for rule, one in pairs}

    assert found == {
        rule: {"RowsPassed": float(passed), "RowsFailed": float(failed)}
        for rule, (passed, failed) in rules.items()
    }
    unknown = results(frame, ["RowCount > 1", 'Mean "n" > 1', 'IsPrimaryKey "n" "word"'])
    assert [one.row_metrics for one in unknown] == [{}, {}, {}]
