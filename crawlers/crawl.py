"""The steps of a crawl, in order, on one page: list, recall, survey, plan, apply, record."""

from __future__ import annotations

import logging
import time
import uuid
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gluepot.catalog.errors import (
    AlreadyExistsError,
    ConcurrentModificationError,
    GluepotError,
)
from gluepot.crawlers.crawl_summary import summarize, unchanged_report, unchanged_summary
from gluepot.crawlers.memory.recollection import Recollection, remember
from gluepot.crawlers.model import Crawl, CrawlState, check_crawler
from gluepot.crawlers.object_survey import LOCAL
from gluepot.crawlers.planning.apply import apply_change
from gluepot.crawlers.planning.plan import plan_changes, report_change
from gluepot.crawlers.survey import release_events, see_targets, survey_seen, take_events
from gluepot.crawlers.targets import DeltaTarget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from gluepot.catalog.store import CatalogStore
    from gluepot.crawlers.access import Access
    from gluepot.crawlers.findings import Survey
    from gluepot.crawlers.model import Crawler, TableReport
    from gluepot.crawlers.planning.plan import TableChange
    from gluepot.crawlers.reading.engine import Engine
    from gluepot.crawlers.store import CrawlerStore
    from gluepot.crawlers.survey import SeenTarget

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
        seen: What was listed.
        survey: What lies below the targets; None where nothing has changed since ``known``.
        changes: One for each table, many of them of kind NONE.
        known: The last crawl, where neither data nor catalog have changed since.
    """

    crawler: Crawler
    planned_at: datetime
    seen: tuple[SeenTarget, ...]
    survey: Survey | None
    changes: tuple[TableChange, ...] = ()
    known: Crawl | None = None

    @property
    def pending(self) -> bool:
        """Whether the catalog would change."""
        return any(change.pending for change in self.changes)

    @property
    def reports(self) -> tuple[TableReport, ...]:
        """What was decided about each table."""
        if self.known is not None:
            return tuple(map(unchanged_report, self.known.tables))
        return tuple(map(report_change, self.changes))

    @property
    def warnings(self) -> tuple[str, ...]:
        """Files that are in no table first, then everything else a person should look at."""
        if self.known is not None:
            return self.known.warnings
        survey = self.looked
        found = [f"{problem.uri} is in no table: {problem.reason}" for problem in survey.problems]
        found += survey.warnings
        found += [text for report in self.reports for text in report.warnings]
        rest = len(found) - KEPT_WARNINGS
        more = (f"{rest} more warnings of this crawl are not kept",) if rest > 0 else ()
        return (*found[:KEPT_WARNINGS], *more)

    @property
    def summary(self) -> dict[str, Any]:
        """Counts by name."""
        if self.known is not None:
            return unchanged_summary(self.known.summary)
        return summarize(self.looked, self.changes)

    @property
    def looked(self) -> Survey:
        """Return the survey of a plan for which the data was looked at."""
        assert self.survey is not None  # noqa: S101 - only a plan with ``known`` has none
        return self.survey

    @property
    def seconds(self) -> dict[str, float]:
        """How long each step took, by name."""
        if self.survey is not None:
            return dict(self.survey.seconds)
        listed = (item.listed.seconds for item in self.seen if item.listed is not None)
        return {"list": round(sum(listed), 4)}


def plan_crawl(  # noqa: PLR0913 - the stores and the clock are handed down, never looked up
    crawler: Crawler,
    catalog: CatalogStore,
    access: Access,
    clock: Callable[[], datetime],
    *,
    store: CrawlerStore | None = None,
    engine: Engine = LOCAL,
) -> CrawlPlan:
    """Look at what is new and say what a crawl would change; nothing is written.

    Args:
        crawler: What is crawled.
        catalog: What it is compared with.
        access: How the targets are reached.
        clock: Tells the time.
        store: Where earlier crawls are recorded; without it everything is looked at.
        engine: What reads the files.

    Raises:
        StorageError: A target cannot be listed.
        InvalidInputError: The crawler cannot work.
        NothingFoundError: There is no table in any target.
    """
    plan = _look(crawler, catalog, access, clock, store=store, engine=engine)
    release_events(plan.seen)
    return plan


def _look(  # noqa: PLR0913 - as above
    crawler: Crawler,
    catalog: CatalogStore,
    access: Access,
    clock: Callable[[], datetime],
    *,
    store: CrawlerStore | None,
    engine: Engine,
) -> CrawlPlan:
    """Return a plan that has its targets' events still in hand."""
    recalled = Recollection(check_crawler(crawler), store, clock())
    newest = catalog.newest_partition()
    seen = see_targets(crawler, access, recalled.recall_recent)
    try:
        known = recalled.unchanged_since(seen, catalog)
        survey = None
        if known is None:
            found = survey_seen(crawler, seen, access, recalled.recall, engine)
            survey = replace(found, newest_partition=newest)
        changes = () if survey is None else plan_changes(crawler, survey, catalog)
    except Exception:
        release_events(seen)
        raise
    return CrawlPlan(
        crawler=crawler,
        planned_at=clock(),
        seen=seen,
        survey=survey,
        changes=changes,
        known=known,
    )


