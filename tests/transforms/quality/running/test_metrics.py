"""Metrics, judged by DuckDB and pandas on rows that hypothesis makes up."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.transforms.quality.running.asking import results

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

SCHEMA = "n bigint, x double, price decimal(12,2), s string, d date, flag boolean"
WHERE = "n > 2"
FEW = settings(
    max_examples=2,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    # Each example is a job of Spark; making a failing one smaller would take many.
    phases=[Phase.explicit, Phase.generate],
)

TEXTS = st.sampled_from(["", " ", "a", "Ä", "日本", "a\nb", "'", "0", "\U0001f600"])
ROWS = st.lists(
    st.tuples(
        st.none() | st.integers(-5, 5),
        st.none()
        | st.sampled_from([0.0, -0.0, 0.1, 1e300, -1e-300, math.nan])
        | st.floats(-100, 100, allow_subnormal=False),
        st.none() | st.decimals(-100, 100, places=2),
        st.none() | TEXTS,
        st.none() | st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1)),
        st.none() | st.booleans(),
    ),
    max_size=25,
)
COLUMNS = ("n", "x", "price", "s", "d", "flag")
NUMBERS = ("n", "x", "price")
METRICS: dict[str, str] = {
    "Mean": "avg({c}::double)",
    "Sum": "sum({c}::double)",
    "StandardDeviation": "stddev_pop({c}::double)",
    "Variance": "var_pop({c}::double)",
    "ZerosCount": "count(*) filter ({c} = 0)",
    "Range": "max({c})::double - min({c})::double",
}
GROUPED: dict[str, str] = {
    "DistinctValuesCount": "count(*)::double",
    "UniqueValueRatio": "count(*) filter (k = 1)::double / nullif(count(*), 0)",
    "Entropy": "-sum(k / t * ln(k / t))",
    "Uniqueness": "count(*) filter (k = 1)::double / nullif(any_value(total), 0)",
}


def spark_frame(spark: SparkSession, rows: list[tuple[Any, ...]]) -> DataFrame:
    return spark.createDataFrame(rows, SCHEMA)


def expected(
    rows: list[tuple[Any, ...]], kind: str, column: str, where: str | None
) -> float | None:
    frame = pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE r (n BIGINT, x DOUBLE, price DECIMAL(12,2), s VARCHAR, d DATE,"
            " flag BOOLEAN)"
        )
        if rows:
            values = frame.itertuples(index=False, name=None)
            connection.executemany("INSERT INTO r VALUES (?, ?, ?, ?, ?, ?)", list(values))
        source = f"(SELECT * FROM r WHERE {where})" if where else "r"  # noqa: S608
        if kind in GROUPED:
            sql = (
                f"SELECT {GROUPED[kind]} FROM (SELECT count(*)::double AS k,"  # noqa: S608
                f" (SELECT count({column})::double FROM {source}) AS t,"
                f" (SELECT count(*) FROM {source}) AS total"
                f" FROM {source} WHERE {column} IS NOT NULL GROUP BY {column})"
            )
        elif kind == "Completeness":
            sql = f"SELECT count({column})::double / nullif(count(*), 0) FROM {source}"  # noqa: S608
        else:
            sql = f"SELECT {METRICS[kind].format(c=column)} FROM {source}"  # noqa: S608
        try:
            found = connection.execute(sql).fetchone()
        except duckdb.OutOfRangeException:
            return math.nan
        assert found is not None
        return None if found[0] is None else float(found[0])


@FEW
@given(ROWS)
def test_metrics_are_those_of_duckdb(spark: SparkSession, rows: list[tuple[Any, ...]]) -> None:
    asked = [(kind, column) for kind in METRICS for column in NUMBERS]
    asked += [(kind, column) for kind in (*GROUPED, "Completeness") for column in COLUMNS]
    cases = [(kind, column, where) for kind, column in asked for where in (None, WHERE)]
    texts = [
        f'{kind} "{column}" > 0' + (f' where "{where}"' if where else "")
        for kind, column, where in cases
    ]
    # Squares that no double holds: Spark's variance of one such value is no number, DuckDB's 0.
    beyond = any(row[1] is not None and abs(row[1]) > 1e150 for row in rows)
    squares = {("StandardDeviation", "x"), ("Variance", "x")} if beyond else set()
    for (kind, column, where), found in zip(
        cases, results(spark_frame(spark, rows), texts), strict=True
    ):
        value = found.metrics.get(f"Column.{column}.{kind}")
        told = (kind, column, where, found.message)
        right = expected(rows, kind, column, where)
        if right is None or found.message == "No rows matched the filter":
            assert not value, told
        elif math.isnan(right) or abs(right) > 1e250 or (kind, column) in squares:
            assert value is not None, told
        else:
            assert value == pytest.approx(float(right), rel=1e-9, abs=1e-6), told


@FEW
@given(ROWS)
def test_values_that_comply_are_those_that_duckdb_finds(
    spark: SparkSession, rows: list[tuple[Any, ...]]
) -> None:
    cases = {
        'ColumnValues "n" > 1': "n > 1",
        'ColumnValues "n" between -3 and 3': "n > -3 AND n < 3",
        'ColumnValues "n" not between -3 and 3': "n <= -3 OR n >= 3",
        'ColumnValues "n" in [1, 2, NULL]': "n IN (1, 2) OR n IS NULL",
        'ColumnValues "n" not in [1, 2]': "n IS NULL OR n NOT IN (1, 2)",
        'ColumnValues "n" not in [1, NULL]': "n IS NOT NULL AND n <> 1",
        'ColumnValues "n" != 1': "n IS NULL OR n <> 1",
        'ColumnValues "x" > 0.1': "x > 0.1",
        'ColumnValues "x" <= 0.1': "x <= 0.1",
        'ColumnValues "price" = 0.10': "price = 0.10",
        'ColumnValues "price" >= 0.10': "price >= 0.10",
        'ColumnValues "s" = NULL': "s IS NULL",
        'ColumnValues "s" != NULL': "s IS NOT NULL",
        'ColumnValues "s" = EMPTY': "s = ''",
        'ColumnValues "s" = WHITESPACES_ONLY': "length(s) > 0 AND trim(s) = ''",
        'ColumnValues "s" in ["a", EMPTY, "日本"]': "s IN ('a', '', '日本')",
        'ColumnValues "s" not in ["a", EMPTY]': "s IS NULL OR s NOT IN ('a', '')",
        'ColumnValues "s" matches "[a-z]|Ä"': "regexp_full_match(s, '[a-z]|Ä')",
        'ColumnValues "s" not matches "[a-z]"': "NOT regexp_full_match(s, '[a-z]')",
        'ColumnValues "d" > "2000-01-01"': "d > DATE '2000-01-01'",
        'ColumnValues "d" not in ["2000-01-01"]': "d IS NULL OR d <> DATE '2000-01-01'",
        'ColumnValues "flag" = "true"': "flag",
        'ColumnLength "s" < 2': "length(s) < 2",
        'ColumnLength "s" in [0, 1]': "length(coalesce(s, '')) IN (0, 1)",
        'ColumnLength "s" != 1': "s IS NULL OR length(s) <> 1",
        'ColumnDataType "s" = "Integer"': "try_cast(s AS INTEGER) IS NOT NULL",
    }
    threshold = " with threshold > 0.5"
    texts = [text + ("" if "Length" in text else threshold) for text in cases]
    for text, found in zip(texts, results(spark_frame(spark, rows), texts), strict=True):
        share = next((v for k, v in found.metrics.items() if "ompliance" in k), None)
        right = complying(rows, cases[text.removesuffix(threshold)])
        assert (share or 0.0) == pytest.approx(right), (text, found.message, rows)


def complying(rows: list[tuple[Any, ...]], predicate: str) -> float:
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE r (n BIGINT, x DOUBLE, price DECIMAL(12,2), s VARCHAR, d DATE,"
            " flag BOOLEAN)"
        )
        if rows:
            connection.executemany("INSERT INTO r VALUES (?, ?, ?, ?, ?, ?)", rows)
        sql = f"SELECT count(*) FILTER ({predicate}) / nullif(count(*), 0) FROM r"  # noqa: S608
        found = connection.execute(sql).fetchone()
        return 0.0 if found is None or found[0] is None else float(found[0])


@FEW
@given(ROWS)
def test_groups_of_several_columns_are_those_that_python_counts(
    spark: SparkSession, rows: list[tuple[Any, ...]]
) -> None:
    counts = Counter((row[0], row[3]) for row in rows if row[0] is not None or row[3] is not None)
    found = results(
        spark_frame(spark, rows),
        ['Uniqueness "n" "s" >= 0', 'DuplicateRowCount "n" "s" >= 0', "DuplicateRowCount >= 0"],
    )
    if rows:
        once = sum(count == 1 for count in counts.values())
        assert found[0].metrics["Multicolumn.n,s.Uniqueness"] == once / len(rows)
    pairs = len({(row[0], row[3]) for row in rows})
    assert found[1].metrics["Multicolumn.n,s.DuplicateRowCount"] == len(rows) - pairs
    same = {tuple("nan" if str(part) == "nan" else part for part in row) for row in rows}
    assert found[2].metrics["Dataset.*.DuplicateRowCount"] == len(rows) - len(same)


def test_skewness_kurtosis_quartiles_and_correlation_are_those_of_pandas(
    spark: SparkSession,
) -> None:
    values = [1.0, 2.0, 2.5, 9.0, 4.0, -3.0]
    other = [2.0, 1.0, 3.5, 8.0, None, -1.0]
    frame = spark.createDataFrame(list(zip(values, other, strict=True)), "a double, b double")
    found = results(
        frame,
        [
            'Skewness "a" > 0',
            'Kurtosis "a" > 0',
            'InterquartileRange "a" > 0',
            'ColumnCorrelation "a" "b" > 0',
        ],
    )
    a, b = pd.Series(values), pd.Series(other)
    middle = a - a.mean()
    spread = (middle**2).mean()
    assert found[0].metrics["Column.a.Skewness"] == pytest.approx((middle**3).mean() / spread**1.5)
    assert found[1].metrics["Column.a.Kurtosis"] == pytest.approx(
        (middle**4).mean() / spread**2 - 3
    )
    quartiles = a.quantile(0.75) - a.quantile(0.25)
    assert found[2].metrics["Column.a.InterquartileRange"] == pytest.approx(quartiles)
    assert found[3].metrics["Multicolumn.a,b.ColumnCorrelation"] == pytest.approx(a.corr(b))


def test_large_sums_do_not_overflow_and_decimals_stay_exact(spark: SparkSession) -> None:
    rows = [(2**62, Decimal("0.10")), (2**62, Decimal("0.20")), (2**62, Decimal("0.30"))]
    frame = spark.createDataFrame(rows, "n bigint, price decimal(12,2)")
    found = results(frame, ['Sum "n" > 0', 'Sum "price" = 0.60'])
    assert found[0].metrics["Column.n.Sum"] == pytest.approx(3 * 2.0**62)
    assert found[1].metrics["Column.price.Sum"] == 0.6
