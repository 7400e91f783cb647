"""One crawl: what it saw, what it decided about each table and column, and why."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from gluepot.console.flow.crawl_findings import shown_report, sorted_warnings
from gluepot.console.page import Page, Snippets, href
from gluepot.crawlers.model import CrawlState

if TYPE_CHECKING:
    from gluepot.console.asking import Ask
    from gluepot.console.page import Data
    from gluepot.crawlers.model import Crawl

PAGE = 50
MOST = 10**9


def read_crawl(ask: Ask) -> Data:
    """Return a crawl with a page of what it decided about tables."""
    crawl = _crawl(ask)
    start, changed = ask.number("start", 0, most=MOST), ask.option("changed") == "1"
    store = ask.services.crawlers
    reports = store.page_reports(crawl.id, changed=changed, start=start, limit=PAGE + 1)
    more = start + PAGE if len(reports) > PAGE else None
    only = "1" if changed else None
    return {
        "title": f"Crawl of {crawl.crawler_name}",
        "id": crawl.id,
        "crawler": crawl.crawler_name,
        "database": crawl.database,
        "state": crawl.state,
        "live": crawl.state is CrawlState.RUNNING,
        "started_at": crawl.started_at,
        "completed_at": crawl.completed_at,
        "seconds": _seconds(crawl),
        "error": crawl.error,
        "summary": dict(crawl.summary),
        "skipped": dict(crawl.summary.get("objects_skipped", {})),
        "warnings": sorted_warnings(crawl.warnings),
        "tables": [shown_report(report) for report in reports[:PAGE]],
        "changed": changed,
        "start": start,
        "next": None if more is None else href("crawl", id=crawl.id, changed=only, start=more),
        "run": href("run", id=crawl.id),
    }


def _crawl(ask: Ask) -> Crawl:
    crawl = ask.services.crawlers.crawl_head(ask.need("id"))
    ask.allow_unnamed("crawl", "ListCrawls", {"CrawlerName": crawl.crawler_name})
    return crawl


def _seconds(crawl: Crawl) -> float | None:
    if crawl.completed_at is None:
        return None
    return (crawl.completed_at - crawl.started_at).total_seconds()


def _snippets(ask: Ask) -> Snippets:
    name: Any = _crawl(ask).crawler_name
    return Snippets(
        cli=f"gluepot crawl history {shlex.quote(name)}\ngluepot crawl explain DATABASE.TABLE",
        boto3=f"glue.list_crawls(CrawlerName={name!r})",
    )


PAGES = (
    Page(
        path="crawl",
        title="Crawl",
        section="crawlers",
        template="crawl.html.jinja",
        read=read_crawl,
        snippets=_snippets,
    ),
)
