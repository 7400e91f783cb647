"""What every page of the console must be in a browser: quiet, local, readable, as wide as it is."""

from __future__ import annotations

import contextlib
import importlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from playwright.sync_api import Browser, Page, ViewportSize

WIDE: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
SCREENSHOTS = "GLUEPOT_SCREENSHOTS"
"""The variable with a folder for pictures; none are taken without it."""
_AXE: str = importlib.import_module("axe_playwright_python.base").AXE_SCRIPT  # it has no types
_OF_COLOURS = ("color-contrast", "link-in-text-block")


def check_page(browser: Browser, url: str, path: str, *, name: str = "") -> None:
    """Look at a page at both widths, light and dark.

    Nothing may be told on the browser's console (which is where breaches of the page's policy
    are told), nothing asked of another host, nothing found by axe, and no page be wider than its
    window. Light and width change nothing of each other, so all of axe's rules are applied at
    each width, and in the dark those alone that look at colours.

    Args:
        browser: Chromium.
        url: Of the server.
        path: With its query.
        name: What pictures are called; made of the path if it is not given.
    """
    context = browser.new_context(viewport=WIDE)
    page = context.new_page()
    said, asked = listen(page)
    found = page.goto(f"{url}{path}")
    assert found is not None
    assert found.status == 200, path
    page.wait_for_load_state()
    page.evaluate(_AXE)
    named = name or _named(path)
    _check_size(page, WIDE, path)
    _picture(page, f"{named}-wide-light")
    _check_size(page, PHONE, path)
    _picture(page, f"{named}-phone-light")
    page.emulate_media(color_scheme="dark")
    assert faults(page, only=_OF_COLOURS) == [], (path, "phone", "dark")
    _picture(page, f"{named}-phone-dark")
    page.set_viewport_size(WIDE)
    assert faults(page, only=_OF_COLOURS) == [], (path, "wide", "dark")
    _picture(page, f"{named}-wide-dark")
    context.close()
    assert said == [], path
    assert [each for each in asked if urlsplit(each).netloc != urlsplit(url).netloc] == [], path


@contextlib.contextmanager
def visit(browser: Browser, address: str, *, size: ViewportSize = WIDE) -> Iterator[Page]:
    """Yield an address as a visitor sees it; nothing may be told on the browser's console."""
    page = browser.new_page(viewport=size)
    said, _ = listen(page)
    page.goto(address)
    try:
        yield page
    finally:
        page.close()
    assert said == [], address


def listen(page: Page) -> tuple[list[str], list[str]]:
    """Return what is told on a page's console, and what it asks for, as it goes on."""
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda each: said.append(each.text) if each.type != "log" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    return said, asked


def _check_size(page: Page, size: ViewportSize, path: str) -> None:
    page.set_viewport_size(size)
    assert faults(page) == [], (path, size)
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], (path, size)


def faults(page: Page, *, only: Sequence[str] = ()) -> list[tuple[str, str]]:
    """Return the rules of axe that a page breaks, each with the first element that does."""
    found = page.evaluate(
        """only => axe.run({resultTypes: ['violations'], ...(only.length && {runOnly: only})})
          .then(done => done.violations.map(each => [each.id, each.nodes[0].html]))""",
        list(only),
    )
    return [(rule, element) for rule, element in found]


def _picture(page: Page, name: str) -> None:
    folder = os.environ.get(SCREENSHOTS)
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def _named(path: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", path.removeprefix("/console/"))[:60].strip("-")
