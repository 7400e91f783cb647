from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from gluepot.catalog.calls import Call
from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.operations.connections import create_connection
from gluepot.catalog.paging import PageTokens
from gluepot.catalog.sealing import Sealer
from gluepot.crawlers.crawl import run_crawl
from gluepot.crawlers.model import Crawler
from gluepot.crawlers.store import CrawlerStore
from gluepot.crawlers.targets import JdbcTarget
from gluepot.jobs.database_io.connections import connection_properties, extract_jdbc_conf
from gluepot.jobs.database_io.jdbc_dialects import dialect_of
from gluepot.jobs.database_io.reading import is_database_table, read_database, read_database_table
from gluepot.jobs.database_io.writing import (
    DatabaseSink,
    write_database,
    write_database_table,
    write_jdbc_conf,
)
from gluepot.jobs.errors import SinkError
from gluepot.transforms.frame import DynamicFrame
from tests.crawlers.databases.conftest import jdbc
from tests.jobs.conftest import utc_now
from tests.jobs.database_io.conftest import SEALING_KEY, jdbc_options, run_sql
from tests.servers.postgres import administration

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from gluepot.catalog.model import Table
    from gluepot.jobs.context import GlueContext
    from gluepot.jobs.run_context.script_run import ScriptRun
    from tests.jobs.conftest import Lake


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    with administration(url) as connection:
        return [tuple(row) for row in connection.execute(sa.text(query))]


def test_rows_are_appended_by_the_names_of_columns(
    spark: SparkSession, postgres_url: str, run: ScriptRun
) -> None:
    run_sql(postgres_url, "CREATE TABLE t (id int, u uuid, doc jsonb)", "INSERT INTO t VALUES (1)")
    made = spark.sql("""SELECT '{"x": 1}' doc, 2 id, '00000000-0000-0000-0000-000000000001' u""")

    options = jdbc_options(postgres_url, dbtable="t", bulkSize="2")
    failed = write_database(DynamicFrame(made), "postgresql", options)

    assert rows(postgres_url, "SELECT id, doc->>'x' FROM t ORDER BY id") == [(1, None), (2, "1")]
    assert failed.count() == 0
    run.end_pass()
    assert run.workshop.metrics["passes"][0]["sinks"][0]["path"] == "postgresql:t"
    assert run.workshop.metrics["rows_out"] is None


def test_a_table_that_is_not_there_is_made(spark: SparkSession, mariadb_url: str) -> None:
    sink = DatabaseSink("mysql", jdbc_options(mariadb_url, dbtable="made"))
    sink.setFormat("csv")
    sink.writeFrame(DynamicFrame(spark.sql("SELECT 1 id, 'a' `two words`")))

    assert rows(mariadb_url, "SELECT * FROM made") == [(1, "a")]


def test_columns_that_the_table_lacks_are_told(spark: SparkSession, postgres_url: str) -> None:
    run_sql(postgres_url, "CREATE TABLE t (id int)")
    options = jdbc_options(postgres_url, dbtable="t")

    with pytest.raises(SinkError, match=r"postgresql:t.*other"):
        write_database(DynamicFrame(spark.sql("SELECT 1 other")), "postgresql", options)


def test_options_of_redshift_are_refused_elsewhere(spark: SparkSession) -> None:
    options = {"url": "jdbc:mysql://h/d", "dbtable": "t", "preactions": "drop"}

    with pytest.raises(InvalidInputError, match=r"preactions.*Redshift"):
        write_database(DynamicFrame(spark.range(1)), "mysql", options)


