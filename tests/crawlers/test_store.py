"""Crawlers and crawls are kept alike by both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from gluepot.catalog.errors import EntityNotFoundError, InvalidInputError
from gluepot.crawlers.model import (
    ChangeKind,
    ColumnReport,
    Crawl,
    Crawler,
    CrawlState,
    TableChanges,
    TableReport,
    crawler_from_json,
)
from gluepot.crawlers.targets import Target
from tests.crawlers.conftest import NOW

if TYPE_CHECKING:
    from tests.crawlers.conftest import Desk

CRAWLER = Crawler(
    name="nightly",
    database="raw",
    targets=(Target(uri="s3://b/x", exclusions=("*.tmp",)), Target(uri="/data")),
    table_level=3,
)
REPORT = TableReport(
    database="Raw",
    name="t",
    change=ChangeKind.ADD,
    location="s3://b/x/t/",
    format="csv",
    columns=(ColumnReport(name="a", type="int", reason="why"),),
    reasons=("because",),
)
CRAWL = Crawl(
    id="one",
    crawler_name="nightly",
    database="raw",
    state=CrawlState.SUCCEEDED,
    started_at=NOW,
    completed_at=NOW,
    summary={"tables_added": 1},
    warnings=("look",),
    tables=(REPORT,),
)


def test_a_crawler_comes_back_as_it_was_put(any_desk: Desk) -> None:
    any_desk.crawlers.put_crawler(CRAWLER)

    assert any_desk.crawlers.get_crawler("nightly") == CRAWLER
    assert [item.name for item in any_desk.crawlers.list_crawlers()] == ["nightly"]
    assert crawler_from_json(CRAWLER.to_json()) == CRAWLER


def test_putting_a_crawler_again_replaces_it(any_desk: Desk) -> None:
    any_desk.crawlers.put_crawler(CRAWLER)
    changed = replace(CRAWLER, database="other")

    any_desk.crawlers.put_crawler(changed)

    (stored,) = any_desk.crawlers.list_crawlers()
    assert any_desk.crawlers.get_crawler("nightly") == changed
    assert stored.version == 2


def test_putting_the_same_crawler_again_makes_no_version(any_desk: Desk) -> None:
    any_desk.crawlers.put_crawler(CRAWLER)

    any_desk.crawlers.put_crawler(CRAWLER)

    assert any_desk.crawlers.get("nightly").version == 1


def test_what_holds_for_all_targets_becomes_each_targets_own(any_desk: Desk) -> None:
    any_desk.crawlers.put_crawler(replace(CRAWLER, exclusions=("_*",), files_per_folder=7))

    assert any_desk.crawlers.get_crawler("nightly").targets == (
        Target(uri="s3://b/x", exclusions=("_*", "*.tmp"), files_per_folder=7),
        Target(uri="/data", exclusions=("_*",), files_per_folder=7),
    )


def test_a_crawler_without_targets_is_not_stored(any_desk: Desk) -> None:
    with pytest.raises(InvalidInputError, match="no target"):
        any_desk.crawlers.put_crawler(replace(CRAWLER, targets=()))

    assert any_desk.crawlers.list_crawlers() == []


def test_a_deleted_crawler_is_gone_and_its_crawls_stay(any_desk: Desk) -> None:
    any_desk.crawlers.put_crawler(CRAWLER)
    any_desk.crawlers.record_crawl(CRAWL)

    any_desk.crawlers.delete_crawler("nightly")

    with pytest.raises(EntityNotFoundError):
        any_desk.crawlers.get_crawler("nightly")
    with pytest.raises(EntityNotFoundError):
        any_desk.crawlers.delete_crawler("nightly")
    assert any_desk.crawlers.get_crawl("one") == CRAWL


def test_a_record_takes_the_place_of_the_earlier_one(any_desk: Desk) -> None:
    running = replace(CRAWL, state=CrawlState.RUNNING, completed_at=None, tables=())
    any_desk.crawlers.record_crawl(running)

    any_desk.crawlers.record_crawl(CRAWL)
    any_desk.crawlers.record_crawl(CRAWL)

    assert any_desk.crawlers.get_crawl("one") == CRAWL
    assert len(any_desk.crawlers.list_crawls("nightly")) == 1


def test_crawls_are_listed_newest_first_without_their_reports(any_desk: Desk) -> None:
    for name in ("one", "two", "three"):
        any_desk.crawlers.record_crawl(replace(CRAWL, id=name))
    any_desk.crawlers.record_crawl(replace(CRAWL, id="else", crawler_name="else"))

    found = any_desk.crawlers.list_crawls("nightly", limit=2)

    assert [(crawl.id, crawl.tables) for crawl in found] == [("three", ()), ("two", ())]


def test_records_of_more_than_a_year_ago_go_when_a_new_one_comes(any_desk: Desk) -> None:
    for name, days in (("old", 366), ("kept", 364)):
        started = NOW - timedelta(days=days)
        any_desk.crawlers.record_crawl(replace(CRAWL, id=name, started_at=started))
    other = replace(CRAWL, id="else", crawler_name="else", started_at=NOW - timedelta(days=400))
    any_desk.crawlers.record_crawl(replace(other, id="else2"))

    any_desk.crawlers.record_crawl(CRAWL)

    assert [item.id for item in any_desk.crawlers.list_crawls("nightly")] == ["one", "kept"]
    with pytest.raises(EntityNotFoundError):
        any_desk.crawlers.get_crawl("old")


def test_changes_of_crawls_are_listed_without_tables_that_stayed(any_desk: Desk) -> None:
    same = replace(REPORT, change=ChangeKind.NONE)
    grown = replace(
        same, name="g", partitions_added=2, partitions_removed=3, partitions_deprecated=1
    )
    any_desk.crawlers.record_crawl(replace(CRAWL, tables=(REPORT, replace(same, name="s"), grown)))
    any_desk.crawlers.record_crawl(replace(CRAWL, id="two", tables=(same,)))

    found = any_desk.crawlers.list_changes(["one", "two", "three"])

    assert found == {
        "one": [
            TableChanges(name="t", change=ChangeKind.ADD),
            TableChanges(
                name="g",
                change=ChangeKind.NONE,
                partitions_added=2,
                partitions_removed=3,
                partitions_deprecated=1,
            ),
        ]
    }


def test_a_table_is_explained_by_the_last_crawl_that_saw_it(any_desk: Desk) -> None:
    any_desk.crawlers.record_crawl(CRAWL)
    any_desk.crawlers.record_crawl(
        replace(CRAWL, id="two", tables=(replace(REPORT, change=ChangeKind.NONE),))
    )

    crawl, report = any_desk.crawlers.explain_table("RAW", "T")

    assert (crawl.id, report.change) == ("two", ChangeKind.NONE)
    with pytest.raises(EntityNotFoundError):
        any_desk.crawlers.explain_table("raw", "nothing")
    with pytest.raises(EntityNotFoundError):
        any_desk.crawlers.get_crawl("nothing")
