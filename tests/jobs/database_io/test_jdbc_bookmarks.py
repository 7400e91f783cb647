"""Bookmarks of JDBC sources: what a second run reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.database_io.jdbc_source import read_jdbc
from gluepot.jobs.run_context.script_run import ScriptRun, running
from tests.jobs.database_io.conftest import jdbc_options, run_sql

if TYPE_CHECKING:
    from collections.abc import Callable

    from gluepot.jobs.context import GlueContext
    from gluepot.jobs.run_context.workshop import Workshop


@pytest.fixture
def read(
    glue_context: GlueContext, workshop: Callable[[], Workshop]
) -> Callable[..., list[tuple[Any, ...]]]:
    """Return what reads a table in a run of its own, and commits unless it is told to die."""

    def rows(
        url: str,
        *,
        dies: bool = False,
        ctx: str = "src",
        **more: Any,  # noqa: ANN401
    ) -> list[tuple[Any, ...]]:
        with running(ScriptRun(workshop=workshop(), bookmark=True)) as run:
            options = jdbc_options(url, dbtable="t", **more)
            frame = read_jdbc(glue_context, options, transformation_ctx=ctx, push_down_predicate="")
            found = sorted(tuple(row) for row in frame.toDF().collect())
            if dies:
                run.ledger.write_once("sink", lambda: None)
            else:
                run.commit()
        return found

    return rows


@pytest.mark.parametrize("server", ["postgres_url", "mariadb_url"])
def test_a_numeric_primary_key_is_what_a_bookmark_goes_by(
    read: Callable[..., Any], server: str, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue(server)
    run_sql(url, "CREATE TABLE t (id bigint PRIMARY KEY)", "INSERT INTO t VALUES (-1), (9)")

    assert read(url) == [(-1,), (9,)]
    assert read(url) == []
    run_sql(url, "INSERT INTO t VALUES (3), (9007199254740993), (10)")
    assert read(url) == [(10,), (9007199254740993,)]


def test_compound_keys_are_compared_in_their_order(
    read: Callable[..., Any], postgres_url: str
) -> None:
    keys = {"jobBookmarkKeys": ["DAY", "name"], "hashfield": "name", "hashpartitions": 2}
    run_sql(
        postgres_url,
        "CREATE TABLE t (day date, name text)",
        "INSERT INTO t VALUES ('2024-01-01', 'b'), ('2024-01-02', 'it''s')",
    )
    assert len(read(postgres_url, **keys)) == 2

    run_sql(
        postgres_url,
        "INSERT INTO t VALUES ('2024-01-02', 'a'), ('2024-01-02', 'x'), ('2024-01-03', 'a'),"
        " ('2024-01-01', 'z')",
    )
    found = [(str(day), name) for day, name in read(postgres_url, **keys)]
    assert found == [("2024-01-02", "x"), ("2024-01-03", "a")]


def test_keys_may_fall(read: Callable[..., Any], mariadb_url: str) -> None:
    keys = {"jobBookmarkKeys": "at", "jobBookmarkKeysSortOrder": "desc"}
    made = "CREATE TABLE t (at datetime(6), id int)"
    run_sql(mariadb_url, made, "INSERT INTO t VALUES ('2024-01-02 10:00:00.000002', 1)")
    assert len(read(mariadb_url, **keys)) == 1

    run_sql(
        mariadb_url,
        "INSERT INTO t VALUES ('2024-01-02 10:00:00.000001', 2), ('2024-01-02 10:00:00.000003', 3)",
    )
    assert [row[1] for row in read(mariadb_url, **keys)] == [2]


def test_a_run_that_died_is_repeated_with_the_same_rows(
    read: Callable[..., Any], postgres_url: str
) -> None:
    run_sql(postgres_url, "CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t VALUES (1)")
    assert read(postgres_url, dies=True) == [(1,)]
    run_sql(postgres_url, "INSERT INTO t VALUES (2)")

    assert read(postgres_url) == [(1,)]
    assert read(postgres_url) == [(2,)]


def test_without_a_key_or_a_context_all_is_read_again(
    read: Callable[..., Any], postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    run_sql(postgres_url, "CREATE TABLE t (id text PRIMARY KEY)", "INSERT INTO t VALUES ('a')")

    assert read(postgres_url) == read(postgres_url) == [("a",)]
    assert "read whole" in caplog.text
    assert read(postgres_url, ctx="", jobBookmarkKeys="id") == [("a",)]
    assert read(postgres_url, ctx="", jobBookmarkKeys="id") == [("a",)]


def test_keys_with_nulls_are_refused(read: Callable[..., Any], postgres_url: str) -> None:
    run_sql(postgres_url, "CREATE TABLE t (id int)", "INSERT INTO t VALUES (1), (NULL)")

    with pytest.raises(InvalidInputError, match="no value in id"):
        read(postgres_url, jobBookmarkKeys="id")
