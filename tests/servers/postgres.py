"""A PostgreSQL of the tests' own: a fresh cluster in a folder, on loopback."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from tests.servers.process import free_port, running, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

USER = "gluepot"
_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_SHAPE = """
SELECT relname, relkind::text, attname, atttypid::regtype::text
FROM pg_class LEFT JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0
WHERE relnamespace = 'public'::regnamespace
UNION ALL
SELECT 'alembic_version', 'v', version_num, '' FROM alembic_version
"""
_EMPTY = """
DO $$
DECLARE
    it record;
BEGIN
    -- Foreign keys off, so that the order does not matter.
    PERFORM set_config('session_replication_role', 'replica', true);
    FOR it IN
        SELECT oid::regclass AS name, relkind AS kind, pg_relation_size(oid) AS bytes
        FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'
    LOOP
        IF it.kind = 'S' THEN
            EXECUTE 'ALTER SEQUENCE ' || it.name || ' RESTART';
        ELSIF it.kind = 'r' AND it.bytes > 262144 THEN
            EXECUTE 'TRUNCATE ' || it.name || ' CASCADE';
        ELSIF it.kind = 'r' AND it.bytes > 0 THEN
            -- TRUNCATE takes ten times as long where there is little.
            EXECUTE 'DELETE FROM ' || it.name;
        END IF;
    END LOOP;
END
$$
"""


def postgres_bin() -> Path | None:
    """Return the folder of the newest installed server programs, or None."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    if found:
        return max(found, key=lambda folder: float(folder.parent.name))
    initdb = shutil.which("initdb")
    return Path(initdb).parent if initdb else None


@contextlib.contextmanager
def postgres_server(folder: Path, *, binaries: Path) -> Iterator[str]:
    """Run a server whose data lies in ``folder`` and yield the URL of its first database."""
    data = folder / "data"
    data.mkdir(parents=True)
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        for path in (data, *data.parents):
            if path == Path("/"):
                break
            path.chmod(path.stat().st_mode | 0o055)
        shutil.chown(data, "postgres", "postgres")
    initdb = [str(binaries / "initdb"), "-D", str(data), "-U", USER, "--auth=trust", "-E", "UTF8"]
    subprocess.run(_as_owner([*initdb, "--no-sync"]), check=True, capture_output=True, cwd="/")
    port = free_port()
    server = [str(binaries / "postgres"), "-D", str(data), "-p", str(port), "-h", "127.0.0.1"]
    # What outlives the process is the kernel's to write: no test takes the machine's power away.
    tuned = [*server, "-k", "", "-c", "max_connections=200", "-c", "fsync=off"]
    with running(_as_owner(tuned), port=port, log=folder / "log"):
        url = f"postgresql+psycopg://{USER}@127.0.0.1:{port}/postgres"
        # It listens a moment before it takes connections.
        wait_until(lambda: _answers(url), what="PostgreSQL", log=folder / "log")
        yield url


@contextlib.contextmanager
def administration(url: str) -> Iterator[sa.Connection]:
    """Yield a connection for statements that make and drop databases."""
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def new_database(url: str) -> str:
    """Make an empty database on the server that is at ``url``, and return its own URL."""
    name = f"t{uuid.uuid4().hex}"
    with administration(url) as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    return sa.make_url(url).set(database=name).render_as_string(hide_password=False)


def shape(url: str) -> frozenset[tuple[str, ...]]:
    """Return which relations and columns a migrated database has, and of which revision it is."""
    with administration(url) as connection:
        return frozenset(tuple(row) for row in connection.exec_driver_sql(_SHAPE))


def empty_database(url: str) -> None:
    """Remove all rows of a migrated database, and whoever else is connected to it."""
    with administration(url) as connection:
        connection.exec_driver_sql(_OTHERS)
        connection.exec_driver_sql(_EMPTY)


def drop_relations(url: str) -> None:
    """Remove all there is in a database."""
    with administration(url) as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")


def _answers(url: str) -> bool:
    engine = sa.create_engine(url)
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