def run_crawl(  # noqa: PLR0913 - the stores and the clock are handed down, never looked up
    crawler: Crawler,
    *,
    catalog: CatalogStore,
    access: Access,
    store: CrawlerStore,
    clock: Callable[[], datetime],
    crawl_id: str | None = None,
    stopped: Callable[[], bool] = lambda: False,
    engine: Engine = LOCAL,
) -> Crawl:
    """Crawl, and return the record, which is stored as well.

    ``stopped`` is asked before each table is written: whether somebody stopped the crawl, which is
    CANCELLED then; the tables that it has written stay.

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
    seen: tuple[SeenTarget, ...] = ()
    try:
        plan = _look(crawler, catalog, access, clock, store=store, engine=engine)
        seen, planned = plan.seen, time.perf_counter()
        plan = _publish_manifests(plan, access)
        done = _apply(plan, catalog, crawl.id, stopped)
    except Exception as error:  # noqa: BLE001 - here a crawl ends, whatever ended it
        release_events(seen)
        return _fail(crawl, error, store, clock)
    ended = time.perf_counter()
    seconds = {"apply": round(ended - planned, 4), "total": round(ended - started, 4)}
    crawl = replace(
        crawl,
        state=CrawlState.SUCCEEDED if done.finished else CrawlState.CANCELLED,
        completed_at=clock(),
        summary=done.plan.summary | {"seconds": plan.seconds | seconds},
        warnings=done.plan.warnings,
        tables=done.plan.reports,
    )
    store.record_crawl(crawl)
    if done.finished and plan.survey is not None:
        survey = _unsettled(plan.survey) if done.crossed else plan.survey
        remember(store, catalog, crawl, crawler=plan.crawler, seen=plan.seen, survey=survey)
    # Only now: what the events say is in the catalog, and remembered.
    (take_events if done.finished else release_events)(plan.seen)
    logger.info(
        "Crawl %s of %s ended: %s",
        crawl.id,
        crawler.name,
        crawl.state,
        extra={"action": f"crawl_{crawl.state.lower()}"},
    )
    return crawl


def _publish_manifests(plan: CrawlPlan, access: Access) -> CrawlPlan:
    """Write the manifests that Delta targets ask for; a table without them is not registered."""
    wanted = [
        target
        for target in plan.crawler.targets
        if isinstance(target, DeltaTarget) and target.write_manifest
    ]
    if not wanted or plan.survey is None:
        return plan
    from gluepot.crawlers.lakehouse.survey import publish_manifests  # noqa: PLC0415 - seldom used

    refused = [problem for target in wanted for problem in publish_manifests(target, access)]
    if not refused:
        return plan
    places = tuple(problem.uri.rstrip("/") for problem in refused)
    kept = tuple(
        change
        for change in plan.changes
        if change.found is None
        or change.found.storage != "symlink"
        or not change.found.location.startswith(places)
    )
    survey = replace(plan.survey, problems=(*plan.survey.problems, *refused))
    return replace(plan, survey=survey, changes=kept)


@dataclass(frozen=True, kw_only=True)
class _Applied:
    """The part of a plan that was carried out.

    Attributes:
        plan: The plan with the changes that were done.
        finished: Nobody stopped the crawl.
        crossed: Somebody else changed the same tables meanwhile.
    """

    plan: CrawlPlan
    finished: bool = True
    crossed: bool = False


def _apply(
    plan: CrawlPlan, catalog: CatalogStore, crawl_id: str, stopped: Callable[[], bool]
) -> _Applied:
    """Carry out a plan table by table; other writers may have changed what is done."""
    if stopped():
        return _Applied(plan=replace(plan, changes=()), finished=False)
    done: list[TableChange] = []
    left = deque(plan.changes)
    crossed, attempts = False, 1
    while left:
        if left[0].pending and done and stopped():
            return _Applied(plan=replace(plan, changes=tuple(done)), finished=False)
        try:
            apply_change(left[0], catalog, crawl_id=crawl_id)
        except (AlreadyExistsError, ConcurrentModificationError):
            if attempts == ATTEMPTS:
                raise
            crossed, attempts = True, attempts + 1
            left = deque(_planned_anew(plan, left, catalog))
        else:
            attempts = 1
            done.append(left.popleft())
    return _Applied(plan=replace(plan, changes=tuple(done)), crossed=crossed)


def _planned_anew(
    plan: CrawlPlan, left: Iterable[TableChange], catalog: CatalogStore
) -> list[TableChange]:
    """Return the changes that are left when somebody else was faster with one of them.

    What was found still holds, but they may have seen what came after our listing: so nothing of
    theirs is gone for not being in it. All that is left is planned anew, since who is ahead of us
    at one table is likely so at the next ones.
    """
    survey = replace(plan.looked, partial=True)
    again = {id(item.found): item for item in plan_changes(plan.crawler, survey, catalog)}
    return [item if item.found is None else again.get(id(item.found), item) for item in left]


def _unsettled(survey: Survey) -> Survey:
    """Return a survey whose memories let the next crawl compare everything with the catalog."""
    memories = {key: replace(item, digest=b"") for key, item in survey.memories.items()}
    return replace(survey, memories=memories)


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
