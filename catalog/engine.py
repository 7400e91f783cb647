"""Opening the database: what SQLite and PostgreSQL each need, and their errors renamed.

A transaction that may write begins with ``writing`` (or plain ``engine.begin()``), one that only
reads with ``reading``. On SQLite the first takes the write lock at once, so that what it has
read cannot have changed when it writes; the second never waits for a writer.
"""

from __future__ import annotations

import contextlib
import functools
import json
import threading
import time
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import WeakKeyDictionary

import orjson
import sqlalchemy as sa
from sqlalchemy import event, exc

from gluepot.catalog.errors import (
    ConcurrentModificationError,
    GluepotError,
    InvalidInputError,
    OperationTimeoutError,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    import psycopg
    from sqlalchemy.engine.interfaces import DBAPIConnection

BUSY_TIMEOUT_SECONDS = 30
CONNECT_TIMEOUT_SECONDS = 10
REST_SECONDS = 1.0
"""How long a connection to PostgreSQL may rest before it is asked whether it still works."""

_READ_ONLY = "gluepot_read_only"
_LAST_USE = "gluepot_last_use"
_write_locks: WeakKeyDictionary[sa.Engine, threading.Lock] = WeakKeyDictionary()
"""The turn of writers on each SQLite database that this process has open."""


class DatabaseError(GluepotError):
    """The catalog database cannot be used; the sentence says which, why and what to do."""

    code: ClassVar[str] = "InternalServiceException"
    http_status: ClassVar[int] = 500


class DatabaseAwayError(OperationTimeoutError):
    """The database cannot be reached; the status makes the SDKs of AWS try again."""

    http_status: ClassVar[int] = 503


def open_engine(url: str, *, connections: int = 5) -> sa.Engine:
    """Return an engine for ``sqlite:///PATH`` or ``postgresql://USER:PASSWORD@HOST/NAME``.

    Nothing is connected to yet. ``connections`` are kept open when they are idle, and twice as many
    may be used at once. Errors of the database come out of every use of the engine as a
    GluepotError, and none of them shows the password.

    Raises:
        InvalidInputError: The URL is not one of these two, or cannot be read.
        DatabaseError: The PostgreSQL driver is not installed.
    """
    parsed = _parse(url)
    options: dict[str, Any] = {
        "hide_parameters": True,
        "json_serializer": _compact_json,
        "json_deserializer": _read_json,
        "pool_size": connections,
        "max_overflow": connections,
        "pool_timeout": BUSY_TIMEOUT_SECONDS,
    }
    if parsed.get_backend_name() == "sqlite":
        options["connect_args"] = {"timeout": BUSY_TIMEOUT_SECONDS}
    else:
        options["connect_args"] = {"connect_timeout": CONNECT_TIMEOUT_SECONDS}
    try:
        engine = sa.create_engine(parsed, **options)
    except ModuleNotFoundError as error:
        raise DatabaseError(
            f"{_shown(parsed)} needs the {error.name} package: pip install 'gluepot[postgres]'"
        ) from error
    if engine.dialect.name == "sqlite":
        _write_locks[engine] = threading.Lock()
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "connect", _prepare_postgresql)
        event.listen(engine, "checkout", functools.partial(_look_after_rest, engine))
        event.listen(engine, "checkin", _note_use)
    event.listen(engine, "handle_error", _rename_error)
    return engine


@contextlib.contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Yield a connection in one transaction that commits after the block, or rolls back.

    Raises:
        OperationTimeoutError: Others have written for too long; nothing was changed.
    """
    with _turn_to_write(engine), engine.begin() as connection:
        yield connection


@contextlib.contextmanager
def _turn_to_write(engine: sa.Engine) -> Iterator[None]:
    """Wait for this process's other writers, where the database has room for one alone.

    SQLite itself sleeps between its tries for up to 0.1 s, and takes nobody's turn into account.
    Waiting writers hold no connection, so that readers find one.
    """
    lock = _write_locks.get(engine)
    if lock is None:
        yield
        return
    if not lock.acquire(timeout=BUSY_TIMEOUT_SECONDS):
        raise OperationTimeoutError(_locked(_shown(engine.url)))
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Yield a connection that only reads.

    On SQLite all its statements see one state. On PostgreSQL each sees what is committed when it
    begins, as in its ordinary transactions, and so needs none: that spares two of three ways to
    the server and back.
    """
    options: dict[str, Any] = {_READ_ONLY: True}
    if engine.dialect.name == "postgresql":
        options["isolation_level"] = "AUTOCOMMIT"
    with engine.connect().execution_options(**options) as connection:
        yield connection


def _look_after_rest(
    engine: sa.Engine,
    connection: DBAPIConnection,
    record: sa.pool.ConnectionPoolEntry,
    _proxy: object,
) -> None:
    """See that a connection which rested still works; the pool opens another where it does not.

    One that was in use a moment ago is not asked, which would double the time of a short query.
    """
    last_use = record.info.get(_LAST_USE)
    if last_use is None or time.monotonic() - last_use < REST_SECONDS:
        return
    try:
        engine.dialect.do_ping(connection)
    except Exception as error:
        # Whatever is wrong with it, it is of no use any more.
        raise exc.DisconnectionError from error


def _note_use(_connection: object, record: sa.pool.ConnectionPoolEntry) -> None:
    record.info[_LAST_USE] = time.monotonic()


