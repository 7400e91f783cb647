"""Tables of SQL databases in the catalog: names, parameters, changes, and what can go wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from gluepot.catalog.errors import (
    FederationSourceError,
    InvalidInputError,
    OperationNotSupportedError,
)
from gluepot.crawlers.crawl import plan_crawl
from gluepot.crawlers.databases.jdbc import survey_jdbc
from gluepot.crawlers.model import ChangeKind, CrawlState
from gluepot.crawlers.targets import JdbcTarget
from tests.crawlers.databases.conftest import connected, crawl, crawler_of, cut_at, jdbc, run_sql
from tests.servers.mariadb import PASSWORD

if TYPE_CHECKING:
    from pathlib import Path

    from gluepot.crawlers.access import Access
    from gluepot.crawlers.findings import TargetSurvey
    from tests.crawlers.conftest import Desk


def target(path: str, *exclusions: str, metadata: tuple[str, ...] = ()) -> JdbcTarget:
    return JdbcTarget(
        connection_name="c", path=path, exclusions=exclusions, additional_metadata=metadata
    )


def look(access: Access, path: str, *exclusions: str) -> TargetSurvey:
    return survey_jdbc(crawler_of(), target(path, *exclusions), access)


def locations(survey: TargetSurvey) -> list[str]:
    return sorted(item.table.location for item in survey.tables)


def test_a_table_is_written_as_a_crawler_of_glue_writes_it(desk: Desk, postgres_url: str) -> None:
    name = sa.make_url(postgres_url).database
    run_sql(
        postgres_url,
        "CREATE TABLE orders (id bigint PRIMARY KEY, total numeric(8,2))",
        "CREATE VIEW totals AS SELECT total FROM orders",
    )

    done = crawl(desk, jdbc(postgres_url), target(f"{name}/public/%"), table_prefix="PG_")

    assert done.state is CrawlState.SUCCEEDED, done.error
    assert desk.tables() == [f"pg_{name}_public_orders", f"pg_{name}_public_totals"]
    table = desk.catalog.get_table("db", f"pg_{name}_public_orders")
    assert table.table_type == "EXTERNAL_TABLE"
    storage = table.storage_descriptor
    assert storage is not None
    assert (storage.location, storage.serde_info) == (f"{name}.public.orders", None)
    assert (storage.input_format, storage.output_format) == (None, None)
    assert [(column.name, column.type) for column in storage.columns or ()] == [
        ("id", "bigint"),
        ("total", "decimal(8,2)"),
    ]
    expected = {
        "classification": "postgresql",
        "compressionType": "none",
        "typeOfData": "table",
        "connectionName": "c",
    }
    assert expected.items() <= (table.parameters or {}).items()
    view = desk.catalog.get_table("db", f"pg_{name}_public_totals")
    assert (view.parameters or {})["typeOfData"] == "view"


def test_comments_and_raw_types_come_where_they_are_asked_for(
    desk: Desk, postgres_url: str, mariadb_url: str
) -> None:
    run_sql(
        postgres_url,
        "CREATE TABLE t (a varchar(7))",
        "COMMENT ON TABLE t IS 'of the table'",
        "COMMENT ON COLUMN t.a IS 'of the column'",
    )
    column = "a mediumint unsigned COMMENT 'of the column'"
    run_sql(mariadb_url, f"CREATE TABLE t ({column}) COMMENT 'of the table'")
    wanted = target("%", metadata=("COMMENTS", "RAWTYPES"))

    for url, raw in (
        (postgres_url, "character varying(7)"),
        (mariadb_url, "mediumint(8) unsigned"),
    ):
        prefix = url[:2]
        path = f"{sa.make_url(url).database}/%"
        crawl(desk, jdbc(url), replace(wanted, path=path), table_prefix=prefix)
        crawl(desk, jdbc(url), target(path), table_prefix=f"plain{prefix}", name="d", database="e")
        (found,) = (item for item in desk.catalog.list_tables("db") if item.name[:2] == prefix)
        (plain,) = (item for item in desk.catalog.list_tables("e") if item.name[5:7] == prefix)

        assert found.storage_descriptor is not None
        (first,) = found.storage_descriptor.columns or ()
        assert (first.comment, first.parameters) == ("of the column", {"rawType": raw})
        assert (found.parameters or {})["comment"] == "of the table"
        assert plain.storage_descriptor is not None
        (bare,) = plain.storage_descriptor.columns or ()
        assert (bare.comment, bare.parameters) == (None, None)
        assert "comment" not in (plain.parameters or {})


def test_a_path_and_its_exclusions_choose_databases_schemas_and_tables(postgres_url: str) -> None:
    name = sa.make_url(postgres_url).database or ""
    run_sql(
        postgres_url,
        "CREATE SCHEMA hr",
        "CREATE SCHEMA hq_",
        "CREATE TABLE hr.staff (a int)",
        "CREATE TABLE hr.staff_old (a int)",
        "CREATE TABLE hq_.staff (a int)",
        'CREATE TABLE public."Staff" (a int)',
        "CREATE TABLE public.days (day date) PARTITION BY RANGE (day)",
        "CREATE TABLE public.y1 PARTITION OF days FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')",
    )
    access = jdbc(postgres_url)

    def chosen(path: str, *exclusions: str) -> list[str]:
        found = look(access, path.replace("DB", name), *exclusions)
        return [place.removeprefix(f"{name}.") for place in locations(found)]

    everything = ["hq_.staff", "hr.staff", "hr.staff_old", "public.Staff", "public.days"]
    assert chosen("DB") == everything
    assert chosen("DB/hr/%") == ["hr.staff", "hr.staff_old"]
    assert chosen("DB/h_/%") == []
    assert chosen("DB/h%/staff") == ["hq_.staff", "hr.staff"]
    assert chosen("DB/%/%taff") == ["hq_.staff", "hr.staff", "public.Staff"]
    assert chosen("DB/hr/%", "*_old") == ["hr.staff"]
    assert chosen("DB/%", "hr/**", "S*") == ["hq_.staff", "public.days"]
    assert chosen(f"{name[:-1]}%/hr/staff") == ["hr.staff"]
    assert look(access, f"{name}/hr/%", "*_old").skipped == {"excluded": 1}


def test_one_login_of_mariadb_reaches_several_databases(mariadb: str, mariadb_url: str) -> None:
    name = sa.make_url(mariadb_url).database
    other = f"{name}_b"
    run_sql(
        mariadb,
        f"CREATE DATABASE {other}",
        f"CREATE TABLE {name}.Orders (a int)",
        f"CREATE VIEW {name}.v AS SELECT a FROM {name}.Orders",  # noqa: S608
        f"CREATE TABLE {other}.t (a int)",
    )
    try:
        access = jdbc(mariadb_url)
        several, one = look(access, f"{name}%/%"), look(access, f"{name}/O%")
        cased = look(access, f"{name}/o%")
    finally:
        run_sql(mariadb, f"DROP DATABASE {other}")

    assert locations(several) == [f"{name}.Orders", f"{name}.v", f"{other}.t"]
    assert [item.table.type_of_data for item in several.tables] == ["table", "view", "table"]
    assert (several.roots, one.roots) == ((f"{name}.", f"{other}."), (f"{name}.O",))
    assert locations(one) == [f"{name}.Orders"]
    assert locations(cased) == []


def test_odd_names_of_columns_are_kept_apart_and_told(desk: Desk, sqlite_file: Path) -> None:
    run_sql(
        f"sqlite:///{sqlite_file}",
        'CREATE TABLE "Größe & Maß" ("Two Words" int, "naïve" int, "new\nline" int, "select" int)',
    )
    database = jdbc(f"sqlite:///{sqlite_file}")

    done = crawl(desk, database, target("shop.db/%"))

    assert done.state is CrawlState.SUCCEEDED, done.error
    assert list(desk.columns("shop_gr__e___ma_")) == ["two words", "naïve", "new_line", "select"]
    assert any("'new\\nline'" in text for text in done.warnings)


def test_columns_that_differ_by_case_alone_are_kept_apart(desk: Desk, postgres_url: str) -> None:
    run_sql(postgres_url, 'CREATE TABLE t ("Id" int, "ID" text, id bigint)')

    done = crawl(desk, jdbc(postgres_url), target(f"{sa.make_url(postgres_url).database}/public/t"))

    (table,) = desk.tables()
    assert desk.columns(table) == {"id": "int", "id_1": "string", "id_2": "bigint"}
    assert sum("is registered as" in text for text in done.warnings) == 2


def test_crawling_twice_changes_nothing_and_what_changed_is_noticed(
    desk: Desk, postgres_url: str
) -> None:
    access, name = jdbc(postgres_url), sa.make_url(postgres_url).database
    everything = target(f"{name}/%", metadata=("COMMENTS", "RAWTYPES"))
    run_sql(
        postgres_url,
        "CREATE TABLE kept (a int, b text[])",
        "COMMENT ON COLUMN kept.a IS 'told'",
        "CREATE TABLE gone (a int)",
    )
    crawl(desk, access, everything)

    again = plan_crawl(crawler_of(everything), desk.catalog, access, desk.clock)
    run_sql(
        postgres_url,
        "DROP TABLE gone",
        "ALTER TABLE kept ADD c date",
        "ALTER TABLE kept ALTER a TYPE bigint",
        "CREATE TABLE added (a int)",
    )
    crawl(desk, access, everything, delete_behavior="DELETE_FROM_DATABASE")

    assert not again.pending
    assert {change.kind for change in again.changes} == {ChangeKind.NONE}
    assert desk.tables() == [f"{name}_public_added", f"{name}_public_kept"]
    kept = f"{name}_public_kept"
    assert desk.columns(kept) == {"a": "bigint", "b": "array<string>", "c": "date"}
    assert desk.versions(kept) == ["0", "1"]


def test_estimates_of_rows_come_from_the_catalog_of_the_engine(
    postgres_url: str, mariadb_url: str
) -> None:
    run_sql(
        postgres_url,
        "CREATE TABLE t AS SELECT generate_series(1, 500) AS a",
        "ANALYZE t",
        "CREATE TABLE unknown (a int)",
    )
    run_sql(mariadb_url, "CREATE TABLE t AS SELECT seq AS a FROM seq_1_to_500", "ANALYZE TABLE t")

    counted = [
        {item.table.folder.rpartition("_")[2]: item.table.volume for item in survey.tables}
        for survey in (
            look(jdbc(postgres_url), "%/public/%"),
            look(jdbc(mariadb_url), f"{sa.make_url(mariadb_url).database}/%"),
        )
    ]

    assert counted[0]["t"].records == 500
    assert counted[0]["unknown"].records == 0
    assert counted[1]["t"].records == 500
    assert all(found["t"].size_bytes >= 8192 for found in counted)


def test_hundreds_of_tables_take_a_few_queries(postgres_url: str) -> None:
    run_sql(
        postgres_url,
        "DO $$ BEGIN FOR i IN 1..500 LOOP"
        " EXECUTE format('CREATE TABLE t%s (a int, b text, c numeric(9,3))', i);"
        " IF i % 100 = 0 THEN COMMIT; END IF; END LOOP; END $$",
    )
    seen: list[str] = []

    def count(*call: object) -> None:
        seen.append(str(call[2]))

    sa.event.listen(sa.Engine, "before_cursor_execute", count)
    try:
        found = look(jdbc(postgres_url), f"{sa.make_url(postgres_url).database}/public/%")
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", count)

    assert len(found.tables) == 500
    assert len([text for text in seen if "pg_class" in text]) == 1
    assert len(seen) < 15


def test_a_view_over_a_table_that_is_gone_is_named_and_the_rest_goes_on(
    desk: Desk, sqlite_file: Path
) -> None:
    url = f"sqlite:///{sqlite_file}"
    run_sql(
        url,
        "CREATE TABLE base (a int)",
        "CREATE VIEW broken AS SELECT a FROM base",
        "CREATE TABLE good (a int, b AS (a * 2))",
    )
    crawl(desk, jdbc(url), target("%"))
    run_sql(url, "DROP TABLE base")

    done = crawl(desk, jdbc(url), target("%"), delete_behavior="DELETE_FROM_DATABASE")

    assert done.state is CrawlState.SUCCEEDED, done.error
    # Its definition stays as it was: nobody knows what the view would have.
    assert desk.tables() == ["shop_broken", "shop_good"]
    assert desk.columns("shop_good") == {"a": "bigint", "b": "string"}
    (warning,) = (text for text in done.warnings if "shop.broken" in text)
    assert "no such table" in warning


def test_a_refused_login_names_the_place_and_not_the_password(
    mariadb_url: str, postgres_url: str, desk: Desk
) -> None:
    wrong = jdbc(mariadb_url, PASSWORD=f"{PASSWORD}-wrong")
    unknown = jdbc(postgres_url, USERNAME="nobody", PASSWORD=PASSWORD)
    closed = jdbc(mariadb_url, JDBC_CONNECTION_URL="jdbc:mariadb://127.0.0.1:1/x")
    plain = jdbc(mariadb_url, JDBC_ENFORCE_SSL="true")

    for access, told in (
        (wrong, "Access denied"),
        (unknown, "nobody"),
        (closed, "127.0.0.1:1"),
        (plain, "SSL"),
    ):
        with pytest.raises(FederationSourceError, match=told) as failed:
            look(access, "x/%")
        assert PASSWORD not in str(failed.value)

    done = crawl(desk, wrong, target("x/%"))
    assert done.state is CrawlState.FAILED
    assert PASSWORD not in (done.error or "")
    assert desk.tables() == []


@pytest.mark.parametrize(
    ("url", "package"),
    [
        ("jdbc:redshift://h:5439/d", "redshift_connector"),
        ("jdbc:sqlserver://h:1433;databaseName=d;encrypt=false", "pymssql"),
        ("jdbc:oracle:thin:@//h:1521/ORCL", "oracledb"),
        ("jdbc:snowflake://acme.snowflakecomputing.com/?db=D&warehouse=W", "snowflake-sqlalchemy"),
    ],
)
def test_a_missing_driver_names_the_package(url: str, package: str) -> None:
    access = connected("JDBC", {"JDBC_CONNECTION_URL": url})

    with pytest.raises(OperationNotSupportedError, match=f"pip install .*{package}"):
        look(access, "D/S/%")


def test_a_database_that_goes_away_in_the_middle_fails_the_crawl_and_changes_nothing(
    desk: Desk, postgres_url: str, mariadb_url: str
) -> None:
    for url, word in ((postgres_url, b"pg_attribute"), (mariadb_url, b"column_type")):
        made = sa.make_url(url)
        run_sql(url, "CREATE TABLE t (a int)")
        crawl(desk, jdbc(url), target(f"{made.database}/%"), table_prefix="x")
        before = desk.tables()

        with cut_at(made.port or 0, word) as port:
            access = jdbc(made.set(port=port).render_as_string(hide_password=False))
            done = crawl(
                desk,
                access,
                target(f"{made.database}/%"),
                delete_behavior="DELETE_FROM_DATABASE",
            )

        assert done.state is CrawlState.FAILED
        assert f"127.0.0.1:{port} cannot be used" in (done.error or "")
        assert desk.tables() == before


def test_a_database_that_nobody_names_is_asked_for() -> None:
    access = connected("JDBC", {"JDBC_CONNECTION_URL": "jdbc:sqlserver://h:1433"})

    with pytest.raises(InvalidInputError, match="names a database"):
        look(access, "%/dbo/%")
