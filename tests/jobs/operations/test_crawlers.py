"""Crawlers through the API: what is written is read back, and what is started crawls."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from gluepot.cli.main import app
from gluepot.crawlers.model import Crawler
from gluepot.crawlers.planning import plan as planning
from gluepot.crawlers.targets import Target
from tests.jobs.operations.conftest import names_of, refused

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gluepot.services import Services
    from tests.servers.glue import GlueServer

WHOLE: dict[str, Any] = {
    "Name": "Nightly raw",
    "Role": "arn:aws:iam::000000000000:role/crawl",
    "DatabaseName": "raw",
    "Description": "",
    "Targets": {
        "S3Targets": [{"Path": "s3://b/x", "Exclusions": ["*.tmp"], "SampleSize": 3}],
        "JdbcTargets": [{"ConnectionName": "c", "Path": "db/%", "EnableAdditionalMetadata": []}],
        "DynamoDBTargets": [{"Path": "t", "scanAll": True, "scanRate": 0.5}],
        "IcebergTargets": [],
    },
    "Schedule": "cron(15 12 * * ? *)",
    "Classifiers": ["mine"],
    "TablePrefix": "p_",
    "SchemaChangePolicy": {"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"},
    "RecrawlPolicy": {"RecrawlBehavior": "CRAWL_EVERYTHING"},
    "LineageConfiguration": {"CrawlerLineageSettings": "ENABLE"},
    "LakeFormationConfiguration": {"UseLakeFormationCredentials": True, "AccountId": "1"},
    "Configuration": '{"Version": 1.0}',
    "CrawlerSecurityConfiguration": "sealed",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with one table."""
    data = tmp_path / "raw" / "days"
    data.mkdir(parents=True)
    (data / "a.csv").write_text("day,count\n1,2\n2,3\n3,4\n")
    return tmp_path / "raw"


def make(glue: Any, name: str, **members: Any) -> None:  # noqa: ANN401
    targets = {"S3Targets": [{"Path": "s3://b/x"}]}
    glue.create_crawler(**{"Name": name, "Role": "r", "Targets": targets, **members})


def test_a_crawler_is_read_back_as_it_was_given(glue: Any) -> None:  # noqa: ANN401
    glue.create_crawler(**WHOLE, Tags={"a": "1"})

    found = glue.get_crawler(Name="Nightly raw")["Crawler"]

    schedule = {"ScheduleExpression": WHOLE["Schedule"], "State": "SCHEDULED"}
    assert {key: found[key] for key in WHOLE} == WHOLE | {"Schedule": schedule}
    assert (found["State"], found["Version"], found["CrawlElapsedTime"]) == ("READY", 1, 0)
    assert isinstance(found["CreationTime"], datetime)
    assert "LastCrawl" not in found
    assert glue.get_tags(ResourceArn=arn("Nightly raw"))["Tags"] == {"a": "1"}


def test_what_was_not_given_shows_as_glue_shows_it(glue: Any) -> None:  # noqa: ANN401
    make(glue, "bare")

    found = glue.get_crawler(Name="bare")["Crawler"]

    assert found["SchemaChangePolicy"] == {
        "UpdateBehavior": "UPDATE_IN_DATABASE",
        "DeleteBehavior": "DEPRECATE_IN_DATABASE",
    }
    assert found["RecrawlPolicy"] == {"RecrawlBehavior": "CRAWL_EVERYTHING"}
    assert not found.keys() & {"Schedule", "Description", "DatabaseName", "Configuration"}


def test_a_name_is_taken_once_and_case_counts(glue: Any) -> None:  # noqa: ANN401
    make(glue, "a")

    with refused(glue, "AlreadyExists", "Crawler already exists"):
        make(glue, "a")
    make(glue, "A")

    assert names_of(glue, "get_crawlers", "Crawlers")[0]["Name"] == "A"


def test_an_unknown_crawler_is_not_found(glue: Any) -> None:  # noqa: ANN401
    by_name = ("get_crawler", "update_crawler", "delete_crawler", "start_crawler", "stop_crawler")
    for operation in by_name:
        with refused(glue, "EntityNotFound", "Crawler x not found."):
            getattr(glue, operation)(Name="x")
    for operation in (
        "list_crawls",
        "update_crawler_schedule",
        "start_crawler_schedule",
        "stop_crawler_schedule",
    ):
        with refused(glue, "EntityNotFound", "Crawler x not found."):
            getattr(glue, operation)(CrawlerName="x")


