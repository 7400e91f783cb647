"""Crawls that were asked for through the API, carried out on S3 by the scheduler's executors."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr

from gluepot.crawlers.model import ChangeKind, TableChanges
from gluepot.crawlers.planning.apply import apply_change
from gluepot.executors import build_executors
from gluepot.jobs.operations.crawl_runs import crawl_summary
from gluepot.jobs.scheduling.scheduler import Scheduler
from gluepot.services import Services, open_services
from gluepot.settings import S3Settings, Settings
from tests.crawlers.conftest import Place, new_bucket
from tests.jobs.operations.conftest import refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gluepot.crawlers.sources.config import S3Config
    from tests.servers.glue import GlueServer

CSV = "day,count\n1,2\n2,3\n"


@pytest.fixture
def bucket(moto_s3: S3Config) -> Place:
    """Return an empty bucket of moto."""
    return new_bucket(moto_s3)


@pytest.fixture
def s3_services(glue_server: GlueServer, tmp_path: Path, moto_s3: S3Config) -> Iterator[Services]:
    """Yield the services of a worker beside the server, whose S3 is moto's."""
    settings = Settings(
        home=tmp_path / "home",
        catalog_url=SecretStr(glue_server.database_url),
        conf_dir=tmp_path / "conf",
        s3=S3Settings(
            endpoint_url=moto_s3.endpoint_url,
            region=moto_s3.region,
            path_style=True,
            access_key_id=moto_s3.access_key_id,
            secret_access_key=SecretStr(moto_s3.secret_access_key or ""),
        ),
    )
    with open_services(settings) as found:
        yield found


def work(services: Services) -> None:
    """Carry out all that waits."""
    Scheduler(
        services.runs,
        services.triggers,
        build_executors(services),
        services.clock,
        services.owner(),
        crawlers=services.crawlers,
        workflows=services.workflows,
    ).run(threading.Event(), until_idle=True)


def crawl(glue: Any, services: Services, name: str) -> dict[str, Any]:  # noqa: ANN401
    """Crawl, and return what ListCrawls says of it."""
    glue.start_crawler(Name=name)
    work(services)
    (found,) = glue.list_crawls(CrawlerName=name, MaxResults=1)["Crawls"]
    assert found["State"] == "COMPLETED", found
    return {**found, "Summary": json.loads(found["Summary"])}


def test_the_history_of_a_crawler_says_what_each_crawl_changed(
    glue: Any,  # noqa: ANN401
    s3_services: Services,
    bucket: Place,
) -> None:
    first = bucket.put("raw/days/year=2024/a.csv", CSV)
    gone = bucket.put("raw/gone/a.csv", CSV)
    glue.create_crawler(
        Name="raw",
        Role="r",
        DatabaseName="lake",
        Targets={"S3Targets": [{"Path": f"{bucket.root}/raw/"}]},
        LineageConfiguration={"CrawlerLineageSettings": "ENABLE"},
    )

    made = crawl(glue, s3_services, "raw")
    again = crawl(glue, s3_services, "raw")
    bucket.put("raw/days/year=2025/a.csv", "day,count,more\n1,2,x\n2,3,y\n")
    bucket.source.delete([first, gone])
    changed = crawl(glue, s3_services, "raw")

    assert made["Summary"] == {
        "TABLE": {"ADD": {"Details": {"names": ["days", "gone"]}, "Count": 2}},
        "PARTITION": {"ADD": {"Count": 1}},
    }
    assert again["Summary"] == {}
    assert changed["Summary"] == {
        "TABLE": {"UPDATE": {"Details": {"names": ["days", "gone"]}, "Count": 2}},
        "PARTITION": {"ADD": {"Count": 1}, "UPDATE": {"Count": 1}},
    }
    (metrics,) = glue.get_crawler_metrics(CrawlerNameList=["raw"])["CrawlerMetricsList"]
    assert (metrics["TablesCreated"], metrics["TablesUpdated"]) == (0, 1)
    table = glue.get_table(DatabaseName="lake", Name="gone")["Table"]
    assert table["Parameters"]["DEPRECATED_BY_CRAWLER"] == "raw"
    record = s3_services.crawlers.get_crawl(changed["CrawlId"])
    assert record.tables[0].lineage == (f"{bucket.root}/raw/days/",)


