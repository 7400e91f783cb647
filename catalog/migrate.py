"""Bringing a database to the newest schema, whoever comes first, exactly once."""

from __future__ import annotations

import contextlib
import importlib.resources
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gluepot.catalog.engine import DatabaseError, reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_MIGRATIONS = "gluepot.catalog.migrations"
_LOCK = 0x676C7565
"""The number of the lock that migrating processes take in turn on PostgreSQL: "glue"."""


def migrate(engine: sa.Engine) -> None:
    """Apply the revisions that ``engine`` lacks, all of them in one transaction or none.

    A database at the newest revision costs one query; Alembic is imported only when there is
    work. Processes that start together take turns.

    Raises:
        DatabaseError: The database was made by a newer gluepot.
    """
    head = newest_revision()
    with reading(engine) as connection:
        if _current_revision(connection) == head:
            return
    with _altering(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        if _current_revision(connection) != head:
            _upgrade(connection)


def is_migrated(engine: sa.Engine) -> bool:
    """Return whether the database is at the newest revision.

    Raises:
        DatabaseError: It cannot be reached, or was made by a newer gluepot.
    """
    with reading(engine) as connection:
        return _current_revision(connection) == newest_revision()


@contextlib.contextmanager
def _altering(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Yield a connection in a transaction that may change tables.

    SQLite changes a constraint by writing the table anew and dropping the old one, which would
    take the rows of other tables that refer to it along. So references rest meanwhile, as its
    documentation advises; a transaction cannot switch that itself.
    """
    with engine.connect() as connection:
        on_sqlite = connection.dialect.name == "sqlite"
        if on_sqlite:
            _check_references(connection, "OFF")
        try:
            with connection.begin():
                yield connection
        finally:
            if on_sqlite:
                _check_references(connection, "ON")


def _check_references(connection: sa.Connection, state: str) -> None:
    raw: Any = connection.connection.driver_connection
    raw.execute(f"PRAGMA foreign_keys = {state}")


def newest_revision() -> str:
    """Return the revision that a fresh database ends at."""
    return max(_revisions())


def _revisions() -> set[str]:
    folder = importlib.resources.files(_MIGRATIONS) / "versions"
    names = (item.name for item in folder.iterdir())
    return {name.removesuffix(".py") for name in names if name[0].isdigit()}


def _current_revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    if found is not None and found not in _revisions():
        raise DatabaseError(
            f"The database is at revision {found}, which this gluepot does not know;"
            " it was made by a newer one: upgrade gluepot"
        )
    return found


def _upgrade(connection: sa.Connection) -> None:
    from alembic.operations import Operations  # noqa: PLC0415
    from alembic.runtime.migration import MigrationContext, MigrationStep  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    source = importlib.resources.files(_MIGRATIONS)
    with importlib.resources.as_file(source) as folder:
        script = ScriptDirectory(folder)

        def steps(current: Any, _context: Any) -> Iterable[Any]:  # noqa: ANN401
            missing = script.iterate_revisions("head", current or "base")
            return [
                MigrationStep.upgrade_from_script(script.revision_map, item)
                for item in reversed(list(missing))
            ]

        context = MigrationContext.configure(connection, opts={"fn": steps})
        with Operations.context(context):
            context.run_migrations()
