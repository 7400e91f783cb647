"""What a job has read already, and what it is about to write: the ground of exactly-once output.

A bookmark has a version that only grows. A run that has decided what to write first records its
*intent*: the version N that it will reach, and every input file. Sinks name their transactions
after N. Moving the bookmark to N is one small transaction, which also ends the intent. A run that
finds an intent of a dead one repeats exactly it: what was written is then skipped by the sinks.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gluepot.catalog.errors import EntityNotFoundError
from gluepot.catalog.scope import Scope
from gluepot.jobs.bookmarks.keys import find_mark, forget_marks, insert_marks
from gluepot.jobs.bookmarks.tables import bookmark_versions, bookmarks, input_files, intents
from gluepot.jobs.errors import BookmarkError, ConcurrentRunsError
from gluepot.jobs.runs.tables import runs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from gluepot.jobs.bookmarks.keys import KeyMark

BATCH_FILES = 500
"""How many files are looked up or written at a time; SQLite bounds the values of a statement."""


@dataclass(frozen=True, kw_only=True)
class InputFile:
    """A file as it was listed.

    Attributes:
        uri: ``s3://bucket/key`` or ``file:///path``, raw.
        size: Bytes.
        modified: Aware.
        etag: The store's fingerprint; None for files of this machine.
        values: The values of its partition; None where its table has no partitions.
    """

    uri: str
    size: int
    modified: datetime
    etag: str | None = None
    values: tuple[str, ...] | None = None

    @property
    def state(self) -> tuple[int, datetime, str | None]:
        """Return what changes when the file is written anew."""
        return (self.size, self.modified, self.etag)


@dataclass(frozen=True, kw_only=True)
class Bookmark:
    """How far a job has read."""

    job_name: str
    id: str
    version: int
    run_id: str | None
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class Intent:
    """What a run is about to write: the version it will reach, from which sources.

    ``published`` are the keys of those sinks that have no transactions of their own and are done.
    """

    job_name: str
    version: int
    run_id: str
    sources: tuple[str, ...]
    published: tuple[str, ...]
    created_at: datetime


class BookmarkStore:
    """Bookmarks in the database of ``engine``."""

    def __init__(self, engine: sa.Engine, clock: Callable[[], datetime]) -> None:
        self._scope = Scope(engine=engine, clock=clock)

    def find(self, job_name: str) -> Bookmark | None:
        """Return a job's bookmark, or None before its first run."""
        with self._scope.reading() as connection:
            row = connection.execute(
                sa.select(bookmarks).where(bookmarks.c.job_name == job_name)
            ).first()
        return None if row is None else Bookmark(**row._mapping)  # noqa: SLF001 - the row's columns

    def open(self, job_name: str) -> Bookmark:
        """Return a job's bookmark, at version 0 when it is new."""
        found = self.find(job_name)
        if found is not None:
            return found
        row = {
            "job_name": job_name,
            "id": uuid.uuid4().hex,
            "version": 0,
            "run_id": None,
            "updated_at": self._scope.clock(),
        }
        with self._scope.writing() as connection:
            there = connection.scalar(
                sa.select(bookmarks.c.id).where(bookmarks.c.job_name == job_name)
            )
            if there is None:
                connection.execute(sa.insert(bookmarks).values(row))
        return self.open(job_name)

    def find_intent(self, job_name: str) -> Intent | None:
        """Return what a run was about to write when it died, or None."""
        with self._scope.reading() as connection:
            row = connection.execute(
                sa.select(intents).where(intents.c.job_name == job_name)
            ).first()
        if row is None:
            return None
        members = dict(row._mapping)  # noqa: SLF001 - the row's columns
        lists = {name: tuple(members[name]) for name in ("sources", "published")}
        return Intent(**(members | lists))

    def unread(
        self, job_name: str, source: str, listed: Iterable[InputFile]
    ) -> Iterator[InputFile]:
        """Yield the listed files that the source has not read in their present state."""
        batch: list[InputFile] = []
        for file in listed:
            batch.append(file)
            if len(batch) == BATCH_FILES:
                yield from self._unread(job_name, source, batch)
                batch = []
        if batch:
            yield from self._unread(job_name, source, batch)

    def _unread(
        self, job_name: str, source: str, batch: Sequence[InputFile]
    ) -> Iterator[InputFile]:
        query = sa.select(
            input_files.c.uri, input_files.c.size, input_files.c.modified, input_files.c.etag
        ).where(
            input_files.c.job_name == job_name,
            input_files.c.source == source,
            input_files.c.address.in_([_address(file.uri) for file in batch]),
        )
        with self._scope.reading() as connection:
            read = {tuple(row) for row in connection.execute(query)}
        for file in batch:
            if (file.uri, *file.state) not in read:
                yield file

    def key_mark(self, job_name: str, source: str, version: int) -> KeyMark | None:
        """Return up to which keys a source was read when the bookmark had a version."""
        with self._scope.reading() as connection:
            return find_mark(connection, job_name, source, version)

    def intend(
        self,
        bookmark: Bookmark,
        run_id: str,
        inputs: Mapping[str, Sequence[InputFile]],
        marks: Mapping[str, KeyMark] | None = None,
    ) -> Intent:
        """Record what a run is about to write, before its first sink writes.

        Sources may be added to the run's own intent later.

        Args:
            bookmark: As it was when the inputs were chosen; the intent's version is one higher.
            run_id: Whose intent it is.
            inputs: The files of each source with a bookmark.
            marks: Up to where sources are read whose rows come in the order of keys.

        Raises:
            ConcurrentRunsError: Another run has an intent, or has moved the bookmark meanwhile.
        """
        version = bookmark.version + 1
        with self._scope.writing() as connection:
            current = connection.execute(
                sa.select(bookmarks.c.id, bookmarks.c.version)
                .where(bookmarks.c.job_name == bookmark.job_name)
                .with_for_update()
            ).one_or_none()
            standing = connection.execute(
                sa.select(intents).where(intents.c.job_name == bookmark.job_name)
            ).first()
            if current is None or tuple(current) != (bookmark.id, bookmark.version):
                raise ConcurrentRunsError(
                    f"Another run of job {bookmark.job_name} has moved its bookmark since run"
                    f" {run_id} began; nothing was written: run the job again"
                )
            if standing is not None and standing.run_id != run_id:
                raise ConcurrentRunsError(
                    f"Run {standing.run_id} of job {bookmark.job_name} is writing;"
                    " nothing was written by this one: run the job again when that one has ended"
                )
            sources = (*inputs, *(marks or ()))
            self._write_intent(connection, bookmark, run_id, sources, standing)
            _insert_files(connection, bookmark.job_name, version, inputs)
            insert_marks(connection, bookmark.job_name, version, marks or {})
        found = self.find_intent(bookmark.job_name)
        if found is None:
            raise ConcurrentRunsError(f"The intent of run {run_id} was removed by another process")
        return found

    def _write_intent(
        self,
        connection: sa.Connection,
        bookmark: Bookmark,
        run_id: str,
        sources: tuple[str, ...],
        standing: sa.Row[Any] | None,
    ) -> None:
        if standing is not None:
            everything = list(dict.fromkeys([*standing.sources, *sources]))
            update = sa.update(intents).where(intents.c.job_name == bookmark.job_name)
            connection.execute(update.values(sources=everything))
            return
        row = {
            "job_name": bookmark.job_name,
            "version": bookmark.version + 1,
            "run_id": run_id,
            "sources": list(sources),
            "published": [],
            "created_at": self._scope.clock(),
        }
        connection.execute(sa.insert(intents).values(row))

    def adopt(self, intent: Intent, run_id: str) -> Intent:
        """Make a dead run's intent that of ``run_id``, which repeats it.

        Raises:
            ConcurrentRunsError: Another run has adopted or finished it.
        """
        with self._scope.writing() as connection:
            adopted = connection.execute(
                sa.update(intents)
                .where(
                    intents.c.job_name == intent.job_name,
                    intents.c.version == intent.version,
                    intents.c.run_id == intent.run_id,
                )
                .values(run_id=run_id)
            )
        if adopted.rowcount != 1:
            raise ConcurrentRunsError(
                f"Another run of job {intent.job_name} is finishing what run {intent.run_id} began"
            )
        return replace(intent, run_id=run_id)

    def intended_files(self, intent: Intent, source: str) -> Iterator[InputFile]:
        """Yield the input files of one source of an intent, in pages."""
        after = ""
        while True:
            query = (
                sa.select(input_files)
                .where(
                    input_files.c.job_name == intent.job_name,
                    input_files.c.source == source,
                    input_files.c.version == intent.version,
                    input_files.c.address > after,
                )
                .order_by(input_files.c.address)
                .limit(BATCH_FILES)
            )
            with self._scope.reading() as connection:
                page = connection.execute(query).all()
            for row in page:
                yield _file(row)
            if len(page) < BATCH_FILES:
                return
            after = page[-1].address

    def publish(self, intent: Intent, sink: str) -> None:
        """Note that a sink without transactions of its own is done with this intent."""
        with self._scope.writing() as connection:
            mine = (intents.c.job_name == intent.job_name) & (intents.c.version == intent.version)
            done = connection.scalar(sa.select(intents.c.published).where(mine).with_for_update())
            if done is not None and sink not in done:
                update = sa.update(intents).where(mine)
                connection.execute(update.values(published=[*done, sink]))

    def commit(self, intent: Intent, run_id: str) -> None:
        """Move the bookmark to the intent's version and end the intent, in one transaction.

        Raises:
            BookmarkError: The bookmark is not one before the intent any more.
        """
        with self._scope.writing() as connection:
            moved = connection.execute(
                sa.update(bookmarks)
                .where(
                    bookmarks.c.job_name == intent.job_name,
                    bookmarks.c.version == intent.version - 1,
                )
                .values(version=intent.version, run_id=run_id, updated_at=self._scope.clock())
            )
            if moved.rowcount != 1:
                raise BookmarkError(
                    f"The bookmark of job {intent.job_name} was reset or moved while run {run_id}"
                    f" wrote its version {intent.version}; look at `gluepot job bookmark show`"
                )
            connection.execute(sa.delete(intents).where(intents.c.job_name == intent.job_name))
            moved_to = {
                "job_name": intent.job_name,
                "version": intent.version,
                "run_id": run_id,
                "moved_at": self._scope.clock(),
            }
            connection.execute(sa.insert(bookmark_versions).values(moved_to))

    def reset(self, job_name: str) -> Bookmark | None:
        """Forget all that a job has read, and its intent; None when it has no bookmark.

        The version goes on growing, since sinks know the transactions of the versions so far.
        """
        with self._scope.writing() as connection:
            self._forget(connection, job_name, 0)
        return self.find(job_name)

    def rewind(self, job_name: str, run_id: str) -> Bookmark | None:
        """Forget what a job has read after a run, and its intent; None without a bookmark.

        The next run reads what came after that run's input. A run that has read nothing stands
        for the last one before it that did. The version goes on growing, as after ``reset``.

        Raises:
            EntityNotFoundError: The job has no such run.
        """
        with self._scope.writing() as connection:
            self._forget(connection, job_name, _version_at(connection, job_name, run_id))
        return self.find(job_name)

    def _forget(self, connection: sa.Connection, job_name: str, kept: int) -> None:
        """Forget what was read by versions greater than ``kept``."""
        ours = intents.c.job_name == job_name
        intended = connection.scalar(sa.select(intents.c.version).where(ours))
        connection.execute(sa.delete(intents).where(ours))
        for table in (input_files, bookmark_versions):
            gone = (table.c.job_name == job_name) & (table.c.version > kept)
            connection.execute(sa.delete(table).where(gone))
        forget_marks(connection, job_name, kept)
        run_id = connection.scalar(
            sa.select(bookmark_versions.c.run_id)
            .where(bookmark_versions.c.job_name == job_name)
            .order_by(bookmark_versions.c.version.desc())
            .limit(1)
        )
        values: dict[str, Any] = {"run_id": run_id, "updated_at": self._scope.clock()}
        if intended is not None:
            values["version"] = intended
        update = sa.update(bookmarks).where(bookmarks.c.job_name == job_name)
        connection.execute(update.values(values))

    def version_at(self, job_name: str, run_id: str) -> int:
        """Return the version that the bookmark had after a run; 0 where none had moved it.

        Raises:
            EntityNotFoundError: The job has no such run.
        """
        with self._scope.reading() as connection:
            return _version_at(connection, job_name, run_id)

    def files_between(
        self, job_name: str, source: str, after: int, upto: int
    ) -> Iterator[InputFile]:
        """Yield the files that a source has read in the versions after one, up to and with one."""
        query = sa.select(input_files).where(
            input_files.c.job_name == job_name,
            input_files.c.source == source,
            input_files.c.version > after,
            input_files.c.version <= upto,
        )
        with self._scope.reading() as connection:
            rows = connection.execute(query.order_by(input_files.c.version, input_files.c.address))
            yield from [_file(row) for row in rows]

    def count_files(self, job_name: str) -> dict[str, int]:
        """Return how many files each source has read, an intent's included."""
        query = (
            sa.select(input_files.c.source, sa.func.count(sa.distinct(input_files.c.address)))
            .where(input_files.c.job_name == job_name)
            .group_by(input_files.c.source)
            .order_by(input_files.c.source)
        )
        with self._scope.reading() as connection:
            return {source: count for source, count in connection.execute(query)}  # noqa: C416


