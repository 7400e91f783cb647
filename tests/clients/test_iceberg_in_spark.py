# ruff: noqa: S608  (statements are the subject here, and their parts the tests' own)
"""Iceberg's own GlueCatalog in Spark, which knows nothing of us but an endpoint."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import boto3
import pytest

from tests.servers.glue import REGION, GlueServer, thread_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

    from gluepot.crawlers.sources.config import S3Config

WRITERS = 4
INSERTS = 2


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GlueServer]:
    """Yield one server for the module: Spark holds on to a catalog's address."""
    home = tmp_path_factory.mktemp("iceberg")
    with thread_server(f"sqlite:///{home / 'catalog.db'}", home) as found:
        yield found


@pytest.fixture(scope="module")
def ice(spark: SparkSession, server: GlueServer, moto_s3: S3Config) -> str:
    """Return the name of a Spark catalog over the server, with the namespace ``db`` in it."""
    name = f"ice{uuid.uuid4().hex[:8]}"
    bucket = f"ice-{uuid.uuid4().hex}"
    s3 = boto3.client(
        "s3",
        endpoint_url=moto_s3.endpoint_url,
        region_name=REGION,
        aws_access_key_id=moto_s3.access_key_id,
        aws_secret_access_key=moto_s3.secret_access_key,
    )
    s3.create_bucket(Bucket=bucket)
    s3.close()
    # The Glue client asks the AWS SDK's own chain, whose first link are system properties.
    system = spark.sparkContext._jvm.java.lang.System  # type: ignore[union-attr]
    system.setProperty("aws.accessKeyId", "test")
    system.setProperty("aws.secretAccessKey", "test")
    settings = {
        "": "org.apache.iceberg.spark.SparkCatalog",
        ".catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
        ".glue.endpoint": server.url,
        ".client.region": REGION,
        ".http-client.type": "urlconnection",
        ".io-impl": "org.apache.iceberg.hadoop.HadoopFileIO",
        ".warehouse": f"s3://{bucket}/warehouse",
    }
    for key, value in settings.items():
        spark.conf.set(f"spark.sql.catalog.{name}{key}", value)
    spark.sql(f"CREATE NAMESPACE {name}.db")
    return name


def test_a_table_is_made_filled_changed_renamed_and_dropped(
    spark: SparkSession, ice: str, server: GlueServer
) -> None:
    glue = server.client()
    spark.sql(f"CREATE TABLE {ice}.db.t (id bigint, name string) USING iceberg")
    spark.sql(f"INSERT INTO {ice}.db.t VALUES (1, 'a')")
    spark.sql(f"ALTER TABLE {ice}.db.t ADD COLUMN price double")
    spark.sql(f"ALTER TABLE {ice}.db.t RENAME COLUMN name TO title")
    spark.sql(f"INSERT INTO {ice}.db.t VALUES (2, 'b', 1.5)")

    rows = spark.sql(f"SELECT id, title, price FROM {ice}.db.t ORDER BY id").collect()
    assert [tuple(row) for row in rows] == [(1, "a", None), (2, "b", 1.5)]
    table = glue.get_table(DatabaseName="db", Name="t")["Table"]
    columns = [item["Name"] for item in table["StorageDescriptor"]["Columns"]]
    assert table["Parameters"]["table_type"] == "ICEBERG"
    assert {"id", "title", "price"} <= set(columns)

    spark.sql(f"ALTER TABLE {ice}.db.t RENAME TO db.u")
    assert [row["tableName"] for row in spark.sql(f"SHOW TABLES IN {ice}.db").collect()] == ["u"]
    assert spark.sql(f"SELECT count(*) FROM {ice}.db.u").collect()[0][0] == 2
    spark.sql(f"DROP TABLE {ice}.db.u PURGE")
    assert glue.get_tables(DatabaseName="db")["TableList"] == []


def test_the_rows_of_writers_at_the_same_time_are_all_there(spark: SparkSession, ice: str) -> None:
    retries = "'commit.retry.num-retries'='50', 'commit.retry.min-wait-ms'='10'"
    spark.sql(
        f"CREATE TABLE {ice}.db.counted (writer int, number int) USING iceberg"
        f" TBLPROPERTIES ({retries})"
    )

    def insert(writer: int) -> None:
        for number in range(INSERTS):
            spark.sql(f"INSERT INTO {ice}.db.counted VALUES ({writer}, {number})")

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(insert, range(WRITERS)))

    rows = spark.sql(f"SELECT writer, number FROM {ice}.db.counted").collect()
    wanted = [(writer, number) for writer in range(WRITERS) for number in range(INSERTS)]
    assert sorted(tuple(row) for row in rows) == wanted
    spark.sql(f"DROP TABLE {ice}.db.counted PURGE")


def test_a_namespace_with_tables_is_not_dropped(spark: SparkSession, ice: str) -> None:
    spark.sql(f"CREATE NAMESPACE {ice}.full")
    spark.sql(f"CREATE TABLE {ice}.full.t (id int) USING iceberg")

    with pytest.raises(Exception, match="still contains Iceberg tables"):
        spark.sql(f"DROP NAMESPACE {ice}.full")
    spark.sql(f"DROP TABLE {ice}.full.t PURGE")
    spark.sql(f"DROP NAMESPACE {ice}.full")
    names = [row[0] for row in spark.sql(f"SHOW NAMESPACES IN {ice}").collect()]

    assert names == ["db"]
