"""The pages of crawlers, jobs, runs, workflows and triggers in a real browser."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from gluepot.jobs.runs.state import RunError, RunKind, RunState
from gluepot.jobs.triggers.model import TriggerState
from tests.console.flowing import ended_run, running_run, write_job, write_log
from tests.console.looking import PHONE, WIDE, check_page, listen
from tests.console.test_crawlers import crawl_now, shop
from tests.console.test_triggers import mornings
from tests.console.test_workflows import end_all, firing, nightly

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

    from tests.console.conftest import ConsoleServer

ERROR = RunError(
    message="AnalysisException: column amuont is not there",
    file="clean_sales.py",
    line=12,
    source_line="    paid = raw.filter('amuont > 0')",
    advice="Did you mean amount?",
)


def metrics() -> dict[str, object]:
    """Return the figures of a run that read one table and wrote another."""
    at = datetime.now(UTC)
    stages = [
        {
            "stage": number,
            "name": f"save at clean.py:{number}",
            "started_at": (at + timedelta(seconds=number)).isoformat(),
            "completed_at": (at + timedelta(seconds=number + 2)).isoformat(),
            "tasks": 8,
            "failed_tasks": 0,
        }
        for number in range(3)
    ]
    figures = {"rows": 1200, "files": 4, "bytes": 98_000}
    read = {**figures, "path": "s3://b/raw", "table": "shop.raw", "table_version": "2"}
    wrote = {
        **figures,
        "sink": "clean",
        "path": "s3://b/clean",
        "table": "shop.clean",
        "table_version": "4",
        "version": 7,
        "skipped": False,
    }
    passes = [{"sources": {"raw": read}, "sinks": [wrote]}]
    return {"passes": passes, "stage_times": stages, "spilled_disk_bytes": 5_000_000}


def test_each_page_is_quiet_local_and_readable(
    browser: Browser, console: ConsoleServer, tmp_path: Path
) -> None:
    services = console.services
    write_job(services)
    shop(services, tmp_path)
    crawl_id = crawl_now(services)
    mornings(services)
    nightly(services)
    flow_id = firing(services).start_workflow("nightly", {"day": "2026-01-01"}).id
    end_all(services, report=RunState.FAILED)
    failed = ended_run(
        services,
        state=RunState.FAILED,
        error=ERROR,
        metrics=metrics(),
        arguments={"--day": "1"},
        trigger_name="mornings",
    )
    write_log(services, failed.id, "".join(f"line {number}\n" for number in range(500)))

    for path in (
        "crawlers",
        "crawler?name=shop",
        f"crawl?id={crawl_id}",
        "jobs",
        "job?name=clean_sales",
        "runs",
        f"run?id={failed.id}",
        f"run-log?id={failed.id}",
        "workflows",
        "workflow?name=nightly",
        f"workflow-run?name=nightly&id={flow_id}",
        "triggers",
        "trigger?name=mornings",
        "trigger-preview?expression=cron(0+8+*+*+%3F+*)&zone=Asia/Tokyo",
    ):
        check_page(browser, console.url, f"/console/{path}")


def test_a_run_is_followed_until_it_has_ended(browser: Browser, console: ConsoleServer) -> None:
    services = console.services
    run = running_run(services)
    write_log(services, run.id, "reads\n")
    page = browser.new_page(viewport=WIDE)
    said, _ = listen(page)
    page.goto(f"{console.url}/console/run?id={run.id}")
    page.get_by_text("reads").wait_for()

    services.runs.set_progress(
        run.id, {"stages": [{"stage": 1, "name": "count at x", "tasks": 8, "done": 3}]}
    )
    write_log(services, run.id, "reads\nwrites\n")
    page.get_by_text("3 of 8 tasks").wait_for()
    page.get_by_text("writes").wait_for()
    services.runs.finish(run.id, RunState.FAILED, error=ERROR)
    page.get_by_text("Did you mean amount?").wait_for()

    page.wait_for_function("!document.querySelector('#now').hasAttribute('hx-trigger')")
    assert said == []
    page.close()


def test_a_log_stays_where_it_is_read_and_goes_on_at_its_end(
    browser: Browser, console: ConsoleServer
) -> None:
    services = console.services
    run = running_run(services)
    lines = "".join(f"line {number}\n" for number in range(300))
    write_log(services, run.id, lines)
    page = browser.new_page(viewport=WIDE)
    said, asked = listen(page)
    page.goto(f"{console.url}/console/run-log?id={run.id}")
    log = page.get_by_role("region", name="Log")
    log.evaluate("log => { log.scrollTop = -2000 }")
    seen = log.evaluate("log => log.scrollTop")
    before = len(asked)

    write_log(services, run.id, f"{lines}the newest\n")
    page.wait_for_timeout(2500)

    assert len(asked) == before
    assert log.evaluate("log => log.scrollTop") == seen
    log.evaluate("log => { log.scrollTop = 0 }")
    page.get_by_text("the newest").wait_for()
    assert said == []
    page.close()


def test_a_node_is_found_and_the_graph_zoomed_by_the_keyboard(
    browser: Browser, console: ConsoleServer
) -> None:
    nightly(console.services)
    flow_id = firing(console.services).start_workflow("nightly", {}).id
    page = browser.new_page(viewport=WIDE)
    said, _ = listen(page)
    page.goto(f"{console.url}/console/workflow-run?name=nightly&id={flow_id}")
    region = page.get_by_role("region", name="States on the graph")
    first = page.locator(".graph svg").get_attribute("width")

    region.focus()
    page.keyboard.press("+")
    larger = page.locator(".graph svg").get_attribute("width")
    page.wait_for_timeout(2500)
    kept = page.locator(".graph svg").get_attribute("width")
    page.keyboard.press("0")
    fitted = page.locator(".graph svg").get_attribute("width")
    assert int(larger or 0) > int(first or 0)
    assert (kept, int(fitted or 0) <= int(first or 0)) == (larger, True)

    label = page.locator(".node-label").last.text_content() or ""
    page.get_by_label("Find a node").fill(label)
    page.get_by_role("status").get_by_text("1 of").wait_for()
    assert label in (page.locator(".node.found.at title").text_content() or "")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.matches('.graph a')")
    page.get_by_label("Find a node").fill("no such node")
    page.get_by_text("none", exact=True).wait_for()
    assert said == []
    page.close()


def test_fires_are_shown_while_an_expression_is_typed(
    browser: Browser, console: ConsoleServer
) -> None:
    page = browser.new_page(viewport=PHONE)
    said, _ = listen(page)
    page.goto(f"{console.url}/console/triggers")

    page.get_by_label("Expression").press_sequentially("cron(0 8 * * ? *)")
    page.locator("#preview .fires li").nth(9).wait_for()
    page.get_by_label("Time zone").fill("Asia/Tokyo")
    page.get_by_label("Time zone").press("Tab")
    page.locator("#preview").get_by_text("JST").first.wait_for()
    page.get_by_label("Expression").fill("cron(0 8 * * ?)")
    page.get_by_label("Expression").press("End")
    page.locator("#preview .told").wait_for()

    assert said == []
    page.close()


def test_a_crawl_is_planned_and_run_by_the_keyboard(
    browser: Browser, console: ConsoleServer, tmp_path: Path
) -> None:
    shop(console.services, tmp_path)
    page = browser.new_page(viewport=WIDE)
    page.goto(f"{console.url}/console/crawlers")

    page.get_by_role("link", name="shop", exact=True).press("Enter")
    page.get_by_role("button", name="Plan").press("Enter")
    page.get_by_text("Nothing has been changed").wait_for()
    page.locator("details:has-text('Why') summary").first.press("Enter")
    page.get_by_role("button", name="Run", exact=True).press("Enter")
    page.get_by_text("The crawl is queued").wait_for()

    (run,) = console.services.runs.list(kind=RunKind.CRAWL)
    assert run.state is RunState.WAITING
    page.close()


def test_a_trigger_at_rest_is_activated_by_the_keyboard(
    browser: Browser, console: ConsoleServer
) -> None:
    mornings(console.services, state=TriggerState.CREATED)
    page = browser.new_page(viewport=WIDE)
    page.goto(f"{console.url}/console/triggers")

    page.get_by_role("link", name="mornings").press("Enter")
    page.get_by_role("button", name="Activate").press("Enter")
    page.get_by_role("button", name="Deactivate").wait_for()

    assert console.services.triggers.get("mornings").state == TriggerState.ACTIVATED
    page.close()
