"""``gluepot backup`` and ``gluepot restore``: the whole catalog in one file, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.cli.output import note, say
from gluepot.cli.progress import working

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

    from gluepot.catalog.backup import Rows


def backup(file: Path) -> None:
    """Write everything in the catalog to a new file; servers may go on meanwhile."""
    from gluepot.catalog.backup import back_up  # noqa: PLC0415
    from gluepot.catalog.engine import open_engine  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    # Not migrated on the way: a backup is what one takes before an upgrade.
    engine = open_engine(load_settings().database_url)
    try:
        with working("Writing the backup"):
            rows = back_up(engine, file)
    finally:
        engine.dispose()
    note(f"{file} has {_told(rows)}, {file.stat().st_size:,} bytes.")
    note("Passwords and keys in it are sealed; keep the sealing key too, and apart from it.")


def restore(file: Path, *, overwrite: bool, dry_run: bool) -> None:
    """Make the catalog what a backup says, wholly or not at all."""
    from gluepot.catalog.backup import restore as restore_from  # noqa: PLC0415
    from gluepot.services import open_services  # noqa: PLC0415
    from gluepot.settings import load_settings  # noqa: PLC0415

    with open_services(load_settings()) as services:
        if dry_run:
            _plan(services.engine, file)
            return
        with working("Restoring"):
            rows = restore_from(services.engine, file, overwrite=overwrite)
    note(f"The catalog has {_told(rows)} from {file}")


def _plan(engine: Engine, file: Path) -> None:
    from gluepot.catalog.backup import check_backup, filled_tables  # noqa: PLC0415

    say(f"{file} is sound: {_told(check_backup(file))}")
    full = filled_tables(engine)
    say("They would replace what is there: --overwrite is needed" if full else "Nothing is there")


def _told(rows: Rows) -> str:
    shown = ("databases", "tables", "partitions")
    parts = [f"{rows[name]:,} {name}" for name in shown if name in rows]
    return f"{', '.join(parts)}; {sum(rows.values()):,} rows in all"