def test_a_crawl_that_is_stopped_while_it_writes_leaves_whole_tables(
    glue: Any,  # noqa: ANN401
    s3_services: Services,
    bucket: Place,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def apply_and_stop(*arguments: Any, **options: Any) -> None:  # noqa: ANN401
        apply_change(*arguments, **options)
        glue.stop_crawler(Name="raw")

    monkeypatch.setattr("gluepot.crawlers.crawl.apply_change", apply_and_stop)
    bucket.put("raw/a/year=2024/a.csv", CSV)
    bucket.put("raw/b/b.csv", "x,y,z\n1,2,3\n2,3,4\n")
    glue.create_crawler(
        Name="raw",
        Role="r",
        DatabaseName="lake",
        Targets={"S3Targets": [{"Path": f"{bucket.root}/raw/"}]},
    )
    glue.start_crawler(Name="raw")

    work(s3_services)

    (stopped,) = glue.list_crawls(CrawlerName="raw")["Crawls"]
    assert stopped["State"] == "STOPPED"
    assert json.loads(stopped["Summary"])["PARTITION"] == {"ADD": {"Count": 1}}
    assert [table["Name"] for table in glue.get_tables(DatabaseName="lake")["TableList"]] == ["a"]
    assert len(glue.get_partitions(DatabaseName="lake", TableName="a")["Partitions"]) == 1
    last = glue.get_crawler(Name="raw")["Crawler"]
    assert (last["State"], last["LastCrawl"]["Status"]) == ("READY", "CANCELLED")


def test_a_catalog_target_is_crawled_through_the_api(
    glue: Any,  # noqa: ANN401
    s3_services: Services,
    bucket: Place,
) -> None:
    bucket.put("raw/days/a.csv", CSV)
    glue.create_database(DatabaseInput={"Name": "lake"})
    storage = {"Columns": [{"Name": "old", "Type": "int"}], "Location": f"{bucket.root}/raw/days/"}
    glue.create_table(
        DatabaseName="lake", TableInput={"Name": "mine", "StorageDescriptor": storage}
    )
    glue.create_crawler(
        Name="mine",
        Role="r",
        Targets={"CatalogTargets": [{"DatabaseName": "lake", "Tables": ["mine"]}]},
        SchemaChangePolicy={"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "LOG"},
    )

    done = crawl(glue, s3_services, "mine")

    assert done["Summary"] == {"TABLE": {"UPDATE": {"Details": {"names": ["mine"]}, "Count": 1}}}
    (table,) = glue.get_tables(DatabaseName="lake")["TableList"]
    names = [column["Name"] for column in table["StorageDescriptor"]["Columns"]]
    assert names == ["day", "count"]


def test_too_many_tables_fail_the_crawl_with_both_numbers(
    glue: Any,  # noqa: ANN401
    s3_services: Services,
    bucket: Place,
) -> None:
    bucket.put("raw/a/a.csv", CSV)
    bucket.put("raw/b/b.csv", "x,y,z\n1,2,3\n2,3,4\n")
    glue.create_crawler(
        Name="raw",
        Role="r",
        DatabaseName="lake",
        Targets={"S3Targets": [{"Path": f"{bucket.root}/raw/"}]},
        Configuration='{"Version": 1.0, "CrawlerOutput": {"Tables": {"TableThreshold": 1}}}',
    )
    glue.start_crawler(Name="raw")

    work(s3_services)

    (failed,) = glue.list_crawls(CrawlerName="raw")["Crawls"]
    assert failed["State"] == "FAILED"
    assert "detected by crawler: 2 is greater" in failed["ErrorMessage"]
    assert "Summary" not in failed
    with refused(glue, "EntityNotFound"):
        glue.get_database(Name="lake")


def test_crawls_of_more_than_a_year_ago_are_not_listed(
    glue: Any,  # noqa: ANN401
    s3_services: Services,
) -> None:
    import sqlalchemy as sa  # noqa: PLC0415

    from gluepot.catalog.engine import writing  # noqa: PLC0415
    from gluepot.jobs.runs.tables import runs  # noqa: PLC0415

    glue.create_crawler(Name="a", Role="r", Targets={"S3Targets": [{"Path": "s3://b"}]})
    for _ in range(2):
        glue.start_crawler(Name="a")
        glue.stop_crawler(Name="a")
    newest, oldest = glue.list_crawls(CrawlerName="a")["Crawls"]
    long_ago = s3_services.clock().replace(year=s3_services.clock().year - 2)
    with writing(s3_services.engine) as connection:
        connection.execute(
            sa.update(runs).where(runs.c.id == oldest["CrawlId"]).values(queued_at=long_ago)
        )

    found = glue.list_crawls(CrawlerName="a")["Crawls"]

    assert [item["CrawlId"] for item in found] == [newest["CrawlId"]]


def test_a_summary_is_never_longer_than_glue_has_it() -> None:
    changes = [TableChanges(name="t" * 50, change=ChangeKind.ADD) for _ in range(9)]
    few = [TableChanges(name="t" * 50, change=ChangeKind.ADD) for _ in range(3)]

    named = json.loads(crawl_summary(few))["TABLE"]["ADD"]
    assert named == {"Details": {"names": ["t" * 50] * 3}, "Count": 3}
    assert crawl_summary(changes) == '{"TABLE":{"ADD":{"Count":9}}}'