def _parse(url: str) -> sa.URL:
    try:
        parsed = sa.make_url(url)
    except (exc.ArgumentError, ValueError):
        # The library's own sentence may quote a part of the password.
        raise InvalidInputError(
            "The database URL cannot be read; right are sqlite:///PATH and"
            " postgresql://USER:PASSWORD@HOST:PORT/NAME (odd characters as %XX)"
        ) from None
    if parsed.drivername in {"postgres", "postgresql"}:
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername not in {"sqlite", "postgresql+psycopg"}:
        raise InvalidInputError(
            f"The catalog lives in SQLite or PostgreSQL, not in {parsed.drivername!r}"
        )
    return parsed


def _shown(url: sa.URL) -> str:
    return url.render_as_string(hide_password=True)


def _compact_json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _read_json(text: str) -> Any:  # noqa: ANN401
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        # It reads a fourth of the time, but no half of a surrogate pair and no NaN.
        return json.loads(text)


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # The driver's own BEGIN is off: it comes too late to hold what was read before a write.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    # What was acknowledged survives a power cut: the log is on disk before a commit returns. With
    # NORMAL it would survive a killed process only, and some builds of SQLite begin with that.
    cursor.execute("PRAGMA synchronous = FULL")
    if cursor.execute("PRAGMA journal_mode").fetchone()[0] not in {"wal", "memory"}:
        _switch_to_wal(cursor)
    cursor.close()


def _prepare_postgresql(connection: psycopg.Connection[Any], _record: object) -> None:
    with connection.cursor() as cursor:
        # A plan kept from when a table was small reads the whole table after it has grown.
        cursor.execute("SET plan_cache_mode = force_custom_plan")
        # What is looked up is mostly in memory or on a disk without a moving head.
        cursor.execute("SET random_page_cost = 1.1")
    connection.commit()


def _switch_to_wal(cursor: sqlite3.Cursor) -> None:
    """Switch the file to write-ahead logging, once in its life.

    SQLite does not wait for the lock of this switch as it does for others, so several processes
    that open a new file at once line up behind an ordinary lock first.
    """
    cursor.execute("BEGIN IMMEDIATE")
    cursor.execute("COMMIT")
    for _ in range(100):
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except cursor.connection.OperationalError as error:
            if "locked" not in str(error):
                raise
            cursor.execute("BEGIN IMMEDIATE")
            cursor.execute("COMMIT")
        else:
            return


def _begin_sqlite(connection: sa.Connection) -> None:
    read_only = connection.get_execution_options().get(_READ_ONLY, False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def _rename_error(context: sa.engine.ExceptionContext) -> GluepotError | None:
    """Return the error to raise instead of the driver's, or None to keep that."""
    error = context.original_exception
    if isinstance(error, GluepotError) or context.dialect is None:
        return None
    url = context.engine.url if context.engine is not None else None
    where = _shown(url) if url is not None else context.dialect.name
    if context.dialect.name == "sqlite":
        return _sqlite_error(error, where)
    return _postgresql_error(error, where, connecting=context.connection is None)


_SQLITE_ADVICE = {
    "unable to open database file": (
        "cannot be opened; make its folder, and see that this user may write there"
    ),
    "readonly database": "is read-only; let this user write to the file and to its folder",
    "disk is full": "cannot grow, the disk is full; make room and try again (nothing was changed)",
    "disk I/O error": "cannot be read or written (disk I/O error); check the disk",
    "not a database": "is not a SQLite database; name another file",
    "malformed": "is damaged; restore it from a backup",
}


def _sqlite_error(error: BaseException, where: str) -> GluepotError | None:
    text = str(error)
    if "database is locked" in text or "database table is locked" in text:
        return OperationTimeoutError(_locked(where))
    if text == "interrupted":
        return OperationTimeoutError(f"{where} took too long to answer; nothing was changed")
    for part, advice in _SQLITE_ADVICE.items():
        if part in text:
            return DatabaseError(f"The database {where} {advice}")
    return None


def _locked(where: str) -> str:
    return (
        f"{where} has been locked by another writer for {BUSY_TIMEOUT_SECONDS} s;"
        " nothing was changed; try again"
    )


_POSTGRESQL_ADVICE = {
    "28": "refuses the user or password; check the database URL",
    "3D": "does not exist; create it with createdb",
    "42501": "denies this user a right it needs; GRANT it",
    "53100": "cannot grow, its disk is full; make room and try again (nothing was changed)",
}


def _postgresql_error(error: BaseException, where: str, *, connecting: bool) -> GluepotError | None:
    state: str = getattr(error, "sqlstate", None) or ""
    if state in {"40001", "40P01"}:
        return ConcurrentModificationError(
            "Another transaction changed the same rows first; nothing was changed; try again"
        )
    if state in {"55P03", "57014"}:
        return OperationTimeoutError(f"{where} did not answer in time; try again")
    for part, advice in _POSTGRESQL_ADVICE.items():
        if state.startswith(part) or (connecting and _says(error, part)):
            return DatabaseError(f"The database {where} {advice}")
    lost = state.startswith(("08", "57P", "53")) or type(error).__name__ == "OperationalError"
    if lost:
        return DatabaseAwayError(
            f"{where} cannot be reached; see that the server runs and that host and port are"
            f" right ({_first_line(error)})"
        )
    return None


def _says(error: BaseException, state: str) -> bool:
    # A refused connection carries no state code, only the server's sentence.
    words = {"28": ("password", "authentication", "role"), "3D": ("database", "does not exist")}
    text = str(error)
    found = [word for word in words.get(state, ()) if word in text]
    return bool(found) if state == "28" else state in words and len(found) == len(words[state])


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0]
