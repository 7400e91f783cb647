"""A console that runs in this process, its visitor, and a real Chromium."""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr

from gluepot.server.serve import application
from gluepot.services import open_services
from gluepot.settings import ConsoleSettings, Settings
from tests.console.visitor import Visitor
from tests.servers.glue import thread_app

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from gluepot.services import Services


@dataclass(frozen=True, kw_only=True)
class ConsoleServer:
    """A console that runs, and the services that it works on."""

    url: str
    services: Services

    def visitor(self) -> Visitor:
        """Return a new visitor, with no cookies."""
        return Visitor(url=self.url)


@contextlib.contextmanager
def console_at(home: Path, **settings: Any) -> Iterator[ConsoleServer]:  # noqa: ANN401
    """Run a server over a new SQLite catalog in ``home``; settings as in ``Settings``.

    It shows the files in ``home``, unless the settings say otherwise.
    """
    database = SecretStr(f"sqlite:///{home}/catalog.db")
    settings.setdefault("console", ConsoleSettings(file_roots=(home,)))
    options = Settings(home=home, catalog_url=database, **settings)
    with (
        open_services(options) as services,
        thread_app(application(services), options.server) as url,
    ):
        yield ConsoleServer(url=url, services=services)


@pytest.fixture
def console(tmp_path: Path) -> Iterator[ConsoleServer]:
    """Return a console over an empty catalog."""
    with console_at(tmp_path, conf_dir=tmp_path / "conf") as server:
        yield server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return Chromium; while it is open no test of the process can run a loop of its own."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only if there is a browser

    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        yield chromium
        chromium.close()
