"""Writing the audit log beside the answers: many entries a transaction, none of them lost.

One thread writes. A call that must be on record first waits for the transaction that holds its
entry; others leave theirs behind. The queue is bounded: when it is full because the database
takes nothing, calls wait, and then fail, rather than go on without a record.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from gluepot.catalog.errors import GluepotError, OperationTimeoutError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gluepot.catalog.access.audit import AuditEntry, AuditLog

logger = logging.getLogger(__name__)

QUEUE_ENTRIES = 10_000
BATCH_ENTRIES = 500
LINGER = timedelta(seconds=1)
"""How long an entry that nobody waits for may wait for others."""

PATIENCE = timedelta(seconds=10)
"""How long a call waits for a log that takes nothing, before it fails."""

_RETRY = timedelta(milliseconds=200)
_FULL = timedelta(milliseconds=10)
_LAST_TRIES = 15
"""At the end of the process: three seconds of tries, then the entries go to the process's log."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Item:
    entry: AuditEntry
    written: threading.Event | None = None


@dataclass(kw_only=True)
class AuditWriter:
    """Writes entries to a log in a thread of its own, from the first entry until ``close``.

    Attributes:
        log: Where to.
        idle: Called about once a second in that thread, for housekeeping.
    """

    log: AuditLog
    idle: Callable[[], None]
    _queue: queue.Queue[_Item | None] = field(
        default_factory=lambda: queue.Queue(QUEUE_ENTRIES), init=False
    )
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)
    _thread: threading.Thread | None = field(default=None, init=False)
    _closed: bool = field(default=False, init=False)

    def add(self, entry: AuditEntry) -> None:
        """Leave an entry to be written within about a second.

        Raises:
            OperationTimeoutError: The queue is full and stays so.
        """
        self._put(_Item(entry=entry))

    def write(self, entry: AuditEntry) -> None:
        """Write an entry, and return when it is durable.

        Raises:
            OperationTimeoutError: The database does not take it.
        """
        written = threading.Event()
        self._put(_Item(entry=entry, written=written))
        if not written.wait(PATIENCE.total_seconds()):
            raise _unavailable()

    def close(self) -> None:
        """Write what is left, and end the thread; entries that come later are refused."""
        with self._lock:
            self._closed = True
            thread, self._thread = self._thread, None
        if thread is not None:
            self._queue.put(None)
            thread.join()

    def _put(self, item: _Item) -> None:
        deadline = time.monotonic() + PATIENCE.total_seconds()
        while not self._try_put(item):
            if time.monotonic() > deadline:
                raise _unavailable()
            time.sleep(_FULL.total_seconds())

    def _try_put(self, item: _Item) -> bool:
        # Under the lock, so that nothing comes after the mark that ends the thread.
        with self._lock:
            if self._closed:
                raise _unavailable()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="audit", daemon=True)
                self._thread.start()
            try:
                self._queue.put_nowait(item)
            except queue.Full:
                return False
        return True

    def _run(self) -> None:
        ending = False
        while not ending:
            batch, ending = self._collect()
            if batch:
                self._write(batch, tries=_LAST_TRIES if ending else None)
            self._keep_house()

    def _collect(self) -> tuple[list[_Item], bool]:
        """Return what has come until somebody waits for it, it is enough, or time is up."""
        batch: list[_Item] = []
        deadline = time.monotonic() + LINGER.total_seconds()
        waited_for = False
        while len(batch) < BATCH_ENTRIES:
            left = 0.0 if waited_for else max(0.0, deadline - time.monotonic())
            try:
                item = self._queue.get(timeout=left) if left else self._queue.get_nowait()
            except queue.Empty:
                break
            if item is None:
                return batch + self._rest(), True
            batch.append(item)
            waited_for = waited_for or item.written is not None
        return batch, False

    def _rest(self) -> list[_Item]:
        rest: list[_Item] = []
        while True:
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                return rest
            if item is not None:
                rest.append(item)

    def _write(self, batch: Sequence[_Item], *, tries: int | None) -> None:
        entries = [item.entry for item in batch]
        while True:
            try:
                self.log.write(entries)
            except GluepotError as error:
                logger.error("The audit log cannot be written: %s", error)  # noqa: TRY400
                tries = None if tries is None else tries - 1
                if tries == 0:
                    self._spill(entries)
                    return
                time.sleep(_RETRY.total_seconds())
            except SQLAlchemyError:
                # No trouble of the moment: these entries would never go in.
                logger.exception("The audit log does not take entries")
                self._spill(entries)
                return
            else:
                break
        for item in batch:
            if item.written is not None:
                item.written.set()

    def _spill(self, entries: Sequence[AuditEntry]) -> None:
        """Put entries into the process's own log, the last place there is when it must end."""
        for entry in entries:
            logger.critical(
                "Audit entry not in the database: %s",
                asdict(entry),
                extra={"action": "audit_entry_spilled"},
            )

    def _keep_house(self) -> None:
        try:
            self.idle()
        except (GluepotError, SQLAlchemyError) as error:
            logger.warning("Housekeeping of access failed and is tried again: %s", error)


def _unavailable() -> OperationTimeoutError:
    return OperationTimeoutError(
        "The audit log cannot be written, and nothing is done without it; see that the database"
        " can be reached and has room, and try again"
    )
