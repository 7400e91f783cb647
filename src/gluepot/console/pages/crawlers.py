"""Crawlers: what they crawl and when, a plan before a run, and their crawls."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import orjson

from gluepot.catalog.errors import GluepotError
from gluepot.console.flow.crawl_findings import shown_report, sorted_warnings
from gluepot.console.flow.next_fires import next_fires
from gluepot.console.flow.strip import LENGTH, strip
from gluepot.console.page import Action, Done, Page, Shown, Snippets, href
from gluepot.crawlers.crawl import plan_crawl
from gluepot.crawlers.crawler_documents import places
from gluepot.crawlers.model import ChangeKind
from gluepot.jobs.runs.state import RunKind

if TYPE_CHECKING:
    from gluepot.catalog.calls import Document
    from gluepot.console.asking import Ask
    from gluepot.console.page import Data
    from gluepot.crawlers.crawl import CrawlPlan

PAGE = 50
CRAWLS_PAGE = 20
SHOWN_TABLES = 200


def read_crawlers(ask: Ask) -> Data:
    """Return a page of crawlers, each with how its last crawls ended."""
    token = ask.option("after")
    request = {"MaxResults": PAGE} | ({"NextToken": token} if token else {})
    found = ask.call("GetCrawlers", request)
    names = [each["Name"] for each in found["Crawlers"]]
    stored = {each.name: each for each in ask.services.crawlers.get_many(names)}
    marks = ask.services.runs.marks(RunKind.CRAWL, names, limit=LENGTH)
    following = found.get("NextToken")
    return {
        "crawlers": [
            {
                "name": each["Name"],
                "database": each.get("DatabaseName"),
                "targets": list(places(each)),
                "state": each["State"],
                "last": (each.get("LastCrawl") or {}).get("Status"),
                "last_at": (each.get("LastCrawl") or {}).get("StartTime"),
                "next_crawl_at": stored[each["Name"]].next_crawl_at
                if each["Name"] in stored
                else None,
                "strip": strip(marks.get(each["Name"], [])),
            }
            for each in found["Crawlers"]
        ],
        "next": href("crawlers", after=following) if following else None,
    }


def _crawlers_snippets(_ask: Ask) -> Snippets:
    return Snippets(cli="gluepot crawl ls", boto3="glue.get_crawlers()")


def read_crawler(ask: Ask) -> Data:
    """Return a crawler: definition, schedule, and a page of its crawls."""
    name = ask.need("name")
    document = ask.call("GetCrawler", {"Name": name})["Crawler"]
    return _crawler(ask, name, document)


def _crawler(ask: Ask, name: str, document: Document) -> dict[str, Any]:
    stored = ask.services.crawlers.get(name)
    marks = ask.services.runs.marks(RunKind.CRAWL, [name], limit=LENGTH * 2).get(name, [])
    return {
        "title": name,
        "name": name,
        "description": document.get("Description"),
        "state": document["State"],
        "database": document.get("DatabaseName"),
        "targets": list(places(document)),
        "policies": {
            **document["SchemaChangePolicy"],
            **document["RecrawlPolicy"],
            "TablePrefix": document.get("TablePrefix") or None,
            "Classifiers": ", ".join(document.get("Classifiers", ())) or None,
        },
        "schedule": _schedule(ask, document, stored.next_crawl_at),
        "definition": orjson.dumps(document, option=orjson.OPT_INDENT_2).decode(),
        "running": document["State"] != "READY",
        "strip": strip(marks),
        "plan": None,
        **_crawls(ask, name),
    }


def _schedule(ask: Ask, document: Document, next_crawl_at: Any) -> dict[str, Any] | None:  # noqa: ANN401
    expression = (document.get("Schedule") or {}).get("ScheduleExpression")
    if not expression:
        return None
    try:
        fires = next_fires(expression, ask.now, anchor=next_crawl_at, count=5)
    except GluepotError:
        fires = []  # It matches no time to come any more: there is none to show.
    state = document["Schedule"].get("State")
    return {"expression": expression, "state": state, "next": next_crawl_at, "fires": fires}


def _crawls(ask: Ask, name: str) -> dict[str, Any]:
    token = ask.option("after")
    request: dict[str, Any] = {"CrawlerName": name, "MaxResults": CRAWLS_PAGE}
    found = ask.call("ListCrawls", request | ({"NextToken": token} if token else {}))
    following = found.get("NextToken")
    return {
        "crawls": [
            {
                "id": each["CrawlId"],
                "state": each["State"],
                "started_at": each["StartTime"],
                "seconds": None
                if each.get("EndTime") is None
                else each["EndTime"] - each["StartTime"],
                "changes": _changes(each.get("Summary")),
                "error": each.get("ErrorMessage"),
            }
            for each in found["Crawls"]
        ],
        "next": href("crawler", name=name, after=following) if following else None,
    }


def _changes(summary: str | None) -> list[str]:
    """Return what a crawl changed in words: ``2 tables added``."""
    words = {"ADD": "added", "UPDATE": "updated", "DELETE": "deleted"}
    return [
        f"{change['Count']:,} {kind.lower()}{'s' if change['Count'] != 1 else ''} {words[name]}"
        for kind, changes in orjson.loads(summary or "{}").items()
        for name, change in changes.items()
    ]


def _crawler_snippets(ask: Ask) -> Snippets:
    name = ask.need("name")
    shown = shlex.quote(name)
    return Snippets(
        cli=f"gluepot crawl plan {shown}\ngluepot crawl run {shown}\ngluepot crawl history {shown}",
        boto3=f"glue.get_crawler(Name={name!r})\nglue.start_crawler(Name={name!r})",
    )


def plan(ask: Ask) -> Shown:
    """Look at the data as a crawl would, and show what it would change; nothing is changed."""
    name = ask.need("name")
    ask.allow("StartCrawler", {"Name": name})
    document = ask.call("GetCrawler", {"Name": name})["Crawler"]
    services = ask.services
    found = plan_crawl(
        services.crawlers.get_crawler(name),
        services.catalog,
        services.access,
        services.clock,
        store=services.crawlers,
    )
    data = {**_crawler(ask, name, document), "plan": _plan(found), "title": f"Plan of {name}"}
    return Shown(page=CRAWLER, data=data)


def _plan(found: CrawlPlan) -> dict[str, Any]:
    reports = found.reports
    changed = [report for report in reports if report.change is not ChangeKind.NONE]
    moved = [
        report
        for report in reports
        if report.change is ChangeKind.NONE
        and (report.partitions_added or report.partitions_changed or report.partitions_removed)
    ]
    shown = [*changed, *moved]
    return {
        "pending": found.pending,
        "summary": found.summary,
        "tables": [shown_report(report) for report in shown[:SHOWN_TABLES]],
        "more": max(0, len(shown) - SHOWN_TABLES),
        "unchanged": len(reports) - len(shown),
        "warnings": sorted_warnings(found.warnings),
    }


def start(ask: Ask) -> Done:
    """Queue a crawl."""
    name = ask.need("name")
    ask.call("StartCrawler", {"Name": name})
    newest = ask.services.runs.newest(RunKind.CRAWL, [name])[name]
    return Done(to=href("run", id=newest.id), message="The crawl is queued; a worker takes it up")


def stop(ask: Ask) -> Done:
    """Stop a crawl before it writes the next table."""
    name = ask.need("name")
    ask.call("StopCrawler", {"Name": name})
    return Done(to=href("crawler", name=name), message="The crawl is asked to stop")


CRAWLER = Page(
    path="crawler",
    title="Crawler",
    section="crawlers",
    template="crawler.html.jinja",
    read=read_crawler,
    snippets=_crawler_snippets,
)
PAGES = (
    Page(
        path="crawlers",
        title="Crawlers",
        section="crawlers",
        template="crawlers.html.jinja",
        read=read_crawlers,
        snippets=_crawlers_snippets,
    ),
    CRAWLER,
)
ACTIONS = (
    Action(path="crawler-plan", act=plan),
    Action(path="crawler-run", act=start),
    Action(path="crawler-stop", act=stop),
)
