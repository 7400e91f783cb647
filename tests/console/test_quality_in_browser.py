"""The pages of data quality in a real browser: the walk from a failing rule to its mending."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gluepot.jobs.quality.gate_orders import enqueue_gate
from gluepot.jobs.quality.orders import RESULT_IDS
from gluepot.jobs.runs.lease import LEASE
from gluepot.jobs.runs.state import RunKind, RunState
from tests.console.looking import check_page, visit
from tests.console.test_quality import JOB, NULLS, job, keep, planes
from tests.transforms.quality.pages import NASTY, NASTY_ROWS, ROWS

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

    from tests.console.conftest import ConsoleServer

__all__ = ["job"]


def test_each_page_is_quiet_local_and_readable(
    browser: Browser, console: ConsoleServer, job: Path, tmp_path: Path
) -> None:
    assert job.read_text() == JOB
    keep(console, planes(replace(NULLS, observed=0.9), ROWS), tmp_path)
    kept = keep(console, planes(NULLS, ROWS, NASTY, NASTY_ROWS), tmp_path)
    run = enqueue_gate(
        console.services.runs, console.services.job_book.load("clean"), "known planes"
    )

    for path in (
        "quality",
        f"quality-result?id={kept.id}",
        f"quality-rows?id={kept.id}&rule=1&show=yes",
        "rulesets",
        "ruleset?job=clean&gate=known+planes",
        "ruleset",
        f"quality-run?id={run.id}",
    ):
        check_page(browser, console.url, f"/console/{path}")


def test_a_failing_rule_is_found_seen_mended_and_checked_again_by_keyboard(
    browser: Browser, console: ConsoleServer, job: Path, tmp_path: Path
) -> None:
    keep(console, planes(NULLS), tmp_path)
    with visit(browser, f"{console.url}/console/quality") as page:
        page.get_by_role("link", name="known planes").press("Enter")
        page.get_by_role("link", name="See the rows that break it").press("Enter")
        page.get_by_text("2 rows of curated.flights as it is now").wait_for()
        page.get_by_role("link", name="Fix the rule").press("Enter")
        page.get_by_text("The text is right: 1 rule.").wait_for()

        field = page.get_by_label("The gate")
        field.press("Control+End")
        field.press_sequentially("\n    mos")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        field.press_sequentially(": 4")
        page.get_by_text("1 fault: nothing is saved").wait_for()
        field.press("Backspace")
        field.press_sequentially("0.5")
        page.get_by_text("plane is not null in at least 50").wait_for()
        page.get_by_role("button", name="Save and check again").press("Enter")

        page.get_by_text("The check is queued").wait_for()
        assert "        mostly: 0.5\n" in job.read_text()
        (run,) = console.services.runs.list(limit=5)
        kept = keep(console, planes(replace(NULLS, passed=True)), tmp_path, run_id=run.id)
        owner = console.services.owner()
        claimed = console.services.runs.claim(owner, lease=LEASE, kinds=[RunKind.QUALITY])
        assert claimed is not None
        console.services.runs.begin(run.id, owner, lease=LEASE)
        console.services.runs.finish(run.id, RunState.SUCCEEDED, metrics={RESULT_IDS: [kept.id]})
        page.get_by_role("link", name="known planes: 100 % of its rules hold").press("Enter")
        page.get_by_text("It holds again").wait_for()
