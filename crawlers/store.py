"""Crawlers and crawls in the database; each call is one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gluepot.catalog.engine import reading, writing
from gluepot.catalog.errors import EntityNotFoundError
from gluepot.catalog.names import fold
from gluepot.crawlers.model import (
    Crawl,
    Crawler,
    CrawlState,
    TableReport,
    check_crawler,
    crawler_from_json,
    table_report_from_json,
)
from gluepot.crawlers.tables import crawl_tables, crawlers, crawls

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime


class CrawlerStore:
    """Definitions of crawlers, and the records of their crawls."""

    def __init__(self, engine: sa.Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock

    def put_crawler(self, crawler: Crawler) -> Crawler:
        """Add a crawler, or replace the one of its name.

        Raises:
            InvalidInputError: It cannot work.
        """
        check_crawler(crawler)
        now = self._clock()
        changed = {"definition": crawler.to_json(), "updated_at": now}
        with writing(self._engine) as connection:
            update = sa.update(crawlers).where(crawlers.c.name == crawler.name).values(changed)
            if connection.execute(update).rowcount == 0:
                new = sa.insert(crawlers).values(name=crawler.name, created_at=now, **changed)
                connection.execute(new)
        return crawler

    def get_crawler(self, name: str) -> Crawler:
        """Return a crawler.

        Raises:
            EntityNotFoundError: There is none of that name.
        """
        query = sa.select(crawlers.c.definition).where(crawlers.c.name == name)
        with reading(self._engine) as connection:
            found = connection.scalar(query)
        if found is None:
            raise EntityNotFoundError("Crawler", name)
        return crawler_from_json(found)

    def list_crawlers(self) -> list[Crawler]:
        """Return all crawlers by name."""
        query = sa.select(crawlers.c.definition).order_by(crawlers.c.name)
        with reading(self._engine) as connection:
            return [crawler_from_json(found) for found in connection.scalars(query)]

    def delete_crawler(self, name: str) -> None:
        """Delete a crawler; its tables and the records of its crawls stay.

        Raises:
            EntityNotFoundError: There is none of that name.
        """
        with writing(self._engine) as connection:
            delete = sa.delete(crawlers).where(crawlers.c.name == name)
            if connection.execute(delete).rowcount == 0:
                raise EntityNotFoundError("Crawler", name)

    def record_crawl(self, crawl: Crawl) -> None:
        """Write a crawl's record; a later record of the same id takes its place."""
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
        with writing(self._engine) as connection:
            update = sa.update(crawls).where(crawls.c.id == crawl.id).values(values)
            if connection.execute(update).rowcount == 0:
                connection.execute(sa.insert(crawls).values(id=crawl.id, **values))
            connection.execute(sa.delete(crawl_tables).where(crawl_tables.c.crawl_id == crawl.id))
            if reports:
                connection.execute(sa.insert(crawl_tables), reports)

    def get_crawl(self, crawl_id: str) -> Crawl:
        """Return a crawl with its reports.

        Raises:
            EntityNotFoundError: There is none of that id.
        """
        with reading(self._engine) as connection:
            row = connection.execute(sa.select(crawls).where(crawls.c.id == crawl_id)).first()
            if row is None:
                raise EntityNotFoundError("Crawl", crawl_id)
            query = (
                sa.select(crawl_tables.c.report)
                .where(crawl_tables.c.crawl_id == crawl_id)
                .order_by(crawl_tables.c.number)
            )
            reports = tuple(table_report_from_json(item) for item in connection.scalars(query))
        return _crawl(row, reports)

    def list_crawls(self, crawler_name: str, *, limit: int = 100) -> list[Crawl]:
        """Return a crawler's crawls without their reports, the newest first."""
        query = (
            sa.select(crawls)
            .where(crawls.c.crawler_name == crawler_name)
            .order_by(crawls.c.number.desc())
            .limit(limit)
        )
        with reading(self._engine) as connection:
            return [_crawl(row, ()) for row in connection.execute(query)]

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
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        if row is None:
            raise EntityNotFoundError("Crawl of table", f"{fold(database)}.{fold(table)}")
        return _crawl(row, ()), table_report_from_json(row.report)


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
