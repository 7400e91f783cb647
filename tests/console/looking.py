"""What every page of the console must be in a browser: quiet, local, readable, as wide as it is."""

from __future__ import annotations

import importlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

WIDE: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
SCREENSHOTS = "GLUEPOT_SCREENSHOTS"
"""The variable with a folder for pictures; none are taken without it."""


def check_page(browser: Browser, url: str, path: str, *, name: str = "") -> None:
    """Look at a page at both widths, light and dark.

    Nothing may be told on the browser's console (which is where breaches of the page's policy
    are told), nothing asked of another host, nothing found by axe, and no page be wider than its
    window.

    Args:
        browser: Chromium.
        url: Of the server.
        path: With its query.
        name: What pictures are called; made of the path if it is not given.
    """
    strict = browser.new_context(viewport=WIDE)
    page = strict.new_page()
    said, asked = listen(page)
    _open(page, url, path)
    strict.close()
    host = urlsplit(url).netloc
    assert said == [], path
    assert [each for each in asked if urlsplit(each).netloc != host] == [], path
    for dark in (False, True):
        # The page's own policy lets no script of another in: axe's is let in here alone.
        context = browser.new_context(
            viewport=WIDE, color_scheme="dark" if dark else "light", bypass_csp=True
        )
        _check_context(context, url, path, name or _named(path), dark=dark)
        context.close()


def listen(page: Page) -> tuple[list[str], list[str]]:
    """Return what is told on a page's console, and what it asks for, as it goes on."""
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda each: said.append(each.text) if each.type != "log" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    return said, asked


def _open(page: Page, url: str, path: str) -> None:
    found = page.goto(f"{url}{path}")
    assert found is not None
    assert found.status == 200, path
    page.wait_for_load_state()


def _check_context(context: BrowserContext, url: str, path: str, name: str, *, dark: bool) -> None:
    axe = importlib.import_module("axe_playwright_python.sync_playwright")  # it has no types
    page = context.new_page()
    _open(page, url, path)
    for size, word in ((WIDE, "wide"), (PHONE, "phone")):
        page.set_viewport_size(size)
        found = axe.Axe().run(page)
        faults = [(each["id"], each["nodes"][0]["html"]) for each in found.response["violations"]]
        assert faults == [], (path, word, dark)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= size["width"], (path, word)
        _picture(page, f"{name}-{word}-{'dark' if dark else 'light'}")


def _picture(page: Page, name: str) -> None:
    folder = os.environ.get(SCREENSHOTS)
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def _named(path: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", path.removeprefix("/console/"))[:60].strip("-")
