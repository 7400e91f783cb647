"""Crawlers and crawls in the database; each call is one transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gluepot.catalog.errors import AlreadyExistsError, EntityNotFoundError
from gluepot.catalog.insert import insert_new
from gluepot.catalog.names import fold
from gluepot.catalog.scope import ScopedStore
from gluepot.crawlers.crawler_documents import crawler_of, document_of
from gluepot.crawlers.memory.store import MemoryStore
from gluepot.crawlers.model import (
    ChangeKind,
    Crawl,
    Crawler,
    CrawlState,
    TableChanges,
    TableReport,
    check_crawler,
    table_report_from_json,
)
from gluepot.crawlers.tables import crawl_tables, crawlers, crawls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from gluepot.catalog.calls import Document


KEPT = timedelta(days=365)
"""How long records of crawls are kept, as AWS Glue keeps them."""


@dataclass(frozen=True, kw_only=True)
class StoredCrawler:
    """A crawler as it is stored.

    Attributes:
        name: Unique among crawlers; case counts.
        definition: AWS Glue's document, as it was given; ``Schedule`` is the expression.
        version: Grows by one with every change.
        created_at: Aware.
        updated_at: Aware.
        next_crawl_at: When its schedule starts it next; None where no schedule is in force.
    """

    name: str
    definition: Document
    version: int
    created_at: datetime
    updated_at: datetime
    next_crawl_at: datetime | None = None


class CrawlerStore(ScopedStore):
    """Definitions of crawlers, and the records of their crawls."""

    @property
    def memories(self) -> MemoryStore:
        """Return what crawls remember."""
        return MemoryStore(self._scope.engine, self._scope.clock)

    def put_crawler(self, crawler: Crawler) -> Crawler:
        """Add a crawler, or give the one of its name this definition.

        What only AWS Glue's document can say, such as the role and the schedule, stays.

        Raises:
            InvalidInputError: It cannot work.
        """
        check_crawler(crawler)
        document = document_of(crawler)

        def change(stored: StoredCrawler) -> StoredCrawler:
            kept = {key: stored.definition[key] for key in ONLY_API & stored.definition.keys()}
            return replace(stored, definition=document | kept)

        with self._scope.writing() as connection:
            if not self._insert(connection, crawler.name, document, None):
                inside = self.within(connection)
                stored = inside.get(crawler.name)
                if change(stored) != stored:
                    inside.edit(crawler.name, change)
        return crawler

    def create(self, document: Document, *, next_crawl_at: datetime | None = None) -> None:
        """Add a crawler by its document.

        Raises:
            AlreadyExistsError: The name is taken.
        """
        with self._scope.writing() as connection:
            if not self._insert(connection, document["Name"], document, next_crawl_at):
                raise AlreadyExistsError("Crawler", document["Name"])

    def edit(self, name: str, change: Callable[[StoredCrawler], StoredCrawler]) -> StoredCrawler:
        """Replace a crawler by what ``change`` makes of it, nobody else changing it meanwhile.

        Raises:
            EntityNotFoundError: There is none of that name.
        """
        with self._scope.writing() as connection:
            row = _find(connection, name, lock=True)
            if row is None:
                raise EntityNotFoundError("Crawler", name)
            stored = _stored(row)
            return self._write(connection, stored, change(stored))

    def get(self, name: str) -> StoredCrawler:
        """Return a crawler as it is stored.

        Raises:
            EntityNotFoundError: There is none of that name.
        """
        with self._scope.reading() as connection:
            row = _find(connection, name)
        if row is None:
            raise EntityNotFoundError("Crawler", name)
        return _stored(row)

    def get_many(self, names: Iterable[str]) -> list[StoredCrawler]:
        """Return those of ``names`` that there are, by name."""
        query = sa.select(crawlers).where(crawlers.c.name.in_(list(names)))
        with self._scope.reading() as connection:
            return [_stored(row) for row in connection.execute(query.order_by(crawlers.c.name))]

    def page(self, after: str | None, limit: int) -> list[StoredCrawler]:
        """Return at most ``limit`` crawlers by name, those after the name ``after``."""
        query = sa.select(crawlers).order_by(crawlers.c.name).limit(limit)
        if after is not None:
            query = query.where(crawlers.c.name > after)
        with self._scope.reading() as connection:
            return [_stored(row) for row in connection.execute(query)]

    def get_crawler(self, name: str) -> Crawler:
        """Return what a stored crawler asks gluepot to crawl.

        Raises:
            EntityNotFoundError: There is none of that name.
            InvalidInputError: It asks for what gluepot cannot crawl.
        """
        return crawler_of(self.get(name).definition)

    def list_crawlers(self) -> list[StoredCrawler]:
        """Return all crawlers by name."""
        query = sa.select(crawlers).order_by(crawlers.c.name)
        with self._scope.reading() as connection:
            return [_stored(row) for row in connection.execute(query)]

    def delete_crawler(self, name: str) -> None:
        """Delete a crawler; its tables and the records of its crawls stay.

        Raises:
            EntityNotFoundError: There is none of that name.
        """
        with self._scope.writing() as connection:
            delete = sa.delete(crawlers).where(crawlers.c.name == name)
            if connection.execute(delete).rowcount == 0:
                raise EntityNotFoundError("Crawler", name)

    def take_due(
        self,
        now: datetime,
        following: Callable[[StoredCrawler], datetime | None],
        *,
        limit: int,
    ) -> list[StoredCrawler]:
        """Return crawlers whose schedule is due, and move each on to what ``following`` says.

        The caller records their runs in the same transaction: call it on a store ``within`` one.
        Crawlers that another scheduler is just serving are left out.
        """
        query = _due(now).order_by(crawlers.c.next_crawl_at, crawlers.c.name).limit(limit)
        with self._scope.writing() as connection:
            rows = connection.execute(query.with_for_update(skip_locked=True)).all()
            found = [_stored(row) for row in rows]
            for stored in found:
                values = {"next_crawl_at": following(stored)}
                connection.execute(
                    sa.update(crawlers).where(crawlers.c.name == stored.name).values(values)
                )
        return found

    def any_due(self, now: datetime) -> bool:
        """Return whether ``take_due`` would find one."""
        with self._scope.reading() as connection:
            return connection.execute(_due(now).limit(1)).first() is not None

    def _insert(
        self,
        connection: sa.Connection,
        name: str,
        document: Document,
        next_crawl_at: datetime | None,
    ) -> bool:
        now = self._scope.clock()
        values = {
            "name": name,
            "definition": document,
            "created_at": now,
            "updated_at": now,
            "version": 1,
            "next_crawl_at": next_crawl_at,
        }
        return bool(insert_new(connection, crawlers, [values], crawlers.c.name))

    def _write(
        self, connection: sa.Connection, old: StoredCrawler, new: StoredCrawler
    ) -> StoredCrawler:
        written = replace(new, version=old.version + 1, updated_at=self._scope.clock())
        values = {
            "definition": written.definition,
            "version": written.version,
            "updated_at": written.updated_at,
            "next_crawl_at": written.next_crawl_at,
        }
        connection.execute(sa.update(crawlers).where(crawlers.c.name == old.name).values(values))
        return written

    def record_crawl(self, crawl: Crawl) -> None:
        """Write a crawl's record; a later record of the same id takes its place.

        A crawler's records of more than twelve months ago go when a new one comes.
        """
        values = {
            "crawler_name": crawl.crawler_name,
            "database_name": fold(crawl.database),
            "state": crawl.state.value,
            "started_at": crawl.started_at,
            "completed_at": crawl.completed_at,
            "error": crawl.error,
            "summary": dict(crawl.summary),
            "warnings": list(crawl.warnings),
        }
        reports = [
            {
                "crawl_id": crawl.id,
                "database_name": fold(report.database),
                "table_name": report.name,
                "report": report.to_json(),
            }
            for report in crawl.tables
        ]
        with self._scope.writing() as connection:
            update = sa.update(crawls).where(crawls.c.id == crawl.id).values(values)
            if connection.execute(update).rowcount == 0:
                connection.execute(sa.insert(crawls).values(id=crawl.id, **values))
                _drop_old(connection, crawl, self._scope.clock() - KEPT)
            connection.execute(sa.delete(crawl_tables).where(crawl_tables.c.crawl_id == crawl.id))
            if reports:
                connection.execute(sa.insert(crawl_tables), reports)

    def get_crawl(self, crawl_id: str) -> Crawl:
        """Return a crawl with its reports.

        Raises:
            EntityNotFoundError: There is none of that id.
        """
        with self._scope.reading() as connection:
            row = _crawl_row(connection, crawl_id)
            query = (
                sa.select(crawl_tables.c.report)
                .where(crawl_tables.c.crawl_id == crawl_id)
                .order_by(crawl_tables.c.number)
            )
            reports = tuple(table_report_from_json(item) for item in connection.scalars(query))
        return _crawl(row, reports)

    def crawl_head(self, crawl_id: str) -> Crawl:
        """Return a crawl without its reports, of which it may have very many.

        Raises:
            EntityNotFoundError: There is none of that id.
        """
        with self._scope.reading() as connection:
            return _crawl(_crawl_row(connection, crawl_id), ())

    def page_reports(
        self, crawl_id: str, *, changed: bool, start: int, limit: int
    ) -> list[TableReport]:
        """Return some of a crawl's reports in their order, from the one at ``start`` on.

        With ``changed``, only those of tables or partitions that did not stay as they were.
        """
        report = crawl_tables.c.report
        query = sa.select(report).where(crawl_tables.c.crawl_id == crawl_id)
        if changed:
            counts = (report[name].as_integer() > 0 for name in _COUNTS)
            moved = report["change"].as_string() != ChangeKind.NONE.value
            query = query.where(sa.or_(moved, *counts))
        query = query.order_by(crawl_tables.c.number).offset(start).limit(limit)
        with self._scope.reading() as connection:
            return [table_report_from_json(item) for item in connection.scalars(query)]

    def list_crawls(self, crawler_name: str, *, limit: int = 100) -> list[Crawl]:
        """Return a crawler's crawls without their reports, the newest first."""
        query = (
            sa.select(crawls)
            .where(crawls.c.crawler_name == crawler_name)
            .order_by(crawls.c.number.desc())
            .limit(limit)
        )
        with self._scope.reading() as connection:
            return [_crawl(row, ()) for row in connection.execute(query)]

    def list_changes(self, crawl_ids: Sequence[str]) -> dict[str, list[TableChanges]]:
        """Return what crawls did to tables, by crawl; tables that stayed as they were are left out.

        Crawls that changed nothing, or are not known, are not in it.
        """
        report = crawl_tables.c.report
        counts = {name: report[name].as_integer() for name in _COUNTS}
        query = (
            sa.select(
                crawl_tables.c.crawl_id,
                crawl_tables.c.table_name.label("name"),
                report["change"].as_string().label("change"),
                *(sa.func.coalesce(count, 0).label(name) for name, count in counts.items()),
            )
            .where(
                crawl_tables.c.crawl_id.in_(crawl_ids),
                sa.or_(
                    report["change"].as_string() != ChangeKind.NONE.value,
                    *(count > 0 for count in counts.values()),
                ),
            )
            .order_by(crawl_tables.c.number)
        )
        found: dict[str, list[TableChanges]] = {}
        with self._scope.reading() as connection:
            for row in connection.execute(query):
                members = dict(row._mapping)  # noqa: SLF001 - the row's columns
                crawl_id = members.pop("crawl_id")
                change = TableChanges(**members | {"change": ChangeKind(row.change)})
                found.setdefault(crawl_id, []).append(change)
        return found

    def explain_table(self, database: str, table: str) -> tuple[Crawl, TableReport]:
        """Return what the last crawl that saw a table decided about it, and that crawl.

        Raises:
            EntityNotFoundError: No crawl has seen the table.
        """
        query = (
            sa.select(crawls, crawl_tables.c.report)
            .join(crawl_tables, crawl_tables.c.crawl_id == crawls.c.id)
            .where(
                crawl_tables.c.database_name == fold(database),
                crawl_tables.c.table_name == fold(table),
            )
            .order_by(crawl_tables.c.number.desc())
            .limit(1)
        )
        with self._scope.reading() as connection:
            row = connection.execute(query).first()
        if row is None:
            raise EntityNotFoundError("Crawl of table", f"{fold(database)}.{fold(table)}")
        return _crawl(row, ()), table_report_from_json(row.report)


