"""A MariaDB of the tests' own: a fresh data folder, on loopback, with one user of a password."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import sqlalchemy as sa

from tests.servers.process import free_port, running, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

USER = "gluepot"
PASSWORD = "mariadb-s3cr3t"  # noqa: S105 - of a server that lives as long as the tests


def mariadb_programs() -> tuple[str, str] | None:
    """Return the server and what makes its data folder, or None where they are not installed."""
    path = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin"
    found = shutil.which("mariadbd", path=path), shutil.which("mariadb-install-db", path=path)
    return (found[0], found[1]) if found[0] and found[1] else None


@contextlib.contextmanager
def mariadb_server(folder: Path, programs: tuple[str, str]) -> Iterator[str]:
    """Run a server whose data lies in ``folder`` and yield its URL."""
    server, install = programs
    data = folder / "data"
    folder.mkdir(parents=True)
    options = ["--no-defaults", f"--datadir={data}"]
    # MariaDB wants to be told that it may run as root.
    user = ["--user=root"] if os.geteuid() == 0 else []
    made = ["--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"]
    subprocess.run([install, *options, *user, *made], check=True, capture_output=True)
    start = folder / "start.sql"
    start.write_text(
        f"CREATE USER {USER}@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';"
        f"\nGRANT ALL ON *.* TO {USER}@'127.0.0.1';\n"
    )
    port = free_port()
    command = [server, *options, *user, f"--port={port}", "--bind-address=127.0.0.1"]
    # What outlives the process is the kernel's to write: no test takes the machine's power away.
    command += ["--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=16M"]
    command += [f"--socket={data / 'socket'}", f"--pid-file={data / 'pid'}"]
    command += [f"--init-file={start}", "--skip-name-resolve", "--skip-log-bin"]
    with running(command, port=port, log=folder / "log"):
        url = f"mariadb+pymysql://{USER}:{PASSWORD}@127.0.0.1:{port}/"
        wait_until(lambda: _answers(url), what="MariaDB", log=folder / "log")
        yield url


def _answers(url: str) -> bool:
    engine = sa.create_engine(url)
    try:
        with engine.connect():
            return True
    except sa.exc.OperationalError:
        return False
    finally:
        engine.dispose()
