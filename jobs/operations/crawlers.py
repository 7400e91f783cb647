"""Crawlers of the Glue API: made, read, changed and deleted."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from gluepot.catalog.operations.named import without
from gluepot.crawlers.crawler_documents import check_document, shown_targets
from gluepot.crawlers.errors import CrawlerRunningError
from gluepot.jobs.operations.crawl_runs import LOG_GROUP, seconds_at_work
from gluepot.jobs.operations.filtered import filtered
from gluepot.jobs.runs.state import RunKind, RunState
from gluepot.jobs.triggers.crawler_schedules import first_crawl

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from gluepot.catalog.calls import Call, Document, Handler
    from gluepot.crawlers.store import StoredCrawler
    from gluepot.jobs.operations.stores import ApiStores
    from gluepot.jobs.runs.state import Run

PAGE = 1000

_DEFAULTS: Mapping[str, Any] = {
    "Classifiers": [],
    "RecrawlPolicy": {"RecrawlBehavior": "CRAWL_EVERYTHING"},
    "SchemaChangePolicy": {
        "UpdateBehavior": "UPDATE_IN_DATABASE",
        "DeleteBehavior": "DEPRECATE_IN_DATABASE",
    },
    "LineageConfiguration": {"CrawlerLineageSettings": "DISABLE"},
    "LakeFormationConfiguration": {"UseLakeFormationCredentials": False, "AccountId": ""},
}
"""What AWS Glue shows of a crawler that was created without these members."""

_STATES = {RunState.STOPPING: "STOPPING"}
_STATUS = {RunState.SUCCEEDED: "SUCCEEDED", RunState.STOPPED: "CANCELLED"}
_LONGEST_MESSAGE = 2048


def create_crawler(stores: ApiStores, call: Call, request: Document) -> None:
    """Create a crawler; with a schedule it crawls on it from now on.

    Raises:
        AlreadyExistsError: The name is taken.
        InvalidInputError: The schedule, a target, the configuration or a policy cannot be.
    """
    document = _settled(without(request, "Tags"))
    check_document(document)
    first = first_crawl(document.get("Schedule"), stores.clock())
    with stores.runs.transaction() as connection:
        stores.crawlers.within(connection).create(document, next_crawl_at=first)
        tags = stores.objects.tags.within(connection)
        tags.tag(_arn(call, request["Name"]), request.get("Tags", {}))


def get_crawler(stores: ApiStores, _call: Call, request: Document) -> Document:
    """Return a crawler with its state and its last crawl."""
    (shown,) = show_crawlers(stores, [stores.crawlers.get(request["Name"])])
    return {"Crawler": shown}


def get_crawlers(stores: ApiStores, call: Call, request: Document) -> Document:
    """Return a page of crawlers by name."""
    page = call.tokens.page(
        request, "Crawlers", stores.crawlers.page, lambda item: item.name, most=PAGE
    )
    return page | {"Crawlers": show_crawlers(stores, page["Crawlers"])}


def list_crawlers(stores: ApiStores, call: Call, request: Document) -> Document:
    """Return a page of the names of crawlers, of those with some tags if asked."""
    has_tags = stores.tagged(call, "crawler", request.get("Tags"))
    keep = None if has_tags is None else lambda item: has_tags(item.name)
    fetch = filtered(stores.crawlers.page, lambda item: item.name, keep)
    name = _name
    return call.tokens.page(request, "CrawlerNames", fetch, name, most=PAGE, show=name)


def batch_get_crawlers(stores: ApiStores, _call: Call, request: Document) -> Document:
    """Return the crawlers of some names, and the names that no crawler has."""
    found = stores.crawlers.get_many(request["CrawlerNames"])
    known = {item.name for item in found}
    missing = [name for name in dict.fromkeys(request["CrawlerNames"]) if name not in known]
    return {"Crawlers": show_crawlers(stores, found), "CrawlersNotFound": missing}


def update_crawler(stores: ApiStores, _call: Call, request: Document) -> None:
    """Change the members that are given; an empty schedule or configuration is taken away.

    Raises:
        EntityNotFoundError: There is no such crawler.
        CrawlerRunningError: It is at work.
        InvalidInputError: The schedule, a target, the configuration or a policy cannot be, or the
            targets of a crawler of new folders would change.
    """
    name = request["Name"]
    with stores.runs.transaction() as connection:
        crawlers = stores.crawlers.within(connection)
        crawlers.get(name)
        if stores.runs.within(connection).count_open(RunKind.CRAWL, name):
            raise CrawlerRunningError(f"Crawler with name {name} is running; stop it or wait")
        crawlers.edit(name, partial(_updated, request, stores.clock()))


def delete_crawler(stores: ApiStores, call: Call, request: Document) -> None:
    """Delete a crawler; its tables and the records of its crawls stay.

    Raises:
        EntityNotFoundError: There is no such crawler.
        CrawlerRunningError: It is at work.
    """
    name = request["Name"]
    with stores.runs.transaction() as connection:
        crawlers = stores.crawlers.within(connection)
        crawlers.get(name)
        if stores.runs.within(connection).count_open(RunKind.CRAWL, name):
            raise CrawlerRunningError(f"Crawler with name {name} is running; stop it or wait")
        crawlers.delete_crawler(name)
        stores.objects.tags.within(connection).drop(_arn(call, name))


def show_crawlers(stores: ApiStores, found: Iterable[StoredCrawler]) -> list[Document]:
    """Return crawlers as AWS Glue shows them."""
    crawlers = list(found)
    names = [item.name for item in crawlers]
    newest = stores.runs.newest(RunKind.CRAWL, names)
    ended = stores.runs.newest(RunKind.CRAWL, names, ended=True)
    now = stores.clock()
    return [_shown(item, newest.get(item.name), ended.get(item.name), now) for item in crawlers]


def _shown(stored: StoredCrawler, newest: Run | None, ended: Run | None, now: datetime) -> Document:
    definition = without(stored.definition, "Schedule")
    schedule = stored.definition.get("Schedule")
    idle = newest is None or newest.state.final
    return {
        **_DEFAULTS,
        **definition,
        "Targets": shown_targets(definition),
        "Schedule": schedule and _schedule(schedule, stored.next_crawl_at),
        "State": "READY" if newest is None or idle else _STATES.get(newest.state, "RUNNING"),
        "CrawlElapsedTime": 0 if newest is None else int(seconds_at_work(newest, now) * 1000),
        "CreationTime": stored.created_at,
        "LastUpdated": stored.updated_at,
        "LastCrawl": ended and _last_crawl(ended),
        "Version": stored.version,
    }


def _schedule(expression: str, next_crawl_at: datetime | None) -> Document:
    state = "NOT_SCHEDULED" if next_crawl_at is None else "SCHEDULED"
    return {"ScheduleExpression": expression, "State": state}


def _last_crawl(run: Run) -> Document:
    return {
        "Status": _STATUS.get(run.state, "FAILED"),
        "ErrorMessage": run.error and run.error.message[:_LONGEST_MESSAGE],
        "LogGroup": LOG_GROUP,
        "LogStream": run.name,
        "MessagePrefix": run.id,
        "StartTime": run.started_at or run.queued_at,
    }


def _updated(request: Document, now: datetime, stored: StoredCrawler) -> StoredCrawler:
    definition = _settled({**stored.definition, **request})
    check_document(definition, stored.definition)
    schedule = definition.get("Schedule")
    if schedule == stored.definition.get("Schedule"):
        return replace(stored, definition=definition)
    return replace(stored, definition=definition, next_crawl_at=first_crawl(schedule, now))


def _settled(document: Document) -> Document:
    """Leave out what an empty text takes away."""
    empty = [name for name in ("Schedule", "Configuration") if document.get(name) == ""]
    return without(document, *empty)


def _arn(call: Call, name: str) -> str:
    return call.arn(f"crawler/{name}")


def _name(stored: StoredCrawler) -> str:
    return stored.name


def operations(stores: ApiStores) -> dict[str, Handler]:
    """Return the operations on definitions of crawlers."""
    return {
        "BatchGetCrawlers": partial(batch_get_crawlers, stores),
        "CreateCrawler": partial(create_crawler, stores),
        "DeleteCrawler": partial(delete_crawler, stores),
        "GetCrawler": partial(get_crawler, stores),
        "GetCrawlers": partial(get_crawlers, stores),
        "ListCrawlers": partial(list_crawlers, stores),
        "UpdateCrawler": partial(update_crawler, stores),
    }
