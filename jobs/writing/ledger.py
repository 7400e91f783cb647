"""What one pass of a run reads and writes, and its bookmark: the exactly-once rules in one place.

Pipelines and scripts both go through a ledger. Without a bookmark it only writes and registers.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from gluepot.jobs.bookmarks.keys import KeyMark, KeyOrder, KeyRange
from gluepot.jobs.errors import BookmarkError
from gluepot.jobs.lineage.plan_columns import plan_lineage
from gluepot.jobs.streaming.current import Batch, current_batch
from gluepot.jobs.writing.registration import check_rights, register
from gluepot.jobs.writing.sinks import write
from gluepot.jobs.writing.staged_sink import finish_staged, staged_tag
from gluepot.jobs.writing.target import Transaction, Written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pyspark.sql import DataFrame

    from gluepot.jobs.bookmarks.store import InputFile
    from gluepot.jobs.run_context.workshop import Workshop
    from gluepot.jobs.writing.target import Target


class Ledger:
    """One pass: either the intent of a dead run, repeated, or what is new now.

    Args:
        workshop: The run's stores.
        bookmark: Whether the job keeps a bookmark.
        paused: Whether it stays where it is: what is new is read, and read again next time.
        between: Of a paused one, two versions: what was read after the first, up to the second,
            is read again, and nothing else.

    Attributes:
        repeated_run_id: The run whose intent this pass repeats, or None.
        repeats_input: Whether that bounds what is read, so that what is new is left for another
            pass. Without a bookmarked input this pass reads everything as any other would.
    """

    def __init__(
        self,
        workshop: Workshop,
        *,
        bookmark: bool,
        paused: bool = False,
        between: tuple[int, int] | None = None,
    ) -> None:
        self._workshop = workshop
        self._store = workshop.jobs.bookmarks
        self._paused = paused
        self._between = between
        bookmark = bookmark and not paused
        self._bookmark = self._store.open(workshop.job_name) if bookmark else None
        # What a paused bookmark reads behind; it is not moved.
        self._behind = self._store.find(workshop.job_name) if paused else self._bookmark
        self._intent = self._store.find_intent(workshop.job_name) if bookmark else None
        self.repeated_run_id: str | None = None
        self.repeats_input = False
        if self._intent is not None:
            self.repeated_run_id = self._intent.run_id
            self.repeats_input = bool(self._intent.sources)
            self._intent = self._store.adopt(self._intent, workshop.run_id)
        self._pending: dict[str, tuple[InputFile, ...]] = {}
        self._chosen: dict[str, tuple[InputFile, ...]] = {}
        self._pending_marks: dict[str, KeyMark] = {}
        self._ranges: dict[str, KeyRange] = {}
        self._writes: Counter[str] = Counter()

    @property
    def repeats(self) -> bool:
        """Return whether this pass repeats what another run had begun to write."""
        return self.repeated_run_id is not None

    @property
    def version(self) -> int | None:
        """Return the bookmark version that this pass reaches; None without a bookmark."""
        return None if self._bookmark is None else self._bookmark.version + 1

    @property
    def reads_behind(self) -> bool:
        """Return whether there is a bookmark behind which sources are read, if only a paused one.

        A paused one that no run has made yet bounds nothing.
        """
        return self._behind is not None

    def choose(
        self,
        source: str,
        listed: Iterable[InputFile],
        *,
        bookmarked: bool = True,
        bound: Callable[[Iterable[InputFile]], Iterable[InputFile]] = tuple,
    ) -> tuple[InputFile, ...]:
        """Return the files that a source reads: all, those not read yet, or those intended.

        ``listed`` is not looked at where an intent says what to read. ``bound`` chooses among
        those not read yet; the bookmark moves over what it chose, and no farther.
        """
        if self._between is not None and bookmarked:
            job_name = self._workshop.job_name
            return tuple(self._store.files_between(job_name, source, *self._between))
        if self._paused and bookmarked:
            return tuple(bound(self._store.unread(self._workshop.job_name, source, listed)))
        if self._bookmark is None or not bookmarked:
            return tuple(listed)
        if source not in self._chosen:
            if self._intent is not None and source in self._intent.sources:
                files = tuple(self._store.intended_files(self._intent, source))
            else:
                unread = self._store.unread(self._workshop.job_name, source, listed)
                files = tuple(bound(unread))
                self._pending[source] = files
            self._chosen[source] = files
        return self._chosen[source]

    def choose_keys(
        self,
        source: str,
        order: KeyOrder,
        find_last: Callable[[tuple[str, ...] | None], tuple[str, ...] | None],
    ) -> KeyRange | None:
        """Return which rows a source reads: those with new keys, or those intended; None for all.

        Args:
            source: Its name in the bookmark.
            order: Its keys.
            find_last: Returns the last keys that there are now behind those that were read, or
                None; not called where an intent says up to where to read.

        Raises:
            BookmarkError: The source was read by other keys before.
        """
        if self._behind is None:
            return None
        if source not in self._ranges:
            job_name, version = self._workshop.job_name, self._behind.version
            if self._between is not None:
                version = self._between[0]
            before = self._store.key_mark(job_name, source, version)
            if before is not None and before.order != order:
                raise BookmarkError(
                    f"source {source!r} was read by the keys {_shown(before.order)}, and is to be"
                    f" read by {_shown(order)} now: reset the job's bookmark, or give the source"
                    " another transformation_ctx"
                )
            after = None if before is None else before.last
            if self._between is not None:
                meant = self._store.key_mark(job_name, source, self._between[1])
                upto = None if meant is None else meant.last
            elif self._intent is not None and source in self._intent.sources:
                meant = self._store.key_mark(job_name, source, self._intent.version)
                upto = None if meant is None else meant.last
            else:
                upto = find_last(after) or after
                self._pending_marks[source] = KeyMark(order=order, last=upto)
            self._ranges[source] = KeyRange(order=order, after=after, upto=upto)
        return self._ranges[source]

    def write_once(self, key: str, write: Callable[[], None]) -> bool:
        """Call ``write`` unless the dead run whose work this pass repeats had done it to its end.

        For sinks without transactions: one that died on the way is written again from its start.
        Returns whether it was called.

        Raises:
            ConcurrentRunsError: Another run of the job has moved the bookmark.
        """
        if current_batch() is not None:
            write()
            return True
        self._intend()
        self._writes[key] += 1
        number = self._writes[key]
        numbered = key if number == 1 else f"{key}#{number}"
        if self._intent is not None and numbered in self._intent.published:
            return False
        write()
        if self._intent is not None:
            self._store.publish(self._intent, numbered)
        return True

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
        target = self._numbered(target)
        transaction = self._transaction()
        if self._intent is not None and target.key in self._intent.published:
            finish_staged(target, transaction, stores=self._workshop.stores)
            done = Written(schema=frame.schema, rows=0, bytes=0, files=0, skipped=True)
            return replace(done, lineage=plan_lineage(frame))
        written = write(
            frame, target, transaction, stores=self._workshop.stores, resume=self.repeats
        )
        workshop = self._workshop
        register(workshop.catalog, target, written, workshop.cause, workshop.stores)
        if target.is_staged:
            if self._intent is not None:
                self._store.publish(self._intent, target.key)
            finish_staged(target, transaction, stores=self._workshop.stores)
        # After the write: Spark takes a moment to print a plan, and the first stage need not wait.
        return replace(written, lineage=plan_lineage(frame))

    def has_published(self, uri: str) -> bool:
        """Return whether the dead run whose work this pass repeats wrote a file, and to its end.

        It is not written again, so nobody may take it for old.
        """
        name = uri.rpartition("/")[2]
        return any(f"-{tag}." in name for tag in self._published_tags)

    @cached_property
    def _published_tags(self) -> tuple[str, ...]:
        if self._intent is None or not self.repeats:
            return ()
        transaction = self._transaction()
        return tuple(staged_tag(key, transaction) for key in self._intent.published)

    def _numbered(self, target: Target) -> Target:
        """Return a target whose key tells this write from earlier ones of the pass to that sink."""
        self._writes[target.key] += 1
        number = self._writes[target.key]
        return target if number == 1 else replace(target, key=f"{target.key}#{number}")

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
        finish_staged(target, transaction, stores=workshop.stores)
        return written

    def commit(self) -> None:
        """Move the bookmark over everything that this pass has read."""
        if self._bookmark is None:
            return
        if self._pending or self._pending_marks or self._intent is not None:
            self._intend()
        if self._intent is not None:
            self._store.commit(self._intent, self._workshop.run_id)

    def _intend(self) -> None:
        pending, marks = self._pending, self._pending_marks
        if self._bookmark is None or (self._intent is not None and not (pending or marks)):
            return
        self._pending, self._pending_marks = {}, {}
        self._intent = self._store.intend(self._bookmark, self._workshop.run_id, pending, marks)

    def _transaction(self) -> Transaction:
        return Transaction(
            job_name=self._workshop.job_name,
            run_id=self._workshop.run_id,
            bookmark_id=None if self._bookmark is None else self._bookmark.id,
            version=self.version,
        )


def _shown(order: KeyOrder) -> str:
    return ", ".join(order.names) + (" (desc)" if order.descending else "")
