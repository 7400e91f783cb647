"""Crawls of the Glue API: started, stopped, scheduled, listed and measured."""

from __future__ import annotations

import json
import statistics
from collections import Counter
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from gluepot.crawlers.errors import (
    CrawlerNotRunningError,
    CrawlerRunningError,
    CrawlerStoppingError,
    NoScheduleError,
    SchedulerNotRunningError,
    SchedulerRunningError,
)
from gluepot.crawlers.model import ChangeKind, TableChanges
from gluepot.crawlers.store import KEPT
from gluepot.jobs.operations.crawl_filters import crawl_conditions, crawl_state
from gluepot.jobs.runs.state import RunKind, RunState
from gluepot.jobs.runs.tables import runs as run_rows
from gluepot.jobs.triggers.crawler_schedules import first_crawl

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gluepot.catalog.calls import Call, Document, Handler
    from gluepot.crawlers.store import StoredCrawler
    from gluepot.jobs.operations.stores import ApiStores
    from gluepot.jobs.runs.state import Run

LOG_GROUP = "/aws-glue/crawlers"
CRAWLS_PAGE = 1000
CRAWLS_DEFAULT = 20
METRICS_PAGE = 1000
MEASURED_RUNS = 100
"""How many of a crawler's latest crawls the median is taken of."""

_LONGEST_MESSAGE = 2048
_LONGEST_SUMMARY = 255


def start_crawler(stores: ApiStores, _call: Call, request: Document) -> None:
    """Queue a crawl for the next free worker.

    Raises:
        EntityNotFoundError: There is no such crawler.
        CrawlerRunningError: It is at work, or waits for a worker.
    """
    name = request["Name"]
    with stores.runs.transaction() as connection:
        stores.crawlers.within(connection).get(name)
        runs = stores.runs.within(connection)
        if runs.count_open(RunKind.CRAWL, name):
            raise CrawlerRunningError(f"Crawler with name {name} has already started")
        runs.enqueue(RunKind.CRAWL, name)


def stop_crawler(stores: ApiStores, _call: Call, request: Document) -> None:
    """Stop a crawl before it writes; one that waits for a worker never begins.

    Raises:
        EntityNotFoundError: There is no such crawler.
        CrawlerNotRunningError: It is idle.
        CrawlerStoppingError: It was told so already.
    """
    name = request["Name"]
    stores.crawlers.get(name)
    newest = stores.runs.newest(RunKind.CRAWL, [name]).get(name)
    if newest is None or newest.state.final:
        raise CrawlerNotRunningError(f"Crawler with name {name} isn't running")
    if newest.state is RunState.STOPPING:
        raise CrawlerStoppingError(f"Crawler with name {name} is stopping already")
    stores.runs.stop(newest.id)


def update_crawler_schedule(stores: ApiStores, _call: Call, request: Document) -> None:
    """Give a crawler a schedule, in force from now on; an empty one takes it away.

    Raises:
        EntityNotFoundError: There is no such crawler.
        InvalidInputError: It is not a schedule.
    """
    schedule = request.get("Schedule") or None
    first = first_crawl(schedule, stores.clock())

    def change(stored: StoredCrawler) -> StoredCrawler:
        rest = {key: value for key, value in stored.definition.items() if key != "Schedule"}
        definition = rest if schedule is None else {**rest, "Schedule": schedule}
        return replace(stored, definition=definition, next_crawl_at=first)

    stores.crawlers.edit(request["CrawlerName"], change)


def start_crawler_schedule(stores: ApiStores, _call: Call, request: Document) -> None:
    """Put a crawler's schedule in force.

    Raises:
        EntityNotFoundError: There is no such crawler.
        NoScheduleError: It has none.
        SchedulerRunningError: It is in force already.
    """
    name, now = request["CrawlerName"], stores.clock()

    def change(stored: StoredCrawler) -> StoredCrawler:
        if "Schedule" not in stored.definition:
            raise NoScheduleError(f"Crawler with name {name} has no schedule")
        if stored.next_crawl_at is not None:
            raise SchedulerRunningError(f"The schedule of crawler {name} is already in force")
        first = first_crawl(stored.definition["Schedule"], now)
        return replace(stored, next_crawl_at=first)

    stores.crawlers.edit(name, change)


def stop_crawler_schedule(stores: ApiStores, _call: Call, request: Document) -> None:
    """Put a crawler's schedule out of force; it keeps the expression.

    Raises:
        EntityNotFoundError: There is no such crawler.
        SchedulerNotRunningError: It is not in force.
    """
    name = request["CrawlerName"]

    def change(stored: StoredCrawler) -> StoredCrawler:
        if stored.next_crawl_at is None:
            raise SchedulerNotRunningError(f"The schedule of crawler {name} is not in force")
        return replace(stored, next_crawl_at=None)

    stores.crawlers.edit(name, change)


def list_crawls(stores: ApiStores, call: Call, request: Document) -> Document:
    """Return a page of a crawler's crawls of the last twelve months, the newest first.

    Raises:
        EntityNotFoundError: There is no such crawler.
        InvalidInputError: A filter cannot be.
    """
    name = request["CrawlerName"]
    stores.crawlers.get(name)
    where = [
        *crawl_conditions(request.get("Filters", ())),
        run_rows.c.queued_at >= stores.clock() - KEPT,
    ]

    def fetch(after: str | None, limit: int) -> list[Run]:
        return stores.runs.list(
            kind=RunKind.CRAWL, name=name, limit=limit, after=after, where=where
        )

    asked = {"MaxResults": CRAWLS_DEFAULT, **request}
    page = call.tokens.page(asked, "Crawls", fetch, lambda run: run.id, most=CRAWLS_PAGE)
    changes = stores.crawlers.list_changes([run.id for run in page["Crawls"]])
    return page | {"Crawls": [_shown(run, changes.get(run.id, ())) for run in page["Crawls"]]}


