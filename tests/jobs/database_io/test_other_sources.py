from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gluepot.catalog.errors import InvalidInputError
from gluepot.crawlers.access import OpenedConnection
from gluepot.jobs.database_io.jdbc_source import read_jdbc
from gluepot.jobs.database_io.reading import read_database, reads
from gluepot.jobs.database_io.spark_sources import opensearch_options
from gluepot.jobs.database_io.writing import write_database
from gluepot.jobs.errors import SinkError, SourceError
from gluepot.transforms.frame import DynamicFrame
from tests.jobs.database_io.conftest import jdbc_options, run_sql

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

    from gluepot.jobs.context import GlueContext
    from tests.jobs.conftest import Lake

POSTGRESQL = "org.postgresql.Driver"


def test_a_connector_of_jdbc_reads_and_writes_by_its_class(
    glue_context: GlueContext, spark: SparkSession, postgres_url: str
) -> None:
    run_sql(postgres_url, "CREATE TABLE t (id int)", "INSERT INTO t VALUES (1), (2)")
    options = jdbc_options(postgres_url, className=POSTGRESQL, dbTable="t")

    write_database(DynamicFrame(spark.sql("SELECT 3 id")), "custom.jdbc", options)
    found = read_database(
        glue_context, "marketplace.jdbc", {**options, "filterPredicate": "id > 1"}
    )

    assert sorted(row["id"] for row in found.toDF().collect()) == [2, 3]


def test_the_jar_of_a_driver_is_taken_from_s3(
    glue_context: GlueContext, postgres_url: str, lake: Lake, jars_dir: Path
) -> None:
    jar = next(jars_dir.glob("postgresql-*.jar"))
    lake.put("drivers/own.jar", jar.read_bytes())
    run_sql(postgres_url, "CREATE TABLE t (id int)", "INSERT INTO t VALUES (1)")
    options = jdbc_options(
        postgres_url,
        dbtable="t",
        customJdbcDriverS3Path=lake.uri("drivers/own.jar"),
        customJdbcDriverClassName=POSTGRESQL,
    )

    frame = read_jdbc(glue_context, options, transformation_ctx="", push_down_predicate="")

    assert frame.count() == 1
    listed = [row[0] for row in glue_context.spark_session.sql("LIST JARS").collect()]
    assert any(name.endswith("own.jar") for name in listed)


def test_a_spark_data_source_reads_and_writes_by_its_name(
    glue_context: GlueContext, spark: SparkSession, tmp_path: Path
) -> None:
    options = {"className": "json", "path": str(tmp_path / "rows")}

    write_database(DynamicFrame(spark.sql("SELECT 1 id")), "custom.spark", options)

    assert read_database(glue_context, "marketplace.spark", options).count() == 1


def test_opensearch_is_told_of_connections_and_options() -> None:
    properties = {"HOST": "search", "PORT": "9200", "USERNAME": "u", "PASSWORD": "p"}
    opened = OpenedConnection(name="s", type="OPENSEARCH", properties=properties)

    found = opensearch_options({"opensearch.resource": "orders", "pushdown": True}, opened)

    assert found == {
        "opensearch.nodes": "search",
        "opensearch.port": "9200",
        "opensearch.net.http.auth.user": "u",
        "opensearch.net.http.auth.pass": "p",
        "opensearch.nodes.wan.only": "true",
        "opensearch.resource": "orders",
        "pushdown": "True",
    }
    with pytest.raises(InvalidInputError, match=r"Did you mean 'opensearch\.nodes'"):
        opensearch_options({"opensearch_nodes": "h"}, None)
    with pytest.raises(InvalidInputError, match=r"needs the option opensearch\.nodes"):
        opensearch_options({"opensearch.resource": "orders"}, None)


def test_what_is_not_there_names_its_jar(glue_context: GlueContext, spark: SparkSession) -> None:
    rows = DynamicFrame(spark.range(1))
    place = {"opensearch.resource": "orders", "opensearch.nodes": "h"}

    with pytest.raises(SourceError, match=r"org\.opensearch\.spark\.sql is not on the class path"):
        read_database(glue_context, "opensearch", place)
    with pytest.raises(SinkError, match=r"org\.opensearch\.spark\.sql is not on the class path"):
        write_database(rows, "opensearch", place)
    with pytest.raises(InvalidInputError, match=r"spark-snowflake.*custom\.spark"):
        read_database(glue_context, "snowflake", {})
    with pytest.raises(InvalidInputError, match=r"terajdbc.*custom\.jdbc"):
        write_database(rows, "teradata", {})
    with pytest.raises(InvalidInputError, match="Did you mean 'dynamodb'"):
        read_database(glue_context, "dynamdb", {})
    assert reads("snowflake")
    assert not reads("s3")
