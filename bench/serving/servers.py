"""The systems that are measured, each a process of its own on loopback."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

# The servers belong to the tests, which no installation has on its path.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from tests.servers.glue import process_server
from tests.servers.postgres import postgres_bin, postgres_server
from tests.servers.process import free_port, running

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, kw_only=True)
class System:
    """A server that runs."""

    name: str
    url: str
    pid: int

    def reset_peak(self) -> None:
        """Let the highest memory be counted anew."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")

    @property
    def peak_bytes(self) -> int:
        """Return the highest memory since then."""
        return self._status("VmHWM")

    @property
    def memory_bytes(self) -> int:
        """Return the memory in use."""
        return self._status("VmRSS")

    def _status(self, key: str) -> int:
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            name, _, rest = line.partition(":")
            if name == key:
                return int(rest.split()[0]) * 1024
        raise SystemExit(f"{self.name} ended")


@contextlib.contextmanager
def gluepot_on_sqlite() -> Iterator[System]:
    """Run gluepot on a new SQLite file."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/catalog.db"
        with process_server(url, Path(folder) / "home") as server:
            yield System(name="gluepot, SQLite", url=server.url, pid=server.pid or 0)


@contextlib.contextmanager
def gluepot_on_postgresql(url: str | None = None) -> Iterator[System]:
    """Run gluepot on PostgreSQL: an empty database of one's own, or a new cluster."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if url is None:
            binaries = postgres_bin()
            if binaries is None:
                raise SystemExit("PostgreSQL is not installed; leave it out with --systems")
            url = stack.enter_context(postgres_server(folder / "postgres", binaries=binaries))
        server = stack.enter_context(process_server(url, folder / "home"))
        yield System(name="gluepot, PostgreSQL", url=server.url, pid=server.pid or 0)


@contextlib.contextmanager
def moto() -> Iterator[System]:
    """Run moto's server, which keeps everything in memory."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with running(command, port=port, log=log, env=dict(os.environ)) as child:
            yield System(name="moto's server", url=f"http://127.0.0.1:{port}", pid=child.pid)


def machine() -> dict[str, str]:
    """Return what the figures were measured on."""
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        "unknown",
    )
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parent,
    ).stdout.strip()
    return {
        "cpu": cpu,
        "cores": str(os.cpu_count()),
        "python": sys.version.split()[0],
        "commit": commit,
    }