def get_crawler_metrics(stores: ApiStores, call: Call, request: Document) -> Document:
    """Return a page of crawlers' figures; names that no crawler has are passed over."""
    names = request.get("CrawlerNameList")

    def fetch(after: str | None, limit: int) -> Sequence[StoredCrawler]:
        if not names:
            return stores.crawlers.page(after, limit)
        found = stores.crawlers.get_many(names)
        return [item for item in found if after is None or item.name > after][:limit]

    return call.tokens.page(
        request,
        "CrawlerMetricsList",
        fetch,
        lambda item: item.name,
        most=METRICS_PAGE,
        show=partial(_metrics, stores),
    )


def seconds_at_work(run: Run, now: datetime) -> float:
    """Return for how long a run has been at work; 0 before it begins and after it ends."""
    if run.started_at is None or run.state.final:
        return 0.0
    return max(0.0, (now - run.started_at).total_seconds())


def _metrics(stores: ApiStores, stored: StoredCrawler) -> Document:
    ended = run_rows.c.completed_at.is_not(None)
    past = stores.runs.list(
        kind=RunKind.CRAWL, name=stored.name, limit=MEASURED_RUNS, where=[ended]
    )
    took = [run.duration.total_seconds() for run in past if run.duration is not None]
    median = statistics.median(took) if took else 0.0
    newest = stores.runs.newest(RunKind.CRAWL, [stored.name]).get(stored.name)
    at_work = newest is not None and not newest.state.final
    left = 0.0
    if newest is not None and at_work:
        left = max(0.0, median - seconds_at_work(newest, stores.clock()))
    counts = past[0].metrics if past else {}
    return {
        "CrawlerName": stored.name,
        "TimeLeftSeconds": left,
        "StillEstimating": at_work and not took,
        "LastRuntimeSeconds": took[0] if took else 0.0,
        "MedianRuntimeSeconds": median,
        "TablesCreated": counts.get("tables_added", 0),
        "TablesUpdated": counts.get("tables_updated", 0),
        "TablesDeleted": counts.get("tables_deleted", 0),
    }


def _shown(run: Run, changes: Sequence[TableChanges]) -> Document:
    return {
        "CrawlId": run.id,
        "State": crawl_state(run.state),
        "StartTime": run.started_at or run.queued_at,
        "EndTime": run.completed_at,
        "Summary": crawl_summary(changes) if run.metrics else None,
        "ErrorMessage": run.error and run.error.message[:_LONGEST_MESSAGE],
        "LogGroup": LOG_GROUP,
        "LogStream": run.name,
        "MessagePrefix": run.id,
        "DPUHour": 0.0,
    }


def crawl_summary(changes: Sequence[TableChanges]) -> str:
    """Return what a crawl changed as AWS Glue writes it: JSON text of at most 255 characters.

    Deprecated tables and partitions are updated ones: their definition says so, and they are there.
    The tables' names are given where they have room.

    >>> crawl_summary([TableChanges(name="t", change=ChangeKind.ADD, partitions_added=3)])
    '{"TABLE":{"ADD":{"Details":{"names":["t"]},"Count":1}},"PARTITION":{"ADD":{"Count":3}}}'
    """
    tables: dict[str, list[str]] = {}
    partitions: Counter[str] = Counter()
    for item in changes:
        if item.change is not ChangeKind.NONE:
            tables.setdefault(_TABLE_CHANGES[item.change], []).append(item.name)
        partitions["ADD"] += item.partitions_added
        partitions["UPDATE"] += item.partitions_changed + item.partitions_deprecated
        partitions["DELETE"] += item.partitions_removed - item.partitions_deprecated
    counted = {change: {"Count": count} for change, count in partitions.items() if count}
    named: Document = {
        change: {"Details": {"names": names}, "Count": len(names)}
        for change, names in tables.items()
    }
    text = _summary(named, counted)
    if len(text) <= _LONGEST_SUMMARY:
        return text
    return _summary({change: {"Count": len(names)} for change, names in tables.items()}, counted)


def _summary(tables: Document, partitions: Document) -> str:
    parts = {"TABLE": tables, "PARTITION": partitions}
    said = {kind: part for kind, part in parts.items() if part}
    return json.dumps(said, separators=(",", ":"), ensure_ascii=False)


_TABLE_CHANGES = {
    ChangeKind.ADD: "ADD",
    ChangeKind.UPDATE: "UPDATE",
    ChangeKind.DEPRECATE: "UPDATE",
    ChangeKind.DELETE: "DELETE",
}


def operations(stores: ApiStores) -> dict[str, Handler]:
    """Return the operations on crawls."""
    return {
        "GetCrawlerMetrics": partial(get_crawler_metrics, stores),
        "ListCrawls": partial(list_crawls, stores),
        "StartCrawler": partial(start_crawler, stores),
        "StartCrawlerSchedule": partial(start_crawler_schedule, stores),
        "StopCrawler": partial(stop_crawler, stores),
        "StopCrawlerSchedule": partial(stop_crawler_schedule, stores),
        "UpdateCrawlerSchedule": partial(update_crawler_schedule, stores),
    }