def store_connection(run: ScriptRun, url: str, **more: str) -> None:
    made = jdbc_options(url)
    # In seconds for PostgreSQL's driver, in milliseconds for MariaDB's.
    longest = 60 if made["url"].startswith("jdbc:postgresql:") else 60_000
    properties = {
        "JDBC_CONNECTION_URL": f"{made['url']}?connectTimeout={longest}",
        "USERNAME": made["user"],
        "PASSWORD": made["password"] or "unused",
    }
    assert run.workshop.objects is not None
    given = {"Name": "shop", "ConnectionType": "JDBC", "ConnectionProperties": properties | more}
    call = Call(
        operation="CreateConnection",
        account_id="000000000000",
        region="us-east-1",
        principal="arn:aws:iam::000000000000:root",
        request_id="00000000-0000-0000-0000-000000000000",
        tokens=PageTokens(SEALING_KEY),
    )
    create_connection(run.workshop.objects, Sealer(SEALING_KEY), call, {"ConnectionInput": given})


def crawled(lake: Lake, url: str, path: str) -> Table:
    """Return the table of the catalog that a crawl of a database makes."""
    crawler = Crawler(
        name="c", database="raw", targets=(JdbcTarget(connection_name="shop", path=path),)
    )
    access = jdbc(url)
    store = CrawlerStore(lake.engine, utc_now)
    run_crawl(crawler, catalog=lake.catalog, access=access, store=store, clock=utc_now)
    names = {table.name for table in lake.catalog.list_tables("raw")} - {"flights", "airlines"}
    return lake.catalog.get_table("raw", names.pop())


@pytest.mark.parametrize("server", ["postgres_url", "mariadb_url"])
def test_a_table_that_a_crawl_found_is_read_and_written(
    glue_context: GlueContext,
    lake: Lake,
    run: ScriptRun,
    server: str,
    request: pytest.FixtureRequest,
) -> None:
    url = request.getfixturevalue(server)
    dialect = dialect_of("mysql" if server == "mariadb_url" else "postgresql")
    odd, column = dialect.name("Odd.name"), dialect.name("Two Words")
    run_sql(url, f"CREATE TABLE {odd} (id int primary key, {column} text)")
    store_connection(run, url)
    database = sa.make_url(url).database
    table = crawled(lake, url, f"{database}/%")

    made = glue_context.spark_session.sql("SELECT 1 id, 'x' `two words`")
    write_database_table(DynamicFrame(made), table, {})
    frame = read_database_table(glue_context, table, {"hashfield": "id"}, transformation_ctx="s")

    assert is_database_table(table)
    assert frame.name == table.name
    assert frame.toDF().columns == ["id", "two words"]
    assert [tuple(row) for row in frame.toDF().collect()] == [(1, "x")]


def test_a_connection_of_the_catalog_leads_sources_and_sinks(
    spark: SparkSession, glue_context: GlueContext, mariadb_url: str, run: ScriptRun
) -> None:
    store_connection(run, mariadb_url)
    database = sa.make_url(mariadb_url).database or ""

    write_jdbc_conf(
        DynamicFrame(spark.sql("SELECT 5 id")),
        "shop",
        {"dbtable": "t", "database": database},
        transformation_ctx="",
    )
    frame = read_database(
        glue_context,
        "mysql",
        {"useConnectionProperties": "true", "connectionName": "shop", "dbtable": "t"},
    )

    assert [tuple(row) for row in frame.toDF().collect()] == [(5,)]


def test_extract_jdbc_conf_tells_a_connection(mariadb_url: str, run: ScriptRun) -> None:
    store_connection(run, mariadb_url, JDBC_ENFORCE_SSL="TRUE")
    made = jdbc_options(mariadb_url)

    conf = extract_jdbc_conf("shop")

    assert conf == {
        "user": made["user"],
        "password": made["password"],
        "vendor": "mysql",
        "url": made["url"].rpartition("/")[0],
        "fullUrl": f"{made['url']}?connectTimeout=60000",
        "enforceSSL": "true",
        "skipCustomJDBCCertValidation": "false",
        "customJDBCCert": "",
        "customJDBCCertString": "",
    }
    assert connection_properties("shop")["PASSWORD"] == made["password"]
