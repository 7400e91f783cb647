"""The catalog's, a table's and SQL's pages in Chromium: quiet, readable, usable by the keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.console.conftest import console_at
from tests.console.lake import fill_lake
from tests.console.looking import WIDE, check_page, listen, visit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.console.conftest import ConsoleServer

ORDERS = "database=sales&name=orders"
PATHS = [
    "catalog",
    "catalog?q=number",
    "databases",
    f"table?{ORDERS}",
    f"table-versions?{ORDERS}",
    f"table-partitions?{ORDERS}",
    f"table-rows?{ORDERS}&show=yes",
    f"table-profile?{ORDERS}",
    f"table-quality?{ORDERS}",
    f"table-lineage?{ORDERS}",
    f"table-code?{ORDERS}",
    "sql",
]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleServer]:
    home = tmp_path_factory.mktemp("home")
    with console_at(home) as server:
        fill_lake(server.services, home / "lake")
        yield server


@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_quiet_local_and_readable(
    browser: Browser, lake: ConsoleServer, path: str
) -> None:
    check_page(browser, lake.url, f"/console/{path}")


def test_a_table_is_found_from_the_keyboard_alone(browser: Browser, lake: ConsoleServer) -> None:
    with visit(browser, f"{lake.url}/console/catalog") as page:
        page.keyboard.press("/")
        page.keyboard.type("number")
        page.keyboard.press("Enter")
        page.wait_for_url("**/catalog?q=number")
        link = page.get_by_role("link", name="sales.orders")
        link.focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/table?**")

        assert page.locator("h1").inner_text() == "sales.orders"


def test_rows_come_by_themselves_and_run_nothing(browser: Browser, lake: ConsoleServer) -> None:
    page = browser.new_page(viewport=WIDE)
    said, _ = listen(page)
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.goto(f"{lake.url}/console/table-rows?{ORDERS}")
    page.locator("#rows table").wait_for(timeout=30_000)

    assert page.locator("#rows tbody tr").count() == 3
    assert "<script>alert('x')</script>" in page.locator("#rows").inner_text()
    assert said == []
    page.close()


def test_a_query_is_written_with_suggestions_run_and_remembered(
    browser: Browser, lake: ConsoleServer
) -> None:
    with visit(browser, f"{lake.url}/console/sql") as page:
        page.locator("#query").focus()
        page.keyboard.type("SELECT id FROM sal")
        page.get_by_role("option", name="sales.", exact=True).wait_for()
        page.keyboard.press("Tab")
        page.get_by_role("option", name="sales.orders").wait_for()
        page.keyboard.press("Tab")
        assert page.input_value("#query") == "SELECT id FROM sales.orders"
        page.keyboard.press("Control+Enter")
        page.locator("#result").wait_for(timeout=30_000)
        assert page.locator("tbody tr").count() == 3

        page.locator("#query").fill("SELECT nothing FROM sales.orders")
        page.keyboard.press("Control+Enter")
        page.locator("#error").wait_for(timeout=30_000)
        selected = page.evaluate("getSelection().toString()") or page.evaluate(
            "(() => { const q = document.getElementById('query');"
            " return q.value.slice(q.selectionStart, q.selectionEnd) })()"
        )
        assert selected.startswith("nothing")
        page.get_by_text("History of this browser").click()
        assert page.locator("#history button").all_inner_texts() == [
            "SELECT nothing FROM sales.orders",
            "SELECT id FROM sales.orders",
        ]


def test_a_version_is_restored_once_it_is_confirmed(browser: Browser, lake: ConsoleServer) -> None:
    with visit(browser, f"{lake.url}/console/table-versions?database=sales&name=orders") as page:
        before = page.locator("tbody tr").count()
        page.once("dialog", lambda dialog: dialog.dismiss())
        page.get_by_role("button", name="Restore version 0").click()
        assert lake.services.catalog.get_table("sales", "orders").version_id == "1"
        page.once("dialog", lambda dialog: dialog.accept())
        page.get_by_role("button", name="Restore version 0").click()
        page.get_by_text("which equals version 0").wait_for()

        assert lake.services.catalog.get_table("sales", "orders").version_id == "2"
        assert page.locator("tbody tr").count() != before
