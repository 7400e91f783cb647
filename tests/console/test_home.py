"""The first page, and what is around every page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gluepot.crawlers.tables import crawlers
from gluepot.jobs.runs.state import RunError, RunState
from gluepot.jobs.runs.tables import runs
from tests.console.flowing import ended_run, running_run
from tests.console.lake import fill_lake
from tests.console.test_crawlers import crawl_now, shop
from tests.console.test_quality import NULLS, keep, planes
from tests.console.test_triggers import mornings

if TYPE_CHECKING:
    from pathlib import Path

    from gluepot.services import Services
    from tests.console.conftest import ConsoleServer


def home_of(console: ConsoleServer) -> Any:  # noqa: ANN401 - JSON
    return console.visitor().data("/console")


def test_the_address_of_the_server_leads_to_the_console(console: ConsoleServer) -> None:
    seen = console.visitor().get("/")

    assert (seen.status, seen.url) == (200, f"{console.url}/console")
    assert "default-src 'self'" in seen.headers["content-security-policy"]


def test_an_empty_installation_is_told_its_first_steps(console: ConsoleServer) -> None:
    assert home_of(console)["is_empty"]
    assert "gluepot crawl run s3://bucket/prefix/" in console.visitor().get("/console").text


def test_home_counts_what_the_catalog_holds(console: ConsoleServer, tmp_path: Path) -> None:
    fill_lake(console.services, tmp_path)

    figures = home_of(console)["figures"]

    assert (figures["databases"], figures["tables"], figures["partitions"]) == (1, 3, 3)


def test_what_failed_last_is_failing_until_it_succeeds(console: ConsoleServer) -> None:
    services = console.services
    ended_run(services, "mended", state=RunState.FAILED)
    ended_run(services, "mended")
    ended_run(services, "older", state=RunState.TIMEOUT)
    error = RunError(message="column amuont is not there")
    ended_run(services, "broken", state=RunState.FAILED, error=error)
    running_run(services, "broken")

    found = home_of(console)

    assert [(one["name"], one["error"]) for one in found["failing_runs"]] == [
        ("broken", "column amuont is not there"),
        ("older", None),
    ]
    assert [(one["name"], one["state"]) for one in found["open"]] == [("broken", "RUNNING")]
    assert found["day"]["counts"] == {"FAILED": 2, "RUNNING": 1, "SUCCEEDED": 1, "TIMEOUT": 1}
    assert len(found["day"]["strip"]) == 5


def test_a_failing_rule_is_told_in_its_sentence(console: ConsoleServer, tmp_path: Path) -> None:
    keep(console, planes(NULLS), tmp_path)

    (found,) = home_of(console)["failing_rules"]

    assert (found["sentence"], found["more"]) == ("plane is not null", 0)
    assert console.visitor().get(found["href"]).status == 200


def ended_days_ago(services: Services, name: str, days: list[float], **options: Any) -> None:  # noqa: ANN401
    for ago in days:
        run = ended_run(services, name, **options)
        at = datetime.now(UTC) - timedelta(days=ago)
        with services.engine.begin() as connection:
            connection.execute(
                sa.update(runs).where(runs.c.id == run.id).values(completed_at=at, queued_at=at)
            )


def test_a_table_whose_job_is_out_of_its_rhythm_is_stale(console: ConsoleServer) -> None:
    metrics = {"passes": [{"sinks": [{"table": "shop.clean"}]}]}
    ended_days_ago(console.services, "late", [9, 8, 7, 6], metrics=metrics)
    ended_days_ago(console.services, "weekly", [27, 20, 13, 6], metrics=metrics)
    ended_days_ago(console.services, "new", [9, 8, 7], metrics=metrics)

    (late,) = home_of(console)["stale"]

    assert (late["name"], late["tables"]) == ("late", [["shop", "clean"]])
    assert round(late["usual_seconds"]) == 86400


def test_a_crawl_that_is_overdue_makes_its_tables_stale(
    console: ConsoleServer, tmp_path: Path
) -> None:
    shop(console.services, tmp_path)
    crawl_now(console.services)
    due = datetime.now(UTC) - timedelta(hours=1)
    with console.services.engine.begin() as connection:
        connection.execute(sa.update(crawlers).values(next_crawl_at=due))

    found = home_of(console)

    (late,) = found["stale"]
    assert late["name"] == "shop"
    assert late["tables"]
    assert "overdue" in found["warnings"][0]["sentence"]


def test_the_next_fires_are_told(console: ConsoleServer) -> None:
    mornings(console.services)

    (fire,) = home_of(console)["coming"]

    assert (fire["kind"], fire["name"]) == ("trigger", "mornings")


def test_a_run_that_nobody_takes_is_a_missing_scheduler(console: ConsoleServer) -> None:
    services = console.services
    run = running_run(services)
    assert "scheduler" not in str(home_of(console)["warnings"])
    long_ago = datetime.now(UTC) - timedelta(minutes=10)
    with services.engine.begin() as connection:
        connection.execute(
            sa.update(runs).where(runs.c.id == run.id).values(state="WAITING", queued_at=long_ago)
        )

    assert "No scheduler" in home_of(console)["warnings"][0]["sentence"]
