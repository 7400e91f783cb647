from __future__ import annotations

import socket
import sqlite3
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from gluepot.catalog import engine as engine_module
from gluepot.catalog.engine import DatabaseError, open_engine, reading, writing
from gluepot.catalog.errors import (
    ConcurrentModificationError,
    GluepotError,
    InvalidInputError,
    OperationTimeoutError,
)
from gluepot.catalog.migrate import migrate
from gluepot.catalog.model import Database
from gluepot.catalog.store import CatalogStore
from gluepot.catalog.tables import UtcDateTime
from tests.catalog.conftest import Clock

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "s3cr3t-pa55"  # noqa: S105


def error_of(url: str) -> GluepotError:
    """Return the error of a first use of the database at ``url``."""
    engine = open_engine(url)
    with pytest.raises(GluepotError) as caught:
        migrate(engine)
    engine.dispose()
    return caught.value


def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    error = error_of(f"sqlite:///{tmp_path}/nowhere/catalog.db")

    assert isinstance(error, DatabaseError)
    assert f"{tmp_path}/nowhere/catalog.db cannot be opened; make its folder" in str(error)


def test_a_read_only_file_is_said(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    migrate(engine)

    with reading(engine) as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")
        with pytest.raises(DatabaseError, match="is read-only; let this user write"):
            connection.exec_driver_sql("DELETE FROM databases")

    engine.dispose()


def test_a_file_that_is_no_database_is_said(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("dear diary, " * 200)

    error = error_of(f"sqlite:///{tmp_path}/notes.txt")

    assert "notes.txt is not a SQLite database; name another file" in str(error)


def test_a_full_disk_is_said_and_changes_nothing(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    migrate(engine)
    store = CatalogStore(engine, Clock())

    @sa.event.listens_for(engine, "begin")
    def shrink(connection: sa.Connection) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    with pytest.raises(DatabaseError, match="disk is full; make room and try again"):
        store.create_database(Database(name="big", description="x" * 100_000))

    assert list(store.list_databases()) == []
    engine.dispose()


def test_a_locked_file_times_out(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "BUSY_TIMEOUT_SECONDS", 0.1)
    engine = open_engine(sqlite_url)
    migrate(engine)
    store = CatalogStore(engine, Clock())

    with writing(engine):
        with pytest.raises(OperationTimeoutError, match=r"locked by another writer for 0\.1 s"):
            store.create_database(Database(name="late"))
        assert list(store.list_databases()) == [], "readers do not wait for a writer"

    store.create_database(Database(name="late"))
    engine.dispose()


def test_an_unreachable_server_is_said_without_the_password() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    error = error_of(f"postgresql://anna:{SECRET}@127.0.0.1:{port}/glue")

    assert isinstance(error, OperationTimeoutError)
    assert f"anna:***@127.0.0.1:{port}/glue cannot be reached; see that the server" in str(error)
    assert SECRET not in str(error)


def test_a_missing_database_is_said(postgres_url: str) -> None:
    url = sa.make_url(postgres_url).set(database="nowhere", password=SECRET)

    error = error_of(url.render_as_string(hide_password=False))

    assert isinstance(error, DatabaseError)
    assert "/nowhere does not exist; create it with createdb" in str(error)
    assert SECRET not in str(error)


def test_an_unknown_user_is_said(postgres_url: str) -> None:
    url = sa.make_url(postgres_url).set(username="mallory", password=SECRET)

    error = error_of(url.render_as_string(hide_password=False))

    assert "refuses the user or password; check the database URL" in str(error)
    assert SECRET not in str(error)


def test_a_connection_that_the_server_ends_is_said_and_made_again(postgres_url: str) -> None:
    engine = open_engine(postgres_url)
    migrate(engine)
    end = sa.text("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(OperationTimeoutError, match="cannot be reached"), writing(engine) as lost:
        lost.execute(end)

    assert list(CatalogStore(engine, Clock()).list_databases()) == []
    engine.dispose()


def test_a_connection_that_died_at_rest_is_made_again(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gluepot.catalog.engine.REST_SECONDS", 0)
    engine, other = open_engine(postgres_url), open_engine(postgres_url)
    with reading(engine) as connection:
        pid = connection.scalar(sa.text("SELECT pg_backend_pid()"))

    with writing(other) as killer:
        killer.execute(sa.text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})

    with reading(engine) as connection:
        assert connection.scalar(sa.text("SELECT pg_backend_pid()")) != pid
    engine.dispose()
    other.dispose()


def test_a_short_read_goes_to_postgresql_once(postgres_url: str) -> None:
    engine = open_engine(postgres_url)
    with reading(engine) as connection:
        connection.execute(sa.text("SELECT 1"))
    with reading(engine) as connection:
        driver: Any = connection.connection.driver_connection
        connection.execute(sa.text("SELECT 1"))

        assert driver.info.transaction_status.name == "IDLE"
    with writing(engine) as connection:
        connection.execute(sa.text("SELECT 1"))
        assert driver.info.transaction_status.name == "INTRANS"
    engine.dispose()


def test_a_statement_that_takes_too_long_times_out(postgres_url: str) -> None:
    engine = open_engine(postgres_url)

    with writing(engine) as connection:
        connection.execute(sa.text("SET LOCAL statement_timeout = 20"))
        with pytest.raises(OperationTimeoutError, match="did not answer in time"):
            connection.execute(sa.text("SELECT pg_sleep(5)"))

    engine.dispose()


def test_a_serialization_failure_asks_to_try_again(postgres_url: str) -> None:
    engine = open_engine(postgres_url)
    raised = sa.text("DO $$ BEGIN RAISE SQLSTATE '40001'; END $$")

    with pytest.raises(ConcurrentModificationError, match="try again"), writing(engine) as writer:
        writer.execute(raised)

    engine.dispose()


@pytest.mark.parametrize(
    "url", ["nothing", "", f"postgresql://anna:{SECRET}@host:{SECRET}/x", "sqlite://:x:y"]
)
def test_a_url_that_cannot_be_read_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(InvalidInputError, match="database URL cannot be read") as caught:
        open_engine(url)

    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None


def test_another_kind_of_database_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="SQLite or PostgreSQL, not in 'mysql'") as caught:
        open_engine(f"mysql://anna:{SECRET}@host/x")

    assert SECRET not in str(caught.value)


def test_a_missing_driver_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)

    with pytest.raises(DatabaseError, match=r"pip install 'gluepot\[postgres\]'") as caught:
        open_engine(f"postgresql://anna:{SECRET}@host/x")

    assert SECRET not in str(caught.value)


def test_statements_in_errors_show_no_values(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    migrate(engine)
    statement = sa.text("INSERT INTO databases (name) VALUES (:name)")

    with pytest.raises(sa.exc.IntegrityError) as caught, writing(engine) as connection:
        connection.execute(statement, {"name": SECRET})

    assert SECRET not in str(caught.value)
    engine.dispose()


def test_the_file_is_in_write_ahead_mode_with_foreign_keys(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)

    with reading(engine) as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1

    engine.dispose()
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as plain:
        assert plain.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    plain.close()


def test_times_come_back_aware_and_in_utc(database_url: str) -> None:
    engine = open_engine(database_url)
    moments = sa.Table("moments", sa.MetaData(), sa.Column("at", UtcDateTime))
    berlin = datetime(2026, 3, 29, 1, 30, 0, 123456, tzinfo=timezone(timedelta(hours=2)))

    with writing(engine) as connection:
        moments.create(connection)
        connection.execute(moments.insert(), [{"at": berlin}, {"at": None}])
        found = connection.scalars(sa.select(moments.c.at)).all()
        before = connection.scalar(
            sa.select(sa.func.count()).where(moments.c.at < berlin + timedelta(microseconds=1))
        )

    assert found == [berlin, None]
    assert found[0].tzinfo is UTC
    assert before == 1
    engine.dispose()


def test_a_time_without_a_zone_is_refused(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    moments = sa.Table("moments", sa.MetaData(), sa.Column("at", UtcDateTime))
    naive = datetime(2026, 1, 1)  # noqa: DTZ001

    with writing(engine) as connection:
        moments.create(connection)
        with pytest.raises(sa.exc.StatementError, match="has no time zone"):
            connection.execute(moments.insert(), {"at": naive})

    engine.dispose()


def test_writers_of_a_file_take_turns_and_readers_do_not_wait(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url, connections=1)
    migrate(engine)
    store = CatalogStore(engine, Clock())
    names = [f"d{number}" for number in range(60)]

    with ThreadPoolExecutor(20) as pool:
        with writing(engine):
            made = [pool.submit(store.create_database, Database(name=name)) for name in names]
            assert list(store.list_databases()) == []
        for one in made:
            one.result(timeout=20)

    assert [database.name for database in store.list_databases()] == sorted(names)
    engine.dispose()


def test_a_commit_is_on_disk_before_it_returns(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)

    with reading(engine) as connection:
        full = 2
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == full

    engine.dispose()