def _version_at(connection: sa.Connection, job_name: str, run_id: str) -> int:
    moved = bookmark_versions.c.job_name == job_name
    by_run = sa.select(sa.func.max(bookmark_versions.c.version)).where(moved)
    found = connection.scalar(by_run.where(bookmark_versions.c.run_id == run_id))
    if found is not None:
        return int(found)
    run = connection.execute(
        sa.select(runs.c.completed_at, runs.c.queued_at).where(
            runs.c.id == run_id, runs.c.name == job_name
        )
    ).first()
    if run is None:
        raise EntityNotFoundError("Job run", run_id)
    ended = run.completed_at or run.queued_at
    return int(connection.scalar(by_run.where(bookmark_versions.c.moved_at <= ended)) or 0)


def _insert_files(
    connection: sa.Connection,
    job_name: str,
    version: int,
    inputs: Mapping[str, Sequence[InputFile]],
) -> None:
    for source, files in inputs.items():
        rows = [_row(job_name, version, source, file) for file in files]
        for start in range(0, len(rows), BATCH_FILES):
            connection.execute(sa.insert(input_files), rows[start : start + BATCH_FILES])


def _row(job_name: str, version: int, source: str, file: InputFile) -> dict[str, Any]:
    return {
        "job_name": job_name,
        "source": source,
        "address": _address(file.uri),
        "version": version,
        "uri": file.uri,
        "size": file.size,
        "modified": file.modified,
        "etag": file.etag,
        "partition_values": None if file.values is None else list(file.values),
    }


def _file(row: sa.Row[Any]) -> InputFile:
    values = row.partition_values
    return InputFile(
        uri=row.uri,
        size=row.size,
        modified=row.modified,
        etag=row.etag,
        values=None if values is None else tuple(values),
    )


def _address(uri: str) -> str:
    return hashlib.blake2b(uri.encode(), digest_size=20).hexdigest()
