"""A whole catalog database in one file, and back, while servers work on it.

The file is a SQLite database at the schema of the gluepot that wrote it, whatever the catalog
lives in: a backup of PostgreSQL can be restored into SQLite and the other way round. Secrets
in it stay sealed; the key is not in it.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import sqlalchemy as sa

from gluepot.catalog.backup_copy import copy_from_postgresql, copy_to_postgresql, table_names
from gluepot.catalog.engine import DatabaseError, open_engine, reading
from gluepot.catalog.errors import InvalidInputError, InvalidStateError
from gluepot.catalog.migrate import is_migrated, migrate

if TYPE_CHECKING:
    from collections.abc import Iterator

Rows: TypeAlias = Mapping[str, int]
"""How many rows each SQL table has."""


def back_up(engine: sa.Engine, target: Path) -> Rows:
    """Write everything in the database, as it is at one moment, to a new file.

    Writers are not held up. The file appears when it is whole, checked and on the disk.

    Raises:
        InvalidInputError: The file is there already, or cannot be written.
        InvalidStateError: The database is at the schema of an older gluepot (PostgreSQL only).
        DatabaseError: The database cannot be read.
    """
    if target.exists():
        raise InvalidInputError(f"{target} is there already; name a new file")
    with _beside(target) as partial:
        if engine.dialect.name == "sqlite":
            _copy_sqlite(engine, partial)
        else:
            if not is_migrated(engine):
                raise InvalidStateError(
                    "The database is at an older schema; back it up with the gluepot that made it,"
                    " or upgrade it first by any other command"
                )
            _new_database(partial)
            with contextlib.closing(sqlite3.connect(partial, isolation_level=None)) as file:
                copy_from_postgresql(engine, file)
        rows = check_backup(partial)
        _to_disk(partial)
        try:
            os.link(partial, target)
        except OSError as error:
            raise InvalidInputError(f"{target} cannot be written: {error.strerror}") from error
    _to_disk(target.parent)
    return rows


def restore(engine: sa.Engine, source: Path, *, overwrite: bool = False) -> Rows:
    """Make the database what the file says, wholly or not at all.

    A backup of an older gluepot is brought to the newest schema on the way.

    Args:
        engine: Of a database at the newest schema.
        source: What ``back_up`` wrote.
        overwrite: Replace what is in the database.

    Raises:
        InvalidInputError: The file is not a backup, or is damaged.
        InvalidStateError: The database is not empty, and ``overwrite`` was not given.
        DatabaseError: The file was written by a newer gluepot.
    """
    check_backup(source)
    if not overwrite and (full := filled_tables(engine)):
        raise InvalidStateError(
            f"The database has data in it ({', '.join(full[:3])}, ...); a backup is restored into"
            " an empty one, or with --overwrite in the place of what is there"
        )
    with tempfile.TemporaryDirectory(prefix="gluepot-restore-") as folder:
        newest = Path(folder) / "newest.db"
        with _opened(source) as old, contextlib.closing(sqlite3.connect(newest)) as new:
            old.backup(new)
        _new_database(newest)
        rows = check_backup(newest)
        with contextlib.closing(sqlite3.connect(newest, isolation_level=None)) as file:
            if engine.dialect.name == "sqlite":
                with contextlib.closing(engine.raw_connection()) as connection:
                    driver: Any = connection.driver_connection
                    file.backup(driver)
            else:
                copy_to_postgresql(file, engine)
    return rows


def _copy_sqlite(engine: sa.Engine, partial: Path) -> None:
    with (
        contextlib.closing(engine.raw_connection()) as connection,
        contextlib.closing(sqlite3.connect(partial)) as file,
    ):
        driver: Any = connection.driver_connection
        # One step, so one moment: in write-ahead mode no writer waits for it.
        driver.backup(file)
        file.execute("PRAGMA journal_mode = DELETE")


def _new_database(path: Path) -> None:
    """Bring a file to the newest schema, from nothing if need be, and leave it one plain file."""
    engine = open_engine(f"sqlite:///{path}")
    try:
        migrate(engine)
    finally:
        engine.dispose()
    with contextlib.closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA journal_mode = DELETE")


def check_backup(path: Path) -> Rows:
    """Return how many rows there are, of a file whose every page, row and reference is sound."""
    with _opened(path) as file:
        try:
            faults = [row[0] for row in file.execute("PRAGMA integrity_check")]
            lost = file.execute("PRAGMA foreign_key_check").fetchall()
            names = table_names(file)
            rows = {name: _count(file, name) for name in names}
        except sqlite3.DatabaseError as error:
            raise InvalidInputError(f"{path} is not a backup, or is damaged: {error}") from error
    if faults != ["ok"] or lost:
        shown = faults[0] if faults != ["ok"] else f"{len(lost)} rows refer to what is not there"
        raise InvalidInputError(f"The backup {path} is damaged: {shown}")
    if "alembic_version" not in rows:
        raise InvalidInputError(f"{path} is not a backup that gluepot wrote")
    return {name: count for name, count in rows.items() if name != "alembic_version"}


def _count(file: sqlite3.Connection, name: str) -> int:
    return int(file.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0])  # noqa: S608


def filled_tables(engine: sa.Engine) -> list[str]:
    """Return the tables that have rows."""
    with reading(engine) as connection:
        return [
            name
            for name in sorted(sa.inspect(connection).get_table_names())
            if name != "alembic_version"
            and connection.scalar(sa.text(f'SELECT 1 FROM "{name}" LIMIT 1'))  # noqa: S608
        ]


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Yield a file that is only read."""
    try:
        file = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    except sqlite3.Error as error:
        raise InvalidInputError(f"The backup {path} cannot be read: {error}") from error
    with contextlib.closing(file):
        yield file


@contextlib.contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """Yield a path in the same folder, whose file goes after the block."""
    try:
        folder = tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent)
    except OSError as error:
        raise InvalidInputError(f"{target} cannot be written: {error.strerror}") from error
    with folder as name:
        yield Path(name) / "partial.db"


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        raise DatabaseError(f"{path} cannot be brought to the disk: {error.strerror}") from error
    finally:
        os.close(descriptor)
