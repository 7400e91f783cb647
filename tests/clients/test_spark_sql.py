# ruff: noqa: S608  (statements are the subject here, and their parts the tests' own)
"""``spark.sql`` over ``gluepot.database.table``: every format, only the partitions it needs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from gluepot.catalog.model import NULL_PARTITION, Database
from gluepot.jobs.errors import SourceError
from gluepot.jobs.spark_sql.errors import SqlError, SqlglotMissingError

if TYPE_CHECKING:
    from tests.clients.conftest import Warehouse

PRUNED = [
    ("year = 2024 AND month = '02'", [202402]),
    ("2024 <= s.year AND (month LIKE '0%' OR month = '11')", [202401, 202402]),
    ("s.month IN ('01', '12') AND NOT year = 2023", [202401, 202412]),
    ("year BETWEEN 2020 AND 2023 AND month <> '01' AND id > 0", [202302, 202312]),
    ("(year = 2023 AND id > 1) OR (year = 2023 AND amount = 7)", [202301, 202302, 202312]),
    # Text compared with a number: Spark casts the text, so only Spark may decide.
    ("month = 1 AND year = 2024", [202401]),
    ("concat(year, month) >= '202402'", [202402, 202412]),
    ("coalesce(year, 2024) = 2024 AND month = '12'", [202412]),
]


@pytest.mark.parametrize(("condition", "ids"), PRUNED)
def test_only_the_partitions_of_a_condition_are_listed_and_read(
    sales: Warehouse, condition: str, ids: list[int]
) -> None:
    sql = f"SELECT id FROM gluepot.raw.sales s WHERE {condition}"

    assert sales.rows(sql) == [(number,) for number in ids]
    places = [f"raw/sales/year={n // 100}/month={n % 100:02}" for n in ids]
    assert sales.listed(sql) == places


AROUND = [
    "SELECT id FROM (SELECT * FROM gluepot.raw.sales) x WHERE x.year = 2024 AND x.month = '02'",
    (
        "WITH c AS (SELECT id, year y, month FROM gluepot.raw.sales)"
        " SELECT c.id FROM c WHERE y = 2024 AND c.month = '02'"
    ),
    (
        "WITH c AS (SELECT id, year, month, count(*) n FROM gluepot.raw.sales GROUP BY ALL)"
        " SELECT id FROM c WHERE year = 2024 AND month = '02' AND n = 1"
    ),
    (
        "SELECT s.id FROM gluepot.raw.sales s JOIN (VALUES (202402)) v(id)"
        " ON s.id = v.id AND s.year = 2024 AND s.month = '02'"
    ),
    (
        "SELECT s.id FROM (VALUES (202402)) v(id) LEFT JOIN gluepot.raw.sales s"
        " ON s.id = v.id AND s.year = 2024 AND s.month = '02'"
    ),
    (
        "SELECT id FROM gluepot.raw.sales WHERE year = 2024 AND month = '02' UNION ALL"
        " SELECT id FROM gluepot.raw.sales WHERE year = 2024 AND month = '02' AND id < 0"
    ),
]


@pytest.mark.parametrize("sql", AROUND)
def test_conditions_around_a_table_reach_it(sales: Warehouse, sql: str) -> None:
    assert sales.rows(sql) == [(202402,)]
    assert sales.listed(sql) == ["raw/sales/year=2024/month=02"]


WHOLE = [
    # The rows that are dropped are looked at first.
    "SELECT id FROM (SELECT * FROM gluepot.raw.sales ORDER BY id LIMIT 1) WHERE year = 2024",
    (
        "SELECT n FROM (SELECT *, row_number() OVER (ORDER BY id) n FROM gluepot.raw.sales)"
        " WHERE year = 2024 AND month = '01'"
    ),
    # The condition is another table's, the table's on one side of an OR, or of a column alike.
    (
        "SELECT count(*) FROM gluepot.raw.sales s JOIN gluepot.raw.other o ON s.id = o.id"
        " WHERE o.year = 2024"
    ),
    "SELECT count(*) FROM gluepot.raw.sales WHERE year = 2024 OR id > 0",
    "SELECT count(*) FROM (SELECT id AS year FROM gluepot.raw.sales) WHERE year = 202401",
    (
        "SELECT count(*) FROM gluepot.raw.other LEFT ANTI JOIN gluepot.raw.sales USING (id)"
        " WHERE year = 2023"
    ),
    (
        "SELECT count(*) FROM gluepot.raw.other o LEFT JOIN gluepot.raw.sales s ON o.id = s.id"
        " WHERE coalesce(s.year, 0) = 0"
    ),
    (
        "SELECT count(*) FROM gluepot.raw.sales a FULL JOIN gluepot.raw.other b"
        " ON a.id = b.id AND a.year = 2024"
    ),
    (
        "WITH c AS (SELECT * FROM gluepot.raw.sales)"
        " SELECT count(*) FROM c a JOIN c b ON a.id = b.id WHERE a.year = 2024"
    ),
    "SELECT count(*) FROM gluepot.raw.sales WHERE year IS NULL OR NOT (year <=> 2024)",
    "FROM gluepot.raw.sales |> LIMIT 100 |> WHERE year = 2024 |> AGGREGATE count(*)",
]


@pytest.mark.parametrize("sql", WHOLE)
def test_no_row_is_lost_to_a_condition_that_is_not_the_tables_own(
    sales: Warehouse, sql: str
) -> None:
    for name in ("sales", "other"):
        sales.spark.table(f"gluepot.raw.{name}").createOrReplaceTempView(f"plain_{name}")
    plain = sql.replace("gluepot.raw.", "plain_")

    assert sales.rows(sql) == sales.rows(plain)


def test_names_are_found_however_they_are_written(sales: Warehouse) -> None:
    one = "year = 2024 AND month = '02'"
    for sql in (
        f"SELECT id FROM GLUEPOT.Raw.SALES WHERE {one}",
        f"SELECT `id` FROM `gluepot` . `raw`/* here */.`sales` WHERE {one} -- gluepot.raw.none",
        f"SELECT sales.id FROM gluepot.raw.sales WHERE {one}",
        f"SELECT raw.sales.id FROM gluepot.raw.sales WHERE raw.sales.year = 2024 AND {one}",
        f"SELECT gluepot.raw.sales.id FROM gluepot.raw.sales WHERE {one}",
        f"SELECT id FROM gluepot.raw.sales TABLESAMPLE (100 PERCENT) WHERE {one}",
        f"SELECT id FROM (TABLE gluepot.raw.sales) WHERE {one}",
        f"SELECT max(id) FROM gluepot.raw.sales s WHERE s.{one} HAVING count('gluepot.a.b') > 0",
        (
            "SELECT a.id FROM gluepot.raw.sales a, gluepot.raw.sales b"
            " WHERE a.id = b.id + 1 AND a.year = 2024 AND a.month = '02' AND b.month = '01'"
        ),
        (
            "SELECT 202402 FROM gluepot.raw.other WHERE EXISTS (SELECT 1 FROM gluepot.raw.sales"
            " WHERE sales.id = other.id) LIMIT 1"
        ),
    ):
        assert sales.rows(sql) == [(202402,)], sql


def test_a_text_or_comment_that_looks_like_a_name_is_left_alone(sales: Warehouse) -> None:
    said = "'gluepot.raw.none {x} é😀' AS said"

    (row,) = sales.rows(f"SELECT {said} FROM gluepot.raw.other WHERE id = 7 /* gluepot.a.b */")

    assert row == ("gluepot.raw.none {x} é😀",)
    assert sales.rows(f"SELECT {said}") == [row]


def test_parameters_of_spark_and_of_the_catalog_go_together(sales: Warehouse) -> None:
    frame = sales.spark.createDataFrame([(7,)], "id bigint")
    sql = "SELECT o.id, {word}, '{{}}' FROM gluepot.raw.other o JOIN {mine} m ON o.id = m.id"

    rows = sales.spark.sql(sql, word="w", mine=frame).collect()

    assert [tuple(row) for row in rows] == [(7, "w", "{}")]


def test_explain_and_describe_take_the_catalogs_names(sales: Warehouse) -> None:
    sql = "EXPLAIN EXTENDED SELECT id FROM gluepot.raw.sales WHERE year = 2024 AND month = '02'"

    (plan,) = sales.rows(sql)
    described = sales.rows("DESCRIBE gluepot.raw.other")

    assert "Physical Plan" in plan[0]
    assert sales.listed(sql) == ["raw/sales/year=2024/month=02"]
    assert [row[:2] for row in described] == [("id", "bigint"), ("year", "bigint")]


def test_two_tables_of_one_name_are_told_apart(sales: Warehouse) -> None:
    sales.lake.catalog.create_database(Database(name="second"))
    sales.add_table("other", "id bigint, said string", database="second")
    sales.put_parquet("second/other/x.parquet", id=[7], said=["seven"])

    rows = sales.rows(
        "SELECT raw.other.year, gluepot.second.other.said FROM gluepot.raw.other"
        " JOIN gluepot.second.other ON raw.other.id = second.other.id"
    )

    assert rows == [(2023, "seven")]


def test_a_name_that_is_not_there_is_answered_with_the_nearest(sales: Warehouse) -> None:
    with pytest.raises(SourceError, match="Did you mean 'sales'"):
        sales.spark.sql("SELECT * FROM gluepot.raw.salse")
    with pytest.raises(SourceError, match="Did you mean 'raw'"):
        sales.spark.table("gluepot.rav.sales")
    with pytest.raises(SqlError, match="cannot be read"):
        sales.spark.sql("SELECT 'x FROM gluepot.raw.sales")


def test_partitions_whose_values_do_not_fit_their_key_are_null_as_without_a_condition(
    warehouse: Warehouse,
) -> None:
    warehouse.add_table("odd", "id bigint", keys="part int")
    for value, number in (("1", 1), ("x", 2), (NULL_PARTITION, 3)):
        warehouse.put_parquet(f"raw/odd/{value}/x.parquet", id=[number])
        warehouse.add_partition("odd", (value,), value)

    assert warehouse.rows("SELECT id FROM gluepot.raw.odd WHERE part = 1") == [(1,)]
    assert warehouse.rows("SELECT id FROM gluepot.raw.odd WHERE part IS NULL") == [(2,), (3,)]
    assert warehouse.listed("SELECT id FROM gluepot.raw.odd WHERE part IS NULL") == [
        f"raw/odd/{NULL_PARTITION}",
        "raw/odd/x",
    ]


def test_without_the_parser_the_error_names_the_extra(
    sales: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sqlglot", None)

    with pytest.raises(SqlglotMissingError, match=r"gluepot\[sql\]"):
        sales.spark.sql("SELECT * FROM gluepot.raw.sales")
    assert sales.spark.sql("SELECT 1").collect()[0][0] == 1
