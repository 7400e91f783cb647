"""A PostgreSQL that can be taken away and comes back with what it had."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

# The servers belong to the tests, which no installation has on its path.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from tests.servers.postgres import USER, postgres_bin
from tests.servers.process import free_port

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST_SECONDS = 120
"""For a start or an end, on a machine that has other things to do."""


class Database:
    """A cluster of its own in ``folder``, on loopback."""

    def __init__(self, folder: Path) -> None:
        binaries = postgres_bin()
        if binaries is None:
            raise SystemExit("PostgreSQL is not installed: apt-get install postgresql")
        self._binaries = binaries
        self._folder = folder
        self._data = folder / "data"
        self._port = free_port()
        self._child: subprocess.Popen[bytes] | None = None
        self.url = f"postgresql+psycopg://{USER}@127.0.0.1:{self._port}/postgres"
        self._make()

    def start(self) -> None:
        """Run the server and wait until it answers."""
        server = [str(self._binaries / "postgres"), "-D", str(self._data), "-p", str(self._port)]
        options = ["-h", "127.0.0.1", "-k", "", "-c", "max_connections=200", "-c", "fsync=off"]
        with (self._folder / "log").open("ab") as log:
            command = _as_owner([*server, *options])
            self._child = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: S603
        deadline = time.monotonic() + LONGEST_SECONDS
        while not self._answers():
            if time.monotonic() > deadline:
                text = (self._folder / "log").read_text(errors="replace")
                raise SystemExit(f"PostgreSQL did not start: {text[-2000:]}")
            time.sleep(0.05)

    def stop(self, *, at_once: bool = False) -> None:
        """End the server and every connection; ``at_once`` as a crash does."""
        if self._child is None:
            return
        self._child.send_signal(signal.SIGQUIT if at_once else signal.SIGINT)
        self._child.wait(timeout=LONGEST_SECONDS)
        self._child = None

    def _make(self) -> None:
        self._data.mkdir(parents=True)
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            for path in (self._data, *self._data.parents[:-1]):
                path.chmod(path.stat().st_mode | 0o055)
            shutil.chown(self._data, "postgres", "postgres")
        initdb = [str(self._binaries / "initdb"), "-D", str(self._data), "-U", USER]
        options = ["--auth=trust", "-E", "UTF8", "--no-sync"]
        command = _as_owner([*initdb, *options])
        subprocess.run(command, check=True, capture_output=True, cwd="/")  # noqa: S603

    def _answers(self) -> bool:
        engine = sa.create_engine(self.url)
        try:
            with engine.connect():
                return True
        except sa.exc.OperationalError:
            return False
        finally:
            engine.dispose()


def _as_owner(command: Sequence[str]) -> list[str]:
    if os.geteuid() != 0:
        return list(command)
    user = ["--reuid", "postgres", "--regid", "postgres", "--clear-groups"]
    return ["setpriv", *user, *command]
