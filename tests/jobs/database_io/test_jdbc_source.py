from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.database_io.jdbc_source import read_jdbc
from gluepot.jobs.errors import SourceError
from tests.jobs.database_io.conftest import jdbc_options, run_sql

if TYPE_CHECKING:
    from gluepot.jobs.context import GlueContext
    from gluepot.transforms.frame import DynamicFrame

POSTGRESQL_TYPES = """
CREATE TABLE kinds (
    "Id" int PRIMARY KEY, n numeric, d numeric(10, 2), words text[], doc jsonb, u uuid,
    at timestamptz, local timestamp, day date, flag boolean, raw bytea
)
"""
POSTGRESQL_ROW = """
INSERT INTO kinds VALUES (
    1, 1.5, 2.25, '{a,b}', '{"x": 1}', '00000000-0000-0000-0000-000000000001',
    '2024-05-01 12:00:00+02', '2024-05-01 12:00:00', '2024-05-01', true, 'z'
)
"""


@pytest.fixture(params=["postgres_url", "mariadb_url"])
def any_url(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(request.param)
    return url


def read(
    context: GlueContext,
    url: str,
    predicate: str = "",
    ctx: str = "",
    **more: Any,  # noqa: ANN401
) -> DynamicFrame:
    options = jdbc_options(url, **more)
    return read_jdbc(context, options, transformation_ctx=ctx, push_down_predicate=predicate)


def test_types_of_postgresql_come_as_spark_has_them(
    glue_context: GlueContext, postgres_url: str
) -> None:
    run_sql(postgres_url, POSTGRESQL_TYPES, POSTGRESQL_ROW)

    frame = read(glue_context, postgres_url, dbtable="kinds")

    rows = frame.toDF().selectExpr("*", "cast(at as string) told", "cast(local as string) clock")
    row = rows.collect()[0].asDict()
    assert (row["n"], row["d"]) == (Decimal("1.5"), Decimal("2.25"))
    assert (row["words"], row["doc"]) == (["a", "b"], '{"x": 1}')
    assert row["u"].endswith("-0001") or row["u"].endswith("000000000001")
    assert (row["told"], row["clock"]) == ("2024-05-01 10:00:00", "2024-05-01 12:00:00")
    assert (str(row["day"]), row["flag"], bytes(row["raw"])) == ("2024-05-01", True, b"z")


def test_types_of_mysql_come_as_spark_has_them(glue_context: GlueContext, mariadb_url: str) -> None:
    run_sql(
        mariadb_url,
        "CREATE TABLE `odd names` (`select` bigint unsigned, b bit(1), t tinyint(1), y year,"
        " at datetime(6), doc json, e enum('x', 'y'))",
        "INSERT INTO `odd names` VALUES"
        " (18446744073709551615, 1, 1, 1999, '2024-05-01 12:00:00.123456', '{\"x\": 1}', 'y')",
    )

    frame = read(glue_context, mariadb_url, dbtable="`odd names`")

    row = frame.toDF().selectExpr("*", "cast(at as string) told").collect()[0].asDict()
    assert row["select"] == 18446744073709551615
    assert (row["b"], row["t"], row["y"], row["e"]) == (True, True, 1999, "y")
    assert (row["told"], row["doc"]) == ("2024-05-01 12:00:00.123456", '{"x": 1}')


def test_each_row_is_in_one_partition_whatever_its_hash_field_holds(
    glue_context: GlueContext, any_url: str
) -> None:
    names = [f"('{'n' * (at % 5)}{at}', {at - 50})" for at in range(100)]
    run_sql(
        any_url,
        "CREATE TABLE t (name varchar(20), num numeric(10, 1))",
        f"INSERT INTO t VALUES {', '.join(names)}, (NULL, 1.5), (NULL, NULL), ('x', NULL)",  # noqa: S608
    )

    by_field = read(glue_context, any_url, dbtable="t", hashfield="NAME").toDF()
    by_number = read(
        glue_context, any_url, dbtable="t", hashexpression="num * 1", hashpartitions="3"
    ).toDF()

    for rows, parts in ((by_field, 7), (by_number, 3)):
        held = rows.selectExpr("spark_partition_id() p", "name", "num").collect()
        assert len(held) == 103
        assert len({(row["name"], row["num"]) for row in held}) == 103
        assert {row["p"] for row in held} == set(range(parts))


def test_predicates_are_evaluated_by_the_database(
    glue_context: GlueContext, postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run_sql(postgres_url, "CREATE TABLE t (id int, name text)", "INSERT INTO t VALUES (1, 'a')")

    frame = read(glue_context, postgres_url, "id > 0 and name = 'b'", dbtable="t", hashfield="id")

    frame.toDF().explain()
    plan = capsys.readouterr().out
    assert "GreaterThan(id,0)" in plan
    assert "EqualTo(name,b)" in plan
    assert frame.count() == 0


def test_queries_are_read_whole_or_in_parts(glue_context: GlueContext, any_url: str) -> None:
    run_sql(any_url, "CREATE TABLE t (id int)", "INSERT INTO t VALUES (1), (2), (3), (4)")

    table = read(glue_context, any_url, dbtable="(select id from t where id < 3) as part")
    whole = read(glue_context, any_url, sampleQuery="select id from t where id > 1")
    parts = read(
        glue_context,
        any_url,
        sampleQuery="select id from t where id > 1 and",
        enablePartitioningForSampleQuery=True,
        hashexpression="id",
        hashpartitions=2,
    )

    assert sorted(row[0] for row in table.toDF().collect()) == [1, 2]
    assert sorted(row[0] for row in whole.toDF().collect()) == [2, 3, 4]
    assert sorted(row[0] for row in parts.toDF().collect()) == [2, 3, 4]
    assert parts.toDF().selectExpr("spark_partition_id() p").distinct().count() == 2


def test_a_table_that_is_not_there_is_named_without_the_login(
    glue_context: GlueContext, any_url: str
) -> None:
    login = jdbc_options(any_url)
    url = f"{login['url']}?user={login['user']}&password=hidden-s3cr3t"
    with pytest.raises(SourceError, match="nowhere") as told:
        read(glue_context, any_url, dbtable="nowhere")
    assert login["password"] is None or login["password"] not in str(told.value)

    wrong = {"url": url, "dbtable": "nowhere"}
    with pytest.raises(SourceError, match="nowhere") as told:
        read_jdbc(glue_context, wrong, transformation_ctx="", push_down_predicate="")
    assert "s3cr3t" not in str(told.value)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"url": "jdbc:postgresql://h/d"}, "needs the option dbtable"),
        ({"dbtable": "t"}, "needs the option url"),
        ({"url": "x", "dbtable": "t"}, "does not begin with jdbc:"),
        ({"url": "jdbc:mysql://h/d", "dbtable": "t", "hashpartition": 1}, "hashpartitions"),
        ({"url": "jdbc:mysql://h/d", "dbtable": "t", "hashfield": "a", "hashpartitions": 0}, "0"),
        (
            {"url": "jdbc:mysql://h/d", "dbtable": "t", "hashfield": "a", "hashexpression": "a"},
            "either",
        ),
        (
            {"url": "jdbc:mysql://h/d", "dbtable": "t", "jobBookmarkKeysSortOrder": "up"},
            "asc or desc",
        ),
        ({"url": "jdbc:oracle:thin:u/pw@h:1521/X", "dbtable": "t"}, "oracle.jdbc.OracleDriver is"),
    ],
)
def test_wrong_options_are_refused_in_words(
    glue_context: GlueContext, options: dict[str, Any], told: str
) -> None:
    with pytest.raises((InvalidInputError, SourceError), match=told):
        read_jdbc(glue_context, options, transformation_ctx="", push_down_predicate="")


def test_a_hash_field_that_is_not_there_is_refused(
    glue_context: GlueContext, postgres_url: str
) -> None:
    run_sql(postgres_url, "CREATE TABLE t (number int)")

    with pytest.raises(InvalidInputError, match="Did you mean 'number'"):
        read(glue_context, postgres_url, dbtable="t", hashfield="numbr")