def test_an_update_keeps_what_it_does_not_name(glue: Any) -> None:  # noqa: ANN401
    glue.create_crawler(**WHOLE)

    glue.update_crawler(Name="Nightly raw", Description="new", Schedule="", Configuration="")

    found = glue.get_crawler(Name="Nightly raw")["Crawler"]
    assert found["Description"] == "new"
    assert not found.keys() & {"Schedule", "Configuration"}
    assert {key: found[key] for key in ("Targets", "Role", "Classifiers")} == {
        key: WHOLE[key] for key in ("Targets", "Role", "Classifiers")
    }
    assert found["Version"] == 2
    assert found["LastUpdated"] > found["CreationTime"]


def test_a_deleted_crawler_takes_its_tags_along(glue: Any) -> None:  # noqa: ANN401
    make(glue, "a", Tags={"k": "v"})

    glue.delete_crawler(Name="a")

    with refused(glue, "EntityNotFound"):
        glue.get_crawler(Name="a")
    make(glue, "a")
    assert glue.get_tags(ResourceArn=arn("a"))["Tags"] == {}


def test_crawlers_are_listed_by_page_and_by_tags(glue: Any) -> None:  # noqa: ANN401
    for number in range(5):
        make(glue, f"c{number}", Tags={"odd": str(number % 2), "all": ""})

    assert names_of(glue, "get_crawlers", "Crawlers")[4]["Name"] == "c4"
    first = glue.list_crawlers(MaxResults=3)
    rest = glue.list_crawlers(NextToken=first["NextToken"])
    assert first["CrawlerNames"] + rest["CrawlerNames"] == [f"c{n}" for n in range(5)]
    assert "NextToken" not in rest
    assert glue.list_crawlers(Tags={"odd": "1"})["CrawlerNames"] == ["c1", "c3"]
    assert glue.list_crawlers(Tags={"odd": "1", "all": "x"})["CrawlerNames"] == []
    found = glue.batch_get_crawlers(CrawlerNames=["c3", "nope", "c1"])
    assert [item["Name"] for item in found["Crawlers"]] == ["c1", "c3"]
    assert found["CrawlersNotFound"] == ["nope"]
    with refused(glue, "InvalidInput", "NextToken"):
        glue.list_crawlers(NextToken="made up", MaxResults=1)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("Schedule", "every day"),
        ("Schedule", "cron(0 0 30 2 ? *)"),
        ("Schedule", "rate(4 minutes)"),
        ("Schedule", "cron(0,57 * * * ? *)"),
        ("Configuration", "{"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    glue: Any,  # noqa: ANN401
    member: str,
    value: str,
) -> None:
    with refused(glue, "InvalidInput"):
        make(glue, "a", **{member: value})
    make(glue, "b")
    with refused(glue, "InvalidInput"):
        glue.update_crawler(Name="b", **{member: value})

    assert glue.list_crawlers()["CrawlerNames"] == ["b"]
    assert glue.get_crawler(Name="b")["Crawler"]["Version"] == 1


def test_a_started_crawler_runs_and_says_how_it_went(
    glue: Any,  # noqa: ANN401
    folder: Path,
    work: Callable[[], None],
) -> None:
    make(glue, "raw", DatabaseName="lake", Targets={"S3Targets": [{"Path": str(folder)}]})

    glue.start_crawler(Name="raw")
    waiting = glue.get_crawler(Name="raw")["Crawler"]
    with refused(glue, "CrawlerRunning", "Crawler with name raw has already started"):
        glue.start_crawler(Name="raw")
    with refused(glue, "CrawlerRunning"):
        glue.update_crawler(Name="raw", Description="x")
    with refused(glue, "CrawlerRunning"):
        glue.delete_crawler(Name="raw")
    (estimate,) = glue.get_crawler_metrics(CrawlerNameList=["raw", "x"])["CrawlerMetricsList"]
    work()

    ready = glue.get_crawler(Name="raw")["Crawler"]
    assert waiting["State"] == "RUNNING"
    assert estimate["StillEstimating"] is True
    assert (ready["State"], ready["LastCrawl"]["Status"]) == ("READY", "SUCCEEDED")
    (crawl,) = glue.list_crawls(CrawlerName="raw")["Crawls"]
    assert crawl["State"] == "COMPLETED"
    assert crawl["CrawlId"] == ready["LastCrawl"]["MessagePrefix"]
    assert crawl["Summary"] == '{"TABLE":{"ADD":{"Details":{"names":["days"]},"Count":1}}}'
    (metrics,) = names_of(glue, "get_crawler_metrics", "CrawlerMetricsList")
    assert (metrics["TablesCreated"], metrics["StillEstimating"]) == (1, False)
    assert metrics["LastRuntimeSeconds"] > 0