ONLY_API = frozenset(
    {
        "Role",
        "Schedule",
        "CrawlerSecurityConfiguration",
        "LakeFormationConfiguration",
    }
)
"""Members that a crawler of gluepot's own commands and files cannot express."""


_COUNTS = (
    *("partitions_added", "partitions_changed", "partitions_removed"),
    "partitions_deprecated",
)


def _drop_old(connection: sa.Connection, crawl: Crawl, before: datetime) -> None:
    """Delete the records of a crawler's other crawls that began before some time.

    Nearly always there are none, and that is seen at its first record.
    """
    others = sa.and_(crawls.c.crawler_name == crawl.crawler_name, crawls.c.id != crawl.id)
    oldest = sa.select(crawls.c.started_at).where(others).order_by(crawls.c.number).limit(1)
    if (connection.scalar(oldest) or before) < before:
        connection.execute(sa.delete(crawls).where(others, crawls.c.started_at < before))


def _due(now: datetime) -> sa.Select[Any]:
    return sa.select(crawlers).where(crawlers.c.next_crawl_at <= now)


def _find(connection: sa.Connection, name: str, *, lock: bool = False) -> sa.Row[Any] | None:
    query = sa.select(crawlers).where(crawlers.c.name == name)
    return connection.execute(query.with_for_update() if lock else query).first()


def _stored(row: sa.Row[Any]) -> StoredCrawler:
    return StoredCrawler(**row._mapping)  # noqa: SLF001 - the row's columns


def _crawl_row(connection: sa.Connection, crawl_id: str) -> sa.Row[Any]:
    row = connection.execute(sa.select(crawls).where(crawls.c.id == crawl_id)).first()
    if row is None:
        raise EntityNotFoundError("Crawl", crawl_id)
    return row


def _crawl(row: Any, reports: tuple[TableReport, ...]) -> Crawl:  # noqa: ANN401
    return Crawl(
        id=row.id,
        crawler_name=row.crawler_name,
        database=row.database_name,
        state=CrawlState(row.state),
        started_at=row.started_at,
        completed_at=row.completed_at,
        error=row.error,
        summary=row.summary,
        warnings=tuple(row.warnings),
        tables=reports,
    )
