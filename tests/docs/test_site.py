"""The site is built strictly; nothing in it leads nowhere, or fetches anything from elsewhere."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import threading
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest
import yaml

from tests.docs.blocks import DOCS, ROOT, page_name, pages

if TYPE_CHECKING:
    from collections.abc import Iterator

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")


class _Page(HTMLParser):
    """What a page links to, what it loads, and the names of its places."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.places: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.places |= {given[name] or "" for name in ("id", "name") if name in given}
        if tag == "a" and given.get("href"):
            self.links.append(str(given["href"]))
        if tag in ("script", "img", "iframe", "source") and given.get("src"):
            self.loads.append(str(given["src"]))
        if tag == "link" and given.get("href") and given.get("rel") != "canonical":
            self.loads.append(str(given["href"]))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the site, built strictly of a copy of the pages."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(DOCS, folder / "docs")
    shutil.copyfile(ROOT / "mkdocs.yml", folder / "mkdocs.yml")
    program = Path(sys.executable).with_name("zensical")
    if not program.is_file():
        pytest.skip("zensical is not installed; `make setup-test` installs it")
    done = subprocess.run(
        [str(program), "build", "--strict", "--clean"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return folder / "site"


@pytest.fixture(scope="module")
def built(site: Path) -> dict[Path, _Page]:
    return {file: _Page(file.read_text(encoding="utf-8")) for file in site.rglob("*.html")}


def test_every_page_is_in_the_site_and_its_navigation(site: Path) -> None:
    given = yaml.safe_load((ROOT / "mkdocs.yml").read_text())["nav"]
    listed = set(_leaves(given))

    assert listed == {page_name(page) for page in pages() if page.is_relative_to(DOCS)}
    for name in listed:
        assert (site / name).with_suffix(".html").is_file(), name


def _leaves(nav: object) -> list[str]:
    if isinstance(nav, str):
        return [nav]
    inner = nav.values() if isinstance(nav, dict) else nav
    assert not isinstance(inner, int | float | None)
    return [leaf for each in inner for leaf in _leaves(each)]  # type: ignore[attr-defined]


def test_every_link_of_the_site_leads_somewhere(site: Path, built: dict[Path, _Page]) -> None:
    lost = []
    for file, page in built.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc or file.name == "404.html":
                continue
            target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
            if target.is_dir():
                target /= "index.html"
            if not _is_there(target, parts.fragment, built):
                lost.append(f"{file.relative_to(site)}: {link}")

    assert lost == []
    assert sum(len(page.links) for page in built.values()) > 1_000


def _is_there(target: Path, fragment: str, built: dict[Path, _Page]) -> bool:
    if not target.is_file() or not fragment or target.suffix != ".html":
        return target.is_file()
    return unquote(fragment) in built[target].places


def test_no_page_loads_anything_from_elsewhere(built: dict[Path, _Page]) -> None:
    loads = {load for page in built.values() for load in page.loads}

    assert [load for load in loads if urlsplit(load).netloc] == []


def test_no_style_or_script_fetches_anything_from_elsewhere(site: Path) -> None:
    for file in site.rglob("*.css"):
        assert not re.search(r"url\(['\"]?(https?:)?//", file.read_text(encoding="utf-8")), file


def test_links_of_pages_outside_of_the_site_lead_somewhere() -> None:
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"):
        for link in LINK.findall(page.read_text(encoding="utf-8")):
            parts = urlsplit(link)
            if not parts.scheme:
                assert (ROOT / parts.path).exists(), f"{page.name}: {link}"


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """Yield where a plain server gives the files of the site."""
    handler = partial(_Quiet, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base has it
        """Say nothing."""


def test_readers_search_and_read_in_the_dark_without_a_request_elsewhere(address: str) -> None:
    from playwright.sync_api import expect, sync_playwright  # noqa: PLC0415

    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        asked, colours = [], set()
        for scheme in ("light", "dark"):
            page = browser.new_page(color_scheme=scheme)
            page.on("request", lambda request: asked.append(request.url))
            page.goto(f"{address}/index.html")
            colours.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        page.locator(".md-search__button").first.click()
        page.get_by_role("combobox", name="Search").fill("bookmark")
        expect(page.get_by_role("option").first).to_be_visible()
        browser.close()

    assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []
    assert len(colours) == 2
