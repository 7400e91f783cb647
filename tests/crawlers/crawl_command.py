"""``gluepot crawl`` in processes of their own, to be killed, or to lose what they stand on."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typer.testing import CliRunner

from gluepot.cli.crawl import app

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.crawlers.conftest import Place

SECONDS = 90
"""What a crawl may take before a test gives it up."""


@dataclass(frozen=True, kw_only=True)
class CrawlCommand:
    """The command over one place, one catalog and one home folder.

    Attributes:
        place: What is crawled, by a crawler called ``killed``, into ``db``.
        url: Of the catalog.
        home: Where the command keeps what it keeps.
        biggest_file: Most bytes of any file that it may write; None for no bound.
    """

    place: Place
    url: str
    home: Path
    biggest_file: int | None = None

    def start(self) -> subprocess.Popen[str]:
        """Start a crawl in a process of its own."""
        return subprocess.Popen(
            [str(Path(sys.executable).with_name("gluepot")), "crawl", *self._crawl()],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | self._environment(),
            preexec_fn=self._bound if self.biggest_file is not None else None,  # noqa: PLW1509
        )

    def wait(self, child: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
        """Wait for the end of a process."""
        out, err = child.communicate(timeout=SECONDS)
        return subprocess.CompletedProcess(child.args, child.returncode, out, err)

    def run(self) -> None:
        """Crawl in this process, to the end."""
        CliRunner().invoke(app, self._crawl(), env=self._environment(), catch_exceptions=False)

    def history(self) -> list[dict[str, Any]]:
        """Return the crawls of the crawler, the newest first."""
        words = ["history", "killed", "-o", "json"]
        shown = CliRunner().invoke(app, words, env=self._environment(), catch_exceptions=False)
        found: list[dict[str, Any]] = json.loads(shown.stdout)
        return found

    def _crawl(self) -> list[str]:
        return ["run", self.place.root, "-d", "db", "--name", "killed"]

    def _environment(self) -> dict[str, str]:
        s3 = self.place.s3
        return {
            "GLUEPOT_HOME": str(self.home),
            "GLUEPOT_CATALOG_URL": self.url,
            "GLUEPOT_S3__ENDPOINT_URL": s3.endpoint_url or "",
            "GLUEPOT_S3__REGION": s3.region or "",
            "GLUEPOT_S3__PATH_STYLE": "true",
            "GLUEPOT_S3__ACCESS_KEY_ID": s3.access_key_id or "",
            "GLUEPOT_S3__SECRET_ACCESS_KEY": s3.secret_access_key or "",
        }

    def _bound(self) -> None:
        assert self.biggest_file is not None
        resource.setrlimit(resource.RLIMIT_FSIZE, (self.biggest_file, self.biggest_file))


def wait_for(happened: Callable[[], object], child: subprocess.Popen[str]) -> None:
    """Return as soon as something has happened, or the child has ended."""
    deadline = time.monotonic() + SECONDS
    while child.poll() is None and not happened():
        assert time.monotonic() < deadline
        time.sleep(0.002)
