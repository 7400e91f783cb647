"""Pages of crawlers and crawls: a plan before a run, what was decided and why."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gluepot.crawlers.model import (
    ChangeKind,
    ColumnReport,
    Crawl,
    Crawler,
    CrawlState,
    TableReport,
)
from gluepot.crawlers.targets import Target
from gluepot.executors import crawl_in_run
from gluepot.jobs.runs.state import RunKind, RunState
from tests.console.flowing import LEASE, glue_of

if TYPE_CHECKING:
    from pathlib import Path

    from gluepot.services import Services
    from tests.console.conftest import ConsoleServer


def shop(services: Services, folder: Path) -> Crawler:
    """Store a crawler of a folder with two tables, whose files disagree, and a file that is odd."""
    for name, lines in {
        "orders/day=1/a.json": ['{"id": 1, "a": 1, "b": 2, "c": 3, "paid": true}'],
        "orders/day=2/b.json": ['{"id": 2, "a": 1, "b": 2, "c": 3, "paid": {"x": 5}}'],
        "items/a.csv": ["sku,price", "a,1.5", "b,2.5"],
        "items/_hidden.csv": ["x"],
    }.items():
        file = folder / "shop" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(lines) + "\n")
    crawler = Crawler(
        name="shop", database="shop", targets=(Target(uri=f"{folder}/shop/"),), table_level=None
    )
    return services.crawlers.put_crawler(crawler)


def crawl_now(services: Services, name: str = "shop") -> str:
    """Crawl as a worker does, and return the crawl's id."""
    run = services.runs.enqueue(RunKind.CRAWL, name, owner=services.owner(), lease=LEASE)
    assert run is not None
    crawl_in_run(services, run, services.crawlers.get_crawler(name))
    return run.id


def test_a_plan_is_shown_before_a_run_and_changes_nothing(
    console: ConsoleServer, tmp_path: Path
) -> None:
    services, visitor = console.services, console.visitor()
    shop(services, tmp_path)
    visitor.get("/console/crawler", name="shop")

    seen = visitor.post("/console/crawler-plan", {"name": "shop"})
    twin = visitor.post("/console/crawler-plan?format=json", {"name": "shop"}).json["plan"]

    assert "Nothing has been changed" in seen.text
    assert {table["name"]: table["word"] for table in twin["tables"]} == {
        "items": "add",
        "orders": "add",
    }
    assert twin["summary"]["partitions_added"] == 2
    assert services.catalog.find_table("shop", "items") is None

    crawl_now(services)
    again = visitor.post("/console/crawler-plan", {"name": "shop"})
    assert "would change nothing" in again.text


def test_a_crawl_shows_what_was_decided_and_why(console: ConsoleServer, tmp_path: Path) -> None:
    services, visitor = console.services, console.visitor()
    shop(services, tmp_path)
    crawl_id = crawl_now(services)

    data = visitor.data("/console/crawl", id=crawl_id)
    text = visitor.get("/console/crawl", id=crawl_id).text

    items = next(table for table in data["tables"] if table["name"] == "items")
    price = next(column for column in items["columns"] if column["name"] == "price")
    assert (price["type"], items["href"]) == ("double", "/console/table?database=shop&name=items")
    assert price["why"] in text.replace("&#34;", '"').replace("&#39;", "'")
    (conflict,) = data["warnings"]["conflicts"]
    assert conflict["column"] == "paid"
    assert conflict["first"].endswith("a.json")
    assert conflict["other"].endswith("b.json")
    assert data["skipped"]


def test_reports_of_a_crawl_are_paged_and_those_that_changed_nothing_left_out(
    console: ConsoleServer,
) -> None:
    services, visitor = console.services, console.visitor()
    reports = tuple(
        TableReport(
            database="shop",
            name=f"t{number:03}",
            change=ChangeKind.ADD if number == 59 else ChangeKind.NONE,
            location="s3://b/",
            format="csv",
            partitions_added=int(number == 58),
            columns=(ColumnReport(name="c", type="int", reason="because"),),
        )
        for number in range(60)
    )
    services.crawlers.record_crawl(
        Crawl(
            id="one",
            crawler_name="shop",
            database="shop",
            state=CrawlState.SUCCEEDED,
            started_at=datetime.now(UTC),
            tables=reports,
        )
    )

    first = visitor.data("/console/crawl", id="one")
    second = visitor.data(first["next"])
    changed = visitor.data("/console/crawl", id="one", changed="1")

    assert (len(first["tables"]), len(second["tables"])) == (50, 10)
    assert [table["name"] for table in changed["tables"]] == ["t058", "t059"]


def test_a_crawler_is_listed_run_and_stopped(console: ConsoleServer, tmp_path: Path) -> None:
    services, visitor = console.services, console.visitor()
    shop(services, tmp_path)
    visitor.get("/console/crawler", name="shop")

    queued = visitor.post("/console/crawler-run", {"name": "shop"})
    (run,) = services.runs.list(kind=RunKind.CRAWL)
    twice = visitor.post("/console/crawler-run", {"name": "shop"})
    (listed,) = visitor.data("/console/crawlers")["crawlers"]
    visitor.post("/console/crawler-stop", {"name": "shop"})

    assert run.id in queued.url
    assert twice.status == 400
    assert (listed["name"], listed["state"], listed["database"]) == ("shop", "RUNNING", "shop")
    assert services.runs.get(run.id).state is RunState.STOPPED


def test_crawls_of_a_crawler_tell_what_they_changed(console: ConsoleServer, tmp_path: Path) -> None:
    services = console.services
    shop(services, tmp_path)
    crawl_now(services)
    crawl_now(services)

    second, first = console.visitor().data("/console/crawler", name="shop")["crawls"]

    assert first["changes"] == ["2 tables added", "2 partitions added"]
    assert second["changes"] == []


def test_a_schedule_is_shown_with_its_next_crawls(console: ConsoleServer) -> None:
    glue_of(console).create_crawler(
        Name="nightly",
        Role="r",
        DatabaseName="shop",
        Targets={"S3Targets": [{"Path": "s3://b/x/"}]},
        Schedule="cron(0 3 * * ? *)",
    )

    schedule = console.visitor().data("/console/crawler", name="nightly")["schedule"]

    assert (schedule["expression"], schedule["state"]) == ("cron(0 3 * * ? *)", "SCHEDULED")
    assert [fire["at"][11:16] for fire in schedule["fires"]] == ["03:00"] * 5


def test_hostile_names_of_tables_columns_and_files_are_text(console: ConsoleServer) -> None:
    services, visitor = console.services, console.visitor()
    bad = "<script>alert(1)</script>'\"\u202e"
    report = TableReport(
        database=bad,
        name=bad,
        change=ChangeKind.UPDATE,
        location=bad,
        format=bad,
        columns=(ColumnReport(name=bad, type=bad, reason=bad),),
        reasons=(bad,),
        diff=(bad,),
    )
    services.crawlers.record_crawl(
        Crawl(
            id=bad,
            crawler_name=bad,
            database=bad,
            state=CrawlState.FAILED,
            started_at=datetime.now(UTC),
            error=bad,
            warnings=(bad, f"{bad} is in no table: {bad}"),
            tables=(report,),
        )
    )

    seen = visitor.get("/console/crawl", id=bad)

    assert seen.status == 200
    assert "<script>alert" not in seen.text


def test_no_crawler_leads_to_the_first_crawl(console: ConsoleServer) -> None:
    assert "gluepot crawl run s3://" in console.visitor().get("/console/crawlers").text
