"""The first page, and what is around every page."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.console.conftest import ConsoleServer


def test_the_address_of_the_server_leads_to_the_console(console: ConsoleServer) -> None:
    seen = console.visitor().get("/")

    assert (seen.status, seen.url) == (200, f"{console.url}/console")
    assert "default-src 'self'" in seen.headers["content-security-policy"]


def test_a_page_has_a_json_twin(console: ConsoleServer) -> None:
    console.services.catalog  # noqa: B018

    assert console.visitor().data("/console")["databases"] == []
