"""What one pass of a run reads and writes, and its bookmark: the exactly-once rules in one place.

Pipelines and scripts both go through a ledger. Without a bookmark it only writes and registers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.jobs.parquet_sink import finish_parquet
from gluepot.jobs.registration import check_rights, register
from gluepot.jobs.sinks import Transaction, Written, write
from gluepot.jobs.streaming.current import Batch, current_batch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyspark.sql import DataFrame

    from gluepot.jobs.bookmarks import InputFile
    from gluepot.jobs.sinks import Target
    from gluepot.jobs.workshop import Workshop


class Ledger:
    """One pass: either the intent of a dead run, repeated, or what is new now.

    Args:
        workshop: The run's stores.
        bookmark: Whether the job keeps a bookmark.
    """

    def __init__(self, workshop: Workshop, *, bookmark: bool) -> None:
        self._workshop = workshop
        self._store = workshop.jobs.bookmarks
        self._bookmark = self._store.open(workshop.job_name) if bookmark else None
        self._intent = self._store.find_intent(workshop.job_name) if bookmark else None
        self.repeated_run_id: str | None = None
        if self._intent is not None:
            self.repeated_run_id = self._intent.run_id
            self._intent = self._store.adopt(self._intent, workshop.run_id)
        self._pending: dict[str, tuple[InputFile, ...]] = {}
        self._chosen: dict[str, tuple[InputFile, ...]] = {}

    @property
    def repeats(self) -> bool:
        """Return whether this pass repeats what another run had begun to write."""
        return self.repeated_run_id is not None

    @property
    def version(self) -> int | None:
        """Return the bookmark version that this pass reaches; None without a bookmark."""
        return None if self._bookmark is None else self._bookmark.version + 1

    def choose(
        self, source: str, listed: Iterable[InputFile], *, bookmarked: bool = True
    ) -> tuple[InputFile, ...]:
        """Return the files that a source reads: all, those not read yet, or those intended.

        ``listed`` is not looked at where an intent says what to read.
        """
        if self._bookmark is None or not bookmarked:
            return tuple(listed)
        if source not in self._chosen:
            if self._intent is not None and source in self._intent.sources:
                files = tuple(self._store.intended_files(self._intent, source))
            else:
                files = tuple(self._store.unread(self._workshop.job_name, source, listed))
                self._pending[source] = files
            self._chosen[source] = files
        return self._chosen[source]

    def write(self, frame: DataFrame, target: Target) -> Written:
        """Write ``frame`` once for this pass, and put its table into the catalog.

        Inside a batch function it is once for the micro-batch, whose number goes with the write.

        Raises:
            SinkError: The rows could not be written.
            AccessDeniedError: The run's user may not make or change the table.
            ConcurrentRunsError: Another run of the job has moved the bookmark.
        """
        if self._workshop.guard is not None:
            check_rights(self._workshop.catalog, target, self._workshop.guard)
        batch = current_batch()
        if batch is not None:
            return self._write_batch(frame, target, batch)
        self._intend()
        transaction = self._transaction()
        if self._intent is not None and target.key in self._intent.published:
            finish_parquet(target, transaction, stores=self._workshop.stores)
            return Written(schema=frame.schema, rows=0, bytes=0, files=0, skipped=True)
        written = write(
            frame, target, transaction, stores=self._workshop.stores, resume=self.repeats
        )
        workshop = self._workshop
        register(workshop.catalog, target, written, workshop.cause, workshop.stores)
        if target.format == "parquet":
            if self._intent is not None:
                self._store.publish(self._intent, target.key)
            finish_parquet(target, transaction, stores=self._workshop.stores)
        return written

    def _write_batch(self, frame: DataFrame, target: Target, batch: Batch) -> Written:
        # The checkpoint of a stream is its bookmark: batches count where passes do elsewhere.
        workshop = self._workshop
        transaction = Transaction(
            job_name=workshop.job_name,
            run_id=workshop.run_id,
            bookmark_id=batch.sequence(target.key),
            version=batch.number,
        )
        written = write(frame, target, transaction, stores=workshop.stores, resume=True)
        register(workshop.catalog, target, written, workshop.cause, workshop.stores)
        if target.format == "parquet":
            finish_parquet(target, transaction, stores=workshop.stores)
        return written

    def commit(self) -> None:
        """Move the bookmark over everything that this pass has read."""
        if self._bookmark is None:
            return
        if self._pending or self._intent is not None:
            self._intend()
        if self._intent is not None:
            self._store.commit(self._intent, self._workshop.run_id)

    def _intend(self) -> None:
        if self._bookmark is None or (self._intent is not None and not self._pending):
            return
        pending, self._pending = self._pending, {}
        self._intent = self._store.intend(self._bookmark, self._workshop.run_id, pending)

    def _transaction(self) -> Transaction:
        return Transaction(
            job_name=self._workshop.job_name,
            run_id=self._workshop.run_id,
            bookmark_id=None if self._bookmark is None else self._bookmark.id,
            version=self.version,
        )
