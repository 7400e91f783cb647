"""The steps of a crawl, in order, on one page: survey, plan, apply, record."""

from __future__ import annotations

import logging
import time
import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import (
    AlreadyExistsError,
    ConcurrentModificationError,
    GluepotError,
)
from gluepot.crawlers.apply import apply_change
from gluepot.crawlers.model import ChangeKind, Crawl, CrawlState, TableReport, check_crawler
from gluepot.crawlers.plan import TableChange, plan_changes, report_change
from gluepot.crawlers.survey import survey_targets

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from gluepot.catalog.store import CatalogStore
    from gluepot.crawlers.access import Access
    from gluepot.crawlers.findings import Survey
    from gluepot.crawlers.model import Crawler
    from gluepot.crawlers.store import CrawlerStore

logger = logging.getLogger(__name__)

ATTEMPTS = 3
"""How often a plan is made anew when somebody else changes a table in between."""

KEPT_WARNINGS = 1_000


@dataclass(frozen=True, kw_only=True)
class CrawlPlan:
    """What a crawl saw and would change.

    Attributes:
        crawler: Whose plan it is.
        planned_at: When the catalog was compared.
        survey: What lies below the targets.
        changes: One for each table, many of them of kind NONE.
    """

    crawler: Crawler
    planned_at: datetime
    survey: Survey
    changes: tuple[TableChange, ...]

    @property
    def pending(self) -> bool:
        """Whether the catalog would change."""
        return any(change.pending for change in self.changes)

    @property
    def reports(self) -> tuple[TableReport, ...]:
        """What was decided about each table."""
        return tuple(map(report_change, self.changes))

    @property
    def warnings(self) -> tuple[str, ...]:
        """Files that are in no table first, then everything else a person should look at."""
        found = [
            f"{problem.uri} is in no table: {problem.reason}" for problem in self.survey.problems
        ]
        found += self.survey.warnings
        found += [text for report in self.reports for text in report.warnings]
        return tuple(found[:KEPT_WARNINGS])

    @property
    def summary(self) -> dict[str, Any]:
        """Counts by name."""
        survey, kinds = self.survey, [change.kind for change in self.changes]
        return {
            "tables_found": len(survey.tables),
            "tables_added": kinds.count(ChangeKind.ADD),
            "tables_updated": kinds.count(ChangeKind.UPDATE),
            "tables_deprecated": kinds.count(ChangeKind.DEPRECATE),
            "tables_deleted": kinds.count(ChangeKind.DELETE),
            "partitions_found": sum(len(item.table.partitions) for item in survey.tables),
            "partitions_added": sum(len(item.partitions.added) for item in self.changes),
            "partitions_changed": sum(len(item.partitions.changed) for item in self.changes),
            "partitions_removed": sum(
                len(item.partitions.deprecated) + len(item.partitions.deleted)
                for item in self.changes
            ),
            "objects": survey.objects,
            "objects_read": survey.objects_read,
            "objects_unreadable": len(survey.problems),
            "objects_skipped": dict(survey.skipped),
            "bytes_read": survey.bytes_read,
            "sampling": survey.sampling,
        }


def plan_crawl(
    crawler: Crawler, catalog: CatalogStore, access: Access, clock: Callable[[], datetime]
) -> CrawlPlan:
    """Look at everything and say what a crawl would change; nothing is written.

    Raises:
        StorageError: A target cannot be listed.
        InvalidInputError: The crawler cannot work.
        NothingFoundError: There is no table in any target.
    """
    survey = survey_targets(check_crawler(crawler), access)
    changes = plan_changes(crawler, survey, catalog)
    return CrawlPlan(crawler=crawler, planned_at=clock(), survey=survey, changes=changes)


def run_crawl(  # noqa: PLR0913 - the stores and the clock are handed down, never looked up
    crawler: Crawler,
    *,
    catalog: CatalogStore,
    access: Access,
    store: CrawlerStore,
    clock: Callable[[], datetime],
    crawl_id: str | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> Crawl:
    """Crawl, and return the record, which is stored as well.

    ``stopped`` is asked once all is read and before anything is written: whether somebody stopped
    the crawl, which is CANCELLED then.

    A crawl that fails is recorded with its error and returned, not raised; it changed nothing, or,
    where it failed while writing, whole tables only.
    """
    crawl = Crawl(
        id=crawl_id or str(uuid.uuid4()),
        crawler_name=crawler.name,
        database=crawler.database,
        state=CrawlState.RUNNING,
        started_at=clock(),
    )
    store.record_crawl(crawl)
    started = time.perf_counter()
    try:
        plan = plan_crawl(crawler, catalog, access, clock)
        planned = time.perf_counter()
        if stopped():
            return _cancel(crawl, store, clock)
        plan = _apply(plan, catalog, crawl.id)
    except Exception as error:  # noqa: BLE001 - here a crawl ends, whatever ended it
        return _fail(crawl, error, store, clock)
    ended = time.perf_counter()
    seconds = dict(plan.survey.seconds) | {
        "apply": round(ended - planned, 4),
        "total": round(ended - started, 4),
    }
    done = replace(
        crawl,
        state=CrawlState.SUCCEEDED,
        completed_at=clock(),
        summary=plan.summary | {"seconds": seconds},
        warnings=plan.warnings,
        tables=plan.reports,
    )
    store.record_crawl(done)
    logger.info(
        "Crawl %s of %s succeeded", crawl.id, crawler.name, extra={"action": "crawl_succeeded"}
    )
    return done


def _apply(plan: CrawlPlan, catalog: CatalogStore, crawl_id: str) -> CrawlPlan:
    """Carry out a plan and return what was done, which other writers may have changed."""
    done = tuple(_apply_one(plan, change, catalog, crawl_id) for change in plan.changes)
    return replace(plan, changes=done)


def _apply_one(
    plan: CrawlPlan, change: TableChange, catalog: CatalogStore, crawl_id: str
) -> TableChange:
    for _ in range(ATTEMPTS - 1):
        try:
            apply_change(change, catalog, crawl_id=crawl_id)
        except (AlreadyExistsError, ConcurrentModificationError):
            # Somebody else was faster. What was found still holds: only the plan is made anew.
            again = plan_changes(plan.crawler, plan.survey, catalog)
            change = next((item for item in again if _same_place(item, change)), change)
        else:
            return change
    apply_change(change, catalog, crawl_id=crawl_id)
    return change


def _same_place(left: TableChange, right: TableChange) -> bool:
    if left.found is None or right.found is None:
        return left.table.name == right.table.name
    return left.found is right.found


def _cancel(crawl: Crawl, store: CrawlerStore, clock: Callable[[], datetime]) -> Crawl:
    logger.info("Crawl %s was stopped", crawl.id, extra={"action": "crawl_cancelled"})
    cancelled = replace(crawl, state=CrawlState.CANCELLED, completed_at=clock())
    store.record_crawl(cancelled)
    return cancelled


def _fail(
    crawl: Crawl, error: Exception, store: CrawlerStore, clock: Callable[[], datetime]
) -> Crawl:
    expected = isinstance(error, GluepotError)
    text = str(error) if expected else f"{type(error).__name__}: {error}"
    logger.log(
        logging.INFO if expected else logging.ERROR,
        "Crawl %s of %s failed: %s",
        crawl.id,
        crawl.crawler_name,
        text,
        exc_info=None if expected else error,
        extra={"action": "crawl_failed"},
    )
    failed = replace(crawl, state=CrawlState.FAILED, completed_at=clock(), error=text)
    store.record_crawl(failed)
    return failed
