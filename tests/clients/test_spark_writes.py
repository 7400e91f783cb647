# ruff: noqa: S608  (statements are the subject here, and their parts the tests' own)
"""INSERT, CREATE TABLE AS and Delta's statements on tables of the catalog, and what is refused."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from gluepot.catalog.errors import AlreadyExistsError
from gluepot.catalog.model import Database
from gluepot.jobs.errors import SourceError
from gluepot.jobs.spark_sql.errors import SqlError, SqlNotSupportedError

if TYPE_CHECKING:
    from tests.clients.conftest import Warehouse


@pytest.fixture
def out(warehouse: Warehouse) -> str:
    """Return the name of an empty database of the test's own, with a location."""
    name = f"out_{uuid.uuid4().hex[:8]}"
    location = warehouse.lake.uri(name)
    warehouse.lake.catalog.create_database(Database(name=name, location_uri=location))
    return f"gluepot.{name}"


@pytest.mark.parametrize("kind", ["parquet", "delta"])
def test_a_table_is_made_of_a_query_and_added_to(warehouse: Warehouse, out: str, kind: str) -> None:
    name, spark = f"{out}.made_{kind}", warehouse.spark
    spark.sql(
        f"CREATE TABLE {name} USING {kind} PARTITIONED BY (day) AS"
        " SELECT 1 AS id, 'a' AS name, DATE '2024-01-01' AS day"
    )
    spark.sql(f"INSERT INTO {name} SELECT id + 1, name, day + 1 FROM {name}")
    spark.sql(
        f"WITH w AS (SELECT 3 AS x) INSERT INTO {name} (day, id) SELECT '2024-01-02', x FROM w"
    )

    rows = warehouse.rows(f"SELECT id, coalesce(name, '-'), string(day) FROM {name}")
    assert rows == [(1, "a", "2024-01-01"), (2, "a", "2024-01-02"), (3, "-", "2024-01-02")]
    assert warehouse.rows(f"SELECT id FROM {name} WHERE day = '2024-01-01'") == [(1,)]
    database, table = name.split(".")[1:]
    stored = warehouse.lake.catalog.get_table(database, table)
    assert stored.version_id == "0"
    keys = [] if kind == "delta" else ["day"]
    assert [key.name for key in stored.partition_keys or ()] == keys
    with pytest.raises(AlreadyExistsError):
        spark.sql(f"CREATE TABLE {name} USING {kind} AS SELECT 1 AS id")
    spark.sql(f"CREATE TABLE IF NOT EXISTS {name} USING {kind} AS SELECT 1 AS id")


def test_rows_are_placed_by_name_by_partition_and_replaced_whole(
    warehouse: Warehouse, out: str
) -> None:
    name, spark = f"{out}.t", warehouse.spark
    spark.sql(f"CREATE TABLE {name} PARTITIONED BY (p) AS SELECT 1 AS id, 'x' AS s, 1 AS p")
    spark.sql(f"INSERT INTO {name} BY NAME SELECT 2 AS p, 'y' AS s, 2 AS id")
    spark.sql(f"INSERT INTO {name} PARTITION (p = 3) VALUES (3, 'z')")
    assert warehouse.rows(f"SELECT * FROM {name}") == [(1, "x", 1), (2, "y", 2), (3, "z", 3)]

    spark.sql(f"INSERT OVERWRITE {name} SELECT * FROM {name} WHERE p > 1")

    assert warehouse.rows(f"SELECT * FROM {name}") == [(2, "y", 2), (3, "z", 3)]
    database = name.split(".")[1]
    left = warehouse.lake.catalog.partitions.list(database, "t")
    assert sorted(item.values for item in left) == [("2",), ("3",)]


def test_delta_tables_are_changed_by_deltas_own_statements(warehouse: Warehouse, out: str) -> None:
    name, spark = f"{out}.t", warehouse.spark
    spark.sql(f"CREATE TABLE {name} USING delta AS SELECT id, 'old' AS s FROM range(4)")
    spark.sql(f"DELETE FROM {name} WHERE id = 0")
    spark.sql(f"UPDATE {name} SET s = 'new' WHERE id = 1")
    spark.sql(
        f"MERGE INTO {name} t USING (SELECT id + 2 AS id FROM {name}) n ON t.id = n.id"
        " WHEN MATCHED THEN UPDATE SET s = 'met'"
        " WHEN NOT MATCHED THEN INSERT (id, s) VALUES (n.id, 'in')"
    )
    spark.sql(f"OPTIMIZE {name}")

    rows = warehouse.rows(f"SELECT * FROM {name}")
    assert rows == [(1, "new"), (2, "old"), (3, "met"), (4, "in"), (5, "in")]


