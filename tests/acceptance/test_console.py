"""The console over what the demo leaves, walked in Chromium: every page, by eye, key and hand."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from gluepot.console.page import href
from gluepot.console.pages.site import PAGES
from gluepot.console.recipes.recipe import Recipe
from tests.acceptance.conftest import environment
from tests.console.conftest import browser
from tests.console.looking import SCREENSHOTS, WIDE, check_page, visit
from tests.servers.process import free_port, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

__all__ = ["browser"]

ARTEFACTS = Path(__file__).resolve().parents[2] / ".artefacts" / "console"
WITHOUT = frozenset(
    {
        "matching-transform",
        "matching-label",
        "matching-clusters",
        "matching-cluster",
        "matching-explain",
        "quality-rows",
        "quality-run",
        "workflow",
        "workflow-run",
    }
)
"""Pages of things that the demo makes none of, or that the walk of a new user goes through."""
DOCUMENTS = frozenset({"quality-report"})
"""What is sent as it lies, and looked at where it is written."""
TABLE = {"database": "curated", "name": "flights"}
AT_ONCE = 10
CONTROLS = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']"


@pytest.fixture(scope="module")
def project(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the demo's project, which a walk may change."""
    folder = tmp_path_factory.mktemp("walked") / "gluepot-demo"
    shutil.copytree(demo, folder)
    return folder


@pytest.fixture(scope="module")
def url(project: Path) -> Iterator[str]:
    """Run ``gluepot dev`` in the project, as a user does, and return where it listens."""
    port = free_port()
    code = "from gluepot.cli.main import main; main()"
    log = project / "dev.log"
    with log.open("wb") as output:
        dev = subprocess.Popen(
            [sys.executable, "-c", code, "dev", "--no-warm", "--port", str(port)],
            cwd=project,
            env=environment(),
            stdout=output,
            stderr=output,
        )
    try:
        wait_for(port, what="gluepot dev", log=log, seconds=90)
        yield f"http://127.0.0.1:{port}"
    finally:
        dev.terminate()
        dev.wait(timeout=60)


@pytest.fixture(scope="module", autouse=True)
def _pictures() -> Iterator[None]:
    """Keep pictures of all that is looked at."""
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    before = os.environ.get(SCREENSHOTS)
    os.environ[SCREENSHOTS] = before or str(ARTEFACTS)
    yield
    if before is None:
        del os.environ[SCREENSHOTS]


def data_of(url: str, path: str, **query: str) -> Any:  # noqa: ANN401 - JSON
    address = f"{url}/console/{path}?{urlencode({**query, 'format': 'json'})}"
    with urllib.request.urlopen(address, timeout=30) as reply:  # noqa: S310 - our own server
        return json.load(reply)


@pytest.fixture(scope="module")
def addresses(url: str) -> dict[str, str]:
    """Return an address of each page that the demo has something for."""
    run = next(one for one in data_of(url, "runs")["runs"] if one["name"] == "flights")
    crawl = next(one for one in data_of(url, "runs")["runs"] if one["kind"] == "crawl")
    result = next(one for one in data_of(url, "quality")["results"] if one["job"] == "flights")
    known = {
        "crawl": {"id": crawl["id"]},
        "crawler": {"name": "raw"},
        "job": {"name": "flights"},
        "run": {"id": run["id"]},
        "run-log": {"id": run["id"]},
        "trigger": {"name": "nightly"},
        "trigger-preview": {"expression": "cron(0 8 * * ? *)"},
        "quality-result": {"id": result["id"]},
        "ruleset": {"job": "flights", "gate": result["gate"]},
        "recipe": {"table": "raw.airlines"},
        "recipe-preview": {"recipe": Recipe(table="raw.airlines").to_json()},
    }
    found = {}
    for page in PAGES:
        if page.path not in WITHOUT | DOCUMENTS:
            given = TABLE if page.path.startswith("table") else known.get(page.path, {})
            found[page.path] = href(page.path, **given)
    return found


PATHS = [page.path for page in PAGES if page.path not in WITHOUT | DOCUMENTS]


@pytest.mark.parametrize("path", PATHS)
def test_each_page_is_quiet_local_and_readable_at_each_width_and_in_each_light(
    browser: Browser, url: str, addresses: dict[str, str], path: str
) -> None:
    check_page(browser, url, addresses[path], name=path or "home")


@pytest.mark.parametrize("path", PATHS)
def test_each_control_is_reached_and_seen_by_the_keyboard_alone(
    browser: Browser, url: str, addresses: dict[str, str], path: str
) -> None:
    page = browser.new_page(viewport=WIDE)
    page.goto(f"{url}{addresses[path]}")
    page.wait_for_load_state()
    at_top = page.evaluate("document.activeElement === document.body")

    faults, first = tab_through(page)

    assert faults == []
    assert first == "skip" or not at_top  # The page has begun in its editor.
    page.locator(".skip").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    page.close()


def tab_through(page: Page) -> tuple[list[str], str]:
    """Press Tab until all controls had the focus.

    Returns:
        Those that had it not, or not visibly; and the class of what had it first.
    """
    controls = page.evaluate(
        """selector => {
          window.waiting = [...document.querySelectorAll(selector)].filter(each =>
            each.checkVisibility() && !each.disabled && !each.closest('[hidden]')
            && !(each.closest('details:not([open])') && each.tagName !== 'SUMMARY'));
          window.unseen = [];
          document.addEventListener('focusin', ({target: at}) => {
            window.first ??= at.className;
            const inside = at.querySelector('rect, text');
            if (getComputedStyle(at).outlineStyle === 'none' && !inside
                && window.waiting.includes(at))
              window.unseen.push(at.outerHTML.slice(0, 200));
            window.waiting = window.waiting.filter(each => each !== at); });
          return window.waiting.length; }""",
        CONTROLS,
    )
    for _ in range((2 * controls + 40) // AT_ONCE):
        for _ in range(AT_ONCE):
            page.keyboard.press("Tab")
        if not page.evaluate("window.waiting.some(each => each.isConnected)"):
            break
    found: list[str] = page.evaluate(
        """window.unseen.concat(window.waiting.filter(each => each.isConnected)
          .map(each => each.outerHTML.slice(0, 200)))"""
    )
    first: str = page.evaluate("window.first")
    return found, first


def test_a_new_user_finds_the_failing_rule_and_mends_it(browser: Browser, url: str) -> None:
    with visit(browser, f"{url}/console") as page:
        page.set_default_timeout(60_000)
        page.get_by_role("link", name="departed flights").first.click()
        rule = page.locator("li.rule", has_text="manufacturer")
        rule.get_by_role("link", name="See the rows that break it").click()
        page.locator("table tbody tr").nth(1).wait_for()
        page.get_by_role("link", name="Fix").first.click()
        text = page.get_by_label("The gate")
        mended = text.input_value().replace("column: temperature_f\n  mostly: 0.95", "")
        head, _, tail = mended.rpartition("mostly: 0.95")
        text.fill(f"{head}mostly: 0.5{tail}")
        page.get_by_role("button", name="Save and check again").click()
        page.wait_for_url("**/quality-run?**")
        page.get_by_role("link", name="departed flights").wait_for(timeout=240_000)
        page.get_by_role("link", name="departed flights").click()
        page.locator("li.rule", has_text="manufacturer").wait_for()

        assert "bad" not in (
            page.locator("li.rule", has_text="manufacturer").get_attribute("class") or ""
        )
        page.goto(f"{url}/console")
        page.wait_for_load_state()
        assert page.get_by_text("Nothing fails.").count() == 1