def test_one_store_serves_the_api_and_the_commands(
    glue: Any,  # noqa: ANN401
    glue_server: GlueServer,
    services: Services,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GLUEPOT_CATALOG_URL", glue_server.database_url)
    monkeypatch.setenv("GLUEPOT_HOME", str(glue_server.home))
    make(glue, "mine", DatabaseName="lake", Targets={"S3Targets": [{"Path": str(folder)}]})
    made = CliRunner().invoke(app, ["crawl", "create", "theirs", str(folder), "-d", "lake"])

    ran = CliRunner().invoke(app, ["crawl", "run", "mine"])

    assert (made.exit_code, ran.exit_code) == (0, 0), ran.output
    assert glue.get_crawler(Name="mine")["Crawler"]["LastCrawl"]["Status"] == "SUCCEEDED"
    theirs = glue.get_crawler(Name="theirs")["Crawler"]
    assert theirs["Targets"] == {"S3Targets": [{"Path": str(folder)}]}
    glue.update_crawler(Name="theirs", Role="role", Schedule="cron(0 1 * * ? *)")
    services.crawlers.put_crawler(
        Crawler(name="theirs", database="other", targets=(Target(uri="s3://b/x"),))
    )
    changed = glue.get_crawler(Name="theirs")["Crawler"]
    assert (changed["Role"], changed["DatabaseName"]) == ("role", "other")
    assert changed["Schedule"]["State"] == "SCHEDULED"


def test_what_glue_refuses_is_refused_and_changes_nothing(glue: Any) -> None:  # noqa: ANN401
    new = {"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"}
    log = {"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"}
    text = '{"Version":1.0,"CrawlerOutput":{"Partitions":{"UpdateBehavior":"LOG"}}}'

    with refused(glue, "InvalidInput", "CrawlerOutput.Partitions contains unsupported keys"):
        make(glue, "a", Configuration=text)
    with refused(glue, "InvalidInput", "can have only LOG DeleteBehavior value"):
        make(glue, "a", RecrawlPolicy=new)
    with refused(glue, "InvalidInput", "has no target"):
        make(glue, "a", Targets={"S3Targets": [], "JdbcTargets": []})
    make(glue, "b", RecrawlPolicy=new, SchemaChangePolicy=log)
    with refused(glue, "InvalidInput", "cannot change"):
        glue.update_crawler(Name="b", Targets={"S3Targets": [{"Path": "s3://other"}]})
    with refused(glue, "InvalidInput", "can have only LOG DeleteBehavior value"):
        glue.update_crawler(Name="b", SchemaChangePolicy={"UpdateBehavior": "LOG"})

    assert glue.list_crawlers()["CrawlerNames"] == ["b"]
    assert glue.get_crawler(Name="b")["Crawler"]["Version"] == 1


def test_a_crawler_without_a_database_fails_by_name_when_it_crawls(
    glue: Any,  # noqa: ANN401
    work: Callable[[], None],
) -> None:
    make(glue, "nowhere")
    glue.start_crawler(Name="nowhere")

    work()

    last = glue.get_crawler(Name="nowhere")["Crawler"]["LastCrawl"]
    assert last["Status"] == "FAILED"
    assert "has no DatabaseName" in last["ErrorMessage"]


def test_a_crawl_that_waits_is_stopped_at_once(glue: Any) -> None:  # noqa: ANN401
    make(glue, "a")
    with refused(glue, "CrawlerNotRunning", "Crawler with name a isn't running"):
        glue.stop_crawler(Name="a")
    glue.start_crawler(Name="a")

    glue.stop_crawler(Name="a")

    found = glue.get_crawler(Name="a")["Crawler"]
    assert (found["State"], found["LastCrawl"]["Status"]) == ("READY", "CANCELLED")
    assert glue.list_crawls(CrawlerName="a")["Crawls"][0]["State"] == "STOPPED"


def test_a_crawl_at_work_stops_before_it_writes(
    glue: Any,  # noqa: ANN401
    services: Services,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    work: Callable[[], None],
) -> None:
    plan = planning.plan_changes
    states: list[str] = []

    def plan_and_stop(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401
        found = plan(*arguments, **options)
        glue.stop_crawler(Name="raw")
        with refused(glue, "CrawlerStopping"):
            glue.stop_crawler(Name="raw")
        states.append(glue.get_crawler(Name="raw")["Crawler"]["State"])
        return found

    monkeypatch.setattr("gluepot.crawlers.crawl.plan_changes", plan_and_stop)
    make(glue, "raw", DatabaseName="lake", Targets={"S3Targets": [{"Path": str(folder)}]})
    glue.start_crawler(Name="raw")

    work()

    assert states == ["STOPPING"]
    assert glue.get_crawler(Name="raw")["Crawler"]["LastCrawl"]["Status"] == "CANCELLED"
    assert "lake" not in {item.name for item in services.catalog.list_databases()}


def test_a_schedule_is_put_in_and_out_of_force(glue: Any, services: Services) -> None:  # noqa: ANN401
    make(glue, "a")
    with refused(glue, "NoSchedule"):
        glue.start_crawler_schedule(CrawlerName="a")
    with refused(glue, "SchedulerNotRunning"):
        glue.stop_crawler_schedule(CrawlerName="a")

    glue.update_crawler_schedule(CrawlerName="a", Schedule="cron(0 1 * * ? *)")
    with refused(glue, "SchedulerRunning"):
        glue.start_crawler_schedule(CrawlerName="a")
    due = services.crawlers.get("a").next_crawl_at
    glue.stop_crawler_schedule(CrawlerName="a")
    at_rest = glue.get_crawler(Name="a")["Crawler"]["Schedule"]
    glue.start_crawler_schedule(CrawlerName="a")

    assert due is not None
    assert due.hour == 1
    assert at_rest == {"ScheduleExpression": "cron(0 1 * * ? *)", "State": "NOT_SCHEDULED"}
    assert glue.get_crawler(Name="a")["Crawler"]["Schedule"]["State"] == "SCHEDULED"
    glue.update_crawler_schedule(CrawlerName="a", Schedule="")
    assert "Schedule" not in glue.get_crawler(Name="a")["Crawler"]


def test_a_crawler_that_is_due_crawls_once_and_not_while_it_is_at_work(
    glue: Any,  # noqa: ANN401
    services: Services,
) -> None:
    from datetime import timedelta  # noqa: PLC0415

    from gluepot.jobs.scheduling.firing import Firing  # noqa: PLC0415

    now = services.clock()
    later = [now]
    make(glue, "a", Schedule="rate(1 hour)")
    firing = Firing(
        clock=lambda: later[0],
        runs=services.runs,
        triggers=services.triggers,
        crawlers=services.crawlers,
    )

    early = firing.fire_crawlers()
    later[0] = now + timedelta(hours=3, minutes=1)
    due = firing.fire_crawlers()
    later[0] = now + timedelta(hours=5)
    at_work = firing.fire_crawlers()
    glue.stop_crawler(Name="a")
    later[0] = now + timedelta(hours=7)
    again = firing.fire_crawlers()

    assert [len(runs) for runs in (early, due, at_work, again)] == [0, 1, 0, 1]
    assert glue.get_crawler(Name="a")["Crawler"]["State"] == "RUNNING"


def test_crawls_are_filtered_and_paged(glue: Any) -> None:  # noqa: ANN401
    make(glue, "a")
    before = datetime.now(UTC)
    for _ in range(3):
        glue.start_crawler(Name="a")
        glue.stop_crawler(Name="a")
    glue.start_crawler(Name="a")

    def crawls(*filters: tuple[str, str, str], **more: Any) -> list[str]:  # noqa: ANN401
        wanted = [
            {"FieldName": field, "FilterOperator": name, "FieldValue": value}
            for field, name, value in filters
        ]
        found = glue.list_crawls(CrawlerName="a", Filters=wanted, **more)["Crawls"]
        return [item["CrawlId"] for item in found]

    every = crawls()
    first = glue.list_crawls(CrawlerName="a", MaxResults=3)
    rest = glue.list_crawls(CrawlerName="a", MaxResults=3, NextToken=first["NextToken"])

    assert [item["CrawlId"] for item in first["Crawls"] + rest["Crawls"]] == every
    assert crawls(("STATE", "EQ", "RUNNING")) == every[:1]
    assert crawls(("STATE", "NE", "RUNNING")) == every[1:]
    assert crawls(("CRAWL_ID", "EQ", every[2])) == [every[2]]
    assert crawls(("START_TIME", "GE", str(int(before.timestamp() * 1000)))) == every
    assert crawls(("END_TIME", "LT", str(int(before.timestamp() * 1000)))) == []
    assert crawls(("DPU_HOUR", "LE", "0"), ("STATE", "EQ", "STOPPED")) == every[1:]
    with refused(glue, "InvalidInput", "EQ or NE"):
        crawls(("STATE", "GT", "RUNNING"))
    with refused(glue, "InvalidInput", "milliseconds|number"):
        crawls(("START_TIME", "GT", "yesterday"))


def arn(name: str) -> str:
    return f"arn:aws:glue:us-east-1:000000000000:crawler/{name}"