def test_a_temporary_view_over_the_catalog_stays(warehouse: Warehouse, out: str) -> None:
    warehouse.spark.sql(f"CREATE TABLE {out}.t AS SELECT 7 AS id")

    warehouse.spark.sql(f"CREATE OR REPLACE TEMPORARY VIEW seven AS SELECT * FROM {out}.t")

    assert warehouse.rows("SELECT id FROM seven") == [(7,)]


REFUSED = [
    "DROP TABLE {t}",
    "ALTER TABLE {t} ADD COLUMN x int",
    "TRUNCATE TABLE {t}",
    "UPDATE {t} SET id = 2",
    "DELETE FROM {t}",
    "CREATE OR REPLACE TABLE {t} AS SELECT 1 AS id",
    "CREATE TABLE {out}.csv USING csv AS SELECT 1 AS id",
    "CREATE TABLE {out}.bare (id int)",
    "CREATE TABLE {out}.more TBLPROPERTIES ('a'='b') AS SELECT 1 AS id",
    "CREATE VIEW lasting AS SELECT * FROM {t}",
    "INSERT OVERWRITE {t} PARTITION (p = 1) SELECT 1",
    "CACHE TABLE {t}",
    "EXPLAIN INSERT INTO {t} SELECT 2, 2",
    "SHOW COLUMNS IN {t}",
    "FROM {t} INSERT INTO {t} SELECT * INSERT INTO {t} SELECT *",
]


def test_other_statements_are_refused_by_name_and_change_nothing(
    warehouse: Warehouse, out: str
) -> None:
    catalog, spark, table = warehouse.lake.catalog, warehouse.spark, f"{out}.t"
    database = out.split(".")[1]
    spark.sql(f"CREATE TABLE {table} PARTITIONED BY (p) AS SELECT 1 AS id, 1 AS p")
    before = catalog.get_table(database, "t")

    for statement in REFUSED:
        with pytest.raises(SqlNotSupportedError):
            spark.sql(statement.format(t=table, out=out))

    assert catalog.get_table(database, "t") == before
    assert [item.name for item in catalog.list_tables(database)] == ["t"]
    assert warehouse.rows(f"SELECT * FROM {table}") == [(1, 1)]


def test_rows_that_do_not_fit_are_refused_with_a_sentence(warehouse: Warehouse, out: str) -> None:
    name, spark = f"{out}.t", warehouse.spark
    spark.sql(f"CREATE TABLE {name} AS SELECT 1 AS id, 'x' AS s")

    with pytest.raises(SqlError, match="wanted: id, s"):
        spark.sql(f"INSERT INTO {name} SELECT 1")
    with pytest.raises(SqlError, match="Did you mean 'id'"):
        spark.sql(f"INSERT INTO {name} (idd, s) SELECT 1, 'x'")
    with pytest.raises(SqlError, match="Did you mean"):
        spark.sql("CREATE TABLE gluepot.rav.t AS SELECT 1 AS id")
    with pytest.raises(SqlError, match="needs LOCATION"):
        spark.sql("CREATE TABLE gluepot.raw.placeless AS SELECT 1 AS id")
    with pytest.raises(SourceError, match="not found"):
        spark.sql(f"INSERT INTO {out}.none SELECT 1")
    warehouse.lake.put(f"{out.split('.')[1]}/taken/x.parquet", b"x")
    with pytest.raises(SqlError, match="files already"):
        spark.sql(f"CREATE TABLE {out}.taken AS SELECT 1 AS id")


def test_rows_of_a_partition_that_lies_elsewhere_are_refused(warehouse: Warehouse) -> None:
    warehouse.add_table("scattered", "id bigint", keys="p string")
    warehouse.put_parquet("raw/scattered/elsewhere/x.parquet", id=[1])
    warehouse.add_partition("scattered", ("a",), "elsewhere")

    with pytest.raises(SqlNotSupportedError, match="elsewhere"):
        warehouse.spark.sql("INSERT INTO gluepot.raw.scattered VALUES (2, 'a')")
    warehouse.spark.sql("INSERT INTO gluepot.raw.scattered VALUES (2, 'b c')")

    rows = warehouse.rows("SELECT * FROM gluepot.raw.scattered")
    assert rows == [(1, "a"), (2, "b c")]
