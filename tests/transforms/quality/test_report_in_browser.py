"""The report in a real browser: quiet, whole, readable on a phone and in the dark."""

from __future__ import annotations

import importlib
import shutil
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from gluepot.transforms.quality import write_report
from tests.transforms.quality.pages import (
    DELAYS,
    LOST,
    NASTY,
    NASTY_ROWS,
    NASTY_SPREAD,
    PAIRS,
    ROWS,
    SPREAD,
    context,
    result,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page, ViewportSize

NO_CHROMIUM = "Chromium is not installed: apt-get install chromium"

# Contrast as WCAG 2 counts it, of every text against the nearest background that is painted.
CONTRAST = """() => {
  const rgb = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = node => {
    for (let e = node; e; e = e.parentElement) {
      const color = rgb(getComputedStyle(e).backgroundColor);
      if (color.length === 3 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim();
    if (!text) continue;
    const e = walker.currentNode.parentElement;
    const [a, b] = [light(rgb(getComputedStyle(e).color)), light(behind(e))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    found.push([ratio, text.slice(0, 40)]);
  }
  return found;
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only if there is a browser

    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip(NO_CHROMIUM)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rules = (DELAYS, PAIRS, ROWS, LOST, NASTY, NASTY_ROWS)
    checked = result(*rules, histograms=(SPREAD, NASTY_SPREAD))
    folder = tmp_path_factory.mktemp("report")
    return write_report(checked, folder=folder, context=context(rules=rules)).html


WIDE: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}


def opened(
    browser: Browser, report: Path, *, size: ViewportSize = WIDE, dark: bool = False
) -> Page:
    page = browser.new_page(viewport=size, color_scheme="dark" if dark else "light")
    page.goto(report.as_uri())
    return page


def test_it_opens_without_a_request_or_a_complaint(browser: Browser, report: Path) -> None:
    page = browser.new_context(offline=True).new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))

    page.goto(report.as_uri())
    page.wait_for_load_state("networkidle")

    assert [url for url in asked if not url.startswith("data:")] == [report.as_uri()]
    assert said == []
    assert page.title() == "Failed: flights_clean · gluepot quality"
    assert page.get_by_role("heading", name="flights_clean").is_visible()
    assert page.locator(".verdict").inner_text() == "Failed"
    page.close()


def test_a_hostile_value_runs_nothing(browser: Browser, report: Path) -> None:
    page = browser.new_page()
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))

    page.goto(report.as_uri())

    assert page.evaluate("document.scripts.length") == 0
    assert page.evaluate("document.images.length") == 0
    assert dialogs == []
    page.close()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_phone_shows_it_without_scrolling_sideways(
    browser: Browser, report: Path, *, dark: bool
) -> None:
    page = opened(browser, report, size=PHONE, dark=dark)

    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") >= 16
    page.close()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_text_has_the_contrast_that_wcag_asks_for(
    browser: Browser, report: Path, *, dark: bool
) -> None:
    page = opened(browser, report, dark=dark)

    ratios = page.evaluate(CONTRAST)

    assert len(ratios) > 50
    assert [pair for pair in ratios if pair[0] < 4.5] == []
    page.close()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_axe_finds_nothing_to_complain_of(
    browser: Browser, report: Path, *, size: ViewportSize, dark: bool
) -> None:
    axe = importlib.import_module("axe_playwright_python.sync_playwright")  # it has no types

    # The page's own policy lets no script in: the tool's is let in here alone.
    own = browser.new_context(
        viewport=size, color_scheme="dark" if dark else "light", bypass_csp=True, offline=True
    )
    page = own.new_page()
    page.goto(report.as_uri())

    found = axe.Axe().run(page)

    assert [(each["id"], each["nodes"][0]["html"]) for each in found.response["violations"]] == []
    assert len(found.response["passes"]) > 15
    own.close()


def test_dark_and_light_are_different(browser: Browser, report: Path) -> None:
    pages = [opened(browser, report, dark=dark) for dark in (False, True)]

    colors = [page.evaluate("getComputedStyle(document.body).backgroundColor") for page in pages]

    assert colors[0] != colors[1]
    for page in pages:
        page.close()


def test_it_has_landmarks_headings_in_order_and_named_pictures(
    browser: Browser, report: Path
) -> None:
    page = opened(browser, report)

    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(h => +h.tagName[1])")
    unnamed = page.evaluate(
        "[...document.querySelectorAll('svg:not([aria-hidden])')]"
        ".filter(s => !s.getAttribute('aria-label')).length"
    )

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert unnamed == 0
    assert page.get_by_role("main").count() == 1
    assert page.evaluate("document.documentElement.lang") == "en"
    page.close()


def test_it_prints_dark_on_white(browser: Browser, report: Path) -> None:
    page = opened(browser, report, dark=True)

    page.emulate_media(media="print", color_scheme="dark")

    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert min(ratio for ratio, _ in page.evaluate(CONTRAST)) >= 4.5
    assert page.pdf().startswith(b"%PDF")
    page.close()
