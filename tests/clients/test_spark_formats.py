# ruff: noqa: S608  (statements are the subject here, and their parts the tests' own)
"""Tables of every format, and views, by name in Spark SQL."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import fastavro
import pyarrow as pa
import pytest
from pyarrow import orc

from gluepot.catalog.model import SerDeInfo, Table
from gluepot.crawlers.access import Access
from gluepot.crawlers.crawl import run_crawl
from gluepot.crawlers.model import Crawler
from gluepot.crawlers.store import CrawlerStore
from gluepot.crawlers.targets import Target
from gluepot.jobs.errors import SourceError
from gluepot.jobs.spark_sql.errors import SqlError
from tests.clients.conftest import CAUSE
from tests.jobs.conftest import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.clients.conftest import Warehouse

ROWS = [{"Id": 1, "name": "a, b"}, {"Id": 2, "name": None}]


def as_orc() -> bytes:
    sink = io.BytesIO()
    orc.write_table(pa.Table.from_pylist(ROWS), sink)
    return sink.getvalue()


def as_avro() -> bytes:
    fields = [{"name": "Id", "type": "long"}, {"name": "name", "type": ["null", "string"]}]
    sink = io.BytesIO()
    fastavro.writer(sink, {"type": "record", "name": "r", "fields": fields}, ROWS)
    return sink.getvalue()


FILES: dict[str, Callable[[], bytes]] = {
    "orc": as_orc,
    "avro": as_avro,
    "json": lambda: "\n".join(json.dumps(row) for row in ROWS).encode(),
    "csv": lambda: b"1;'a, b'\n2;\n",
}


@pytest.mark.parametrize("kind", FILES)
def test_files_of_each_format_are_read_as_the_catalog_says(warehouse: Warehouse, kind: str) -> None:
    table = warehouse.add_table(f"as_{kind}", "id bigint, name string", keys="day date", kind=kind)
    parameters = {"csv": {"field.delim": ";", "quoteChar": "'"}, "json": {"paths": "Id,name"}}
    assert table.storage_descriptor is not None
    serde = SerDeInfo(parameters=parameters.get(kind, {}))
    described = replace(table.storage_descriptor, serde_info=serde)
    warehouse.lake.catalog.update_table(replace(table, storage_descriptor=described), CAUSE)
    for day in ("2024-01-01", "2024-01-02"):
        warehouse.lake.put(f"raw/as_{kind}/day={day}/x", FILES[kind]())
        warehouse.add_partition(f"as_{kind}", (day,), f"day={day}")
    sql = f"SELECT id, name, day + 1 FROM gluepot.raw.as_{kind} WHERE day > DATE '2024-01-01'"

    found = warehouse.spark.sql(sql).orderBy("id").collect()

    assert [(row[0], row[1], str(row[2])) for row in found] == [
        (1, "a, b", "2024-01-03"),
        (2, None, "2024-01-03"),
    ]
    assert warehouse.listed(sql) == [f"raw/as_{kind}/day=2024-01-02"]


def test_old_files_of_narrower_types_and_fewer_columns_are_read_by_the_tables_schema(
    warehouse: Warehouse,
) -> None:
    warehouse.add_table("evolved", "id bigint, price double", keys="part string")
    old = {"id": pa.array([1], pa.int32())}
    warehouse.put_parquet("raw/evolved/part=old/x.parquet", **old)
    warehouse.put_parquet("raw/evolved/part=new/x.parquet", id=[2], price=[0.5])
    for part in ("old", "new"):
        warehouse.add_partition("evolved", (part,), f"part={part}")

    rows = warehouse.rows("SELECT part, id, price FROM gluepot.raw.evolved")

    assert rows == [("new", 2, 0.5), ("old", 1, None)]


def test_delta_tables_are_read_and_travel_in_time(warehouse: Warehouse) -> None:
    table = warehouse.add_table("as_delta", "id bigint", kind="delta")
    assert table.storage_descriptor is not None
    place = str(table.storage_descriptor.location)
    for number in (1, 2):
        frame = warehouse.spark.createDataFrame([(number,)], "id bigint")
        frame.write.format("delta").mode("append").save(place)

    assert warehouse.rows("SELECT id FROM gluepot.raw.as_delta") == [(1,), (2,)]
    assert warehouse.rows("SELECT id FROM gluepot.raw.as_delta VERSION AS OF 0") == [(1,)]
    history = warehouse.spark.sql("DESCRIBE HISTORY gluepot.raw.as_delta").collect()
    assert [row["version"] for row in history] == [1, 0]


def test_iceberg_tables_are_read_by_the_metadata_that_the_catalog_names(
    warehouse: Warehouse,
) -> None:
    spark, place = warehouse.spark, warehouse.lake.uri("ice")
    settings = {
        "": "org.apache.iceberg.spark.SparkCatalog",
        ".type": "hadoop",
        ".warehouse": place,
    }
    for key, value in settings.items():
        spark.conf.set(f"spark.sql.catalog.files{key}", value)
    spark.sql("CREATE TABLE files.db.t (id bigint) USING iceberg")
    spark.sql("INSERT INTO files.db.t VALUES (1), (2)")
    metadata = f"{place}/db/t/metadata/v2.metadata.json"
    warehouse.add_table(
        "as_iceberg", "id bigint", kind="iceberg", table_type="ICEBERG", metadata_location=metadata
    )

    assert warehouse.rows("SELECT id FROM gluepot.raw.as_iceberg WHERE id > 1") == [(2,)]
    assert len(warehouse.rows("SELECT snapshot_id FROM gluepot.raw.as_iceberg.snapshots")) == 1


def test_a_crawled_iceberg_table_is_read_as_of_its_newest_metadata(warehouse: Warehouse) -> None:
    spark, place, lake = warehouse.spark, warehouse.lake.uri("crawled"), warehouse.lake
    settings = {
        "": "org.apache.iceberg.spark.SparkCatalog",
        ".type": "hadoop",
        ".warehouse": place,
    }
    for key, value in settings.items():
        spark.conf.set(f"spark.sql.catalog.crawled{key}", value)
    spark.sql("CREATE TABLE crawled.db.t (id bigint, Name string) USING iceberg")
    for number in (1, 2):
        spark.sql(f"INSERT INTO crawled.db.t VALUES ({number}, 'a')")
    crawler = Crawler(name="c", database="iced", targets=(Target(uri=f"{place}/db/t/"),))

    run_crawl(
        crawler,
        catalog=lake.catalog,
        access=Access(s3=lake.s3),
        store=CrawlerStore(lake.engine, utc_now),
        clock=utc_now,
    )

    assert warehouse.rows("SELECT * FROM gluepot.iced.t") == [(1, "a"), (2, "a")]
    assert warehouse.rows("SELECT name FROM gluepot.iced.t WHERE id > 1") == [("a",)]


def add_view(warehouse: Warehouse, name: str, text: str) -> None:
    view = Table(database_name="raw", name=name, table_type="VIRTUAL_VIEW", view_original_text=text)
    warehouse.lake.catalog.create_table(view, CAUSE)


def presto(sql: str) -> str:
    stored: dict[str, Any] = {"originalSql": sql, "catalog": "awsdatacatalog", "schema": "raw"}
    return f"/* Presto View: {base64.b64encode(json.dumps(stored).encode()).decode()} */"


def test_views_of_spark_and_of_presto_are_read_pruned(sales: Warehouse) -> None:
    add_view(sales, "in_spark", "SELECT id AS number, year, month FROM `raw`.`sales` -- all")
    add_view(
        sales,
        "in_presto",
        presto(
            'SELECT sales.id "number", year, month, CAST(year AS VARCHAR) said'
            ' FROM "awsdatacatalog"."raw".sales'
        ),
    )
    add_view(sales, "of_view", "WITH sales AS (SELECT * FROM in_spark) SELECT * FROM sales")
    for name in ("in_spark", "in_presto", "of_view"):
        sql = f"SELECT v.number FROM gluepot.raw.{name} v WHERE v.year = 2024 AND month = '02'"

        assert sales.rows(sql) == [(202402,)]
        assert sales.listed(sql) == ["raw/sales/year=2024/month=02"]


def test_views_that_cannot_be_read_say_why(warehouse: Warehouse) -> None:
    add_view(warehouse, "circle", "SELECT * FROM circle")
    add_view(warehouse, "broken", "SELEC FROM")
    add_view(warehouse, "elsewhere", "SELECT * FROM mysql.raw.sales")
    add_view(warehouse, "damaged", "/* Presto View: bm90IGpzb24= */")

    with pytest.raises(SqlError, match="reads from itself"):
        warehouse.spark.sql("SELECT * FROM gluepot.raw.circle")
    for name, said in {
        "broken": "not understood",
        "elsewhere": "another catalog",
        "damaged": "Presto definition",
    }.items():
        with pytest.raises(SourceError, match=said):
            warehouse.spark.sql(f"SELECT * FROM gluepot.raw.{name}")
