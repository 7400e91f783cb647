"""Suites as files are read as they are, run, and told as the library tells its own results."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms.quality import Severity, evaluate
from gluepot.transforms.quality.dqdl import parse_ruleset
from gluepot.transforms.quality.dqdl.telling import told
from gluepot.transforms.quality.running import evaluate_ruleset
from gluepot.transforms.quality.suites.filters import split_nulls, sql_of, without_nulls
from gluepot.transforms.quality.suites.reading import read_suite, suite_of
from gluepot.transforms.quality.suites.validation import validation_result
from tests.transforms.quality.pages import context

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

BUILT = """
import great_expectations as gx
import great_expectations.expectations as gxe
from great_expectations.expectations.row_conditions import Column


class ExpectSeats(gxe.ExpectColumnValuesToBeBetween):
    column: str = "seats"
    min_value: int = 1


class ExpectNoGhosts(gxe.UnexpectedRowsExpectation):
    unexpected_rows_query: str = "SELECT * FROM {batch} WHERE name = 'ghost'"


def build_suite():
    return gx.ExpectationSuite(
        name="seats",
        expectations=[
            ExpectSeats(),
            ExpectNoGhosts(),
            gxe.ExpectColumnValuesToBeInSet(
                column="name",
                value_set=["a", "b"],
                row_condition=(Column("seats") > 1) & Column("name").is_not_null(),
                severity="info",
            ),
        ],
    )
"""


def entry(kind: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"type": f"expect_{kind}", **more}


def test_a_suites_json_becomes_rules_with_their_severity_and_filters() -> None:
    condition = {
        "type": "and",
        "conditions": [
            {"type": "comparison", "column": {"name": "a"}, "operator": "IN", "parameter": ["x'"]},
            {"type": "nullity", "column": {"name": "b c"}, "is_null": False},
        ],
    }
    kwargs = {"column": "a", "row_condition": condition, "batch_id": "7"}
    document = {
        "name": "s",
        "suite_parameters": {"least": 3},
        "expectations": [
            entry("column_values_to_be_unique", kwargs=kwargs, severity="warning"),
            entry("table_row_count_to_be_between", kwargs={"min_value": {"$PARAMETER": "least"}}),
        ],
    }

    first, second = suite_of(document, "s.json").rules(mask=["a"])

    assert first.parameters["row_condition"] == "(`a` IN ('x\\'')) AND (`b c` IS NOT NULL)"
    assert (first.severity, first.mask) == (Severity.WARNING, ("a",))
    assert second.parameters == {"min_value": 3}
    assert second.severity is Severity.CRITICAL


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[]", "no list 'expectations'"),
        ("{", "is no JSON"),
        ('{"expectations": [{"expectation_type": "x"}]}', "release before 1.0"),
        (
            '{"expectations": [{"type": "expect_x", "kwargs": {"a": {"$PARAMETER": "b"}}}]}',
            "no value for its parameter 'b'",
        ),
    ],
)
def test_what_is_no_suite_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    file = tmp_path / "suite.json"
    file.write_text(text)

    with pytest.raises(InvalidInputError, match=problem):
        read_suite(file)


def test_an_unknown_expectation_is_named_before_anything_runs() -> None:
    suite = suite_of({"expectations": [entry("column_values_to_be_uniqe")]}, "s.json")

    with pytest.raises(InvalidInputError, match="expect_column_values_to_be_unique"):
        suite.rules()


@pytest.mark.parametrize("name", ["nope.json", "nope.py"])
def test_a_file_that_is_not_there_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidInputError, match=name):
        read_suite(tmp_path / name)


def test_python_that_makes_two_suites_must_say_which(tmp_path: Path) -> None:
    file = tmp_path / "two.py"
    file.write_text(
        "import great_expectations as gx\n"
        "a, b = (gx.ExpectationSuite(name=name, expectations=[]) for name in 'ab')\n"
    )

    with pytest.raises(InvalidInputError, match=r"makes a, b; name one as .*two\.py:NAME"):
        read_suite(file)
    assert read_suite(f"{file}:b").name == "b"


def test_a_suite_in_python_runs_with_the_expectations_that_it_defines(
    spark: SparkSession, tmp_path: Path
) -> None:
    file = tmp_path / "seats.py"
    file.write_text(BUILT)
    rows = [(0, "a"), (2, "ghost"), (3, "b")]
    frame = spark.createDataFrame(rows, "seats int, name string").coalesce(1)

    suite = read_suite(file)
    found = evaluate(frame, suite.rules(), name=suite.name)

    assert suite.name == "seats"
    assert [(rule.passed, rule.severity.value) for rule in found.rules] == [
        (False, "critical"),
        (False, "critical"),
        (False, "warning"),
    ]
    assert [rule.unexpected_count for rule in found.rules][::2] == [1, 1]
    assert found.rules[1].observed == 1


def test_results_are_the_librarys_own_json(spark: SparkSession) -> None:
    from great_expectations.core.expectation_validation_result import (  # noqa: PLC0415
        expectationSuiteValidationResultSchema,
    )

    frame = spark.createDataFrame([(1, None), (2, "b")], "seats int, name string").coalesce(1)
    kwargs = {"column": "name"}
    suite = suite_of(
        {
            "name": "s",
            "expectations": [
                entry("column_values_to_not_be_null", kwargs=kwargs),
                entry("column_mean_to_be_between", kwargs={"column": "seats", "min_value": 1}),
                entry("column_mean_to_be_between", kwargs={"column": "lost", "min_value": 1}),
            ],
        },
        "s.json",
    )
    ruleset = parse_ruleset('Rules = [ IsComplete "name", RowCount > 1 ]')
    rules = told(evaluate_ruleset(frame, ruleset).result, ruleset, name="r")

    told_of_suite, told_of_rules = (
        json.loads(json.dumps(validation_result(result, context())))
        for result in (evaluate(frame, suite.rules(), name="s"), rules)
    )

    read = expectationSuiteValidationResultSchema.load(told_of_suite)
    assert (read.success, read.suite_name) == (False, "s")
    assert read.statistics["successful_expectations"] == 1
    first, second, third = read.results
    assert (first.expectation_config.type, first.expectation_config.kwargs) == (
        "expect_column_values_to_not_be_null",
        kwargs,
    )
    assert first.result["element_count"] == 2
    assert first.result["unexpected_count"] == 1
    assert second.result == {"observed_value": 1.5}
    assert third.exception_info["raised_exception"]
    assert "lost" in third.exception_info["exception_message"]
    read = expectationSuiteValidationResultSchema.load(told_of_rules)
    assert [(each.expectation_config.type, each.success) for each in read.results] == [
        ("dqdl", False),
        ("dqdl", True),
    ]
    assert read.results[0].expectation_config.kwargs == {"rule": 'IsComplete "name"'}


@pytest.mark.parametrize("where", [None, "b > 1", "(b) OR (c)", "x = ')' AND y = '('"])
def test_the_part_of_a_filter_on_nulls_comes_off_as_it_was_put_on(where: str | None) -> None:
    assert split_nulls(without_nulls(where, "a`.b"), "a`.b") == (where, True)


def test_a_condition_that_is_unknown_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="'like', which is unknown"):
        sql_of({"type": "like"})
