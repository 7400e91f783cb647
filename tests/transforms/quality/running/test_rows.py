"""Outcomes of rows, in Glue's columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gluepot.transforms.quality.dqdl import parse_ruleset
from gluepot.transforms.quality.running import FilteredRows, RunOptions, evaluate_ruleset
from gluepot.transforms.quality.running.examples import examples_of
from tests.transforms.quality.running.asking import evaluation

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

SCHEMA = "id int, name string, x double"
ROWS = [(1, "ann", 1.5), (2, "bob", 2.5), (3, None, None), (3, "bob", 4.0)]


@pytest.fixture(scope="module")
def people(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame(ROWS, SCHEMA)


def outcomes(found: DataFrame) -> list[tuple[Any, ...]]:
    """Return what each row passed, failed and skipped, and its result, by id and x."""
    names = ("DataQualityRulesPass", "DataQualityRulesFail", "DataQualityRulesSkip")
    rows = sorted(found.collect(), key=lambda row: (row["id"], row["x"] or 0))
    return [(*(row[name] for name in names), row["DataQualityEvaluationResult"]) for row in rows]


def test_each_row_tells_what_it_passed_failed_and_skipped(people: DataFrame) -> None:
    complete, unique, count = 'IsComplete "name"', 'IsUnique "id"', "RowCount > 0"
    low, key = 'ColumnValues "x" < 3', 'IsPrimaryKey "id" "name"'
    found = evaluation(people, [complete, unique, count, low, key]).row_outcomes()
    assert found.columns[:3] == ["id", "name", "x"]
    assert outcomes(found) == [
        ([complete, unique, low, key], [], [count], "Passed"),
        ([complete, unique, low, key], [], [count], "Passed"),
        ([], [complete, unique, low, key], [count], "Failed"),
        ([complete, key], [unique, low], [count], "Failed"),
    ]


def test_rows_that_a_filter_leaves_out_pass_or_are_skipped(people: DataFrame) -> None:
    rule = 'ColumnValues "id" > 2 where "name is not null"'
    for label, third in (
        (FilteredRows.PASSED, ([rule], [], [], "Passed")),
        (FilteredRows.SKIPPED, ([], [], [rule], "Passed")),
    ):
        found = evaluation(people, [rule], RunOptions(filtered_rows=label)).row_outcomes()
        assert outcomes(found)[0] == ([], [rule], [], "Failed")
        assert outcomes(found)[2] == third


def test_composites_combine_the_outcomes_of_a_row(people: DataFrame) -> None:
    either = '(ColumnValues "id" = 1) OR (IsComplete "name")'
    mixed = '(IsComplete "id") AND (RowCount > 0)'
    found = outcomes(evaluation(people, [either, mixed]).row_outcomes())
    assert [row[0] for row in found] == [[either], [either], [], [either]]
    assert [row[1] for row in found] == [[], [], [either], []]
    assert all(row[2] == [mixed] for row in found)


def test_rules_over_other_data_have_outcomes_of_rows_too(
    spark: SparkSession, people: DataFrame
) -> None:
    other = spark.createDataFrame(
        [(1, "ann", 1.5), (2, "eve", 2.5), (3, None, None)], "key int, name string, x double"
    )
    rows = people.where("not (id = 3 and x is not null)")
    rules = [
        'ReferentialIntegrity "id,name" "ref.{key,name}" > 0.3',
        'DatasetMatch "ref" "id->key" "x" = 1.0',
        'DatasetMatch "ref" "id->key" "name,x" > 0.6',
        'CustomSql "select name, x from primary where id > 1" with threshold > 0.6',
    ]
    found = evaluation(rows, rules, RunOptions(sources={"ref": other}))
    assert [rule.message for rule in found.result.rules] == [None] * 4
    assert [row[1] for row in outcomes(found.row_outcomes())] == [
        [rules[3]],
        [rules[0], rules[2]],
        [rules[0]],
    ]


def test_rules_that_cannot_be_decided_are_skipped(people: DataFrame) -> None:
    rules = ['IsComplete "nme"', 'IsComplete "id" where "1/(id - 1) > 0"', 'IsComplete "id"']
    found = outcomes(evaluation(people, rules).row_outcomes())
    assert found[0] == ([rules[2]], [], rules[:2], "Passed")


def test_examples_show_the_columns_of_the_rule_and_no_masked_values(people: DataFrame) -> None:
    rules = [
        'IsComplete "name"',
        '(ColumnValues "x" < 3) and (IsComplete "id")',
        "RowCount > 9",
        'CustomSql "select id from primary where id <> 2"',
    ]
    found = examples_of(evaluation(people, rules), mask=["ID"])
    assert {name: list(rows) for name, rows in found.items()} == {
        "Rule_1": [{"name": None}],
        "Rule_2": [{"id": "•••", "x": None}, {"id": "•••", "x": 4.0}],
        "Rule_4": [{"id": "•••"}],
    }


def test_rules_without_outcomes_of_rows_leave_rows_passed(people: DataFrame) -> None:
    found = outcomes(evaluation(people, ["RowCount > 0"]).row_outcomes())
    assert found[0] == ([], [], ["RowCount > 0"], "Passed")


def test_labels_are_told_where_they_are_asked_for(people: DataFrame) -> None:
    text = 'DefaultLabels=["team"="data"] Rules=[ IsComplete "id" labels=["kind"="key"] ]'
    plain = evaluate_ruleset(people, parse_ruleset(text))
    assert outcomes(plain.row_outcomes())[0][0] == ['IsComplete "id"']
    assert plain.result.rules[0].labels == {"team": "data", "kind": "key"}
    labelled = evaluate_ruleset(people, parse_ruleset(text), RunOptions(labels_in_rows=True))
    assert outcomes(labelled.row_outcomes())[0][0] == [
        'IsComplete "id" labels=["team"="data", "kind"="key"]'
    ]
