"""What speaks MongoDB's protocol for the tests: FerretDB over SQLite, on loopback, one user."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from tests.servers.process import free_port, running

if TYPE_CHECKING:
    from collections.abc import Iterator

USER = "gluepot"
PASSWORD = "mongodb-s3cr3t"  # noqa: S105 - of a server that lives as long as the tests


def ferretdb_binary() -> Path | None:
    """Return the server that ``make setup-test`` built, or None."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    path = cache / "gluepot" / "bin" / "ferretdb"
    return path if path.is_file() else None


@contextlib.contextmanager
def ferretdb_server(folder: Path, binary: Path) -> Iterator[int]:
    """Run a server whose data lies in ``folder`` and yield its port."""
    data = folder / "data"
    data.mkdir(parents=True)
    port = free_port()
    command = [str(binary), "--handler=sqlite", f"--sqlite-url=file:{data}/"]
    command += [f"--listen-addr=127.0.0.1:{port}", "--debug-addr=-", f"--state-dir={folder}"]
    command += ["--telemetry=disable", "--test-enable-new-auth", "--setup-database=admin"]
    command += [f"--setup-username={USER}", f"--setup-password={PASSWORD}"]
    with running(command, port=port, log=folder / "log"):
        yield port
