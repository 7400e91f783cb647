"""``spark.sql`` over names as scripts for AWS Glue write them: no catalog, or ``glue_catalog``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pyspark.errors import AnalysisException

from gluepot.jobs.errors import SourceError
from gluepot.jobs.spark_sql.short_names import in_full

if TYPE_CHECKING:
    from tests.clients.conftest import Warehouse

FULL = {
    "SELECT * FROM raw.sales": "SELECT * FROM gluepot.raw.sales",
    "select s.raw.id from `raw`.sales s, RAW.other": (
        "select s.raw.id from gluepot.`raw`.sales s, gluepot.RAW.other"
    ),
    "SELECT raw.x FROM own.t AS raw": "SELECT raw.x FROM own.t AS raw",
    "SELECT 'FROM raw.sales' -- FROM raw.sales": "SELECT 'FROM raw.sales' -- FROM raw.sales",
    "SELECT * FROM glue_catalog.raw.sales JOIN AwsDataCatalog.raw.other": (
        "SELECT * FROM gluepot.raw.sales JOIN gluepot.raw.other"
    ),
    "SELECT * FROM delta.`s3://b/raw.x`": "SELECT * FROM delta.`s3://b/raw.x`",
    "WITH raw AS (SELECT 1 x) SELECT raw.x FROM raw": (
        "WITH raw AS (SELECT 1 x) SELECT raw.x FROM raw"
    ),
    "SELECT * FROM raw.mine": "SELECT * FROM raw.mine",
    "INSERT INTO raw.sales SELECT * FROM raw.other": (
        "INSERT INTO gluepot.raw.sales SELECT * FROM gluepot.raw.other"
    ),
    "CREATE TABLE raw.new USING parquet AS SELECT 1 x": (
        "CREATE TABLE gluepot.raw.new USING parquet AS SELECT 1 x"
    ),
    "OPTIMIZE raw.sales": "OPTIMIZE raw.sales",
    "VACUUM x; SELECT odd FROM raw.sales ~~": "VACUUM x; SELECT odd FROM gluepot.raw.sales ~~",
}


@pytest.mark.parametrize("text", FULL)
def test_tables_of_the_catalog_get_its_name_and_all_else_stays(text: str) -> None:
    found = in_full(
        text,
        is_database=lambda name: name == "raw",
        knows_table=lambda _, table: table == "mine",
    )

    assert found == FULL[text]


def test_a_name_that_is_sparks_own_catalog_stays() -> None:
    text = "SELECT * FROM glue_catalog.raw.sales"

    assert in_full(text, aliases=(), is_database=bool, knows_table=lambda *_: False) == text


def test_tables_are_read_without_the_catalogs_name(sales: Warehouse) -> None:
    only = "SELECT sales.id, raw.sales.amount FROM raw.sales WHERE year = 2024 AND month = '02'"

    assert sales.rows(only) == [(202402, 1.0)]
    assert sales.listed(only) == ["raw/sales/year=2024/month=02"]
    assert sales.spark.table("raw.other").count() == 3
    assert sales.rows("SELECT count(*) FROM glue_catalog.raw.other") == [(3,)]
    other = sales.spark.table("raw.other")
    assert sales.rows("SELECT o.id FROM {o} o JOIN raw.sales s ON o.id = s.id", o=other) == [
        (202312,),
        (202401,),
    ]


def test_a_name_that_is_nowhere_is_told_by_whom_it_belongs_to(sales: Warehouse) -> None:
    with pytest.raises(SourceError, match="Did you mean 'sales'"):
        sales.spark.sql("SELECT * FROM raw.sale")
    with pytest.raises(AnalysisException, match="TABLE_OR_VIEW_NOT_FOUND"):
        sales.spark.sql("SELECT * FROM elsewhere.sales")


def test_a_table_of_sparks_own_goes_before_the_catalogs(sales: Warehouse) -> None:
    spark = sales.spark
    spark.sql("CREATE DATABASE raw")
    try:
        spark.createDataFrame([(5,)], "id long").write.saveAsTable("raw.other", format="parquet")
        assert sales.rows("SELECT id FROM raw.other") == [(5,)]
        assert sales.rows("SELECT count(*) FROM raw.sales") == [(6,)]
    finally:
        spark.sql("DROP DATABASE raw CASCADE")
