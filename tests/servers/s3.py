"""Real S3 servers for the tests: moto's, and versitygw, which enforces what moto forgives."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from gluepot.crawlers.sources.config import S3Config
from tests.servers.process import free_port, running

if TYPE_CHECKING:
    from collections.abc import Iterator

ACCESS_KEY = "gluepottest"
SECRET_KEY = "gluepottestsecret"  # noqa: S105


def versitygw_binary() -> Path | None:
    """Return the gateway that ``make setup-test`` built, or None."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    path = cache / "gluepot" / "bin" / "versitygw"
    return path if path.is_file() else None


@contextlib.contextmanager
def moto_server(folder: Path) -> Iterator[S3Config]:
    """Run moto's server in a process of its own."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with running(command, port=port, log=folder / "moto.log"):
        yield _config(port)


@contextlib.contextmanager
def versitygw_server(folder: Path, binary: Path) -> Iterator[S3Config]:
    """Run versitygw over an empty folder."""
    port = free_port()
    data = folder / "objects"
    data.mkdir(parents=True)
    keys = {"ROOT_ACCESS_KEY": ACCESS_KEY, "ROOT_SECRET_KEY": SECRET_KEY}
    command = [str(binary), "--port", f"127.0.0.1:{port}", "--region", "us-east-1"]
    with running(
        [*command, "posix", str(data)],
        port=port,
        log=folder / "versitygw.log",
        env=os.environ | keys,
    ):
        yield _config(port)


def _config(port: int) -> S3Config:
    return S3Config(
        endpoint_url=f"http://127.0.0.1:{port}",
        region="us-east-1",
        path_style=True,
        access_key_id=ACCESS_KEY,
        secret_access_key=SECRET_KEY,
    )
