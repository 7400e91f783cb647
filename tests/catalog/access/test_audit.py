"""The audit log only grows, loses nothing, and says when it was pruned."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from sqlalchemy import exc

from gluepot.catalog.access import audit_writer
from gluepot.catalog.access.audit import PRUNE, AuditEntry, AuditLog
from gluepot.catalog.access.audit_writer import AuditWriter
from gluepot.catalog.engine import open_engine, writing
from gluepot.catalog.errors import OperationTimeoutError
from gluepot.catalog.migrate import migrate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    made = open_engine(database_url)
    migrate(made)
    yield made
    made.dispose()


@pytest.fixture
def log(engine: sa.Engine) -> AuditLog:
    return AuditLog(engine, lambda: START + timedelta(days=400))


def entry(number: int = 0, **members: object) -> AuditEntry:
    default = {
        "at": START + timedelta(days=number),
        "principal": "arn:aws:iam::000000000000:user/anna",
        "key_id": None,
        "source": "127.0.0.1",
        "operation": "GetTable",
        "resources": ("arn:aws:glue:us-east-1:000000000000:catalog",),
        "allowed": True,
        "error_code": None,
        "request_id": f"r{number}",
    }
    return AuditEntry(**{**default, **members})  # type: ignore[arg-type]


def test_entries_come_back_the_newest_first(log: AuditLog) -> None:
    written = [entry(number) for number in range(1200)]
    log.write(written)

    assert list(log.list()) == written[::-1]
    assert [item.request_id for item in log.list(since=START + timedelta(days=1198))] == [
        "r1199",
        "r1198",
    ]


def test_entries_are_chosen(log: AuditLog) -> None:
    log.write(
        [
            entry(1),
            entry(2, principal="other", operation="DeleteTable"),
            entry(3, allowed=False, error_code="AccessDeniedException"),
        ]
    )

    assert [item.request_id for item in log.list(principal="other")] == ["r2"]
    assert [item.request_id for item in log.list(operation="DeleteTable")] == ["r2"]
    assert [item.request_id for item in log.list(refused=True)] == ["r3"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_log SET allowed = NOT allowed",
        "UPDATE audit_log SET pruned_below = 99",
        "DELETE FROM audit_log",
        "DELETE FROM audit_log WHERE id = 1",
    ],
)
def test_the_database_refuses_to_change_the_log(
    engine: sa.Engine, log: AuditLog, statement: str
) -> None:
    written = [entry(1), entry(2)]
    log.write(written)

    with pytest.raises(exc.SQLAlchemyError, match="append-only"), writing(engine) as connection:
        connection.execute(sa.text(statement))

    assert list(log.list()) == written[::-1]


def test_postgresql_refuses_to_empty_the_log(postgres_url: str) -> None:
    engine = open_engine(postgres_url)
    migrate(engine)

    with pytest.raises(exc.SQLAlchemyError, match="append-only"), writing(engine) as connection:
        connection.execute(sa.text("TRUNCATE audit_log"))
    engine.dispose()


def test_pruning_takes_what_is_old_and_says_so(log: AuditLog) -> None:
    log.write([entry(number) for number in range(10)])

    gone = log.prune(START + timedelta(days=7), principal="cli:anna")

    assert gone == 7
    newest, *rest = log.list()
    assert (newest.operation, newest.principal) == (PRUNE, "cli:anna")
    assert newest.resources == (f"before {(START + timedelta(days=7)).isoformat()}",)
    assert [item.request_id for item in rest] == ["r9", "r8", "r7"]


def test_pruning_everything_leaves_the_word_of_it(log: AuditLog) -> None:
    log.write([entry(number) for number in range(3)])

    assert log.prune(START + timedelta(days=300), principal="cli:anna") == 3
    assert [item.operation for item in log.list()] == [PRUNE]
    assert log.prune(START + timedelta(days=300), principal="cli:anna") == 0


def test_what_was_not_pruned_cannot_be_deleted_after_a_pruning(
    engine: sa.Engine, log: AuditLog
) -> None:
    log.write([entry(number) for number in range(10)])
    log.prune(START + timedelta(days=7), principal="cli:anna")

    with pytest.raises(exc.SQLAlchemyError, match="append-only"), writing(engine) as connection:
        connection.execute(sa.text("DELETE FROM audit_log"))


def test_texts_that_no_database_takes_are_made_printable(log: AuditLog) -> None:
    log.write([entry(operation="a\0b\ud800", resources=("x\0",), key_id="k" * 5000)])

    (found,) = log.list()

    assert found.operation == "a\ufffdb\ufffd"
    assert found.resources == ("x\ufffd",)
    assert len(found.key_id or "") == 1024


def test_an_entry_of_many_resources_says_how_many_there_were(log: AuditLog) -> None:
    log.write([entry(resources=tuple(map(str, range(250))))])

    (found,) = log.list()

    assert found.resources[-1] == "and 150 more"


def test_what_is_left_behind_is_written_at_the_end(log: AuditLog) -> None:
    writer = AuditWriter(log=log, idle=lambda: None)
    for number in range(1000):
        writer.add(entry(number))

    writer.close()

    assert len(list(log.list())) == 1000
    with pytest.raises(OperationTimeoutError):
        writer.add(entry())


def test_an_entry_that_is_waited_for_is_there_at_once(log: AuditLog) -> None:
    writer = AuditWriter(log=log, idle=lambda: None)

    writer.write(entry(1))

    assert [item.request_id for item in log.list()] == ["r1"]
    writer.close()


def test_threads_lose_nothing_while_the_writer_closes(log: AuditLog) -> None:
    writer = AuditWriter(log=log, idle=lambda: None)
    taken: list[str] = []

    def call(name: str) -> None:
        for number in range(200):
            try:
                writer.add(entry(number, request_id=f"{name}-{number}"))
            except OperationTimeoutError:
                return
            taken.append(f"{name}-{number}")

    threads = [threading.Thread(target=call, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    time.sleep(0.02)
    writer.close()
    for thread in threads:
        thread.join()

    assert sorted(item.request_id for item in log.list()) == sorted(taken)


class BrokenLog:
    """A log whose database takes nothing until it is mended."""

    def __init__(self) -> None:
        self.mended = threading.Event()
        self.written: list[AuditEntry] = []

    def write(self, entries: Sequence[AuditEntry]) -> None:
        """Take entries, or not."""
        if not self.mended.is_set():
            raise OperationTimeoutError("the disk is full")
        self.written.extend(entries)


def _add_many(writer: AuditWriter) -> None:
    for number in range(1000):
        writer.add(entry(number))


def test_a_call_waits_and_then_fails_while_the_log_takes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(audit_writer, "PATIENCE", timedelta(seconds=0.2))
    monkeypatch.setattr(audit_writer, "QUEUE_ENTRIES", 5)
    monkeypatch.setattr(audit_writer, "_RETRY", timedelta(milliseconds=5))
    broken = BrokenLog()
    writer = AuditWriter(log=broken, idle=lambda: None)  # type: ignore[arg-type]

    with pytest.raises(OperationTimeoutError, match="audit log cannot be written"):
        writer.write(entry())
    with pytest.raises(OperationTimeoutError, match="audit log cannot be written"):
        _add_many(writer)

    broken.mended.set()
    writer.close()
    assert len(broken.written) >= 5


def test_what_the_database_never_took_goes_to_the_process_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(audit_writer, "_RETRY", timedelta(milliseconds=1))
    writer = AuditWriter(log=BrokenLog(), idle=lambda: None)  # type: ignore[arg-type]
    monkeypatch.setattr(audit_writer, "LINGER", timedelta(seconds=60))
    for number in range(3):
        writer.add(entry(number))

    writer.close()

    spilled = [item for item in caplog.records if vars(item).get("action") == "audit_entry_spilled"]
    assert len(spilled) == 3
