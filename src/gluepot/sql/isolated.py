"""Queries of people: looked at first, allowed by policies, and run in processes of their own.

A process is ended when its time is over, whatever it does then; DuckDB looks at an interruption
only between batches of rows.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import pickle
import re
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

from gluepot.catalog.errors import InvalidStateError
from gluepot.crawlers.sources.roots import FileRootError
from gluepot.sql.fetched import QueryError
from gluepot.sql.order import Attached, Bounds, Order, Rows
from gluepot.sql.pruning import partition_expression
from gluepot.sql.scan import check_log, readable_format, table_files
from gluepot.sql.statement import StatementError, read_statement
from gluepot.sql.storage import with_credentials

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gluepot.catalog.model import Partition, Table
    from gluepot.catalog.predicate_tree import Compare, In
    from gluepot.catalog.store import CatalogStore
    from gluepot.jobs.run_context.stores import Stores
    from gluepot.sql.statement import Statement

AT_A_TIME = 4
"""Queries of one server."""
WAIT = 5.0
"""Seconds that one waits for another to end."""

# What a process needs of the environment: where programs and certificates are, and no secrets.
_KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "AWS_CA_BUNDLE", "TMPDIR")
_COMMAND = (sys.executable, "-m", "gluepot.sql.child")
_LINE = re.compile(r"^LINE (\d+): (.*)\n( *)\^", re.MULTILINE)


def run_isolated(
    catalog: CatalogStore,
    stores: Stores,
    sql: str,
    bounds: Bounds,
    *,
    first_files: int | None = None,
) -> Rows:
    """Return the first rows of a SELECT over ``database.table`` names.

    Args:
        catalog: Knows the tables; a guarded one asks whether they may be read.
        stores: Where their files are, and which of them may be read.
        sql: The statement.
        bounds: What it may use.
        first_files: Read only so many files of each table: a sample.

    Raises:
        StatementError: It is not one SELECT of allowed parts, or DuckDB refuses it.
        AccessDeniedError: A policy does not let the tables be read.
        FileRootError: A table has files on this machine that are not shown.
        EntityNotFoundError: A table is not in the catalog.
        QueryError: A table cannot be read, or a bound was met.
    """
    statement = read_statement(sql)
    began = time.monotonic()
    tables = tuple(
        _attached(catalog, stores, statement, asked, bounds)
        if first_files is None
        else _sampled(catalog, stores, asked, first_files)
        for asked in statement.tables
    )
    with tempfile.TemporaryDirectory(prefix="gluepot-query-") as folder, _a_turn():
        order = Order(
            sql=sql,
            tables=tables,
            s3=with_credentials(stores.s3),
            roots=stores.roots,
            folder=folder,
            bounds=bounds,
        )
        answer = _ask(order)
    if "outside" in answer:
        raise FileRootError(answer["outside"])
    if "error" in answer:
        raise _told(answer["error"])
    return Rows(
        columns=tuple((name, kind) for name, kind in answer["columns"]),
        rows=tuple(map(tuple, answer["rows"])),
        more=answer["more"],
        seconds=time.monotonic() - began,
    )


def warm() -> None:
    """Start a process for the next query, which takes a second, unless one is there."""
    _SPARE.fill()


def _attached(
    catalog: CatalogStore,
    stores: Stores,
    statement: Statement,
    asked: tuple[str, str],
    bounds: Bounds,
) -> Attached:
    table = catalog.get_linked_table(*asked)
    if readable_format(table) == "delta":
        return _by_log(asked, table, stores)
    expression = None
    if table.partition_keys:
        # Each has a file at least; to list them all first would take minutes.
        expression, there = _chosen(catalog, table, statement.conditions.get(asked, ()))
        _refuse_beyond(bounds.files, there, asked, "partitions")
    files = tuple(islice(table_files(catalog, table, stores, expression), bounds.files + 1))
    _refuse_beyond(bounds.files, len(files), asked, "files")
    return Attached(asked=asked, table=table, files=files)


def _by_log(asked: tuple[str, str], table: Table, stores: Stores) -> Attached:
    check_log(table, stores)
    return Attached(asked=asked, table=table, files=())


def _chosen(
    catalog: CatalogStore, table: Table, conditions: tuple[Compare | In, ...]
) -> tuple[str | None, int]:
    """Return the expression that chooses the partitions that are read, and how many they are."""
    names = (table.database_name, table.name)
    expression = partition_expression(table, conditions)
    try:
        return expression, catalog.partitions.count(*names, expression=expression)
    except InvalidStateError:
        # A value is not of its key's type: the catalog cannot choose, and DuckDB reads a null.
        return None, catalog.partitions.count(*names)


def _sampled(
    catalog: CatalogStore, stores: Stores, asked: tuple[str, str], first_files: int
) -> Attached:
    table = catalog.get_linked_table(*asked)
    if readable_format(table) == "delta":
        return _by_log(asked, table, stores)
    few = cast("CatalogStore", _Few(catalog, first_files))
    files = tuple(islice(table_files(few, table, stores), first_files))
    return Attached(asked=asked, table=table, files=files)


def _refuse_beyond(most: int, there: int, asked: tuple[str, str], what: str) -> None:
    if there > most:
        raise QueryError(
            f"{'.'.join(asked)} has more than {most:,} {what}; a query here reads no more: say"
            " which partitions in WHERE. A job or Spark SQL reads all"
        )


@dataclass(frozen=True)
class _Few:
    """A catalog whose tables have few partitions: a sample need not know all."""

    catalog: CatalogStore
    most: int

    @property
    def partitions(self) -> _Few:
        return self

    def list(self, database: str, table: str, *, expression: str | None) -> Iterator[Partition]:
        found = self.catalog.partitions.list(database, table, expression=expression)
        return islice(found, self.most)


_TURNS = threading.BoundedSemaphore(AT_A_TIME)


@contextlib.contextmanager
def _a_turn() -> Iterator[None]:
    if not _TURNS.acquire(timeout=WAIT):
        raise QueryError(f"{AT_A_TIME} queries run already; try again when one has ended")
    try:
        yield
    finally:
        _TURNS.release()


def _ask(order: Order) -> dict[str, Any]:
    waiting = _SPARE.take()
    answer, code = _answered(waiting, order)
    if not answer and code == 0:
        # It had waited long enough, and went while it was asked.
        answer, code = _answered(_start(), order)
    _SPARE.fill()
    if not answer:
        raise QueryError(
            "The query's process has ended without an answer: it needs more memory than it may"
            f" have ({order.bounds.memory:,} bytes), or a file that it reads is damaged"
        )
    found: dict[str, Any] = json.loads(answer)
    return found


def _answered(process: subprocess.Popen[bytes], order: Order) -> tuple[bytes, int]:
    try:
        answer, _ = process.communicate(pickle.dumps(order), timeout=order.bounds.seconds)
    except subprocess.TimeoutExpired:
        raise QueryError(
            f"The query was ended after {order.bounds.seconds:g} seconds, which is what it may take"
        ) from None
    finally:
        _let_go(process)
    return answer, process.returncode


def _told(sentence: str) -> QueryError:
    found = _LINE.search(sentence)
    if found is None:
        return QueryError(sentence)
    line = int(found[1])
    column = len(found[3]) - len(f"LINE {line}: ") + 1
    return StatementError(sentence, line=line, column=max(column, 1))


class _Spare:
    """The process that waits for the next query."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        atexit.register(self._end)

    def fill(self) -> None:
        """Start a process, unless one waits."""
        with self._lock:
            if self._process is not None and self._process.poll() is not None:
                _let_go(self._process)
                self._process = None
            self._process = self._process or _start()

    def take(self) -> subprocess.Popen[bytes]:
        """Return the process that waits, or a new one."""
        with self._lock:
            found, self._process = self._process, None
        if found is not None and found.poll() is not None:
            _let_go(found)
            found = None
        return found or _start()

    def _end(self) -> None:
        if self._process is not None:
            _let_go(self._process)


def _let_go(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


def _start() -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - this interpreter and a module of this package
        _COMMAND,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={name: os.environ[name] for name in _KEPT if name in os.environ},
        start_new_session=True,
    )


_SPARE = _Spare()
